"""Records as rows of a table: the columns, the cells, and keys to find rows again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.core.fields import FieldValue
from rwcap.core.money import format_usd
from rwcap.core.record import Record, is_sandbox_text
from rwcap.core.text import ansi_c_quote, is_printable_line, short_name
from rwcap.fields.definitions import Field
from rwcap.outputs.records.record_formats import SUCCESSFUL, TableStyle, key_digest

TABLE_COLUMNS: Final = (
    "source",
    "id",
    "status",
    "text",
    "cost_usd",
    "task_uuid",
    "model",
    "prompt",
    "image_sha256",
    "error",
    "sandbox",
    "long",
)
"""The columns of CSV, TSV and Parquet files, unless the user chooses others."""

ALL_COLUMNS: Final = ("image", "image_id", *TABLE_COLUMNS, "faults")
"""All columns. `image` is another name for `source`; `image_id` is the id of the table
row, or the source if there is none; `faults` has the failed checks."""


RESERVED_NAMES: Final = {*ALL_COLUMNS, "file_name"}
"""Names of columns that no field can have."""


def check_field_names(fields: Iterable[Field]) -> None:
    """Raise `UsageError` if a field has the name of another column."""
    for name in (each.name for each in fields):
        if name.lower() in RESERVED_NAMES:
            raise UsageError(
                f"the field {name} has the name of a column of the table",
                hint=f"--fields with another name, such as image_{name}",
            )


def columns_of(
    style: TableStyle, default: tuple[str, ...] = TABLE_COLUMNS
) -> tuple[str, ...]:
    """Return the columns that the user chose, or the default with the fields.

    Raises:
        UsageError: A file with these columns could not be continued.
    """
    check_field_names(style.fields)
    fields = {each.name.lower(): each.name for each in style.fields}
    start = default.index("text") + 1
    every = (*default[:start], *fields.values(), *default[start:])
    columns = tuple(fields.get(name, name) for name in style.columns) or every
    _check_columns(columns, {*fields.values()})
    return columns


def _check_columns(columns: Sequence[str], fields: Collection[str]) -> None:
    known = {*ALL_COLUMNS, *fields}
    unknown = [name for name in columns if name not in known]
    images = [name for name in columns if name in {"image", "source"}]
    texts = {"text", *fields} & {*columns}
    if unknown or len(images) != 1 or not texts:
        reason = "image (or source) and text are required"
        if unknown:
            reason = f"{short_name(unknown[0])} is unknown"
        elif len(images) > 1:
            reason = "image and source are the same"
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: {reason}",
            hint=f"known: {', '.join((*ALL_COLUMNS, *fields))}",
        )
    if len(set(columns)) < len(columns):
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: a column is named twice",
            hint=f"--columns {short_name(','.join(dict.fromkeys(columns)))}",
        )


def table_cells(record: Record) -> dict[str, FieldValue]:
    """Return the cells of a record in a table, by column; others are empty."""
    source = _quoted(record.source)
    row_id = None if record.id is None else _quoted(record.id)
    return {
        "source": source,
        "image": source,
        "image_id": source if row_id is None else row_id,
        "id": row_id,
        "status": record.status,
        "text": record.text,
        "long": record.long,
        "cost_usd": None if record.cost is None else format_usd(record.cost),
        "task_uuid": record.task_uuid,
        "model": record.model,
        "prompt": record.prompt,
        "image_sha256": record.image_sha256,
        "error": record.error.message if record.error else None,
        "sandbox": record.sandbox,
        "faults": ", ".join(record.faults) or None,
        **(record.fields or {}),
    }


def row_key(row: Mapping[str, object]) -> bytes | None:
    """Return the key of a row of a table; None for rows of other programs."""
    texts = (row[name] for name in row if name == "text" or name not in ALL_COLUMNS)
    text = next(filter(None, texts), "")
    # Without a column of statuses, only rows with a caption are written.
    held = row.get("status", "ok") in SUCCESSFUL and text
    if not (held or row.get("error")):
        return None
    # Without this column, the text tells it.
    sandbox = bool(row.get("sandbox", is_sandbox_text(str(text))))
    source = row.get("source") or row.get("image")
    names = ("id", "prompt", "model", "error")
    return key_digest([source, sandbox, *(row.get(name) or "" for name in names)])


def _quoted(source: str) -> str:
    """Return a source as one line of UTF-8, quoted if necessary."""
    return (
        source
        if is_printable_line(source) and not source.startswith("$'")
        else ansi_c_quote(source)
    )

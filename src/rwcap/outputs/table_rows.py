"""Records as rows of a table: the columns, the cells, and keys to find rows again."""

from collections.abc import Mapping, Sequence
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.core.money import format_usd
from rwcap.core.record import Record, is_sandbox_text
from rwcap.core.text import ansi_c_quote, is_printable_line, short_name
from rwcap.outputs.record_formats import SUCCESSFUL, key_digest

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

ALL_COLUMNS: Final = ("image", "image_id", *TABLE_COLUMNS)
"""All columns. `image` is another name for `source`; `image_id` is the id of the table
row, or the source if there is none."""


def check_columns(columns: Sequence[str]) -> None:
    """Raise `UsageError` if a file with these columns could not be continued."""
    unknown = [name for name in columns if name not in ALL_COLUMNS]
    images = [name for name in columns if name in {"image", "source"}]
    if unknown or len(images) != 1 or "text" not in columns:
        reason = "image (or source) and text are required"
        if unknown:
            reason = f"{short_name(unknown[0])} is unknown"
        elif len(images) > 1:
            reason = "image and source are the same"
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: {reason}",
            hint=f"known: {', '.join(ALL_COLUMNS)}",
        )
    if len(set(columns)) < len(columns):
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: a column is named twice"
        )


def table_cells(record: Record) -> dict[str, str | bool | None]:
    """Return the cells of a record in a table, by column."""
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
    }


def row_key(row: Mapping[str, object]) -> bytes | None:
    """Return the key of a row of a table; None for rows of other programs."""
    text = row.get("text") or ""
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

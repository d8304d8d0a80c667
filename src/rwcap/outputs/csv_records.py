"""CSV and TSV files of records."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.core.money import format_usd
from rwcap.core.record import Record, is_sandbox_text
from rwcap.core.source import CaptionRequest
from rwcap.core.text import (
    ansi_c_quote,
    escape_formula,
    is_printable_line,
    one_line,
    short_name,
)
from rwcap.outputs.record_formats import SUCCESSFUL, TableStyle, key_digest

_COLUMNS: Final = (
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
COLUMNS: Final = ("image", *_COLUMNS)
"""All columns of CSV files; `image` is another name for `source`."""

DELIMITERS: Final = (",", ";", "\t", "|")
_MARK: Final = "\ufeff".encode()


class CsvFormat:
    r"""One row a line, for spreadsheets.

    White space in a text becomes single spaces, because many programs split a CSV
    file at line ends even inside quotes. A cell that begins with `=`, `+`, `-` or `@`
    gets a leading apostrophe, because spreadsheets would run it as a formula
    (https://owasp.org/www-community/attacks/CSV_Injection). A source with control
    characters or bytes that are not UTF-8 is quoted as in Bash: $'caf\xe9.jpg'.
    Different sources always have different cells.
    """

    def __init__(self, style: TableStyle, delimiter: str) -> None:
        """Choose the columns, the delimiter of the suffix or of the user, and the mark.

        Raises:
            UsageError: A column is unknown, or no column names the image.
        """
        self._columns = style.columns or _COLUMNS
        self._delimiter = style.delimiter or delimiter
        _check_columns(self._columns)
        if self._delimiter not in DELIMITERS:
            raise UsageError(
                f"--delimiter {short_name(self._delimiter)} is unknown",
                hint="--delimiter , (or ; or | or tab)",
            )
        self._bare = self._row({name: name for name in self._columns}).encode()
        self.header = _MARK * style.bom + self._bare

    def check(self, request: CaptionRequest) -> None:
        """Return: any image can be named."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether the line is the header, or the beginning of it."""
        bare = first.removeprefix(_MARK)
        if first.endswith(b"\n"):
            return bare.rstrip(b"\r\n") == self._bare.rstrip()
        return self.header.startswith(first) or self._bare.startswith(bare)

    def other_options(self, first: bytes) -> str | None:
        """Return the options for a file of rwcap with this header; None for others."""
        header = first.removeprefix(_MARK).decode(errors="replace").rstrip("\r\n")
        for delimiter in DELIMITERS:
            names = header.split(delimiter)
            if set(names) <= {*COLUMNS}:
                word = "tab" if delimiter == "\t" else delimiter
                columns = "" if tuple(names) == _COLUMNS else ",".join(names)
                option = f"--columns {columns} " * bool(columns)
                return f"{option}--delimiter '{word}'"
        return None

    def line(self, record: Record) -> bytes:
        """Return the row of the record; empty if it has no place in the columns."""
        if record.text is None and "error" not in self._columns:
            return b""
        source = _quoted(record.source)
        cells = {
            "source": source,
            "image": source,
            "id": _quoted(record.id or ""),
            "status": record.status,
            "text": one_line(record.text or ""),
            "long": one_line(record.long or ""),
            "cost_usd": "" if record.cost is None else format_usd(record.cost),
            "task_uuid": one_line(record.task_uuid or ""),
            "model": one_line(record.model or ""),
            "prompt": one_line(record.prompt or ""),
            "image_sha256": record.image_sha256 or "",
            "error": one_line(record.error.message) if record.error else "",
            "sandbox": "true" if record.sandbox else "",
        }
        return self._row(cells).encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a row; None for rows of other programs."""
        try:
            (cells,) = csv.reader(
                [line.decode()], strict=True, delimiter=self._delimiter
            )
            row = dict(zip(self._columns, cells, strict=True))
        except (ValueError, csv.Error):
            return None
        # Without a column of statuses, only rows with a caption are written.
        held = row.get("status", "ok") in SUCCESSFUL and row["text"]
        if not (held or row.get("error")):
            return None
        # Without this column, the text tells it.
        row.setdefault("sandbox", "true" * is_sandbox_text(row["text"]))
        row.setdefault("source", row.get("image", ""))
        names = ("source", "id", "prompt", "model", "sandbox", "error")
        return key_digest([row.get(name, "") for name in names])

    def is_incomplete(self, tail: bytes) -> bool:  # noqa: ARG002  # part of the protocol
        """Return True: only the line end marks the end of a row."""
        return True

    def _row(self, cells: Mapping[str, str]) -> str:
        row = StringIO()
        csv.writer(row, lineterminator="\n", delimiter=self._delimiter).writerow(
            [escape_formula(cells[column]) for column in self._columns]
        )
        return row.getvalue()


def _check_columns(columns: Sequence[str]) -> None:
    """Raise `UsageError` if a file with these columns could not be continued."""
    unknown = [name for name in columns if name not in COLUMNS]
    images = [name for name in columns if name in {"image", "source"}]
    if unknown or len(images) != 1 or "text" not in columns:
        reason = "image (or source) and text are required"
        if unknown:
            reason = f"{short_name(unknown[0])} is unknown"
        elif len(images) > 1:
            reason = "image and source are the same"
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: {reason}",
            hint=f"known: {', '.join(COLUMNS)}",
        )
    if len(set(columns)) < len(columns):
        raise UsageError(
            f"--columns {short_name(','.join(columns))}: a column is there twice"
        )


def _quoted(source: str) -> str:
    """Return a source as one line of UTF-8, quoted if necessary."""
    return (
        source
        if is_printable_line(source) and not source.startswith("$'")
        else ansi_c_quote(source)
    )

"""Records as lines of a file: encoding, and keys to find them again."""

import csv
import json
from hashlib import sha256
from io import StringIO
from typing import Final, Protocol

from rwcap.core.money import format_usd
from rwcap.core.record import RECORD_VERSION, Record, RecordStatus
from rwcap.core.text import ansi_c_quote, escape_formula, is_printable_line, one_line

_SUCCESSFUL: Final = (RecordStatus.OK, RecordStatus.CACHED, RecordStatus.SKIPPED)
"""Statuses of records with a caption."""

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


class RecordFormat(Protocol):
    """A format of records, one line each."""

    header: bytes
    """The first line of a new file; empty if the format has none."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether records can follow this first line of a file."""

    def line(self, record: Record) -> bytes:
        """Return a record as one line, with its line end."""

    def key(self, line: bytes) -> bytes | None:
        """Return the key of the caption or the error in a line; None if it has none.

        It depends on the line alone. So the key of a requested caption is the key of
        the line that would be written for it.
        """

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether a last line without a line end is an incomplete record."""


class JsonlFormat:
    """One JSON object a line."""

    header = b""
    _START = b'{"v": '

    def accepts_header(self, first: bytes) -> bool:  # noqa: ARG002  # part of the protocol
        """Return True: other lines are ignored."""
        return True

    def line(self, record: Record) -> bytes:
        """Return the JSON of the record."""
        return f"{record.to_json()}\n".encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a record; None for other JSON."""
        record = _json_object(line)
        held = record.get("status") in _SUCCESSFUL and record.get("text") is not None
        if record.get("v") != RECORD_VERSION or not (held or record.get("error")):
            return None
        names = ("source", "source_b64", "id", "prompt", "model", "sandbox", "error")
        return _digest([record.get(name) for name in names])

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it begins as a record and is not complete.

        Lines of other programs are never removed.
        """
        begins = tail.startswith(self._START) or self._START.startswith(tail)
        return begins and not _json_object(tail)


class CsvFormat:
    r"""One row a line, for spreadsheets.

    White space in a text becomes single spaces, because many programs split a CSV
    file at line ends even inside quotes. A cell that begins with `=`, `+`, `-` or `@`
    gets a leading apostrophe, because spreadsheets would run it as a formula
    (https://owasp.org/www-community/attacks/CSV_Injection). A source with control
    characters or bytes that are not UTF-8 is quoted as in Bash: $'caf\xe9.jpg'.
    Different sources always have different cells.
    """

    header = f"{','.join(_COLUMNS)}\n".encode()

    def accepts_header(self, first: bytes) -> bool:
        """Return whether the line is the header, or the beginning of it."""
        if first.endswith(b"\n"):
            return first.rstrip(b"\r\n") == self.header.rstrip()
        return self.header.startswith(first)

    def line(self, record: Record) -> bytes:
        """Return the row of the record."""
        cells = {
            "source": _quoted(record.source),
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
        row = StringIO()
        csv.writer(row, lineterminator="\n").writerow(
            [escape_formula(cells[column]) for column in _COLUMNS]
        )
        return row.getvalue().encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a row; None for rows of other programs."""
        try:
            (cells,) = csv.reader([line.decode()], strict=True)
            row = dict(zip(_COLUMNS, cells, strict=True))
        except (ValueError, csv.Error):
            return None
        held = row["status"] in _SUCCESSFUL and row["text"]
        if not (held or row["error"]):
            return None
        names = ("source", "id", "prompt", "model", "sandbox", "error")
        return _digest([row[name] for name in names])

    def is_incomplete(self, tail: bytes) -> bool:  # noqa: ARG002  # part of the protocol
        """Return True: only the line end marks the end of a row."""
        return True


RECORD_FORMATS: Final[dict[str, RecordFormat]] = {
    ".jsonl": JsonlFormat(),
    ".csv": CsvFormat(),
}
"""Formats by the extension of the file."""


def _json_object(line: bytes) -> dict[str, object]:
    """Return the JSON object in a line; an empty one for anything else."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _digest(identity: list[object] | list[str]) -> bytes:
    """Return the first 16 bytes of a digest."""
    return sha256(json.dumps(identity).encode()).digest()[:16]


def _quoted(source: str) -> str:
    """Return a source as one line of UTF-8, quoted if necessary."""
    return (
        source
        if is_printable_line(source) and not source.startswith("$'")
        else ansi_c_quote(source)
    )

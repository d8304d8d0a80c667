"""Records as lines of a file, and the captions that such lines hold."""

import csv
import json
from hashlib import sha256
from io import StringIO
from typing import Final, Protocol

from rwcap.core.money import format_usd
from rwcap.core.quoting import ansi_c_quote, is_printable_line
from rwcap.core.record import RECORD_VERSION, Record, RecordStatus
from rwcap.core.text import escape_formula, one_line

_HELD: Final = (RecordStatus.OK, RecordStatus.CACHED, RecordStatus.SKIPPED)
"""How a record ended that has the caption."""

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
    """One way to write records, each as one line."""

    header: bytes
    """The line that a new file begins with; empty for none."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether records may follow in a file with this first line."""

    def line(self, record: Record) -> bytes:
        """Return a record as one line, its end included."""

    def key(self, line: bytes) -> bytes | None:
        """Return what tells the caption, or the failure, in a line from others.

        None where there is neither. It is made of what the line says, so that the
        key of a caption that is wanted is the key of the line that would be
        written of it.
        """

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether a last line without an end is a part of a record."""


class JsonlFormat:
    """One JSON object a line."""

    header = b""
    _START = b'{"v": '

    def accepts_header(self, first: bytes) -> bool:  # noqa: ARG002  # as the protocol has it
        """Return that records may follow anything: other lines are passed over."""
        return True

    def line(self, record: Record) -> bytes:
        """Return the record's JSON."""
        return f"{record.to_json()}\n".encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a record of ours."""
        record = _json_object(line)
        held = record.get("status") in _HELD and record.get("text") is not None
        if record.get("v") != RECORD_VERSION or not (held or record.get("error")):
            return None
        names = ("source", "source_b64", "id", "prompt", "model", "sandbox", "error")
        return _digest([record.get(name) for name in names])

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it begins as a record does, and does not end as one.

        Anything else is somebody else's, and not ours to cut.
        """
        begins = tail.startswith(self._START) or self._START.startswith(tail)
        return begins and not _json_object(tail)


class CsvFormat:
    r"""One row a line, for spreadsheets.

    White space in a text is folded, because many programs split a CSV file at
    line ends even inside quotes. A cell that begins with `=`, `+`, `-` or `@` gets
    an apostrophe in front, because spreadsheets would run it as a formula
    (https://owasp.org/www-community/attacks/CSV_Injection); folding leaves no tab
    there, which they would run too. A source that no cell can hold as it is,
    because of control characters or bytes that are not UTF-8, is written as Bash
    quotes it: $'caf\xe9.jpg'. No two sources become the same cell.
    """

    header = f"{','.join(_COLUMNS)}\n".encode()

    def accepts_header(self, first: bytes) -> bool:
        """Return whether it is our header, or the torn beginning of it."""
        if first.endswith(b"\n"):
            return first.rstrip(b"\r\n") == self.header.rstrip()
        return self.header.startswith(first)

    def line(self, record: Record) -> bytes:
        """Return the record's row."""
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
        """Return the key of a row of ours."""
        try:
            (cells,) = csv.reader([line.decode()], strict=True)
            row = dict(zip(_COLUMNS, cells, strict=True))
        except (ValueError, csv.Error):
            return None
        held = row["status"] in _HELD and row["text"]
        if not (held or row["error"]):
            return None
        names = ("source", "id", "prompt", "model", "sandbox", "error")
        return _digest([row[name] for name in names])

    def is_incomplete(self, tail: bytes) -> bool:  # noqa: ARG002  # as the protocol has it
        """Return that it is: a row shows its end by nothing but the line's."""
        return True


RECORD_FORMATS: Final[dict[str, RecordFormat]] = {
    ".jsonl": JsonlFormat(),
    ".csv": CsvFormat(),
}
"""By the suffix of the file."""


def _json_object(line: bytes) -> dict[str, object]:
    """Return the JSON object that a line is; an empty one where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(identity: list[object] | list[str]) -> bytes:
    """Return 16 bytes that stand for all of it."""
    return sha256(json.dumps(identity).encode()).digest()[:16]


def _quoted(source: str) -> str:
    """Return a source that fits on one line of UTF-8."""
    return (
        source
        if is_printable_line(source) and not source.startswith("$'")
        else ansi_c_quote(source)
    )

"""CSV and TSV files of records."""

import csv
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import chain
from typing import Final

from rwcap.core.csv_rows import csv_row
from rwcap.core.errors import UsageError
from rwcap.core.fields import FieldValue, field_text
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest
from rwcap.core.text import one_line, short_name
from rwcap.outputs.records.record_formats import TableStyle
from rwcap.outputs.records.table_rows import (
    ALL_COLUMNS,
    TABLE_COLUMNS,
    columns_of,
    row_key,
    table_cells,
)

DELIMITERS: Final = (",", ";", "\t", "|")
_MARK: Final = "\ufeff".encode()
_CUT: Final = "unexpected end of data"
"""The reason in an error of Python for half a character, and for half a cell."""


class CsvFormat:
    r"""One row a line, for spreadsheets.

    White space in a text becomes single spaces, because many programs split a CSV
    file at line ends even inside quotes. A cell that begins with `=`, `+`, `-` or `@`
    gets a leading apostrophe, because spreadsheets would run it as a formula
    (https://owasp.org/www-community/attacks/CSV_Injection). A cell with any of the
    delimiters is quoted: some programs split a file at all of them. A source with
    control characters or bytes that are not UTF-8 is quoted as in Bash:
    $'caf\xe9.jpg'.
    Different sources always have different cells.
    """

    def __init__(self, style: TableStyle, delimiter: str) -> None:
        """Choose the columns, the delimiter of the suffix or of the user, and the mark.

        Raises:
            UsageError: A column is unknown, or no column names the image.
        """
        self._columns = columns_of(style)
        self._delimiter = style.delimiter or delimiter
        if self._delimiter not in DELIMITERS:
            raise UsageError(
                f"--delimiter {short_name(self._delimiter)} is unknown",
                hint="--delimiter , (or ; or | or tab)",
            )
        self._bare = self._row({name: name for name in self._columns}).encode()
        self.header = _MARK * style.bom + self._bare

    def check(self, request: CaptionRequest) -> None:
        """Accept every request: records can name any image."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether the line is the header, or the beginning of it."""
        bare = first.removeprefix(_MARK)
        if first.endswith(b"\n"):
            names = bare.decode(errors="replace").rstrip("\r\n")
            return _read_row(names, self._delimiter) == [*self._columns]
        return self.header.startswith(first) or self._bare.startswith(bare)

    def other_options(self, first: bytes) -> str | None:
        """Return the options for a file of rwcap with this header; None for others."""
        header = first.removeprefix(_MARK).decode(errors="replace").rstrip("\r\n")
        for delimiter in DELIMITERS:
            names = _read_row(header, delimiter)
            if set(names) <= {*ALL_COLUMNS}:
                word = "tab" if delimiter == "\t" else delimiter
                columns = "" if tuple(names) == TABLE_COLUMNS else ",".join(names)
                option = f"--columns {columns} " * bool(columns)
                return f"{option}--delimiter '{word}'"
        return None

    def line(self, record: Record) -> bytes:
        """Return the row of the record; empty if it has no place in the columns."""
        if record.text is None and "error" not in self._columns:
            return b""
        cells = table_cells(record)
        row = {name: _cell(name, cells.get(name)) for name in self._columns}
        return self._row(row).encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a row; None for rows of other programs."""
        try:
            row = dict(zip(self._columns, self._cells(line.decode()), strict=True))
        except (ValueError, csv.Error):
            return None
        return row_key(row)

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it is the beginning of a row that rwcap writes.

        It has too few cells, an open quotation mark, half a character, or NUL where a
        disk lost what was written. The rows of a person and of other programs, such as
        the last line of a cell with several lines, are never removed.
        """
        try:
            row = tail.decode()
            cells = self._cells(row)
        except UnicodeDecodeError as error:
            return error.reason == _CUT
        except csv.Error as error:
            return str(error) == _CUT
        is_short = len(cells) < len(self._columns)
        return "\0" in row or (is_short and self._is_well_formed(row))

    def may_be_incomplete(self, tail: bytes) -> bool:
        """Return whether its last cell has a text, whose end may be missing."""
        return not tail.endswith(self._delimiter.encode())

    def continues_row(self, lines: Iterable[str]) -> bool:
        """Return whether the last line is in a row of several lines, as of a person.

        Raises:
            ValueError: A cell of that row is open.
        """
        before = last = end = 0
        reader = csv.reader(chain(lines, ["\n"]), delimiter=self._delimiter)
        with suppress(csv.Error):
            for _ in reader:
                before, last = last, reader.line_num - end
                end = reader.line_num
        if last > 2:  # noqa: PLR2004  # two lines of the row, and the one added here
            raise ValueError("an open cell")
        return last == 1 and before > 1

    def _is_well_formed(self, row: str) -> bool:
        """Return whether quotation marks are only around cells, or doubled in them."""
        mark = re.escape(self._delimiter)
        cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
        return re.fullmatch(rf"{cell}(?:{mark}{cell})*", row) is not None

    def _cells(self, line: str) -> list[str]:
        (cells,) = csv.reader([line], strict=True, delimiter=self._delimiter)
        return cells

    def _row(self, cells: Mapping[str, str]) -> str:
        return csv_row((cells[column] for column in self._columns), self._delimiter)


def _read_row(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line, in any form that spreadsheets write."""
    return next(csv.reader([line], delimiter=delimiter), [])


def _cell(column: str, cell: FieldValue) -> str:
    """Return a cell as text on one line."""
    text = "" if column == "sandbox" and not cell else field_text(cell)
    # A name is on one line already, and its spaces matter.
    return text if column in {"source", "image", "id"} else one_line(text)

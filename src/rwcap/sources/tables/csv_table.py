"""Rows of CSV and TSV files."""

import csv
from collections.abc import Iterator
from itertools import chain, tee
from typing import Final, NamedTuple

from rwcap.core.text import short_name
from rwcap.sources.tables.table_columns import (
    MAX_LINE_CHARS,
    REQUESTS,
    Row,
    Wanted,
    column_names,
    read_lines,
    table_error,
)

_DELIMITERS: Final = (",", ";", "\t", "|")
_MAX_BLANK_LINES: Final = 1_000
"""The maximum number of lines up to the header."""

_TOO_LARGE: Final = "field larger"
"""The beginning of the message of the csv module for a cell over its limit."""


class _Header(NamedTuple):
    """The first row, and the form of the table that it shows."""

    cells: list[str]
    delimiter: str
    padded: bool
    """Whether there are blanks around cells, which are ignored."""


class _Lines:
    """The lines of one row, with a limit for the length of the row."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.row: list[str] = []
        """The lines since the caller last cleared it."""

    def __iter__(self) -> Iterator[str]:
        length = 0
        for line in self._lines:
            length = len(line) + (length if self.row else 0)
            if length > MAX_LINE_CHARS:
                raise csv.Error(f"{_TOO_LARGE} than a row")
            self.row.append(line)
            yield line


def csv_rows(table: str, wanted: Wanted = REQUESTS) -> Iterator[Row]:
    """Yield the rows of a CSV file. Its header shows the delimiter.

    Args:
        table: The path of the file.
        wanted: The columns that it must have.

    Raises:
        UsageError: The file could not be read, has no usable header, or has a row
            that is too long: where the next one begins is unknown then.
    """
    # The limit for a row is the one that counts.
    csv.field_size_limit(MAX_LINE_CHARS)
    all_lines = read_lines(table)
    number, first = 1, next(all_lines, "")
    while first.isspace() and number < _MAX_BLANK_LINES:
        number, first = number + 1, next(all_lines, "")
    lines, *trials = tee(chain([first], all_lines), 1 + len(_DELIMITERS))
    found = [
        _read_header(trial, delimiter)
        for trial, delimiter in zip(trials, _DELIMITERS, strict=True)
    ]
    trials.clear()  # they would keep all lines in memory
    usable = [header for header in found if _has_image_column(header.cells, wanted)]
    if not usable:
        columns = max((header.cells for header in found), key=len)
        shown = short_name(", ".join(columns)) if columns else "none"
        raise table_error(table, f"{wanted.rule}; found: {shown}", hint=wanted.hint)
    header = max(usable, key=lambda header: len(header.cells))
    try:
        names = column_names(header.cells)
    except ValueError as error:
        raise table_error(table, str(error), hint=wanted.hint) from error
    yield from _parse_rows(table, number, _Lines(lines), header, names)


def _read_header(lines: Iterator[str], delimiter: str) -> _Header:
    """Return the first row, read with one delimiter.

    It has no cells if the text has another form.
    """
    read = _Lines(lines)
    try:
        reader = csv.reader(
            read, strict=True, delimiter=delimiter, skipinitialspace=True
        )
        cells = [cell.strip(" ") for cell in next(reader, [])]
        unstripped = next(csv.reader(read.row, delimiter=delimiter), [])
    except csv.Error:
        return _Header([], delimiter, padded=False)
    padded = any(cell != cell.strip(" ") for cell in unstripped)
    return _Header(cells, delimiter, padded)


def _has_image_column(cells: list[str], wanted: Wanted) -> bool:
    """Return whether exactly one cell is the name of an image column.

    A tab beside the name is a delimiter, so it is not ignored as a blank is.
    """
    return sum(cell.casefold() in wanted.images for cell in cells) == 1


def _parse_rows(
    table: str, first: int, lines: _Lines, header: _Header, names: list[str]
) -> Iterator[Row]:
    """Yield the rows after the header, which is in line `first`."""
    delimiter, padded, count = header.delimiter, header.padded, len(names)
    reader = csv.reader(
        lines, strict=True, delimiter=delimiter, skipinitialspace=padded
    )
    next(reader, None)
    while True:
        lines.row.clear()
        number = first + reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if str(error).startswith(_TOO_LARGE):
                reason = f"a row has more than {MAX_LINE_CHARS:,} characters"
                hint = "look for a quotation mark that is not closed"
                raise table_error(f"{table}:{number}", reason, hint=hint) from error
            yield Row(number, {}, f"malformed row: {error}")
            continue
        if cells is None:
            return
        if padded:
            cells = [cell.strip(" ") for cell in cells]
        if cells == header.cells:
            yield Row(number, {}, "the header occurs twice")
        elif len(cells) == count:
            columns = dict(zip(names, cells, strict=True))
            columns.pop("", None)
            yield Row(number, columns)
        elif cells:
            yield Row(number, {}, f"{len(cells)} cells, but {count} columns")

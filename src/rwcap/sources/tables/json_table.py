"""Rows of JSON Lines files and of JSON arrays."""

import json
import re
from collections.abc import Iterator
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.sources.tables.table_columns import (
    MAX_LINE_CHARS,
    REQUESTS,
    Row,
    Wanted,
    column_names,
    read_chunks,
    read_lines,
    table_error,
)

_BLANKS: Final = re.compile("[ \t\r\n\ufeff]*+")
_HINT: Final = "name a file with one object on each line FILE.jsonl"


def jsonl_rows(table: str, wanted: Wanted = REQUESTS) -> Iterator[Row]:
    """Yield the rows of a file with one JSON object on each line.

    Args:
        table: The path of the file.
        wanted: The columns that it can have.

    Raises:
        UsageError: The file could not be read.
    """
    for number, line in enumerate(read_lines(table), 1):
        if not line.isspace():
            try:
                item: object = json.loads(line)
            except (ValueError, RecursionError):
                yield Row(number, {}, "not JSON")
            else:
                yield _row(number, item, wanted)


def json_rows(table: str, wanted: Wanted = REQUESTS) -> Iterator[Row]:
    """Yield the rows of a JSON array of objects, parsed one at a time.

    Args:
        table: The path of the file.
        wanted: The columns that it can have.

    Raises:
        UsageError: The file could not be read, or is not an array of objects.
    """
    array = _Array(table)
    array.expect("[", "not a JSON array")
    number = 0
    separator = "," if array.peek() != "]" else array.expect("]", "")
    while separator == ",":
        number += 1
        yield _row(number, array.parse_item(number), wanted)
        separator = array.expect(",]", f"item {number} is not followed by , or ]")
    if array.peek():
        raise array.error("there is text after the array")


class _Array:
    """The text of a JSON array, of which only the part being parsed is in memory."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._chunks = read_chunks(table)
        self._decode = json.JSONDecoder().raw_decode
        self._text = ""
        self._position = 0

    def error(self, reason: str) -> UsageError:
        """Return the error for a file that is not an array of objects."""
        return table_error(self._table, reason, hint=_HINT)

    def peek(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._position)
            self._position = blanks.end() if blanks else self._position
            if self._position < len(self._text) or not self._read_more():
                return self._text[self._position : self._position + 1]

    def expect(self, characters: str, reason: str) -> str:
        """Consume and return one of these characters; else raise the error."""
        found = self.peek()
        if not found or found not in characters:
            raise self.error(reason)
        self._position += 1
        return found

    def parse_item(self, number: int) -> object:
        """Consume and return the next item. The first one has to be an object."""
        if self.peek() != "{" and number == 1:
            raise self.error(f"item {number} is not a JSON object")
        while True:
            try:
                item, end = self._decode(self._text, self._position)
            except (ValueError, RecursionError) as error:
                too_long = len(self._text) - self._position > MAX_LINE_CHARS
                if too_long or not self._read_more():
                    excess = f"has more than {MAX_LINE_CHARS:,} characters"
                    reason = excess if too_long else "is not JSON"
                    raise self.error(f"item {number} {reason}") from error
            else:
                # The rest of a number may be in the next chunk.
                if end < len(self._text) or not self._read_more():
                    self._position = end
                    return item

    def _read_more(self) -> bool:
        """Read the next chunk and forget what is parsed; return False at the end."""
        chunk = next(self._chunks, "")
        self._text = self._text[self._position :] + chunk
        self._position = 0
        return bool(chunk)


def _row(number: int, item: object, wanted: Wanted) -> Row:
    if not isinstance(item, dict):
        return Row(number, {}, "not a JSON object")
    try:
        names = column_names(list(item))
    except ValueError as error:
        return Row(number, {}, str(error))
    columns = dict(zip(names, map(cell_text, item.values()), strict=True))
    columns.pop("", None)
    try:
        # Lone surrogates are valid only if they stand for bytes of a file name.
        "".join((*columns, *columns.values())).encode("utf-8", "surrogateescape")
    except ValueError:
        return Row(number, {}, "not JSON")
    for name, value in zip(names, item.values(), strict=True):
        if name in wanted.images and not isinstance(value, str):
            return Row(number, {}, f"column {name}: not a string")
    return Row(number, columns)


def cell_text(value: object) -> str:
    """Return a value as text: strings as they are, None as an empty text, else JSON.

    Values that JSON does not have, such as dates, are written as Python does.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() | int() | float() | list() | dict():
            return json.dumps(
                value, ensure_ascii=False, separators=(",", ":"), default=str
            )
        case _:
            return str(value)

"""Tables: CSV and JSONL files with an image in each row."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest, SourceKind, UnusableSource, source_kind
from rwcap.core.text import short_name
from rwcap.sources.folder_walk import contained_path

IMAGE_COLUMNS: Final = ("image", "path", "url", "file_name")
"""The possible names of the image column. Hugging Face datasets use `file_name`."""

MAX_LINE_CHARS: Final = 1_048_576
"""The maximum length of a line in characters, which limits the memory for a line. The
longest prompt has a tenth of it."""

_CSV: Final = ".csv"
TABLE_SUFFIXES: Final = (_CSV, ".jsonl", ".ndjson")
_COLUMN_RULE: Final = (
    f"exactly one of the columns {', '.join(IMAGE_COLUMNS)} is required"
)
_HINT: Final = "start a CSV file with a header such as: image,prompt"

_Row: TypeAlias = Mapping[str, str] | str
"""The columns of a row, or the reason why it is malformed."""


def is_table(path: str) -> bool:
    """Return whether the file name has the suffix of a table."""
    return path.lower().endswith(TABLE_SUFFIXES)


def read_table(table: str) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested caption of each row, or the error of a malformed row.

    Args:
        table: The path of a CSV or JSONL file.

    Raises:
        UsageError: The file could not be read, or has a different format.
    """
    is_csv = table.lower().endswith(_CSV)
    rows = _csv_rows(table) if is_csv else _json_rows(table)
    folder = table.removesuffix(Path(table).name)
    for number, row in rows:
        source = f"{table}:{number}"
        request = row if isinstance(row, str) else _request_from_row(row, folder)
        if isinstance(request, str):
            message = f"{short_name(source)}: {request}"
            yield UnusableSource(source, InputError(message, code="malformedRow"))
        else:
            yield request


def _request_from_row(row: Mapping[str, str], folder: str) -> CaptionRequest | str:
    """Return the requested caption of a row, or the reason why it is malformed.

    Args:
        row: The columns of the row.
        folder: The folder of the table, to which paths are relative.
    """
    images = [row[column] for column in IMAGE_COLUMNS if column in row]
    if len(images) != 1:
        return f"{_COLUMN_RULE}; found: {len(images)}"
    source = images[0]
    relative = ""
    match source_kind(source):
        case SourceKind.STDIN | SourceKind.DATA_URI:
            return "the image is not a path, URL or UUID"
        case SourceKind.URL:
            pass
        case kind:
            if not source:
                return "the image column is empty"
            path = source if Path(source).is_absolute() else folder + source
            if kind is SourceKind.PATH or os.path.lexists(path):
                source, relative = path, contained_path(source)
    prompt, row_id = row.get("prompt") or None, row.get("id") or None
    return CaptionRequest(source, relative, prompt, row_id, row)


def _csv_rows(table: str) -> Iterator[tuple[int, _Row]]:
    reader = csv.reader(_read_lines(table), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
    except csv.Error as error:
        raise _table_error(table, f"not a CSV file: {error}") from error
    if len([column for column in header if column in IMAGE_COLUMNS]) != 1:
        columns = short_name(", ".join(header)) if header else "none"
        raise _table_error(table, f"{_COLUMN_RULE}; found: {columns}")
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield number, f"malformed row: {error}"
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        elif cells:
            yield number, f"{len(cells)} cells, but {len(header)} columns"


def _json_rows(table: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(_read_lines(table), 1):
        if not line.isspace():
            yield number, _json_row(line)


def _json_row(line: str) -> _Row:
    try:
        row: object = json.loads(line)
        if not isinstance(row, dict):
            return "not a JSON object"
        columns = {column: _cell_text(value) for column, value in row.items()}
        # Lone surrogates are valid only if they stand for bytes of a file name.
        "".join((*columns, *columns.values())).encode("utf-8", "surrogateescape")
    except (ValueError, RecursionError):
        return "not JSON"
    if not all(isinstance(row.get(column, ""), str) for column in IMAGE_COLUMNS):
        return "the image is not a string"
    return columns


def _cell_text(value: object) -> str:
    """Return a JSON value as text: strings as they are, null as an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_lines(table: str) -> Iterator[str]:
    try:
        # newline="" leaves line ends inside cells to the csv module.
        with Path(table).open(encoding="utf-8-sig", newline="") as file:
            while line := file.readline(MAX_LINE_CHARS + 1):
                if len(line) > MAX_LINE_CHARS:
                    excess = f"a line has more than {MAX_LINE_CHARS:,} characters"
                    raise _table_error(table, excess)
                yield line
    except OSError as error:
        raise _table_error(table, error.strerror) from error
    except UnicodeDecodeError as error:
        raise _table_error(table, "not UTF-8 text") from error


def _table_error(table: str, reason: str | None) -> UsageError:
    return UsageError(f"table {short_name(table)}: {reason}", hint=_HINT)

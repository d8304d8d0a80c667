"""Tables: files with an image in each row."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.source import CaptionRequest, SourceKind, UnusableSource, source_kind
from rwcap.core.text import short_name
from rwcap.sources.folder_walk import contained_path
from rwcap.sources.table_file import COLUMN_RULE, Row, image_columns

TABLE_SUFFIXES: Final = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")

_IMAGE_FOLDER: Final = "file_name"
"""The image column of a Hugging Face ImageFolder. Its images are in the folder of the
table, and its column `text` has their captions."""


def is_table(path: str) -> bool:
    """Return whether the file name has the suffix of a table."""
    return path.lower().endswith(TABLE_SUFFIXES)


def read_table(table: str) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested caption of each row, or the error of a malformed row.

    Args:
        table: The path of a table.

    Raises:
        UsageError: The file could not be read, or has a different format.
    """
    folder = table.removesuffix(Path(table).name)
    for row in _read_rows(table):
        source = f"{table}:{row.number}"
        request = row.error or _request_from_row(row, folder)
        if isinstance(request, str):
            message = f"{short_name(source)}: {request}"
            yield UnusableSource(source, InputError(message, code="malformedRow"))
        else:
            yield request


def _read_rows(table: str) -> Iterator[Row]:
    """Yield the rows of a table. Its suffix decides which module reads it."""
    match Path(table).suffix.lower():
        case ".json":
            from rwcap.sources.json_table import json_rows

            return json_rows(table)
        case ".jsonl" | ".ndjson":
            from rwcap.sources.json_table import jsonl_rows

            return jsonl_rows(table)
        case _:
            from rwcap.sources.csv_table import csv_rows

            return csv_rows(table)


def _request_from_row(row: Row, folder: str) -> CaptionRequest | str:
    """Return the requested caption of a row, or the reason why it is malformed.

    Args:
        row: The row.
        folder: The folder of the table, to which paths are relative.
    """
    names = image_columns(list(row.columns))
    if len(names) != 1:
        return f"{COLUMN_RULE}; found: {len(names)}"
    column = names[0]
    source, relative = row.columns[column], ""
    kind = source_kind(source)
    match kind:
        case SourceKind.STDIN | SourceKind.DATA_URI:
            return f"column {column}: not a path, URL or UUID"
        case SourceKind.URL:
            pass
        case _:
            if not source:
                return f"column {column}: empty"
            path = source if Path(source).is_absolute() else folder + source
            if kind is SourceKind.PATH or os.path.lexists(path):
                source, relative = path, contained_path(source)
    caption = None
    if column == _IMAGE_FOLDER:
        if kind is not SourceKind.URL and _is_outside(row.columns[column]):
            return f"column {column}: outside the folder of the table"
        caption = row.columns.get("text", "").strip() or None
    return CaptionRequest(
        source,
        relative,
        prompt=row.columns.get("prompt") or None,
        id=row.columns.get("id") or None,
        columns=row.columns,
        caption=caption,
    )


def _is_outside(path: str) -> bool:
    """Return whether a path leads out of the folder that it is relative to."""
    return Path(path).is_absolute() or Path(os.path.normpath(path)).parts[0] == ".."

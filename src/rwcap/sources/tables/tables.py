"""Tables: files with an image in each row."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError, NoPyarrowError
from rwcap.core.source import (
    CaptionRequest,
    SourceKind,
    UnusableSource,
    is_object,
    local_name,
    source_kind,
)
from rwcap.core.text import short_name
from rwcap.sources.folder_walk import base_name, contained_path
from rwcap.sources.tables.table_columns import (
    REQUESTS,
    Row,
    Wanted,
    table_error,
)

TABLE_SUFFIXES: Final = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")

_IMAGE_FOLDER: Final = "file_name"
"""The image column of a Hugging Face ImageFolder. Its images are in the folder of the
table, and its column `text` has their captions."""


def is_table(path: str) -> bool:
    """Return whether the file name has the suffix of a table."""
    return path.lower().endswith(TABLE_SUFFIXES)


def read_table(table: str) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested caption of each row, or the error of a malformed row.

    Args:
        table: The path of a table. A Parquet table can be in object storage.

    Raises:
        UsageError: The file could not be read, or has a different format.
    """
    return requests_of(table, read_rows(table))


def requests_of(
    table: str, rows: Iterable[Row]
) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested caption of each row of a table, or the error of the row."""
    folder = table.removesuffix(Path(table).name)
    for row in rows:
        source = f"{table}:{row.number}"
        request = row.error or _request_from_row(row, source, folder)
        if isinstance(request, str):
            message = f"{short_name(source)}: {request}"
            yield UnusableSource(source, InputError(message, code="malformedRow"))
        else:
            yield request


def read_rows(table: str, wanted: Wanted = REQUESTS) -> Iterator[Row]:
    """Yield the rows of a table. Its suffix decides which module reads it.

    Raises:
        UsageError: The file could not be read, or has other columns.
    """
    suffix = Path(table).suffix.lower()
    if is_object(table) and suffix != ".parquet":
        raise table_error(
            table,
            "only Parquet tables can be in object storage",
            hint="copy it to a local file, and name that",
        )
    match suffix:
        case ".json":
            from rwcap.sources.tables.json_table import json_rows

            return json_rows(table, wanted)
        case ".jsonl" | ".ndjson":
            from rwcap.sources.tables.json_table import jsonl_rows

            return jsonl_rows(table, wanted)
        case ".parquet":
            return _read_parquet(table, wanted)
        case _:
            from rwcap.sources.tables.csv_table import csv_rows

            return csv_rows(table, wanted)


def _read_parquet(table: str, wanted: Wanted) -> Iterator[Row]:
    try:
        from rwcap.sources.tables.parquet_table import parquet_rows
    except ModuleNotFoundError as error:
        raise NoPyarrowError(f"table {short_name(table)}") from error
    return parquet_rows(table, wanted=wanted)


def _request_from_row(row: Row, place: str, folder: str) -> CaptionRequest | str:
    """Return the requested caption of a row, or the reason why it is malformed.

    Args:
        row: The row.
        place: The table and the number of the row.
        folder: The folder of the table, to which paths are relative.
    """
    column = image_column(row, REQUESTS)
    if column is None:
        return wrong_columns(row, REQUESTS)
    cell, caption = row.columns[column], None
    if row.content is None:
        found = _find_image(cell, folder)
        if isinstance(found, str):
            return f"column {column}: {found}"
        source, relative = found
    else:
        source, relative = place, name_of(cell)
    if column == _IMAGE_FOLDER:
        if _is_outside(cell):
            return f"column {column}: outside the folder of the table"
        caption = row.columns.get("text", "").strip() or None
    return CaptionRequest(
        source,
        relative,
        prompt=row.columns.get("prompt") or None,
        id=row.columns.get("id") or None,
        columns=row.columns,
        caption=caption,
        content=row.content,
    )


def image_column(row: Row, wanted: Wanted) -> str | None:
    """Return the name of the column that names the image, unless there are several."""
    names = [name for name in wanted.images if name in row.columns]
    return names[0] if len(names) == 1 else None


def wrong_columns(row: Row, wanted: Wanted) -> str:
    """Return the reason why a row without one image column is malformed."""
    return f"{wanted.rule}; found: {sum(map(wanted.images.__contains__, row.columns))}"


def _find_image(cell: str, folder: str) -> tuple[str, str] | str:
    """Return the source and the relative path of an image, or why it has none.

    Args:
        cell: The cell of the image column.
        folder: The folder of the table, to which paths are relative.
    """
    cell = local_name(cell)
    if reason := unusable_cell(cell):
        return reason
    kind = source_kind(cell)
    path = cell if os.path.isabs(cell) else folder + cell  # noqa: PTH117  # faster
    is_path = kind is SourceKind.PATH
    if is_path or (kind is SourceKind.UUID and os.path.lexists(path)):
        return path, contained_path(cell)
    return cell, ""


def unusable_cell(cell: str) -> str | None:
    """Return the reason why a cell names no image; None if it can name one."""
    kind = source_kind(cell)
    if kind is SourceKind.STDIN or kind is SourceKind.DATA_URI:
        return "not a path, URL or UUID"
    return None if cell else "empty"


def name_of(cell: str) -> str:
    """Return the relative path of an image that the table contains."""
    if source_kind(cell) is SourceKind.PATH:
        return contained_path(cell)
    return base_name(re.split("[?#]", cell, maxsplit=1)[0])


def _is_outside(path: str) -> bool:
    """Return whether a path leads out of the folder that it is relative to."""
    first = os.path.normpath(path).partition(os.sep)[0]
    return os.path.isabs(path) or first == os.pardir  # noqa: PTH117  # faster

"""Rows of Parquet files, read with pyarrow: the extra `parquet`."""

from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow import types
from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]  # as above

from rwcap.core.text import short_name
from rwcap.sources.json_table import cell_text
from rwcap.sources.table_columns import (
    COLUMN_RULE,
    IMAGE_COLUMNS,
    Row,
    column_names,
    table_error,
)

MAX_CHUNK_BYTES: Final = 256 * 1024 * 1024
"""The maximum size of a column in a row group, which limits the memory for a page."""

MAX_IMAGE_CHUNK_BYTES: Final = 1024 * 1024 * 1024
"""The same for a column that contains images."""

_ROWS_READ: Final = 2_000
_IMAGES_READ: Final = 8
"""The number of rows in memory: without and with images in the table."""

_BUFFER_BYTES: Final = 1024 * 1024
"""The size of the parts in which a column is read."""

_DAMAGED: Final = "damaged or incomplete Parquet"
_HINT: Final = "an image column has paths, bytes, or both as Hugging Face datasets do"


def parquet_rows(table: str) -> Iterator[Row]:
    """Yield the rows of a Parquet file.

    Raises:
        UsageError: The file could not be read, or has no usable image column.
    """
    try:
        with ParquetFile(table, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            yield from _read_rows(table, file)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        missing = isinstance(error, FileNotFoundError | PermissionError)
        reason = str(error).partition(".")[0] if missing else _DAMAGED
        raise table_error(table, reason, hint=None) from error


def _read_rows(table: str, file: ParquetFile) -> Iterator[Row]:
    schema = file.schema_arrow
    try:
        names = column_names(schema.names)
    except ValueError as error:
        raise table_error(table, str(error), hint=None) from error
    found = [name for name in IMAGE_COLUMNS if name in names]
    if len(found) != 1:
        columns = short_name(", ".join(names)) or "none"
        raise table_error(table, f"{COLUMN_RULE}; found: {columns}", hint=_HINT)
    image = found[0]
    kinds = dict(zip(names, (field.type for field in schema), strict=True))
    if not _can_be_image(kinds[image]):
        reason = f"column {image}: unusable type {short_name(str(kinds[image]))}"
        raise table_error(table, reason, hint=_HINT)
    _check_sizes(table, file, schema.names[names.index(image)])
    used = {
        name: column
        for name, column in zip(names, schema.names, strict=True)
        if name and (name == image or not _is_binary(kinds[name]))
    }
    is_text = _is_text(kinds[image])
    batches = file.iter_batches(
        batch_size=_ROWS_READ if is_text else _IMAGES_READ, columns=[*used.values()]
    )
    number = 0
    for batch in batches:
        lists = [column.to_pylist() for column in batch.columns]
        for cells in zip(*lists, strict=True):
            number += 1
            yield _row(number, image, dict(zip(used, cells, strict=True)))


def _row(number: int, image: str, cells: Mapping[str, object]) -> Row:
    """Return a row, with the bytes of its image if the table contains it."""
    cell = cells[image]
    path, content = cell, None
    if isinstance(cell, dict):
        path, content = cell.get("path"), cell.get("bytes")
    elif isinstance(cell, bytes):
        path, content = None, cell
    columns = {name: cell_text(value) for name, value in cells.items() if name != image}
    columns[image] = cell_text(path)
    return Row(number, columns, content=content or None)


def _check_sizes(table: str, file: ParquetFile, image: str) -> None:
    """Refuse a file of which a part may not fit into memory."""
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        for position in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(position)
            name = chunk.path_in_schema.partition(".")[0]
            limit = MAX_IMAGE_CHUNK_BYTES if name == image else MAX_CHUNK_BYTES
            if chunk.total_uncompressed_size > limit:
                reason = f"column {short_name(name)}: more than {limit:,} bytes"
                raise table_error(
                    table, f"{reason} in a row group", hint="write smaller row groups"
                )


def _can_be_image(kind: pa.DataType) -> bool:
    if types.is_struct(kind):
        return any(kind.get_field_index(name) >= 0 for name in ("bytes", "path"))
    return _is_text(kind) or _is_binary(kind) or bool(types.is_null(kind))


def _is_text(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(types.is_binary(kind) or types.is_large_binary(kind))

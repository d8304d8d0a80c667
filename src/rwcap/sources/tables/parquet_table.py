"""Rows of Parquet files, read with pyarrow: the extra `parquet`."""

import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow import types
from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]  # as above

from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import is_object
from rwcap.core.text import short_name
from rwcap.sources.tables.json_table import cell_text
from rwcap.sources.tables.table_columns import (
    REQUESTS,
    Row,
    Wanted,
    column_names,
    table_error,
)

MAX_CHUNK_BYTES: Final = 256 * 1024 * 1024
"""The maximum size of a column in a row group, which limits the memory for a page."""

MAX_IMAGE_CHUNK_BYTES: Final = 1024 * 1024 * 1024
"""The same for a column that contains images."""

_ROWS_READ: Final = 2_000
_IMAGES_READ: Final = 8
"""The largest number of rows in memory: without and with images in the table."""

_BATCH_BYTES: Final = 128 * 1024 * 1024
"""The maximum size of the rows in memory."""

_CONTENT: Final = "bytes"
"""The column that contains images, alone or beside a column that names them."""

_BUFFER_BYTES: Final = 1024 * 1024
"""The size of the parts in which a column is read."""

_REASONS: Final[Mapping[type[Exception], str]] = {
    FileNotFoundError: "no such file",
    PermissionError: "permission denied",
}
"""The reasons why a file cannot be opened. Others are damage."""

_HINT: Final = (
    "an image column has paths, bytes, or both as Hugging Face datasets do;"
    " a column bytes has images"
)


def parquet_rows(
    table: str, first: int = 0, stop: int = sys.maxsize, wanted: Wanted = REQUESTS
) -> Iterator[Row]:
    """Yield the rows of a Parquet file.

    Args:
        table: The path of the file, or its URL in object storage.
        first: The index of the first row to yield; the file begins with 0.
        stop: The index after that of the last row to yield.
        wanted: The columns that it must have.

    Raises:
        UsageError: The file could not be read, or has no usable image column.
        StorageError: The storage could not be read.
    """
    with open_parquet(table) as file:
        columns = _find_columns(table, file, wanted)
        _check_sizes(table, file, columns)
        yield from _read_rows(file, columns, first, stop)


def group_sizes(table: str) -> list[int]:
    """Return the number of rows in each row group of a Parquet file.

    The errors are those of `parquet_rows`.
    """
    with open_parquet(table) as file:
        _check_sizes(table, file, _find_columns(table, file, REQUESTS))
        groups = range(file.metadata.num_row_groups)
        return [file.metadata.row_group(group).num_rows for group in groups]


@contextmanager
def open_parquet(table: str) -> Iterator[ParquetFile]:
    """Open a Parquet file. The errors are those of `parquet_rows`."""
    with _open_file(table) as source:
        try:
            with ParquetFile(
                source, buffer_size=_BUFFER_BYTES, pre_buffer=False
            ) as file:
                yield file
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            if source is not table and getattr(error, "errno", None):
                raise  # the storage failed; errors of Arrow have no number
            reason = _REASONS.get(type(error), "damaged or incomplete Parquet")
            raise table_error(table, reason, hint=None) from error


@contextmanager
def _open_file(table: str) -> Iterator[str | BinaryIO]:
    """Yield what Arrow can open: a path, or an open object."""
    if not is_object(table):
        yield table
        return
    from rwcap.storage.objects import open_object, storage_errors

    try:
        with storage_errors(table), open_object(table) as file:
            yield file
    except InputError as error:
        raise UsageError(f"table {error.message}") from error


class _Columns(NamedTuple):
    """The columns of a table."""

    image: str
    """The name of the column that names the image."""
    content: str | None
    """The name of the column that contains the image, besides `image`."""
    read: Mapping[str, str]
    """The columns that are read, with their original names."""
    batch_rows: int
    """The number of rows in memory."""

    def row(self, number: int, cells: Mapping[str, object]) -> Row:
        """Return a row, with the bytes of its image if the table contains it."""
        cell = cells.get(self.image)
        path, content = cell, None
        if isinstance(cell, dict):
            path, content = cell.get("path"), cell.get("bytes")
        elif isinstance(cell, bytes):
            path, content = None, cell
        if self.content:
            content = cells[self.content] or content
        images = {self.image, self.content}
        columns = {
            name: cell_text(value)
            for name, value in cells.items()
            if name not in images
        }
        columns[self.image] = cell_text(path)
        return Row(number, columns, content=content or None)


def _find_columns(table: str, file: ParquetFile, wanted: Wanted) -> _Columns:
    schema = file.schema_arrow
    try:
        names = column_names(schema.names)
    except ValueError as error:
        raise table_error(table, str(error), hint=None) from error
    kinds = dict(zip(names, (field.type for field in schema), strict=True))
    content = _CONTENT if _is_binary(kinds.get(_CONTENT, pa.null())) else None
    found = [name for name in wanted.images if name in names]
    if len(found) > 1 or not (found or content):
        columns = short_name(", ".join(names)) or "none"
        raise table_error(table, f"{wanted.rule}; found: {columns}", hint=_HINT)
    image = found[0] if found else wanted.images[0]
    kind = kinds.get(image, pa.string())
    if not _can_be_image(kind):
        reason = f"column {image}: unusable type {short_name(str(kind))}"
        raise table_error(table, reason, hint=_HINT)
    read = {
        name: column
        for name, column in zip(names, schema.names, strict=True)
        if name and (name in {image, content} or not _is_binary(kinds[name]))
    }
    is_small = _is_text(kind) and not content
    return _Columns(image, content, read, _ROWS_READ if is_small else _IMAGES_READ)


def _read_rows(
    file: ParquetFile, columns: _Columns, first: int, stop: int
) -> Iterator[Row]:
    groups: list[int] = []
    index = end = 0
    for group in range(file.metadata.num_row_groups):
        begin, end = end, end + file.metadata.row_group(group).num_rows
        if first < end and begin < stop:
            index = index if groups else begin
            groups.append(group)
    batches = file.iter_batches(
        min(columns.batch_rows, _rows_that_fit(file, {*columns.read.values()})),
        row_groups=groups,
        columns=[*columns.read.values()],
    )
    for batch in batches:
        skipped = max(first - index, 0)
        wanted = batch.slice(skipped, max(stop - index - skipped, 0))
        lists = [column.to_pylist() for column in wanted.columns]
        for number, cells in enumerate(zip(*lists, strict=True), index + skipped + 1):
            yield columns.row(number, dict(zip(columns.read, cells, strict=True)))
        index += batch.num_rows


def _rows_that_fit(file: ParquetFile, names: AbstractSet[str]) -> int:
    """Return how many rows can be in memory together.

    A file stores equal values, and beginnings of values, once. So each cell may be as
    large as all that a row group stores of its column.
    """
    largest = max(
        (
            sum(size for name, size in _chunks(file, group) if name in names)
            for group in range(file.metadata.num_row_groups)
        ),
        default=0,
    )
    return max(_BATCH_BYTES // max(largest, 1), 1)


def _chunks(file: ParquetFile, group: int) -> Iterator[tuple[str, int]]:
    """Yield the column of each chunk of a row group, and its size in bytes."""
    for position in range(file.metadata.num_columns):
        chunk = file.metadata.row_group(group).column(position)
        yield chunk.path_in_schema.partition(".")[0], chunk.total_uncompressed_size


def _check_sizes(table: str, file: ParquetFile, columns: _Columns) -> None:
    """Refuse a file of which a part may not fit into memory."""
    images = {columns.read.get(columns.image), columns.read.get(columns.content or "")}
    for group in range(file.metadata.num_row_groups):
        for name, size in _chunks(file, group):
            limit = MAX_IMAGE_CHUNK_BYTES if name in images else MAX_CHUNK_BYTES
            if size > limit:
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

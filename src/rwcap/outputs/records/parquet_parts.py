"""Folders of Parquet parts, each written once: the extra `remote`.

A folder is local or in object storage. A part appears under its name when it is
complete: a local file is renamed, and an object is put as a whole. So every part that
can be found is finished.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow import parquet

from rwcap.core.errors import InputError, OutputError, StorageError, UsageError
from rwcap.core.record import Record
from rwcap.core.source import is_object
from rwcap.core.text import short_name
from rwcap.outputs.atomic import replace_file
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.records.parquet_schema import schema_of, typed_row
from rwcap.outputs.records.table_rows import TABLE_COLUMNS, table_cells
from rwcap.sources.tables.parquet_table import open_parquet

PART_COLUMNS: Final = ("image_id", *TABLE_COLUMNS)
"""The columns of a part, unless the user chooses others."""

_ROWS_READ: Final = 2_000
_SUFFIX: Final = ".parquet"
_HINT: Final = "run the same command again; it buys nothing twice"


def check_folder(folder: str) -> None:
    """Check whether parts can be written to a folder. A local one is created.

    Raises:
        NoStorageError: The package for the storage is missing.
        StorageError: Parts cannot be written to the storage.
        UsageError: There is no such bucket, or parts cannot be written to the local
            folder.
    """
    try:
        if is_object(folder):
            from rwcap.storage.objects import check_writable

            check_writable(folder)
        else:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
    except InputError as error:
        hint = "create the bucket, or name another"
        raise UsageError(error.message, hint=hint) from error
    except OSError as error:
        raise UsageError(f"{short_name(folder)}: {reason_of(error)}") from error


def write_part(
    folder: str,
    name: str,
    records: Iterable[Record],
    columns: tuple[str, ...] = PART_COLUMNS,
) -> str:
    """Write records as the part of a folder with a name, without a suffix.

    Returns:
        The path or the URL of the part.

    Raises:
        NoStorageError: The package for the storage is missing.
        OutputError: The part could not be written.
    """
    rows = [part_row(record, columns) for record in records]
    buffer = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows, schema_of(columns)), buffer)
    path = _path(folder, name)
    _write_file(path, buffer.getvalue().to_pybytes())
    return path


def finished_parts(folder: str) -> set[str]:
    """Return the names of the parts in a folder, which may not exist.

    Raises:
        NoStorageError: The package for the storage is missing.
        StorageError: The folder cannot be listed.
        OutputError: The folder cannot be read.
    """
    return {
        name.removesuffix(_SUFFIX)
        for name in _names(folder)
        if name.endswith(_SUFFIX) and not name.startswith((".", "_"))
    }


def read_part(
    folder: str, name: str, columns: tuple[str, ...] = PART_COLUMNS
) -> Iterator[dict[str, object]]:
    """Yield the rows of a part.

    Raises:
        NoStorageError: The package for the storage is missing.
        UsageError: The part is damaged or has other columns.
        StorageError: The part cannot be read.
    """
    path = _path(folder, name)
    try:
        with open_parquet(path) as file:
            _check_columns(path, file.schema_arrow, columns)
            for batch in file.iter_batches(_ROWS_READ):
                yield from batch.to_pylist()
    except UsageError as error:
        hint = error.hint or "delete the file; its captions are kept and cost nothing"
        raise UsageError(error.message, hint=hint) from error


def _check_columns(path: str, schema: pa.Schema, columns: tuple[str, ...]) -> None:
    if schema != schema_of(columns):
        found = short_name(",".join(schema.names))
        raise UsageError(
            f"{short_name(path)}: the file has other columns: {found}",
            hint="-o with the name of another folder",
        )


def _path(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}{_SUFFIX}"


def _names(folder: str) -> list[str]:
    if not is_object(folder):
        try:
            return [path.name for path in Path(folder).iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(f"{short_name(folder)}: {reason_of(error)}") from error
    from rwcap.storage.objects import list_folder

    try:
        return [each.name for each in list_folder(folder) if not each.is_folder]
    except InputError:
        return []


def _write_file(path: str, data: bytes) -> None:
    try:
        if is_object(path):
            from rwcap.storage.objects import write_object

            write_object(path, data)
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
    except (InputError, StorageError) as error:
        raise OutputError(error.message, hint=error.hint or _HINT) from error
    except OSError as error:
        message = f"{short_name(path)}: {reason_of(error)}"
        raise OutputError(message, hint=_HINT) from error


def part_row(record: Record, columns: tuple[str, ...]) -> dict[str, object]:
    """Return the row of a record."""
    cells = typed_row(table_cells(record))
    return {name: _decodable(cells.get(name)) for name in columns}


def _decodable(cell: object) -> object:
    """Return a cell with `?` in place of characters that UTF-8 does not have."""
    return cell.encode(errors="replace").decode() if isinstance(cell, str) else cell

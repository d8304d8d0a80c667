"""Shards: the rows of Parquet tables in parts that are captioned separately."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest, UnusableSource, is_object
from rwcap.core.text import short_name
from rwcap.sources.tables.parquet_table import group_sizes, parquet_rows
from rwcap.sources.tables.tables import requests_of

SHARD_ROWS: Final = 10_000
"""The maximum number of rows in a shard."""

_SUFFIX: Final = ".parquet"
_HIDDEN: Final = (".", "_")
"""The beginnings of names that are no data, such as `_metadata`."""


class Shard(NamedTuple):
    """Consecutive rows of a Parquet table. The same table has the same shards again."""

    table: str
    """The path of the table, or its URL."""
    version: str
    """The size and the version of the table, which change with it."""
    first: int
    """The index of the first row; the table begins with 0."""
    stop: int
    """The index after that of the last row."""

    @property
    def name(self) -> str:
        """The name of a file for the results: the table, its version, the row."""
        name = self.table.rpartition("/")[2].removesuffix(_SUFFIX)
        digest = sha256(
            f"{self.table}\0{self.version}".encode(errors="surrogateescape")
        )
        return f"{name}-{digest.hexdigest()[:12]}-{self.first:09}"


def find_shards(manifest: str, rows: int = SHARD_ROWS) -> Iterator[Shard]:
    """Yield the shards of a Parquet table, or of all tables in a folder.

    Row groups are joined up to `rows` rows, and a larger one is split.

    Raises:
        NoStorageError: The package for the storage is missing.
        UsageError: A table could not be read, or there is none.
        StorageError: The storage could not be read.
    """
    tables = _find_tables(manifest)
    if not tables:
        raise UsageError(f"{short_name(manifest)}: no Parquet tables in this folder")
    for table in tables:
        sizes, version = group_sizes(table), _version(table)
        first = stop = 0
        for size in sizes:
            if first < stop and stop + size - first > rows:
                yield Shard(table, version, first, stop)
                first = stop
            stop += size
            while stop - first > rows:
                yield Shard(table, version, first, first + rows)
                first += rows
        if first < stop:
            yield Shard(table, version, first, stop)


def read_shard(shard: Shard) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested captions of a shard, or the errors of malformed rows.

    The errors are those of `find_shards`.
    """
    rows = parquet_rows(shard.table, shard.first, shard.stop)
    return requests_of(shard.table, rows)


def _find_tables(manifest: str) -> list[str]:
    if manifest.endswith(_SUFFIX):
        return [manifest]
    folder = manifest.rstrip("/")
    if is_object(manifest):
        from rwcap.storage.objects import list_folder

        try:
            names = [each.name for each in list_folder(folder) if not each.is_folder]
        except InputError as error:
            raise UsageError(error.message) from error
    else:
        names = sorted(path.name for path in Path(folder).glob(f"*{_SUFFIX}"))
    return [
        f"{folder}/{name}"
        for name in names
        if name.endswith(_SUFFIX) and not name.startswith(_HIDDEN)
    ]


def _version(table: str) -> str:
    """Return what differs between two versions of a table."""
    if is_object(table):
        from rwcap.storage.objects import find_entry

        return str(find_entry(table).stamp)
    status = Path(table).stat()
    return f"{status.st_size} {status.st_mtime_ns}"

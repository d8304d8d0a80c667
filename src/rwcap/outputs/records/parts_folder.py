"""The records of runs in a folder of Parquet parts, local or in object storage."""

from contextlib import closing
from threading import Lock
from time import gmtime, strftime
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from rwcap.core.errors import OutputError, UsageError
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest
from rwcap.core.text import short_name
from rwcap.outputs.file_errors import write_error
from rwcap.outputs.records.parquet_parts import (
    PART_COLUMNS,
    check_folder,
    finished_parts,
    part_row,
    read_part,
    write_part,
)
from rwcap.outputs.records.parquet_schema import parquet_columns
from rwcap.outputs.records.record_formats import TableStyle, with_any_caption
from rwcap.outputs.records.record_keys import RecordKeys
from rwcap.outputs.records.table_rows import row_key

PART_ROWS: Final = 10_000
"""The records of a part. They are in memory until it is written."""

_FILE_SUFFIXES: Final = (".jsonl", ".csv", ".tsv", ".parquet")


class PartsFolder:
    """A folder to which each run adds parts with its records.

    The records of a killed run that are in no part are not lost: the next run takes
    their captions from the ledger.
    """

    def __init__(
        self, folder: str, style: TableStyle, *, dry_run: bool = False
    ) -> None:
        """Choose the columns. With `dry_run`, nothing is written.

        Raises:
            UsageError: The style does not fit, or the folder has the name of a file.
        """
        if folder.endswith(_FILE_SUFFIXES):
            raise UsageError(
                f"{short_name(folder)}: no records can be added to a file in storage",
                hint="-o with the name of a folder; each run adds Parquet files to it",
            )
        if style.fields:
            raise UsageError(
                f"{short_name(folder)}: a folder of Parquet files has no columns for"
                " fields",
                hint="-o captions.parquet",
            )
        self._folder = folder
        self._columns = parquet_columns(style, PART_COLUMNS)
        self._dry_run = dry_run
        self._run = f"{strftime('%Y%m%dT%H%M%SZ', gmtime())}-{uuid4().hex[:8]}"
        self._parts = 0
        self._pending: list[Record] = []
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Check the folder, and index its records.

        Raises:
            UsageError: A part is damaged or has other columns.
            StorageError: The storage cannot be read.
            OutputError: The folder cannot be read or written.
        """
        if not self._dry_run:
            check_folder(self._folder)
        self._keys = RecordKeys()
        try:
            for name in sorted(finished_parts(self._folder)):
                for row in read_part(self._folder, name, self._columns):
                    if key := row_key(row):
                        self._keys.add(key)
        except BaseException:
            self._keys.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write the last part."""
        with self._lock, closing(self._keys):
            try:
                self._write()
            except OutputError:
                # The exception that ends the run is more important.
                if error is None:
                    raise

    def check(self, request: CaptionRequest) -> None:
        """Accept every request: records can name any image."""

    @property
    def count(self) -> int:
        """Return the number of different captions and errors."""
        with self._lock:
            return len(self._keys)

    def has_caption(self, record: Record) -> bool:
        """Return whether the folder has a caption for the image, prompt and model.

        A caption of the sandbox differs from one of the service.
        """
        return self.has_record(with_any_caption(record))

    def has_record(self, record: Record) -> bool:
        """Return whether the folder has the same caption or the same error."""
        with self._lock:
            return self._key(record) in self._keys

    def append(self, record: Record) -> None:
        """Add a record; raise `NotWrittenError` if a part cannot be written."""
        with self._lock:
            self._pending.append(record)
            if key := self._key(record):
                self._keys.add(key)
            if len(self._pending) >= PART_ROWS:
                try:
                    self._write()
                except OutputError as error:
                    raise write_error(self._folder, error.message) from error

    def _key(self, record: Record) -> bytes | None:
        return row_key(part_row(record, self._columns))

    def _write(self) -> None:
        """Write the pending records; they stay pending if that fails."""
        if self._dry_run or not self._pending:
            return
        name = f"{self._run}-{self._parts:05}"
        write_part(self._folder, name, self._pending, self._columns)
        self._parts += 1
        self._pending = []

"""Parquet files of records, written with pyarrow: the extra `parquet`.

A Parquet file cannot grow. So a run appends its rows to a journal beside it, named
`FILE.parquet.rwcap-journal`. At its end, it writes the rows of the file and of the
journal to a new file, which replaces the old one. The journal of a killed run stays,
and the next run continues it.
"""

import json
import os
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow import parquet

from rwcap.core.errors import OutputError, UsageError
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest
from rwcap.core.text import short_name
from rwcap.outputs.atomic import atomic_replacement, copy_permissions
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.records.parquet_schema import parquet_columns, schema_of, typed_row
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.records.record_formats import TableStyle, json_object
from rwcap.outputs.records.table_rows import (
    TABLE_COLUMNS,
    row_key,
    table_cells,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GROUP_ROWS: Final = 20_000
"""Rows of a row group, which are in memory at the same time."""

_JOURNAL: Final = b"rwcap_journal"
"""The metadata of a file with the digest of the last journal that it contains."""


class JournalFormat:
    """A header with the columns, and one JSON object a line."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        """Choose the columns."""
        self._columns = columns
        self.header = f"{json.dumps({'columns': columns})}\n".encode()

    def check(self, request: CaptionRequest) -> None:
        """Accept every request: records can name any image."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether the line is the header, or the beginning of it."""
        return first == self.header or (
            not first.endswith(b"\n") and self.header.startswith(first)
        )

    def other_options(self, first: bytes) -> str | None:
        """Return the option for the columns of a journal; None for another file."""
        columns = json_object(first).get("columns")
        if not isinstance(columns, list):
            return None
        return f"--columns {','.join(map(str, columns))}"

    def line(self, record: Record) -> bytes:
        """Return the row of a record; empty if it has no place in the columns."""
        if record.text is None and "error" not in self._columns:
            return b""
        cells = table_cells(record)
        row = {name: cells.get(name) for name in self._columns}
        return f"{json.dumps(row, ensure_ascii=False)}\n".encode(errors="replace")

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a row; None for one without a caption and an error."""
        return row_key(json_object(line))

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it is not a complete row."""
        return not json_object(tail)

    def may_be_incomplete(self, tail: bytes) -> bool:  # noqa: ARG002  # part of the protocol
        """Return False: complete JSON ends with a brace."""
        return False

    def continues_row(self, lines: "Iterable[str]") -> bool:  # noqa: ARG002  # as above
        """Return False: each line is a row."""
        return False


class ParquetRecords(RecordFile):
    """A Parquet file of records."""

    def __init__(self, path: str, style: TableStyle, *, dry_run: bool = False) -> None:
        """Choose the columns.

        Raises:
            UsageError: The style does not fit, or its columns are unknown.
        """
        columns = parquet_columns(style, TABLE_COLUMNS)
        self._journal = Path(f"{path}.rwcap-journal")
        journal = JournalFormat(columns)
        super().__init__(str(self._journal), line_format=journal, dry_run=dry_run)
        self._table = Path(path)
        self._schema = schema_of(columns, style.fields)

    def __enter__(self) -> Self:
        """Open the journal, and index the rows of the file and of the journal."""
        self._check_table()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Move the rows of the journal to the file."""
        if self._dry_run:
            super().__exit__(kind, error, traceback)
            return
        failure: Exception | None = None
        try:
            self._write_table()
        except (OSError, pa.ArrowException) as reason:
            failure = reason
        super().__exit__(kind, error, traceback)
        if failure is None:
            self._journal.unlink()
        elif error is None:  # the exception that ends the run is more important
            raise OutputError(
                f"{short_name(str(self._table))}: {reason_of(failure)};"
                f" its new rows are in {short_name(str(self._journal))}",
                hint="run the same command again; it buys nothing twice",
            ) from failure

    def _check_table(self) -> None:
        """Raise `UsageError` unless the file is missing or has the same columns."""
        name = short_name(str(self._table))
        if not self._table.exists():
            return
        try:
            schema = parquet.read_schema(self._table)
        except (OSError, pa.ArrowException) as error:
            raise UsageError(
                f"{name}: damaged or incomplete Parquet",
                hint="-o with the name of another file",
            ) from error
        if not schema.equals(self._schema):
            columns = ",".join(schema.names)
            raise UsageError(
                f"{name}: the file has other columns: {short_name(columns)}",
                hint="-o with the name of another file",
            )

    def _load(self) -> None:
        """Index the rows of the journal and of the file."""
        if self._is_journal_merged() and not self._dry_run:
            os.ftruncate(self._file, 0)
        super()._load()
        if not self._dry_run:
            self._mend()  # the rows of the journal are read again at the end
        for batch in self._old_rows():
            for key in filter(None, map(row_key, batch.to_pylist())):
                self._keys.add(key)

    def _is_journal_merged(self) -> bool:
        """Return whether the file has the rows of the journal.

        A run was killed after it wrote the file.
        """
        if not self._table.exists():
            return False
        metadata = parquet.read_schema(self._table).metadata or {}
        with open(self._file, "rb", closefd=False) as journal:
            digest = file_digest(journal, "sha256").hexdigest()
        return bool(metadata.get(_JOURNAL) == digest.encode())

    def _old_rows(self) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of the file."""
        if self._table.exists():
            with parquet.ParquetFile(self._table) as file:
                yield from file.iter_batches(batch_size=_GROUP_ROWS)

    def _write_table(self) -> None:
        """Write a new file with the rows of the old file and of the journal."""
        with self._lock, self._journal.open("rb") as journal:
            digest = file_digest(journal, "sha256").hexdigest()
            journal.seek(len(self._format.header))
            if not journal.peek() and self._table.exists():
                return
            schema = self._schema.with_metadata({_JOURNAL: digest})
            with (
                atomic_replacement(str(self._table), b"") as descriptor,
                open(descriptor, "wb", closefd=False) as file,
                parquet.ParquetWriter(file, schema) as writer,
            ):
                copy_permissions(str(self._table), descriptor)
                for batch in self._old_rows():
                    writer.write_batch(batch.replace_schema_metadata(schema.metadata))
                lines = map(json_object, journal)
                while rows := [*map(typed_row, islice(lines, _GROUP_ROWS))]:
                    writer.write_table(pa.Table.from_pylist(rows, schema))

"""A file to which each run appends its records."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from rwcap.core.errors import OutputError, UsageError
from rwcap.core.record import Record
from rwcap.core.text import is_utf8, one_line, short_name, truncate
from rwcap.outputs.atomic import write_all
from rwcap.outputs.file_errors import reason_of, write_error
from rwcap.outputs.records.format_choice import choose_format
from rwcap.outputs.records.record_formats import (
    RecordFormat,
    TableStyle,
    with_any_caption,
)
from rwcap.outputs.records.record_keys import RecordKeys

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""A longer line is not a record, and would take too much memory."""

_SAMPLE: Final = 4096
"""Bytes that are searched for NUL, which no text file has."""

_OPEN: Final = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_APPEND
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    # Opening a pipe without a writer must not block.
    | getattr(os, "O_NONBLOCK", 0)
)

_SHOWN: Final = 2000
"""Characters of a row that is cut off, in the message that it is."""

_RECORDS: Final = TableStyle()


def _ignore(_: str) -> None:
    """Ignore a message."""


class RecordFile:
    """A JSONL or CSV file of records, with an index of its content.

    Threads can share it. The caller must prevent other processes from writing to it.
    """

    def __init__(
        self,
        path: str,
        style: TableStyle = _RECORDS,
        *,
        line_format: RecordFormat | None = None,
        dry_run: bool = False,
        warn: Callable[[str], None] = _ignore,
    ) -> None:
        """Choose the format by the extension of the path and the style, if it is None.

        With `dry_run`, the file is read, and never created or changed. `warn` is called
        if the last line has no line end and is, or may be, cut off, and if the file
        turns out to be incomplete when an exception ends the run.

        Raises:
            UsageError: The extension is unknown, or the style does not fit.
        """
        self._path = path
        self._dry_run = dry_run
        self._warn = warn
        self._has_new = False
        self._cut: int | None = None
        self._start = b""
        self._name = short_name(path)
        self._format = line_format or choose_format(path, style)
        self.check = self._format.check
        """Raise `InputError` if records cannot name the image of a request."""
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Open the file and index its content.

        Raises:
            UsageError: The file is not one of records in this format.
            OutputError: The file cannot be read or written.
        """
        with ExitStack() as stack:
            self._file = self._open()
            stack.callback(os.close, self._file)
            self._keys = stack.enter_context(closing(RecordKeys()))
            try:
                self._load()
            except (OSError, sqlite3.Error) as error:
                raise self._failure(error) from error
            self._close = stack.pop_all().close
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Sync and close the file."""
        try:
            self.sync()
        except OutputError as failure:
            # The exception that ends the run is more important.
            if error is None:
                raise
            self._warn(failure.message)
        finally:
            with self._lock:  # an abandoned thread may still use the index
                self._close()

    @property
    def count(self) -> int:
        """Return the number of different captions and errors."""
        with self._lock:
            return len(self._keys)

    def has_caption(self, record: Record) -> bool:
        """Return whether the file has a caption for the image, prompt and model.

        A caption of the sandbox differs from one of the service.
        """
        return self.has_record(with_any_caption(record))

    def has_record(self, record: Record) -> bool:
        """Return whether the file has the same caption or the same error."""
        key = self._format.key(self._format.line(record))
        with self._lock:
            return key in self._keys

    def append(self, record: Record) -> None:
        """Append a record; raise `NotWrittenError` if that fails, and undo it."""
        line = self._format.line(record)
        if not line:
            return
        with self._lock:
            try:
                self._mend()
                self._append_line(line)
            except OSError as error:
                raise write_error(self._path, reason_of(error)) from error
            self._has_new = True
            # The line is written. Without the index entry, it may be written twice.
            with suppress(sqlite3.Error):
                self._index(line)

    def sync(self) -> None:
        """Flush the file to disk.

        Raises:
            OutputError: That fails, or the new records are in a file that another
                program has replaced or removed.
        """
        if self._dry_run:
            return
        try:
            os.fsync(self._file)
            if not self._has_new:
                return
            with suppress(FileNotFoundError):
                present = Path(self._path).stat()
                if os.path.samestat(present, os.fstat(self._file)):
                    return
        except OSError as error:
            raise self._failure(error) from error
        raise OutputError(
            f"{self._name}: another program has replaced or removed it, and records of"
            " this run are missing",
            hint="run the same command again; it writes them and buys nothing twice",
        )

    def _open(self) -> int:
        if self._dry_run and _can_be_created(self._path):
            return os.open(os.devnull, os.O_RDONLY)
        try:
            descriptor = os.open(self._path, _OPEN, 0o666)
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            raise UsageError(
                f"{self._name}: {reason_of(error)}",
                hint="create its folder first" if missing else None,
            ) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"{self._name}: not a regular file")
        return descriptor

    def _load(self) -> None:
        """Read the whole file, and write the header of an empty one."""
        end, tail = self._read()
        if end == 0 and self._format.header:
            # All of the file is a beginning of the header.
            self._cut, self._start = 0, self._format.header
            if not (tail or self._dry_run):
                self._mend()
        elif tail:
            self._load_tail(end, tail)

    def _load_tail(self, end: int, tail: bytes) -> None:
        """Index the last line, which has no line end, or say that it is cut off."""
        if self._continues_row():
            self._start = b"\n"
            return
        shown = truncate(one_line(tail.decode(errors="replace")), _SHOWN)
        if self._format.is_incomplete(tail):
            self._cut = end
            self._warn(
                f"{self._name}: the last row is cut off; the next one replaces it:"
                f" {shown}"
            )
            return
        self._check_encoding(tail)
        self._start = b"\n"
        self._index(tail)
        if self._format.may_be_incomplete(tail):
            self._warn(
                f"{self._name}: the last row has no line end, and is kept as it is:"
                f" {shown}"
            )

    def _continues_row(self) -> bool:
        """Return whether the last line is the end of a row of several lines."""
        with open(
            self._file, encoding="utf-8", errors="replace", newline="\n", closefd=False
        ) as file:
            file.seek(0)
            try:
                return self._format.continues_row(file)
            except ValueError as error:
                raise UsageError(
                    f"{self._name}: the last row has a quotation mark that is not"
                    " closed",
                    hint="complete that row, or -o with the name of another file",
                ) from error

    def _mend(self) -> None:
        """Remove the last line if it is cut off; give a line end to a complete one.

        This waits for the first record: a run without one leaves the file as it is.
        """
        if self._cut is not None:
            os.ftruncate(self._file, self._cut)
            self._cut = None
        self._append_line(self._start)
        self._start = b""

    def _read(self) -> tuple[int, bytes]:
        """Index all complete lines; return their length and the incomplete line."""
        end = 0
        with open(self._file, "rb", closefd=False) as file:
            if b"\0" in file.read(_SAMPLE):
                raise UsageError(f"{self._name}: not a text file")
            file.seek(0)
            while line := file.readline(MAX_LINE_BYTES + 1):
                if len(line) > MAX_LINE_BYTES:
                    raise UsageError(
                        f"{self._name}: a line has more than {MAX_LINE_BYTES:,} bytes"
                    )
                if end == 0 and not self._format.accepts_header(line):
                    options = self._format.other_options(line)
                    raise UsageError(
                        f"{self._name}: the file has other columns",
                        hint=options or "-o with the name of another file",
                    )
                if not line.endswith(b"\n"):
                    return end, line
                self._check_encoding(line)
                if end or not self._format.header:
                    self._index(line)
                end += len(line)
        return end, b""

    def _check_encoding(self, line: bytes) -> None:
        """Refuse a file that a spreadsheet has saved in another encoding.

        No program could read a file in both.
        """
        if not is_utf8(line):
            from rwcap.sources.tables.table_columns import encoding_error

            raise encoding_error(self._name, self._path, "utf-8")

    def _append_line(self, line: bytes) -> None:
        length = os.fstat(self._file).st_size
        try:
            write_all(self._file, line)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._file, length)
            raise

    def _index(self, line: bytes) -> None:
        key = self._format.key(line)
        if key is not None:
            self._keys.add(key)

    def _failure(self, error: Exception) -> OutputError:
        return OutputError(f"{self._name}: {reason_of(error)}")


def _can_be_created(path: str) -> bool:
    """Return whether a file does not exist, but its folder does."""
    return not Path(path).exists() and Path(path).resolve().parent.is_dir()

"""A file that records are added to, run after run."""

import os
import sqlite3
import stat
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from rwcap.core.errors import OutputError, UsageError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.text import display_name, truncate
from rwcap.outputs.atomic import write_all, write_error
from rwcap.outputs.record_formats import RECORD_FORMATS

LINE_MAX: Final = 16 * 1024 * 1024
"""Bytes. A longer line is no record, and would have to be held in memory."""

_SAMPLE: Final = 4096
"""Bytes that tell a text from something else."""

_OPEN: Final = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_APPEND
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    # Opening a pipe that nobody writes to must not wait.
    | getattr(os, "O_NONBLOCK", 0)
)


class RecordFile:
    """Adds records to a JSONL or CSV file, and knows what is in it.

    Threads may share it; a second process must be kept out by its owner.
    """

    def __init__(self, path: str, *, dry_run: bool = False) -> None:
        """Choose the format by the suffix; raise `UsageError` for an unknown one.

        Where `dry_run`, the file is looked at and left as it is.
        """
        self._path = path
        self._dry_run = dry_run
        self._shown = truncate(display_name(path))
        record_format = RECORD_FORMATS.get(Path(path).suffix.lower())
        if record_format is None:
            raise UsageError(
                f"{self._shown}: neither .jsonl nor .csv",
                hint="-o captions.jsonl, or -o captions.csv",
            )
        self._format = record_format
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Open the file, mend its last line and learn what it holds.

        Raises `UsageError` for a file that is something else, `OutputError` where
        the system refuses.
        """
        with ExitStack() as stack:
            self._file = self._open()
            stack.callback(os.close, self._file)
            self._keys = stack.enter_context(closing(_Keys()))
            try:
                self._take_over()
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
        """Make what was added durable, and close the file."""
        try:
            self.sync()
        except OutputError:
            # What ends the run already says more than this would.
            if error is None:
                raise
        finally:
            with self._lock:  # a thread that was abandoned may still be asking
                self._close()

    def has_caption(self, record: Record) -> bool:
        """Return whether a caption of the same image, prompt and model is in the file.

        Those of the sandbox and those of the service are not the same.
        """
        return self.has_record(
            record._replace(status=RecordStatus.OK, text="any", error=None)
        )

    def has_record(self, record: Record) -> bool:
        """Return whether the file says the same of the same: a caption, or an error."""
        key = self._format.key(self._format.line(record))
        with self._lock:
            return key in self._keys

    def append(self, record: Record) -> None:
        """Add one line; raise `NotWrittenError`, and leave no half of it behind."""
        line = self._format.line(record)
        with self._lock:
            try:
                self._add(line)
            except OSError as error:
                raise write_error(self._path, _reason(error)) from error
            # The line is there. At worst this run adds it a second time.
            with suppress(sqlite3.Error):
                self._remember(line)

    def sync(self) -> None:
        """Make what was added survive a loss of power; raise `OutputError`."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._failure(error) from error

    def _open(self) -> int:
        try:
            descriptor = os.open(self._path, _OPEN, 0o666)
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            raise UsageError(
                f"{self._shown}: {_reason(error)}",
                hint="its folder must exist" if missing else None,
            ) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"{self._shown}: not a file that records can be added to")
        return descriptor

    def _take_over(self) -> None:
        """Read the file, and only then change what has to be changed."""
        end, tail = self._read()
        torn = bool(tail) and self._format.is_incomplete(tail)
        if tail and not torn:
            self._remember(tail)
        if self._dry_run:
            return
        if torn:
            os.ftruncate(self._file, end)
        elif tail:
            self._add(b"\n")
        if os.fstat(self._file).st_size == 0:
            self._add(self._format.header)

    def _read(self) -> tuple[int, bytes]:
        """Learn what all whole lines hold; return their length, and what follows."""
        end = 0
        with open(self._file, "rb", closefd=False) as file:
            if b"\0" in file.read(_SAMPLE):
                raise UsageError(f"{self._shown}: not a text file")
            file.seek(0)
            while line := file.readline(LINE_MAX + 1):
                if len(line) > LINE_MAX:
                    raise UsageError(
                        f"{self._shown}: a line of more than {LINE_MAX:,} bytes"
                    )
                if end == 0 and not self._format.accepts_header(line):
                    raise UsageError(
                        f"{self._shown}: its columns are not those that rwcap writes",
                        hint="-o with the name of another file",
                    )
                if not line.endswith(b"\n"):
                    return end, line
                self._remember(line)
                end += len(line)
        return end, b""

    def _add(self, line: bytes) -> None:
        length = os.fstat(self._file).st_size
        try:
            write_all(self._file, line)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._file, length)
            raise

    def _remember(self, line: bytes) -> None:
        key = self._format.key(line)
        if key is not None:
            self._keys.add(key)

    def _failure(self, error: Exception) -> OutputError:
        return OutputError(f"{self._shown}: {_reason(error)}")


class _Keys:
    """A set of keys that a disk holds, so that memory does not grow with it."""

    def __init__(self) -> None:
        """Make a database that nobody else sees, and that goes when it is closed."""
        self._database = sqlite3.connect(
            "", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE key (value BLOB PRIMARY KEY) WITHOUT ROWID;"
        )

    def __contains__(self, key: bytes | None) -> bool:
        found = self._database.execute("SELECT 1 FROM key WHERE value = ?", (key,))
        return found.fetchone() is not None

    def add(self, key: bytes) -> None:
        """Add a key, or none where it is there already."""
        self._database.execute("INSERT OR IGNORE INTO key VALUES (?)", (key,))

    def close(self) -> None:
        """Forget all."""
        self._database.close()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)

"""The ledger's connections: one writes, one reads, all threads share them.

The writes of many threads share few transactions (group commit). A write that nobody
waits for yet is part of the next transaction.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, RLock, Thread
from typing import Any, Final, Generic, Protocol, TypeVar

from rwcap.core.errors import LedgerError
from rwcap.ledger.database.access import translate_errors
from rwcap.ledger.database.commit_count import write_commit_count
from rwcap.ledger.database.schema import BUSY_TIMEOUT, connect, open_ledger

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Row = tuple[Any, ...]  # SQLite's columns have no static types

MAX_DEFERRED: Final = 500
"""Deferred writes after which they are committed on their own."""

NOTICE_SECONDS: Final = 10.0
"""Seconds of waiting for other programs after which a notice is given."""

_COUNT_COMMIT: Final = "UPDATE ledger SET commits = commits + 1 RETURNING commits"


class Awaited(Protocol[T_co]):
    """A write in progress."""

    def result(self) -> T_co:
        """Wait for the commit and return the result. Raises what the write raises."""


class Database:
    """An open ledger file. Every failure is a `LedgerError` that names the file."""

    def __init__(
        self, path: Path, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        """Open the ledger at `path`. Create it if it does not exist.

        `notify` receives a line if another program delays a write.
        """
        self._path = path
        self._writer = Writer(open_ledger(path), path, notify)
        self._read_lock = RLock()
        self._reader = connect(path)

    def read(self, query: str, *parameters: object) -> list[Row]:
        """Return the rows of a query, as of the last commit."""
        try:
            with self._read_lock:
                return self._reader.execute(query, parameters).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            with translate_errors(self._path):
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within the block see the same state of the database."""
        with translate_errors(self._path), self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.execute("COMMIT")

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Run `statements` in a transaction. Return their result after the commit."""
        return self.begin(statements).result()

    def begin(self, statements: Callable[[sqlite3.Connection], T]) -> "Write[T]":
        """Run `statements` in the next transaction, when somebody waits for one.

        They are lost if the process is killed first.
        """
        return self._writer.begin(Write(statements, self._writer, self._path))

    def close(self) -> None:
        """Commit the deferred writes and close both connections.

        Wait for reads and writes in progress: SQLite crashes when another thread
        closes a connection in use.
        """
        self._writer.close()
        with self._read_lock:
            self._reader.close()


class Write(Generic[T]):
    """Statements that succeed or fail together, and their outcome."""

    def __init__(
        self,
        statements: Callable[[sqlite3.Connection], T],
        writer: "Writer",
        path: Path,
    ) -> None:
        """Prepare statements for `writer`. Errors name the file at `path`."""
        self._statements = statements
        self._writer = writer
        self._path = path
        self._results: list[T] = []
        self.error: BaseException | None = None
        self.done = Lock()
        """Held until the statements are committed or have failed."""
        self.done.acquire()

    def execute(self, connection: sqlite3.Connection) -> None:
        """Execute the statements. They may be executed again after a rollback."""
        self._results = [self._statements(connection)]

    def result(self) -> T:
        """Wait for the commit and return the result of the statements.

        Raises:
            BaseException: Any exception of the statements. None of them is committed.
            LedgerError: The transaction failed.
        """
        with translate_errors(self._path):
            if self.done.locked():
                self._writer.hurry(self)
            with self.done:
                if self.error:
                    raise self.error
        return self._results[0]


class Writer:
    """Group commit: one thread commits the writes of all others.

    A durable commit takes as long for a hundred rows as for one. While the thread
    commits, other writes queue up, and the next transaction takes all of them.
    Python delivers signals to the main thread, so no signal interrupts a commit.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, notify: Callable[[str], None]
    ) -> None:
        """Take over a connection to the ledger at `path`."""
        self._connection = connection
        self._path = path
        self._notify = notify
        self._wait_up_to(NOTICE_SECONDS)
        self._file = _identity(path)
        self._writes: deque[Write[Any]] = deque()
        self._awaited: SimpleQueue[Write[Any] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def begin(self, write: Write[T]) -> Write[T]:
        """Add a write to the next transaction."""
        if self._closed:
            write.error = sqlite3.ProgrammingError("the ledger is closed")
            write.done.release()
            return write
        self._writes.append(write)
        if len(self._writes) > MAX_DEFERRED:
            self.hurry(write)
        return write

    def hurry(self, write: Write[T]) -> None:
        """Begin a transaction as soon as possible: a thread waits for this write."""
        self._awaited.put(write)

    def close(self) -> None:
        """Commit the writes that nobody waits for, and close the connection."""
        self._closed = True
        self._awaited.put(None)
        self._thread.join()

    def _run(self) -> None:
        """Commit groups of writes until the writer is closed."""
        while awaited := self._awaited.get():
            if awaited.done.locked():  # the last transaction had others
                self._commit()
        self._commit()
        self._connection.close()

    def _commit(self) -> None:
        """Commit all writes and wake the threads that wait for them."""
        group = [self._writes.popleft() for _ in range(len(self._writes))]
        if not group:
            return
        try:
            self._transact(group, Write.execute)
        except BaseException as error:  # noqa: BLE001  # each write has its own outcome
            if _is_busy(error):
                _fail(group, error)
            else:
                self._commit_separately(group)
        for write in group:
            write.done.release()

    def _commit_separately(self, group: list[Write[Any]]) -> None:
        """Commit the writes of a group that do not fail."""
        try:
            self._transact(group, _execute_alone)
        except Exception as error:  # noqa: BLE001  # raised in the waiting threads
            _fail(group, error)

    def _transact(
        self,
        group: list[Write[Any]],
        execute: Callable[[Write[Any], sqlite3.Connection], None],
    ) -> None:
        try:
            self._execute("BEGIN IMMEDIATE")
            for write in group:
                execute(write, self._connection)
            ((commits,),) = self._connection.execute(_COUNT_COMMIT).fetchall()
            self._check_file()
            self._execute("COMMIT")
            write_commit_count(self._path, commits)
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _execute(self, statement: str) -> None:
        """Execute when no other program uses the ledger; notify if that takes long."""
        try:
            self._connection.execute(statement)
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            self._notify(f"waiting: another program is writing to {self._path}")
            self._wait_up_to(BUSY_TIMEOUT - NOTICE_SECONDS)
            try:
                self._connection.execute(statement)
            finally:
                self._wait_up_to(NOTICE_SECONDS)

    def _wait_up_to(self, seconds: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {seconds * 1_000:.0f}")

    def _check_file(self) -> None:
        """Raise `LedgerError` if other processes no longer see what is written."""
        if _identity(self._path) != self._file:
            raise LedgerError(
                f"the ledger {self._path} was removed or replaced while in use",
                hint="run the same command again",
            )


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name, if it exists."""
    try:
        status = os.stat(path)  # noqa: PTH116  # for each commit; Path is slower
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _is_busy(error: BaseException) -> bool:
    """Return whether another program is writing to the ledger."""
    primary = 0xFF  # the other bits of a code say more exactly why
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & primary == sqlite3.SQLITE_BUSY
    )


def _fail(group: list[Write[Any]], error: BaseException) -> None:
    for write in group:
        write.error = error


def _execute_alone(write: Write[Any], connection: sqlite3.Connection) -> None:
    """Execute all of the statements or none. Keep the error."""
    connection.execute("SAVEPOINT work")
    try:
        write.execute(connection)
    except BaseException as error:  # noqa: BLE001  # raised in the waiting thread
        write.error = error
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")

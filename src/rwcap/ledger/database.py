"""The ledger's connections: one writes, one reads, all threads share them.

The writes of many threads share few transactions (group commit).
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, RLock, Thread
from typing import Any, Final, TypeVar

from rwcap.ledger.schema import connect, open_ledger, translate_errors

T = TypeVar("T")

Row = tuple[Any, ...]  # SQLite's columns have no static types

MAX_DEFERRED: Final = 500
"""Deferred writes after which they are committed on their own."""


class Database:
    """An open ledger file. Every failure is a `LedgerError` that names the file."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`. Create it if it does not exist."""
        self._path = path
        self._writer = Writer(open_ledger(path))
        self._read_lock = RLock()
        self._reader = connect(path)

    def read(self, query: str, *parameters: object) -> list[Row]:
        """Return the rows of a query, as of the last commit."""
        with translate_errors(self._path), self._read_lock:
            return self._reader.execute(query, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within the block see the same state of the database."""
        with translate_errors(self._path), self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.execute("COMMIT")

    def create_function(self, name: str, function: Callable[[bytes], bytes]) -> None:
        """Make a pure function of one value available to queries."""
        self._reader.create_function(name, 1, function, deterministic=True)

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Run `statements` in a transaction. Return their result after the commit."""
        with translate_errors(self._path):
            return self._writer.write(statements)

    def write_later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Run `statements` in the transaction of the next write."""
        with translate_errors(self._path):
            self._writer.write_later(statements)

    def close(self) -> None:
        """Commit the deferred writes and close both connections.

        Wait for reads and writes in progress: SQLite crashes when another thread
        closes a connection in use.
        """
        self._writer.close()
        with self._read_lock:
            self._reader.close()


class _WriteJob:
    """Statements that succeed or fail together, and their outcome."""

    def __init__(
        self, statements: Callable[[sqlite3.Connection], object], *, urgent: bool
    ) -> None:
        self._statements = statements
        self.urgent = urgent
        self.error: BaseException | None = sqlite3.ProgrammingError("not written")
        self.done = Lock()
        """Held until the job is committed or has failed."""
        self.done.acquire()

    def execute(self, connection: sqlite3.Connection) -> None:
        """Execute all of the statements or none."""
        connection.execute("SAVEPOINT work")
        try:
            self._statements(connection)
            self.error = None
        except BaseException as error:  # noqa: BLE001  # raised in the waiting thread
            self.error = error
            connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")


class Writer:
    """Group commit: one thread commits the writes of all others.

    A durable commit takes as long for a hundred rows as for one. While the thread
    commits, other writes queue up, and the next transaction takes all of them.
    Python delivers signals to the main thread, so no signal interrupts a commit.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take over a connection. Nothing else may write through it."""
        self._connection = connection
        self._jobs: SimpleQueue[_WriteJob | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Run `statements` in a transaction. Return their result after the commit.

        Raises:
            BaseException: Any exception of `statements`. None of them is committed.
            sqlite3.Error: The transaction failed.
        """
        results: list[T] = []
        job = _WriteJob(
            lambda connection: results.append(statements(connection)), urgent=True
        )
        if self._closed:
            raise sqlite3.ProgrammingError("the ledger is closed")
        self._jobs.put(job)
        job.done.acquire()
        if job.error:
            raise job.error
        return results[0]

    def write_later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Run `statements` in the transaction of the next write.

        They are lost if the process is killed first. Use it only for data that can
        be recomputed.
        """
        self._jobs.put(_WriteJob(statements, urgent=False))

    def close(self) -> None:
        """Commit the deferred writes and close the connection."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        """Commit groups of jobs until the writer is closed."""
        group: list[_WriteJob] = []
        closing = False
        while not closing:
            jobs = self._wait_for_jobs()
            closing = None in jobs
            group += filter(None, jobs)
            if closing or len(group) > MAX_DEFERRED or any(j.urgent for j in group):
                self._commit(group)
                group = []
        self._connection.close()

    def _wait_for_jobs(self) -> list[_WriteJob | None]:
        """Wait for a job. Return all jobs in the queue."""
        jobs = [self._jobs.get()]
        try:
            while True:
                jobs.append(self._jobs.get_nowait())
        except Empty:
            return jobs

    def _commit(self, group: list[_WriteJob]) -> None:
        """Execute jobs in one transaction and wake the waiting threads."""
        try:
            if group:
                self._execute(group)
        except Exception as error:  # noqa: BLE001  # raised in the waiting threads
            for job in group:
                job.error = error
        for job in group:
            job.done.release()

    def _execute(self, group: list[_WriteJob]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in group:
                job.execute(self._connection)
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

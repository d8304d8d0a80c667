"""The ledger's connections: one that writes, one that reads, shared by threads.

Writes of many threads share few transactions.
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

Row = tuple[Any, ...]  # what SQLite returns; whoever asked says what it is


class Database:
    """The open file. Every failure is a `LedgerError` that names it."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`, which is made if need be."""
        self._path = path
        self._writer = Writer(open_ledger(path))
        self._reading = RLock()
        self._reader = connect(path)

    def read(self, question: str, *parameters: object) -> list[Row]:
        """Return the rows that answer a question, as of the last commit."""
        with translate_errors(self._path), self._reading:
            return self._reader.execute(question, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that is read within be of one moment, whoever writes meanwhile."""
        with translate_errors(self._path), self._reading:
            self._reader.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.execute("COMMIT")

    def create_function(self, name: str, function: Callable[[bytes], bytes]) -> None:
        """Let questions call a function of one value, which knows nothing else."""
        self._reader.create_function(name, 1, function, deterministic=True)

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk."""
        with translate_errors(self._path):
            return self._writer.write(statements)

    def write_later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next."""
        with translate_errors(self._path):
            self._writer.write_later(statements)

    def close(self) -> None:
        """Write what was left for later, and close.

        Whoever is reading or writing at this moment comes to his end first: SQLite
        does not survive a connection that is closed under its feet.
        """
        self._writer.close()
        with self._reading:
            self._reader.close()


MAX_DEFERRED: Final = 500
"""Works left for later that are written on their own, lest they pile up."""


class _WriteJob:
    """Statements that belong together, and whether they were executed."""

    def __init__(
        self, statements: Callable[[sqlite3.Connection], object], *, urgent: bool
    ) -> None:
        self._statements = statements
        self.urgent = urgent
        self.failure: BaseException | None = sqlite3.ProgrammingError("not written")
        self.done = Lock()
        """Released when the work is on the disk, or never will be."""
        self.done.acquire()

    def execute(self, database: sqlite3.Connection) -> None:
        """Execute the statements, all of them or none."""
        database.execute("SAVEPOINT work")
        try:
            self._statements(database)
            self.failure = None
        except BaseException as failure:  # noqa: BLE001  # told to who wanted it
            self.failure = failure
            database.execute("ROLLBACK TO work")
        database.execute("RELEASE work")


class Writer:
    """Group commit: a thread of its own writes for all who wait.

    A commit that survives a power failure takes as long for one row as for a
    hundred. While the thread commits, works pile up, and the next transaction takes
    all of them. Signals are for the main thread, so none breaks in here.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        """Write through `database`, which nobody else writes through."""
        self._connection = database
        self._works: SimpleQueue[_WriteJob | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk.

        Raises what they raise, of which nothing is written then, and
        `sqlite3.Error` where nothing can be written at all.
        """
        results: list[T] = []
        work = _WriteJob(
            lambda database: results.append(statements(database)), urgent=True
        )
        if self._closed:
            raise sqlite3.ProgrammingError("the ledger is closed")
        self._works.put(work)
        work.done.acquire()
        if work.failure:
            raise work.failure
        return results[0]

    def write_later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next.

        They are lost where nothing is: for what can be found out again.
        """
        self._works.put(_WriteJob(statements, urgent=False))

    def close(self) -> None:
        """Write what was left for later, and close the database."""
        self._closed = True
        self._works.put(None)
        self._thread.join()

    def _run(self) -> None:
        group: list[_WriteJob] = []
        closing = False
        while not closing:
            works = self._next_works()
            closing = None in works
            group += filter(None, works)
            if closing or len(group) > MAX_DEFERRED or any(w.urgent for w in group):
                self._commit(group)
                group = []
        self._connection.close()

    def _next_works(self) -> list[_WriteJob | None]:
        """Return all that waits, when anything does."""
        works = [self._works.get()]
        try:
            while True:
                works.append(self._works.get_nowait())
        except Empty:
            return works

    def _commit(self, group: list[_WriteJob]) -> None:
        """Carry works out in one transaction, and tell who waits."""
        try:
            if group:
                self._execute(group)
        except Exception as failure:  # noqa: BLE001  # told to all who wait
            for work in group:
                work.failure = failure
        for work in group:
            work.done.release()

    def _execute(self, group: list[_WriteJob]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work in group:
                work.execute(self._connection)
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

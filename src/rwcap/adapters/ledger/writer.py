"""Writes of many threads in few transactions."""

import sqlite3
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final, TypeVar

T = TypeVar("T")

LATER_MAX: Final = 500
"""Works left for later that are written on their own, lest they pile up."""


class _Work:
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

    def carry_out(self, database: sqlite3.Connection) -> None:
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
        self._database = database
        self._works: SimpleQueue[_Work | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk.

        Raises what they raise, of which nothing is written then, and
        `sqlite3.Error` where nothing can be written at all.
        """
        results: list[T] = []
        work = _Work(lambda database: results.append(statements(database)), urgent=True)
        if self._closed:
            raise sqlite3.ProgrammingError("the ledger is closed")
        self._works.put(work)
        work.done.acquire()
        if work.failure:
            raise work.failure
        return results[0]

    def later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next.

        They are lost where nothing is: for what can be found out again.
        """
        self._works.put(_Work(statements, urgent=False))

    def close(self) -> None:
        """Write what was left for later, and close the database."""
        self._closed = True
        self._works.put(None)
        self._thread.join()

    def _run(self) -> None:
        group: list[_Work] = []
        closing = False
        while not closing:
            works = self._next_works()
            closing = None in works
            group += filter(None, works)
            if closing or len(group) > LATER_MAX or any(w.urgent for w in group):
                self._commit(group)
                group = []
        self._database.close()

    def _next_works(self) -> list[_Work | None]:
        """Return all that waits, when anything does."""
        works = [self._works.get()]
        try:
            while True:
                works.append(self._works.get_nowait())
        except Empty:
            return works

    def _commit(self, group: list[_Work]) -> None:
        """Carry works out in one transaction, and tell who waits."""
        try:
            if group:
                self._execute(group)
        except Exception as failure:  # noqa: BLE001  # told to all who wait
            for work in group:
                work.failure = failure
        for work in group:
            work.done.release()

    def _execute(self, group: list[_Work]) -> None:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for work in group:
                work.carry_out(self._database)
            self._database.execute("COMMIT")
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")

"""Writes of many threads in few transactions."""

import sqlite3
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

T = TypeVar("T")

LATER_MAX: Final = 500
"""Works left for later that are written on their own, lest they pile up."""


class _Work:
    """Statements that belong together, and whether they were executed."""

    def __init__(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        self._statements = statements
        self.failure: BaseException | None = _not_written()
        self.taken = False

    def carry_out(self, database: sqlite3.Connection) -> None:
        """Execute the statements, all of them or none."""
        database.execute("SAVEPOINT work")
        try:
            self._statements(database)
            self.failure = None
        except Exception as failure:  # noqa: BLE001  # told to who wanted it
            self.failure = failure
            database.execute("ROLLBACK TO work")
        database.execute("RELEASE work")


class Writer:
    """Group commit: whoever gets the turn writes for all who wait.

    A commit that survives a power failure takes as long for one row as for a
    hundred. While one thread commits, the works of others pile up; the next one
    writes all of them in one transaction.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        """Write through `database`, which nobody else writes through."""
        self._database = database
        self._turn = Lock()
        self._waiting: deque[_Work] = deque()

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk.

        Raises what they raise, of which nothing is written then, and
        `sqlite3.Error` where nothing can be written at all.
        """
        results: list[T] = []
        work = _Work(lambda database: results.append(statements(database)))
        self._waiting.append(work)
        with self._turn:
            if not work.taken:
                self._commit()
        if work.failure:
            raise work.failure
        return results[0]

    def later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next.

        They are lost where nothing is: for what can be found out again.
        """
        self._waiting.append(_Work(statements))
        if len(self._waiting) > LATER_MAX:
            self.flush()

    def flush(self) -> None:
        """Write what was left for later, as far as it can be written."""
        with self._turn:
            self._commit()

    def close(self) -> None:
        """Write what was left for later, and close the database."""
        with self._turn:
            self._commit()
            self._database.close()

    def _commit(self) -> None:
        """Write all that waits; the caller has the turn."""
        group: list[_Work] = []
        while self._waiting:
            group.append(self._waiting.popleft())
            group[-1].taken = True
        if not group:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for work in group:
                work.carry_out(self._database)
            self._database.execute("COMMIT")
        except BaseException as failure:
            known = isinstance(failure, sqlite3.Error)
            for work in group:
                work.failure = failure if known else _not_written()
            if not known:
                raise
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")


def _not_written() -> sqlite3.Error:
    """Return the failure of what was to be written when something else broke off."""
    return sqlite3.InterfaceError("not written")

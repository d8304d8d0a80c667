"""Writes of many threads in few transactions."""

import sqlite3
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

T = TypeVar("T")

LATER_MAX: Final = 500
"""Works left for later that are written on their own, lest they pile up."""


class _Work:
    """Statements that belong together, and whether they were executed."""

    def __init__(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        self.statements = statements
        self.failure: BaseException | None = _not_written()
        self.taken = False
        self.called = Lock()
        """Released when the work is done, or when it is its turn to be."""
        self.called.acquire()

    def carry_out(self, database: sqlite3.Connection) -> None:
        """Execute the statements, all of them or none."""
        database.execute("SAVEPOINT work")
        try:
            self.statements(database)
            self.failure = None
        except Exception as failure:  # noqa: BLE001  # told to who wanted it
            self.failure = failure
            database.execute("ROLLBACK TO work")
        database.execute("RELEASE work")


class Writer:
    """Group commit: one thread writes for all who wait, then calls the next.

    A commit that survives a power failure takes as long for one row as for a
    hundred. While one thread commits, the works of others pile up; the next one
    writes all of them in one transaction.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        """Write through `database`, which nobody else writes through."""
        self._database = database
        self._door = Lock()
        self._busy = False
        self._waiting: list[_Work] = []
        self._notes: list[_Work] = []

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk.

        Raises what they raise, of which nothing is written then, and
        `sqlite3.Error` where nothing can be written at all.
        """
        results: list[T] = []
        work = _Work(lambda database: results.append(statements(database)))
        self._enter(work)
        if not work.taken:
            try:
                self._commit()
            finally:
                self._leave()
        if work.failure:
            raise work.failure
        return results[0]

    def later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next.

        They are lost where nothing is: for what can be found out again.
        """
        with self._door:
            self._notes.append(_Work(statements))
            many = len(self._notes) > LATER_MAX
        if many:
            self.write(lambda _: None)

    def close(self) -> None:
        """Write what was left for later, and close the database."""
        self._enter(work := _Work(_nothing))
        while work.taken:  # by another thread; the next turn may be ours
            self._enter(work := _Work(_nothing))
        try:
            self._commit()
            self._database.close()
        finally:
            self._leave()

    def _enter(self, work: _Work) -> None:
        """Return when a work is written, or when it is our turn to write."""
        with self._door:
            self._waiting.append(work)
            if not self._busy:
                self._busy = True
                return
        work.called.acquire()

    def _leave(self) -> None:
        """Call the next who waits, if anybody does."""
        with self._door:
            if self._waiting:
                self._waiting[0].called.release()
            else:
                self._busy = False

    def _commit(self) -> None:
        """Write all that waits, and tell it; the caller has the turn."""
        with self._door:
            waiting, self._waiting = self._waiting, []
            notes, self._notes = self._notes, []
            for work in waiting:
                work.taken = True
        group = notes + [work for work in waiting if work.statements != _nothing]
        try:
            if group:
                self._execute(group)
        except sqlite3.Error as failure:
            for work in group:
                work.failure = failure
        except BaseException:
            for work in group:
                work.failure = _not_written()
            raise
        finally:
            for work in waiting:
                work.called.release()

    def _execute(self, group: list[_Work]) -> None:
        """Carry works out in one transaction."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for work in group:
                work.carry_out(self._database)
            self._database.execute("COMMIT")
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")


def _nothing(_: sqlite3.Connection) -> None:
    """Write nothing: the work of who only wants the turn."""


def _not_written() -> sqlite3.Error:
    """Return the failure of what was to be written when something else broke off."""
    return sqlite3.InterfaceError("not written")

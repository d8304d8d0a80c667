"""Who writes: each process that buys is a run, and lives as long as its lock."""

import sqlite3
from threading import Lock
from typing import Protocol
from uuid import uuid4

from rwcap import __version__
from rwcap.ledger.database import Database


class Locks(Protocol):
    """Locks between processes, which end with the process that holds them."""

    def acquire(self, name: str) -> bool:
        """Take a lock; False if another process holds it."""

    def is_held(self, name: str) -> bool:
        """Return whether any process holds a lock."""

    def release(self, name: str) -> None:
        """Give up a lock that nobody will ever take again."""


class Run:
    """This process, as the ledger knows it: from its first purchase on."""

    def __init__(self, database: Database, locks: Locks, command: str) -> None:
        """Be the run of a command line, in which no secret may stand."""
        self._database = database
        self._locks = locks
        self._command = command
        self._beginning = Lock()
        self._id: int | None = None
        self.owner = str(uuid4())
        """The name of the lock."""

    @property
    def id(self) -> int:
        """The number of this run, which begins now if it has not."""
        with self._beginning:
            if self._id is None:
                self._locks.acquire(self.owner)
                self._id = self._database.write(self._insert)
            return self._id

    def is_alive(self, owner: str) -> bool:
        """Return whether the process that is an owner still runs."""
        return self._locks.is_held(owner)

    def end(self, exit_status: int) -> None:
        """Note how the run ended, if it ever began."""
        if self._id is None:
            return
        self._database.write(
            lambda database: database.execute(
                "UPDATE run SET exit_status = ?,"
                " ended = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE id = ?",
                (exit_status, self._id),
            )
        )

    def close(self) -> None:
        """Give up what this run still owned."""
        if self._id is not None:
            self._locks.release(self.owner)

    def _insert(self, database: sqlite3.Connection) -> int:
        row = (self.owner, __version__, self._command)
        inserted = database.execute(
            "INSERT INTO run (owner, version, command) VALUES (?, ?, ?)", row
        )
        return inserted.lastrowid or 0

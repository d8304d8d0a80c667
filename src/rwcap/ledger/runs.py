"""Runs: each process that buys is one run, which is alive while it holds its lock."""

import sqlite3
from threading import Lock
from typing import Final, Protocol
from uuid import uuid4

from rwcap import __version__
from rwcap.ledger.database.connection import Database

_SELECT_LEASE: Final = (
    "SELECT 1 FROM lease WHERE owner = ? AND expires > julianday('now')"
)


class Locks(Protocol):
    """Locks between processes. They are freed when the process ends."""

    def acquire(self, name: str) -> bool:
        """Acquire a lock without waiting. Return False if it is already held."""

    def is_held(self, name: str) -> bool:
        """Return whether this or any other process holds a lock."""

    def release(self, name: str) -> None:
        """Release a lock that is not used again."""


class Buyer(Protocol):
    """What buys, and owns its purchases until they are settled."""

    @property
    def id(self) -> int:
        """The number of its run."""

    @property
    def owner(self) -> str:
        """Its name, which no other has."""

    def is_alive(self, owner: str) -> bool:
        """Return whether the buyer of that name still runs."""


class Run:
    """This process in the ledger. Its row is inserted with the first purchase."""

    def __init__(self, database: Database, locks: Locks, command: str) -> None:
        """Prepare a run of `command`, which must not contain a secret."""
        self._database = database
        self._locks = locks
        self._command = command
        self._starting = Lock()
        self._id: int | None = None
        self.owner = str(uuid4())
        """The name of this run's lock."""

    @property
    def id(self) -> int:
        """The number of this run. The first access starts the run."""
        with self._starting:
            if self._id is None:
                self._locks.acquire(self.owner)
                self._id = self._database.write(self._insert)
            return self._id

    @property
    def begun_id(self) -> int | None:
        """The number of this run; None if it has not started."""
        return self._id

    def is_alive(self, owner: str) -> bool:
        """Return whether a process, or a worker with a lease, still runs."""
        return self._locks.is_held(owner) or bool(
            self._database.read(_SELECT_LEASE, owner)
        )

    def end(self, exit_status: int) -> None:
        """Store the exit status and the time, if the run was started."""
        if self._id is None:
            return
        self._database.write(
            lambda connection: connection.execute(
                "UPDATE run SET exit_status = ?,"
                " ended = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE id = ?",
                (exit_status, self._id),
            )
        )

    def close(self) -> None:
        """Release the lock. Purchases in progress have no running owner afterwards."""
        if self._id is not None:
            self._locks.release(self.owner)

    def _insert(self, connection: sqlite3.Connection) -> int:
        row = (self.owner, __version__, self._command)
        inserted = connection.execute(
            "INSERT INTO run (owner, version, command) VALUES (?, ?, ?)", row
        )
        return inserted.lastrowid or 0

"""Leases: the workers of a job on other machines, which renew them while they run.

The lock of a process says nothing on another machine. A worker has a lease instead: a
name and a time at which it expires. Only the clock of the ledger's machine counts.
"""

import json
import sqlite3
from collections.abc import Collection
from typing import Final

from rwcap.ledger.database.connection import Database
from rwcap.ledger.runs import Run

LEASE_SECONDS: Final = 30.0
"""The time after which a worker that does not renew its lease counts as ended."""

_SECONDS_PER_DAY: Final = 86_400.0

_RENEW: Final = (
    "UPDATE lease SET expires = julianday('now') + ?"
    " WHERE owner = ? AND expires > julianday('now')"
)


class Leases:
    """The leases of all workers."""

    def __init__(self, database: Database, seconds: float = LEASE_SECONDS) -> None:
        """Use `database`; a lease expires `seconds` seconds after its renewal."""
        self._database = database
        self._days = seconds / _SECONDS_PER_DAY

    def begin(self, owner: str) -> None:
        """Give a new worker its lease. Leases that have expired are removed."""

        def statements(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM lease WHERE expires <= julianday('now')")
            connection.execute(
                "INSERT OR REPLACE INTO lease VALUES (?, julianday('now') + ?)",
                (owner, self._days),
            )

        self._database.write(statements)

    def renew(self, owner: str) -> bool:
        """Renew a lease. Return False if it has expired: its purchases may be lost."""
        return self._database.write(
            lambda connection: (
                connection.execute(_RENEW, (self._days, owner)).rowcount > 0
            )
        )

    def confirm(self, owner: str, held: Collection[str]) -> None:
        """Give up the purchases of a worker that it does not know of.

        A worker that was told of no result cannot know whether it owns a purchase.

        Args:
            owner: The worker.
            held: The task UUIDs of the purchases that it knows of.
        """
        self._database.write(
            lambda connection: connection.execute(
                "UPDATE purchase SET owner = NULL WHERE state = 'sent' AND owner = ?"
                " AND task_uuid NOT IN (SELECT value FROM json_each(?))",
                (owner, json.dumps([*held])),
            )
        )

    def end(self, owner: str) -> None:
        """End the lease of a worker that has ended."""
        self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM lease WHERE owner = ?", (owner,)
            )
        )

    def running(self) -> set[str]:
        """Return the workers whose leases have not expired."""
        rows = self._database.read(
            "SELECT owner FROM lease WHERE expires > julianday('now')"
        )
        return {owner for (owner,) in rows}


class LeaseHolder:
    """A worker in the ledger: it buys as part of a run, and owns what it buys."""

    def __init__(self, run: Run, run_id: int, owner: str) -> None:
        """Buy for the run with the number `run_id`; `owner` is the lease."""
        self._run = run
        self.id = run_id
        """The number of the run."""
        self.owner = owner
        """The name of the worker's lease."""

    def is_alive(self, owner: str) -> bool:
        """Return whether the process or the worker of that name still runs."""
        return self._run.is_alive(owner)

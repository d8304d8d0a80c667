"""What the sandbox remembers: the tasks it accepted and what it charged."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from rwcap.core.money import Micros

_SCHEMA = """
CREATE TABLE IF NOT EXISTS task (
    uuid TEXT PRIMARY KEY,
    result TEXT NOT NULL,
    deferred INTEGER NOT NULL,
    polls INTEGER NOT NULL DEFAULT 0,
    charged INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS bill (uuid TEXT PRIMARY KEY, day TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS billed AFTER INSERT ON task BEGIN
    INSERT INTO bill VALUES (NEW.uuid, date('now'));
END;
"""


@dataclass(frozen=True, slots=True)
class StoredTask:
    """One accepted task."""

    result: str
    """The object of `data` that answers it, as JSON."""
    deferred: bool
    """Whether it was only acknowledged at first."""
    polls: int
    """How often its result was asked for before now."""


class TaskStore:
    """A table of accepted tasks, shared by threads and, on disk, by processes."""

    def __init__(self, path: Path | None) -> None:
        """Open the table at `path`, or one in memory.

        Raises `OSError` or `sqlite3.Error` where it cannot be opened.
        """
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._database = sqlite3.connect(
            path or ":memory:",
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN IMMEDIATE")  # fails where nobody may write
            self._database.execute("ROLLBACK")
        except sqlite3.Error:
            self._database.close()
            raise

    def close(self) -> None:
        """Close the table."""
        self._database.close()

    def accept(
        self, uuid: str, *, result: str, deferred: bool, charged: Micros
    ) -> bool:
        """Remember and charge a task; False if its UUID was used before."""
        with self._lock:
            added = self._database.execute(
                "INSERT OR IGNORE INTO task (uuid, result, deferred, charged)"
                " VALUES (?, ?, ?, ?)",
                (uuid, result, deferred, charged),
            )
            return added.rowcount == 1

    def find(self, uuid: str) -> StoredTask | None:
        """Return a task by its UUID."""
        with self._lock:
            row: tuple[str, int, int] | None = self._database.execute(
                "SELECT result, deferred, polls FROM task WHERE uuid = ?", (uuid,)
            ).fetchone()
        return StoredTask(row[0], bool(row[1]), row[2]) if row else None

    def count_poll(self, uuid: str) -> None:
        """Remember that the result of a task was asked for."""
        with self._lock:
            self._database.execute(
                "UPDATE task SET polls = polls + 1 WHERE uuid = ?", (uuid,)
            )

    def total_charged(self) -> tuple[int, Micros]:
        """Return how many tasks were charged, and how much in all."""
        with self._lock:
            row: tuple[int, int] = self._database.execute(
                "SELECT count(*), coalesce(sum(charged), 0) FROM task"
            ).fetchone()
        return row[0], Micros(row[1])

    def daily_charges(self, first: str, last: str) -> list[tuple[str, int, Micros]]:
        """Return day, tasks and charge of each day (UTC) from one to another."""
        with self._lock:
            return self._database.execute(
                "SELECT day, count(*), sum(charged) FROM bill JOIN task USING (uuid)"
                " WHERE day BETWEEN ? AND ? GROUP BY day",
                (first, last),
            ).fetchall()

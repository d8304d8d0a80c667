"""The tasks that the sandbox accepted, and their charges."""

import sqlite3
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from rwcap.core.money import Micros
from rwcap.settings.new_files import ensure_file, make_folder

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


class StoredTask(NamedTuple):
    """One accepted task."""

    result: str
    """The object of `data` with the result, as JSON."""
    deferred: bool
    """Whether the first reply was an acknowledgement."""
    polls: int
    """Earlier queries for the result."""


class TaskStore:
    """A table of accepted tasks, shared by threads and, on disk, by processes."""

    def __init__(self, path: Path | None) -> None:
        """Open the table at `path`, or one in memory.

        Raises:
            OSError: The folder cannot be created.
            sqlite3.Error: The table cannot be opened or is read-only.
        """
        if path:
            make_folder(path.parent)
            ensure_file(path)
        self._lock = Lock()
        self._database = sqlite3.connect(
            path or ":memory:",
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN IMMEDIATE")  # fails if it is read-only
            self._database.execute("ROLLBACK")
        except sqlite3.Error:
            self._database.close()
            raise

    def close(self) -> None:
        """Close the table. A thread that still uses it gets `sqlite3.ProgrammingError`.

        SQLite crashes the process if a connection is closed within a statement.
        """
        with self._lock:
            self._database.close()

    def accept(
        self, uuid: str, *, result: str, deferred: bool, charged: Micros
    ) -> bool:
        """Store and charge a task; return False if its UUID was used earlier."""
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
        """Count a query for the result of a task."""
        with self._lock:
            self._database.execute(
                "UPDATE task SET polls = polls + 1 WHERE uuid = ?", (uuid,)
            )

    def total_charged(self) -> tuple[int, Micros]:
        """Return the number of tasks and the sum of their charges."""
        with self._lock:
            row: tuple[int, int] = self._database.execute(
                "SELECT count(*), coalesce(sum(charged), 0) FROM task"
            ).fetchone()
        return row[0], Micros(row[1])

    def daily_charges(self, first: str, last: str) -> list[tuple[str, int, Micros]]:
        """Return each day (UTC) with its number of tasks and their charge."""
        with self._lock:
            return self._database.execute(
                "SELECT day, count(*), sum(charged) FROM bill JOIN task USING (uuid)"
                " WHERE day BETWEEN ? AND ? GROUP BY day",
                (first, last),
            ).fetchall()

"""The keys of the records that a file or folder has."""

import sqlite3


class RecordKeys:
    """A set of keys on disk, so that memory does not grow with the records."""

    def __init__(self) -> None:
        """Create a private database, which SQLite deletes when it is closed."""
        self._database = sqlite3.connect(
            "", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE key (value BLOB PRIMARY KEY) WITHOUT ROWID;"
        )

    def __contains__(self, key: bytes | None) -> bool:
        """Return whether the key is there."""
        found = self._database.execute("SELECT 1 FROM key WHERE value = ?", (key,))
        return found.fetchone() is not None

    def __len__(self) -> int:
        """Return the number of keys."""
        (count,) = self._database.execute("SELECT count(*) FROM key").fetchone()
        return int(count)

    def add(self, key: bytes) -> None:
        """Add a key, unless it is there."""
        self._database.execute("INSERT OR IGNORE INTO key VALUES (?)", (key,))

    def close(self) -> None:
        """Delete all keys."""
        self._database.close()

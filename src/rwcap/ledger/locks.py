"""Locks between processes, which end with the process that holds them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from rwcap.core.errors import LedgerError


class FileLocks:
    """Named locks in a folder.

    Each is an empty SQLite file in which its holder has begun an exclusive
    transaction: the lock of the operating system that SQLite takes for it works
    on every system, and nothing is left to clean up after a crash but the file.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the locks in `folder`, which is made when the first is taken."""
        self._folder = folder
        self._held: dict[str, sqlite3.Connection] = {}
        self._asking = Lock()  # for a moment, who asks holds what it asks after

    def acquire(self, name: str) -> bool:
        """Take a lock until it is given up; False if another process holds it.

        Raises `LedgerError` where the folder cannot be written.
        """
        path = self._folder / name
        with _translate_errors(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            before = _inode(path)
            connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            try:
                # A journal in a file could be looked for when the lock is gone.
                connection.execute("PRAGMA journal_mode = MEMORY")
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as refused:
                connection.close()
                if refused.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    return False
                if before is not None and _inode(path) == before:
                    raise
                return self.acquire(name)  # it was removed while we came
        if before is None or _inode(path) != before:
            connection.close()  # the same, a moment later
            return self.acquire(name)
        self._held[name] = connection
        return True

    def is_held(self, name: str) -> bool:
        """Return whether any process, be it this one, holds a lock."""
        with self._asking:
            if name in self._held:
                return True
            if not (self._folder / name).exists():
                return False
            if not self.acquire(name):
                return True
            self.release(name)
            return False

    def release(self, name: str) -> None:
        """Give up a lock that nobody will ever take again, and remove its file."""
        with suppress(OSError):  # first: from here on nobody can wait for it
            (self._folder / name).unlink()
        self.hand_over(name)

    def hand_over(self, name: str) -> None:
        """Give up a lock that others may be waiting for; its file stays theirs."""
        self._held.pop(name).close()


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system complains about into `LedgerError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        raise LedgerError(
            f"the lock {path}: {reason}",
            hint="set XDG_DATA_HOME to a folder that can be written",
        ) from failure


def _inode(path: Path) -> int | None:
    """Return what tells a file from the next one of its name; None without one."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None

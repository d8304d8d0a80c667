"""Locks between processes. The operating system frees them when the process ends."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from rwcap.core.errors import LedgerError
from rwcap.ledger.database.access import gain_access, reason_of
from rwcap.settings.new_files import ensure_file, make_folder

if sys.platform != "win32":
    import fcntl


class FileLocks:
    """Named locks in a folder.

    Each lock is an empty SQLite file with an open exclusive transaction. SQLite uses
    the file locks of the operating system, on every system. A crash leaves nothing
    but the empty file.
    """

    def __init__(self, folder: Path) -> None:
        """Use `folder`. It is created when the first lock is acquired."""
        self._folder = folder
        self._held: dict[str, sqlite3.Connection] = {}
        self._checking = Lock()  # `is_held` acquires a free lock for a moment

    def acquire(self, name: str) -> bool:
        """Acquire a lock without waiting. Return False if it is already held.

        Raises:
            LedgerError: The folder or the file cannot be written or locked.
        """
        path = self._folder / name
        with _translate_errors(path):
            make_folder(self._folder)
            ensure_file(path)
            before = _inode(path)
            connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            try:
                # SQLite must not look for a journal file after the lock is removed.
                connection.execute("PRAGMA journal_mode = MEMORY")
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                connection.close()
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    _check_disk(self._folder)
                    return False
                if before is not None and _inode(path) == before:
                    raise
                return self.acquire(name)  # the file was removed in the meantime
        if before is None or _inode(path) != before:
            connection.close()  # the file was removed after it was opened
            return self.acquire(name)
        self._held[name] = connection
        return True

    def is_held(self, name: str) -> bool:
        """Return whether this or any other process holds a lock.

        Raises:
            LedgerError: The folder or the file cannot be read or written.
        """
        path = self._folder / name
        with self._checking:
            if name in self._held:
                return True
            with _translate_errors(path):
                if _inode(path) is None:
                    return False
            if not self.acquire(name):
                return True
            self.release(name)
            return False

    def release(self, name: str) -> None:
        """Release a lock that is not used again, and remove its file."""
        with suppress(OSError):  # before the release, so that no process waits for it
            (self._folder / name).unlink()
        self.hand_over(name)

    def hand_over(self, name: str) -> None:
        """Release a lock that other processes use too. Its file stays."""
        self._held.pop(name).close()


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into `LedgerError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        denied = isinstance(error, PermissionError) or (
            isinstance(error, sqlite3.Error) and not os.access(path, os.R_OK | os.W_OK)
        )
        move = f"move {path.parent.parent} to a local disk, and set XDG_DATA_HOME"
        hint = gain_access(path) if denied else move
        reason = reason_of(error)
        raise LedgerError(f"the lock {path}: {reason}", hint=hint) from error


def _check_disk(folder: Path) -> None:
    """Raise `OSError` if a disk has no locks; to SQLite, others seem to hold them."""
    from tempfile import TemporaryFile

    if sys.platform != "win32":
        with TemporaryFile(dir=folder) as unshared:
            fcntl.lockf(unshared, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _inode(path: Path) -> int | None:
    """Return the inode of a file, or None if the file does not exist."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None

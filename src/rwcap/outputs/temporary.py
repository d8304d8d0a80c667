"""Temporary files: locked while their writer runs, removed after it was killed.

The lock shows whether the writer still runs. A process id does not: it is reused, and
it has no meaning on another host or in another container that shares the folder.
Without locks (on Windows and some network file systems), nothing is removed.
"""

import atexit
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

if sys.platform != "win32":
    import fcntl

_PREFIX: Final = ".rwcap-"

_NAME: Final = re.compile(r"\.rwcap-[0-9a-f]{16}(-[0-9a-f]{8})?")
"""Names of temporary files. Only rwcap 0.1 used the second part."""

_MAX_FOLDERS: Final = 1000
"""Number of folders that a process remembers."""

_OPEN: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def create(folder: Path) -> tuple[int, Path]:
    """Create a temporary file for reading and writing.

    Returns:
        The descriptor of the open file, and its path.

    Raises:
        OSError: The file cannot be created.
    """
    _FOLDERS.enter(str(folder))
    while True:
        path = folder / f"{_PREFIX}{os.urandom(8).hex()}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OPEN, 0o666)
        # Until it is locked, another process can mistake it for a leftover.
        if _lock(descriptor, without_locks=True) and path.exists():
            return descriptor, path
        os.close(descriptor)
        path.unlink(missing_ok=True)


def leftovers(folder: str) -> Iterator[str]:
    """Yield the paths of this user's temporary files whose writers were killed.

    Each file is locked until the next one is yielded. An unreadable folder has none.
    """
    found: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        found = [
            entry.path
            for entry in entries
            if entry.name.startswith(_PREFIX) and _NAME.fullmatch(entry.name)
        ]
    for path in found:
        with suppress(OSError):
            descriptor = _open(path)
            try:
                if _is_leftover(descriptor, path):
                    yield path
            finally:
                os.close(descriptor)


def remove_leftovers(folder: str) -> None:
    """Remove the temporary files in a folder whose writers were killed."""
    for path in leftovers(folder):
        with suppress(OSError):
            Path(path).unlink()


class Folders:
    """The folders that this process writes to.

    Leftovers are removed at the first write to a folder, and again when the process
    ends, because another process can be killed in the meantime.
    """

    def __init__(self, limit: int) -> None:
        """Remember at most `limit` folders; each further one replaces the oldest."""
        self._limit = limit
        self._entered: dict[str, None] = {}
        self._lock = Lock()

    def enter(self, folder: str) -> None:
        """Remove the leftovers in a folder, unless it is remembered."""
        with self._lock:
            if folder in self._entered:
                return
            self._entered[folder] = None
            oldest = next(iter(self._entered))
            full = len(self._entered) > self._limit
            if full:
                del self._entered[oldest]
        remove_leftovers(folder)
        if full:
            remove_leftovers(oldest)

    def leave(self) -> None:
        """Remove the leftovers in all remembered folders."""
        for folder in tuple(self._entered):  # a thread can still add folders
            remove_leftovers(folder)


_FOLDERS: Final = Folders(_MAX_FOLDERS)
atexit.register(_FOLDERS.leave)


def _open(path: str) -> int:
    """Open a file to lock it; some network file systems require write access."""
    try:
        return os.open(path, os.O_RDWR | _OPEN)
    except PermissionError:  # it has the mode of a read-only file
        return os.open(path, os.O_RDONLY | _OPEN)


def _is_leftover(descriptor: int, path: str) -> bool:
    """Lock an open file; return whether it is this user's and its writer was killed."""
    if sys.platform == "win32":
        return False
    status = os.fstat(descriptor)
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_nlink == 1
        and status.st_uid == os.geteuid()
        and _lock(descriptor, without_locks=False)
        # The writer can rename it just before the lock.
        and os.path.samestat(status, os.lstat(path))  # a path of scandir
    )


def _lock(descriptor: int, *, without_locks: bool) -> bool:
    """Lock an open file until it is closed.

    Args:
        descriptor: The open file.
        without_locks: The return value if the file system has no locks.

    Returns:
        Whether this process has the lock, and not another one.
    """
    if sys.platform == "win32":
        return without_locks
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return without_locks
    return True

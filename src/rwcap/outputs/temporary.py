"""Temporary files: locked while their writer lives, removed once it is gone.

The lock tells whether the writer lives. A process id does not: it is reused, and it
means nothing on another host or in another container that shares the folder.
Where locks are missing (Windows, some network file systems), nothing is removed.
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
"""The names of temporary files; those of rwcap 0.1 may have the second part."""

_FOLDERS_MAX: Final = 1000
"""Folders that a process remembers."""

_OPEN: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def create(folder: Path) -> tuple[int, Path]:
    """Create a temporary file; return its descriptor, open for both, and its path.

    Raises `OSError`.
    """
    _FOLDERS.enter(str(folder))
    while True:
        path = folder / f"{_PREFIX}{os.urandom(8).hex()}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OPEN, 0o666)
        # Before it is locked, another process may take it for a leftover.
        if _lock(descriptor, otherwise=True) and path.exists():
            return descriptor, path
        os.close(descriptor)
        path.unlink(missing_ok=True)


def leftovers(folder: str) -> Iterator[str]:
    """Yield the paths of this user's temporary files whose writers are gone.

    Each is locked while it is yielded. A folder that cannot be read has none.
    """
    found: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        found += [
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
    """Remove the temporary files of a folder whose writers are gone."""
    for path in leftovers(folder):
        with suppress(OSError):
            Path(path).unlink()


class Folders:
    """The folders that this process writes to.

    Leftovers are removed at the first write to a folder, and again when the process
    ends: another process may have been killed in the meantime.
    """

    def __init__(self, limit: int) -> None:
        """Remember `limit` folders; the oldest one is left for a further one."""
        self._limit = limit
        self._entered: dict[str, None] = {}
        self._lock = Lock()

    def enter(self, folder: str) -> None:
        """Remove the leftovers of a folder, unless it was entered before."""
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
        """Remove the leftovers of all folders that were entered."""
        for folder in tuple(self._entered):  # a thread may still be writing
            remove_leftovers(folder)


_FOLDERS: Final = Folders(_FOLDERS_MAX)
atexit.register(_FOLDERS.leave)


def _open(path: str) -> int:
    """Open a file to lock it, which some network file systems allow writers alone."""
    try:
        return os.open(path, os.O_RDWR | _OPEN)
    except PermissionError:  # it has the mode of the read-only file it was to replace
        return os.open(path, os.O_RDONLY | _OPEN)


def _is_leftover(descriptor: int, path: str) -> bool:
    """Return whether an open file is this user's, and its writer is gone; lock it."""
    if sys.platform == "win32":
        return False
    status = os.fstat(descriptor)
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_nlink == 1
        and status.st_uid == os.geteuid()
        and _lock(descriptor, otherwise=False)
        # Its writer may have renamed it before it was locked here.
        and os.path.samestat(status, os.lstat(path))  # as scandir has it
    )


def _lock(descriptor: int, *, otherwise: bool) -> bool:
    """Lock an open file; return whether no other process holds its lock.

    The lock ends with this process. `otherwise` is the answer where the system has
    no locks.
    """
    if sys.platform == "win32":
        return otherwise
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return otherwise
    return True

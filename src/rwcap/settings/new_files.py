"""New files and folders that only the owner of their folder can use.

Root may run rwcap for a user (`sudo -E rwcap`, a container). What root creates then
belongs to the owner of the folder, as SQLite does it with the files of a database.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_OPEN: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
_OPEN_FOLDER: Final = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def open_file(path: Path) -> int:
    """Open a file to write, and create it if it does not exist; raise `OSError`."""
    try:
        return create_file(path)
    except FileExistsError:
        return os.open(path, _OPEN, 0o600)


def ensure_file(path: Path) -> None:
    """Create an empty file if the path is free; raise `OSError`.

    A file that exists is not opened: the system would end the locks that this process
    has on it when it is closed.
    """
    with suppress(FileExistsError):
        os.close(create_file(path))


def create_file(path: Path) -> int:
    """Open a new file to write; raise `FileExistsError` if the path is in use."""
    binary = getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, _OPEN | binary | os.O_EXCL, 0o600)
    _give_to_owner_of(path.parent, descriptor)
    return descriptor


def make_folder(path: Path) -> None:
    """Create a folder and those above it, if they do not exist; raise `OSError`."""
    new = [each for each in (path, *path.parents) if _is_root() and not each.exists()]
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in reversed(new):
        descriptor = os.open(folder, _OPEN_FOLDER)
        _give_to_owner_of(folder.parent, descriptor)
        os.close(descriptor)


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Give what root has created the owner and the group of a folder, if possible."""
    if sys.platform != "win32" and _is_root():
        with suppress(OSError):  # some network disks refuse it
            status = folder.stat()
            os.fchown(descriptor, status.st_uid, status.st_gid)


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0

"""Files that a program has open for writing, as far as Linux tells."""

import os
import sys
from functools import lru_cache

if sys.platform == "linux":
    import fcntl
    from signal import SIGURG


def is_being_written(path: str) -> bool:
    """Return whether a program has a file open for writing, where Linux tells.

    It tells the owner of the file, and root.
    """
    if sys.platform != "linux":
        return False
    try:
        is_refused = _is_lease_refused(path)
    except OSError:
        return False
    return is_refused and _grants_leases(os.path.dirname(path) or ".")  # noqa: PTH120  # Path costs more


def _is_lease_refused(path: str) -> bool:
    """Return whether a lease on a file is refused; raise `OSError` for other errors.

    It is granted while nobody writes to the file
    (https://man7.org/linux/man-pages/man2/F_SETLEASE.2const.html).
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # A program that opens the file meanwhile waits, and this signal does nothing.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@lru_cache(256)
def _grants_leases(folder: str) -> bool:
    """Return whether leases are granted for files that nobody writes to.

    Network file systems refuse all of them in the same way.
    """
    from tempfile import TemporaryFile  # rarely needed

    try:
        with TemporaryFile(dir=folder) as file:
            descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY)
        try:
            return not _is_lease_refused(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    except OSError:
        return False

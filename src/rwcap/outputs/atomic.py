"""Files written whole or not at all."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rwcap.core.errors import NotWrittenError
from rwcap.core.text import display_name, truncate
from rwcap.outputs import temporary


def replace_file(path: str, data: bytes) -> None:
    """Put `data` in the place of whatever file is at `path`, in one step.

    Whoever reads the file meanwhile, or after a crash, finds the old bytes or the
    new ones. The permissions of the old file are kept. A symbolic link is
    replaced itself; what it leads to is not touched. Raises `OSError`, also for
    what is neither: a device, a pipe, a folder.

    The bytes are on the disk when it returns; after a loss of power the name may
    still be that of the old ones, and the next run writes it again.
    """
    with atomic_replacement(path, data) as descriptor:
        copy_permissions(path, descriptor)


@contextmanager
def atomic_replacement(path: str, data: bytes) -> Iterator[int]:
    """Yield a new file with `data`, which then takes the place of that at `path`.

    What is done to it meanwhile is on the disk with it; whatever is raised leaves
    the old one as it is. All else as `replace`, but for the permissions.
    """
    target = Path(path)
    _check(target)
    descriptor, draft = temporary.create(target.parent)
    with ExitStack() as opened:
        opened.callback(os.close, descriptor)
        try:
            write_all(descriptor, data)
            yield descriptor
            os.fsync(descriptor)
            if sys.platform == "win32":
                opened.close()  # an open file cannot be renamed there
            # Elsewhere it is locked until it has its name: nobody removes it.
            draft.replace(target)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise


def copy_permissions(path: str, descriptor: int) -> None:
    """Give a new file the permissions of the one that it replaces."""
    with suppress(FileNotFoundError):
        old = Path(path).lstat().st_mode
        if stat.S_ISREG(old):
            os.chmod(descriptor, old & 0o777)


def copy_attributes(
    path: str, old: os.stat_result, descriptor: int, *, time: bool
) -> None:
    """Give a new file what that at `path` has beside its bytes, as far as one may.

    Permissions, extended attributes, and, if wanted, its time. Raises
    `NotWrittenError` where it would have another owner or group.
    """
    _keep_owner(path, old, descriptor)
    os.chmod(descriptor, old.st_mode & 0o777)
    with suppress(OSError, AttributeError):
        for attribute in os.listxattr(path):
            with suppress(OSError):
                value = os.getxattr(path, attribute)
                os.setxattr(descriptor, attribute, value)
    if time:
        os.utime(descriptor, ns=(old.st_atime_ns, old.st_mtime_ns))


def change_stamp(status: os.stat_result) -> tuple[int, ...]:
    """Return what of a file is another after each change."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however few the system takes at a time.

    Raises `OSError`.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_error(path: str, reason: str, *, hint: str | None = None) -> NotWrittenError:
    """Return the failure of writing a caption to the file at `path`."""
    return NotWrittenError(
        f"{truncate(display_name(path))}: {reason}",
        code="outputFailed",
        hint=hint
        or "once it can be written, run the same command again: "
        "the caption is kept and costs nothing",
    )


def _check(target: Path) -> None:
    """Raise `OSError` for what must not get a file in its place."""
    with suppress(FileNotFoundError):
        mode = target.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError(errno.EINVAL, "not a file")


def _keep_owner(path: str, old: os.stat_result, descriptor: int) -> None:
    """Give a new file the owner and group of the old one; not every system has them.

    What it has already is not given to it, which takes no permission.
    """
    new = os.fstat(descriptor)
    user = -1 if new.st_uid == old.st_uid else old.st_uid
    group = -1 if new.st_gid == old.st_gid else old.st_gid
    if (user, group) == (-1, -1):
        return
    try:
        os.chown(descriptor, user, group)
    except OSError as error:
        what = "group" if user == -1 else "owner"
        raise write_error(
            path,
            f"its {what} would be another",
            hint="as its owner, run the same command again; or --write xmp"
            " (a file beside the image)",
        ) from error

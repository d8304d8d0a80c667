"""Read files, and replace them atomically."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import InputError
from rwcap.core.sidecar import BACKUP_SUFFIX
from rwcap.core.text import short_name
from rwcap.outputs import temporary
from rwcap.outputs.file_errors import write_error

_EFFECTIVE: Final = os.access in os.supports_effective_ids
"""Whether the system can tell what this process may do, and not who started it."""

_OWN: Final = tuple(getattr(os, name, int)() for name in ("geteuid", "getegid"))
"""User and group of this process. On a system without them, 0, as of each file."""

_OWNER_HINT: Final = (
    "run the same command as the owner of the file, or use --write xmp"
    " (a file beside the image)"
)


@contextmanager
def open_regular(
    path: str, *, follow_links: bool
) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """Yield an open file, and its status before it is read.

    Raises:
        OSError: The file cannot be opened, or is not a regular file.
    """
    # With O_NONBLOCK, opening a pipe does not wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    no_links = 0 if follow_links else getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | no_links)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        yield file, status


def _accept() -> None:
    """Accept what is at a path."""


def replace_file(path: str, data: bytes, check: Callable[[], None] = _accept) -> None:
    """Replace the file at `path` with one that has `data`, in one step.

    A reader finds the old content or the new one, also after a crash. The new file
    has the permissions of the old one and, if the system allows it, its owner and its
    group. A symbolic link is replaced itself, and its target stays as it is.

    The content is on the disk when this function returns. After a loss of power the
    path can still have the old file; the next run then writes it again.

    Raises:
        OSError: The file cannot be written, or the path is that of a device, a pipe
            or a folder.
    """
    with atomic_replacement(path, data, check) as descriptor:
        copy_permissions(path, descriptor)


@contextmanager
def atomic_replacement(
    path: str, data: bytes, check: Callable[[], None] = _accept
) -> Iterator[int]:
    """Yield the descriptor of a new file with `data`, which then replaces `path`.

    Changes in the block are part of the new file. After an exception in the block the
    old file stays as it is. The permissions are those of any new file; everything else
    is as in `replace_file`. An exception of `check`, called at the last moment, keeps
    what another program has put there meanwhile.
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
            check()
            if sys.platform == "win32":
                opened.close()  # an open file cannot be renamed there
            # Elsewhere it stays locked until it has its name, so it is not removed.
            draft.replace(target)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise


def copy_permissions(path: str, descriptor: int) -> None:
    """Copy permissions and extended attributes of a file, if there is one.

    And owner and group, or the group alone, if the system allows it.
    """
    with suppress(FileNotFoundError):
        old = Path(path).lstat()
        if stat.S_ISREG(old.st_mode):
            if _set_owner(descriptor, old.st_uid, old.st_gid) == "owner":
                _set_owner(descriptor, os.fstat(descriptor).st_uid, old.st_gid)
            _copy_mode(path, old, descriptor)
            if os.fstat(descriptor).st_gid != old.st_gid:
                # What the old group may do is nothing that another group may do.
                os.chmod(descriptor, old.st_mode & 0o707)


def copy_attributes(
    path: str, old: os.stat_result, descriptor: int, *, time: bool
) -> None:
    """Copy the attributes of the file at `path` to a new file.

    These are owner, group and permissions; extended attributes if the system allows
    it; and with `time` the times of access and modification.

    Raises:
        NotWrittenError: The owner or the group cannot be copied.
    """
    _copy_owner(path, old, descriptor)
    _copy_mode(path, old, descriptor)
    if time:
        os.utime(descriptor, ns=(old.st_atime_ns, old.st_mtime_ns))


def _copy_mode(path: str, old: os.stat_result, descriptor: int) -> None:
    """Copy permissions and extended attributes, such as tags of a desktop.

    The access list that a new file gets from its folder does not stay: it can admit
    users who may not read the old file. The access list of the old file is an extended
    attribute.
    """
    with suppress(OSError, AttributeError):  # it has none
        os.removexattr(descriptor, "system.posix_acl_access")
    os.chmod(descriptor, old.st_mode & 0o777)
    with suppress(OSError, AttributeError):
        for attribute in os.listxattr(path):
            with suppress(OSError):
                value = os.getxattr(path, attribute)
                os.setxattr(descriptor, attribute, value)


def write_backup(path: str, data: bytes, status: os.stat_result) -> None:
    """Write the backup of an image, unless there is one: the first is the original."""
    backup = path + BACKUP_SUFFIX
    if not os.path.lexists(backup):
        with atomic_replacement(backup, data) as descriptor:
            copy_attributes(path, status, descriptor, time=True)


def check_backup(path: str, is_original: Callable[[bytes], bool]) -> None:
    """Raise `InputError` if an image cannot have a backup.

    The name of the backup is too long, or another file has it: one whose content
    `is_original` does not accept.
    """
    try:
        with open_regular(path + BACKUP_SUFFIX, follow_links=False) as (file, _):
            if not is_original(file.read()):
                raise InputError(
                    f"{short_name(path + BACKUP_SUFFIX)} is no backup of it",
                    code="noBackup",
                    hint="rename that file, or omit --backup",
                )
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(
            f"the backup *{BACKUP_SUFFIX}: {error.strerror}",
            code="noBackup",
            hint="copy the image yourself and omit --backup, or use --write xmp"
            " (a file beside the image)",
        ) from error


def check_folder(path: str) -> None:
    """Raise `InputError` if no file can be created in the folder of a path.

    Of folders that will be created, the nearest one that exists counts.
    """
    folder = os.path.dirname(path) or "."  # noqa: PTH120  # `Path` costs too much
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder) or "."  # noqa: PTH120  # as above
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
        raise InputError(
            f"files cannot be created in {short_name(folder)}",
            code="readOnlyFolder",
            hint="allow it, or choose another folder with --out-dir",
        )


def check_owner(path: str) -> None:
    """Raise `InputError` if a new file could not have the owner and group of a file.

    Raises `OSError`, too, if no file can be created.
    """
    old = os.stat(path)  # noqa: PTH116  # `Path` costs too much
    if (old.st_uid, old.st_gid) == _OWN:
        return
    folder = os.path.dirname(path) or "."  # noqa: PTH120  # as above
    if attribute := _wrong_attribute(folder, old.st_uid, old.st_gid):
        raise InputError(
            f"its {attribute} would change", code="otherOwner", hint=_OWNER_HINT
        )


def change_stamp(status: os.stat_result) -> tuple[int, ...]:
    """Return values of which at least one changes whenever a file changes."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns)


def present_stamp(path: str) -> tuple[int, ...] | None:
    """Return the change stamp of what is at a path; None if nothing is there."""
    try:
        return change_stamp(os.lstat(path))
    except FileNotFoundError:
        return None


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes, in as many system calls as necessary; raise `OSError`."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _check(target: Path) -> None:
    """Raise `OSError` unless the path is free or is that of a file or a link."""
    with suppress(FileNotFoundError):
        mode = target.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError(errno.EINVAL, "not a regular file")


def _copy_owner(path: str, old: os.stat_result, descriptor: int) -> None:
    """Copy owner and group to a new file, unless it has them already."""
    attribute = _set_owner(descriptor, old.st_uid, old.st_gid)
    if attribute:
        raise write_error(path, f"its {attribute} would change", hint=_OWNER_HINT)


def _set_owner(descriptor: int, user: int, group: int) -> str:
    """Set the owner and the group of a new file, unless it has them already.

    Setting them can need a permission, and some systems do not have them.

    Returns:
        Which of them cannot be set; empty if both are right.
    """
    new = os.fstat(descriptor)
    user = -1 if new.st_uid == user else user
    group = -1 if new.st_gid == group else group
    if (user, group) == (-1, -1):
        return ""
    try:
        os.chown(descriptor, user, group)
    except OSError:
        return "group" if user == -1 else "owner"
    return ""


@lru_cache(maxsize=256)
def _wrong_attribute(folder: str, user: int, group: int) -> str:
    """Return what of owner and group a new file in a folder could not have.

    A file is created for it: some disks give all files the same owner.
    """
    descriptor, draft = temporary.create(Path(folder))
    try:
        return _set_owner(descriptor, user, group)
    finally:
        draft.unlink()
        os.close(descriptor)

"""Files of settings are replaced as a whole, and only their owner can read new ones."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from rwcap.core.errors import ConfigError

if sys.platform != "win32":
    import fcntl

GROUP_AND_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""What group and others may do."""

_CREATE: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_PREFIX: Final = ".rwcap-settings-"

_TEMPORARY_NAME: Final = re.compile(rf"{re.escape(_PREFIX)}[0-9a-f]{{16}}")
"""The names of drafts, which no other temporary file of rwcap has."""


def replace_file(path: Path, text: str, *, secret: bool = False) -> None:
    """Replace the content of a file: it is whole or unchanged, never half written.

    Where the file is a link, as those who keep their settings elsewhere have it, what
    it leads to is replaced. A `secret` is nobody else's to read, and neither is the
    folder that it is in. Raises `ConfigError`.
    """
    target = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if secret:
            _make_private(path.parent)
        with _folder_lock(target.parent):
            _replace(target, text, secret=secret)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def temporary_files(folder: Path) -> list[Path]:
    """Return the drafts in a folder, whether or not their writers live."""
    return [
        path
        for path in folder.glob(f"{_PREFIX}*")
        if _TEMPORARY_NAME.fullmatch(path.name)
        and path.is_file()
        and not path.is_symlink()
    ]


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Hold a shared lock on a folder, so that no other process removes a draft in it.

    If no other process holds the lock, the drafts of killed ones are removed first.
    Without such locks (Windows, some network file systems), none is removed.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for draft in temporary_files(folder):
                draft.unlink()
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _replace(target: Path, text: str, *, secret: bool) -> None:
    """Write a draft beside a file, and put it in the place of the file."""
    draft = target.with_name(f"{_PREFIX}{os.urandom(8).hex()}")
    # Mode 0600 from the beginning: no other user can read it at any moment.
    descriptor = os.open(draft, _CREATE, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            if not secret and target.exists():
                draft.chmod(stat.S_IMODE(target.stat().st_mode))
            os.fsync(descriptor)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _make_private(folder: Path) -> None:
    """Have a folder that is ours be nobody else's."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name == "posix" and mode & GROUP_AND_OTHERS:
        folder.chmod(mode & ~GROUP_AND_OTHERS)

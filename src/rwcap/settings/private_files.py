"""Files that are replaced as a whole, and that only the user can read when new."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from rwcap.core.errors import ConfigError
from rwcap.settings.new_files import create_file, make_folder

if sys.platform != "win32":
    import fcntl

GROUP_AND_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""The permission bits of group and others."""

_PREFIX: Final = ".rwcap-settings-"

_locked: Final[set[Path]] = set()
"""The folders on which this process has a lock."""

_TEMPORARY_NAME: Final = rf"{re.escape(_PREFIX)}[0-9a-f]{{16}}"
"""The names of temporary files for settings. Other temporary files differ."""


def replace_file(path: Path, text: str, *, secret: bool = False) -> None:
    """Replace the content of a file atomically.

    If the path is a symbolic link, its target is replaced.

    Args:
        path: The path of the file. Missing folders are created.
        text: The new content.
        secret: Whether only the user may read the file and list its folder.

    Raises:
        ConfigError: The file could not be written. The old content stays.
    """
    with exclusive_change(path) as target:
        if secret:
            _make_private(path.parent)
        _replace(target, text, secret=secret)


@contextmanager
def exclusive_change(path: Path) -> Iterator[Path]:
    """Yield the path that replaces a file, while no other process changes it.

    Two commands that change settings at once must not lose those of each other. Inside
    of the block, this process can enter it again. Missing folders are created. The
    temporary files of killed processes are removed, unless locks are not supported
    (Windows, some network file systems).

    Raises:
        ConfigError: The folder could not be created, or the block raised `OSError`.
    """
    target = Path(os.path.realpath(path))
    try:
        make_folder(path.parent)
        if target.parent in _locked:
            yield target
            return
        with _folder_lock(target.parent):
            _locked.add(target.parent)
            try:
                yield target
            finally:
                _locked.remove(target.parent)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def temporary_files(folder: Path) -> list[Path]:
    """Return the temporary files in a folder, in use or abandoned."""
    return [
        path
        for path in folder.glob(f"{_PREFIX}*")
        if re.fullmatch(_TEMPORARY_NAME, path.name)
        and path.is_file()
        and not path.is_symlink()
    ]


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, and remove the temporary files of killed processes."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for abandoned in temporary_files(folder):
                abandoned.unlink()
        yield
    finally:
        os.close(descriptor)


def _replace(target: Path, text: str, *, secret: bool) -> None:
    """Write a temporary file beside the target and rename it to the target."""
    temporary = target.with_name(f"{_PREFIX}{os.urandom(8).hex()}")
    descriptor = create_file(temporary)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            if not secret and target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _make_private(folder: Path) -> None:
    """Remove all permissions of group and others from a folder."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name == "posix" and mode & GROUP_AND_OTHERS:
        folder.chmod(mode & ~GROUP_AND_OTHERS)

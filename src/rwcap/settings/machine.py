"""Facts about the machine: versions, folders, programs and the terminal."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class FolderStatus(NamedTuple):
    """The state of a folder of the user."""

    path: Path
    exists: bool
    """Whether the path exists and is a folder."""
    mode: int | None
    """The permission bits; None if the path does not exist, and on Windows."""
    writable: bool
    """Whether files can be created in the folder, or the folder can be created."""


class TerminalInfo(NamedTuple):
    """The terminal and the standard streams."""

    terminals: tuple[str, ...]
    """The streams that are a terminal: input, output, error."""
    term: str
    columns: int
    encoding: str
    """The encoding of file names."""


def python_version() -> str:
    """Return the version of Python."""
    return platform.python_version()


def operating_system() -> str:
    """Return the operating system."""
    return f"{platform.system()} {platform.machine()}"


def folder_status(path: Path) -> FolderStatus:
    """Return the state of a folder without creating it."""
    try:
        status = path.stat()
    except OSError:
        parent = next(above for above in path.parents if os.access(above, os.F_OK))
        creatable = parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)
        return FolderStatus(path, exists=False, mode=None, writable=creatable)
    mode = stat.S_IMODE(status.st_mode) if os.name == "posix" else None
    is_folder = stat.S_ISDIR(status.st_mode)
    writable = is_folder and os.access(path, os.W_OK | os.X_OK)
    return FolderStatus(path, exists=is_folder, mode=mode, writable=writable)


def has_module(name: str) -> bool:
    """Return whether a Python package is installed, without importing it."""
    return find_spec(name) is not None


def has_program(name: str) -> bool:
    """Return whether a program is in PATH."""
    return shutil.which(name) is not None


def terminal_info(environment: Mapping[str, str]) -> TerminalInfo:
    """Return the properties of the terminal and the standard streams."""
    streams = {"input": sys.stdin, "output": sys.stdout, "error": sys.stderr}
    return TerminalInfo(
        tuple(name for name, stream in streams.items() if stream.isatty()),
        environment.get("TERM", ""),
        shutil.get_terminal_size().columns,
        sys.getfilesystemencoding(),
    )

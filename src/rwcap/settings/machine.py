"""The machine that rwcap runs on: versions, folders, programs, the terminal."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """One of the user's folders."""

    path: Path
    exists: bool
    """As a folder."""
    mode: int | None
    """Who may do what, as chmod has it; None where nothing is there, or has modes."""
    writable: bool
    """Whether files can be made in it, or it can be made itself."""


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    """What the standard streams are connected to."""

    terminals: tuple[str, ...]
    """Those of them that are a terminal."""
    term: str
    columns: int
    encoding: str
    """Of names of files."""


def python_version() -> str:
    """Return the version of Python."""
    return platform.python_version()


def operating_system() -> str:
    """Return the operating system."""
    return f"{platform.system()} {platform.machine()}"


def folder_status(path: Path) -> FolderStatus:
    """Return what there is to know of a folder; nothing is made."""
    try:
        status = path.stat()
    except OSError:
        parent = next(each for each in path.parents if os.access(each, os.F_OK))
        can_make = parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)
        return FolderStatus(path, exists=False, mode=None, writable=can_make)
    mode = stat.S_IMODE(status.st_mode) if os.name == "posix" else None
    is_folder = stat.S_ISDIR(status.st_mode)
    writable = is_folder and os.access(path, os.W_OK | os.X_OK)
    return FolderStatus(path, exists=is_folder, mode=mode, writable=writable)


def has_module(name: str) -> bool:
    """Return whether a Python package is installed; it is not imported."""
    return find_spec(name) is not None


def has_program(name: str) -> bool:
    """Return whether a program can be started by its name."""
    return shutil.which(name) is not None


def terminal_info(environment: Mapping[str, str]) -> TerminalInfo:
    """Return what the standard streams are connected to."""
    streams = {"input": sys.stdin, "output": sys.stdout, "error": sys.stderr}
    return TerminalInfo(
        tuple(name for name, stream in streams.items() if stream.isatty()),
        environment.get("TERM", ""),
        shutil.get_terminal_size().columns,
        sys.getfilesystemencoding(),
    )

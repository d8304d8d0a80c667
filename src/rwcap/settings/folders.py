"""The user's folders for settings and data on each operating system."""

import os
import sys
from pathlib import Path
from typing import Final

from rwcap.core.errors import ConfigError

_SYSTEM: Final[str] = sys.platform


def config_folder() -> Path:
    """Return the folder of settings and credentials, which may not exist."""
    return _folder("CONFIG", ".config")


def data_folder() -> Path:
    """Return the folder of the ledger and other data, which may not exist."""
    return _folder("DATA", ".local/share")


def home_folder() -> Path:
    """Return the user's home folder; raise `ConfigError` if it is unknown.

    An empty HOME is unknown; for Python, it is the root of the file system.
    """
    try:
        found = Path.home()
    except RuntimeError:
        found = Path()
    if not found.is_absolute() or (os.name == "posix" and os.environ.get("HOME") == ""):
        raise ConfigError("the home folder is unknown", hint="set HOME")
    return found


def _folder(kind: str, usual: str) -> Path:
    """Return a folder; raise `ConfigError` if the home folder is unknown.

    Every command calls this function and platformdirs is slow to import, so the rule
    for Linux is implemented here
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    if _SYSTEM == "linux":
        named = Path(os.environ.get(f"XDG_{kind}_HOME", ""))
        return (named if named.is_absolute() else home_folder() / usual) / "rwcap"
    home_folder()  # raises an error if it is unknown
    import platformdirs

    folders = platformdirs.PlatformDirs("rwcap", appauthor=False)
    return folders.user_config_path if kind == "CONFIG" else folders.user_data_path

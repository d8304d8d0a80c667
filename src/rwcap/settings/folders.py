"""The user's folders, where each operating system keeps them."""

import os
import sys
from pathlib import Path
from typing import Final

from rwcap.core.errors import ConfigError

_SYSTEM: Final[str] = sys.platform


def config_folder() -> Path:
    """Return the folder of settings and credentials; it may not exist yet."""
    return _folder("CONFIG", ".config")


def data_folder() -> Path:
    """Return the folder of what rwcap remembers; it may not exist yet."""
    return _folder("DATA", ".local/share")


def home_folder() -> Path:
    """Return the user's home; raises `ConfigError` where nobody knows it."""
    try:
        found = Path.home()
    except RuntimeError:
        found = Path()
    if not found.is_absolute():
        raise ConfigError("your home folder is not known", hint="set HOME")
    return found


def _folder(kind: str, usual: str) -> Path:
    """Return a folder; raises `ConfigError` where there is no home for it.

    Every command asks for one, and to import platformdirs takes a fifth of the time
    that Typer takes. So where the rule is two lines, they stand here
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    if _SYSTEM == "linux":
        named = Path(os.environ.get(f"XDG_{kind}_HOME", ""))
        return (named if named.is_absolute() else home_folder() / usual) / "rwcap"
    import platformdirs

    folders = platformdirs.PlatformDirs("rwcap", appauthor=False)
    return folders.user_config_path if kind == "CONFIG" else folders.user_data_path

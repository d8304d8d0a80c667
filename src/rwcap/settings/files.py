"""TOML files of settings, as they are: what may stand in them is not known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rwcap.core.errors import ConfigError
from rwcap.settings.folders import config_folder

PROJECT_FILE: Final = "rwcap.toml"
"""A project's own settings, in the folder in which a command is started."""

PYPROJECT_FILE: Final = "pyproject.toml"
"""Has them below [tool.rwcap]; where both are there, it is not looked at."""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file."""

    name: str
    """Of the file, and of the table in it, as people know it."""
    tables: Mapping[str, Any]


def config_file() -> Path:
    """Return the path of the user's settings; it may not exist yet."""
    return config_folder() / "config.toml"


def user_settings() -> Document:
    """Return the user's settings; nothing where there is no file, or no home."""
    try:
        path = config_file()
    except ConfigError:
        return Document("", {})
    return Document(str(path), _read_tables(path))


def project_settings() -> Document:
    """Return what the project in this folder sets."""
    own = Path(PROJECT_FILE)
    if tables := _read_tables(own):
        return Document(PROJECT_FILE, tables)
    if own.exists() or b"rwcap" not in _read_bytes(Path(PYPROJECT_FILE)):
        return Document(PROJECT_FILE, {})
    tool = _read_tables(Path(PYPROJECT_FILE)).get("tool", {})
    table = tool.get("rwcap", {}) if isinstance(tool, dict) else {}
    return Document(
        f"{PYPROJECT_FILE} [tool.rwcap]", table if isinstance(table, dict) else {}
    )


def parse_toml(text: bytes, origin: object) -> dict[str, Any]:
    """Return what TOML says; raises `ConfigError` with line and column."""
    # Whoever has no file of settings does not pay for reading one.
    import tomllib
    from decimal import Decimal

    try:
        return tomllib.loads(text.decode(), parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{origin}: not UTF-8 (at line {line})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{origin}: not valid TOML: nested too deeply") from error


def _read_tables(path: Path) -> dict[str, Any]:
    text = _read_bytes(path)
    return parse_toml(text, path) if text else {}


def _read_bytes(path: Path) -> bytes:
    """Return what is in a file; nothing where there is none, or where it is no file."""
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error

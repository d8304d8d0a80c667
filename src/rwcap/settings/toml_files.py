"""Settings files in TOML, read and changed: the user's file and the project file.

Other modules check the settings in them.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from rwcap.core.errors import ConfigError
from rwcap.settings.folders import config_folder

PROJECT_FILE: Final = "rwcap.toml"
"""The project file, in the current folder."""

CORRECT_FILE: Final = "correct the file with a text editor"
"""The hint for a settings file that rwcap cannot change by a command."""

MAX_BYTES: Final = 1_048_576
"""A longer file is not one of settings."""

PYPROJECT_FILE: Final = "pyproject.toml"
"""Its table [tool.rwcap] is used if there is no project file."""


class Document(NamedTuple):
    """The content of a settings file."""

    name: str
    """The name of the file, and of the table in it, for display."""
    tables: Mapping[str, Any]


def config_file() -> Path:
    """Return the path of the user's settings file, which may not exist."""
    return config_folder() / "config.toml"


def user_settings() -> Document:
    """Return the user's settings; none if there is no file or no home folder."""
    try:
        path = config_file()
    except ConfigError:
        return Document("", {})
    return Document(str(path), _read_tables(path))


def project_settings() -> Document:
    """Return the settings of the project file in the current folder."""
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
    """Return the tables and values of a TOML text.

    Args:
        text: The text in UTF-8, with or without a byte order mark.
        origin: The name of the file, for error messages.

    Raises:
        ConfigError: The text is not valid TOML. The message has the line and column.
    """
    # Imported here, because most commands read no settings file.
    import tomllib
    from decimal import Decimal

    try:
        return tomllib.loads(text.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{origin}: not UTF-8 (at line {line})", hint=CORRECT_FILE
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        is_deep = isinstance(error, RecursionError)
        reason = "nested too deeply" if is_deep else str(error)
        raise ConfigError(
            f"{origin}: not valid TOML: {reason}", hint=CORRECT_FILE
        ) from error


def _read_tables(path: Path) -> dict[str, Any]:
    text = _read_bytes(path)
    return parse_toml(text, path) if text else {}


def _read_bytes(path: Path) -> bytes:
    """Return the content of a file; empty if the file does not exist.

    A project is anyone's: its file can be a pipe, a device or a link to one.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(f"{path}: not a regular file")
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: more than {MAX_BYTES:,} bytes")
    return content


def _open_at_once(path: str, flags: int) -> int:
    """Open a file. With O_NONBLOCK, opening a pipe does not wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def with_changes(
    text: str, path: Path, changes: Mapping[tuple[str, ...], object]
) -> str:
    """Return the TOML text of a file with changed values.

    Args:
        text: The current text.
        path: The path of the file, for error messages.
        changes: The new values, by the names of their tables and their key. None
            removes a value.

    Raises:
        ConfigError: The text is not valid TOML, or a change would alter other values.
    """
    # Imported here, because it is slow and only commands that change settings need it.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    expected = parse_toml(text.encode("utf-8", "surrogateescape"), path)
    try:
        document = tomlkit.parse(text)
        for name, value in changes.items():
            _set_value(expected, name, value, dict)
            _set_value(document, name, _toml_item(value), tomlkit.table)
        changed = tomlkit.dumps(document)
        result = parse_toml(changed.encode(), path)
    except (TOMLKitError, TypeError, ValueError, AttributeError, ConfigError):
        result = None
        changed = ""
    if result != expected:
        named = ".".join(next(iter(changes)))
        raise ConfigError(
            f"{path}: rwcap cannot change {named} in this file",
            hint="change it with a text editor",
        )
    return changed


def _set_value(table: Any, name: tuple[str, ...], value: object, new: Any) -> None:  # noqa: ANN401  # two kinds of tables
    """Set a value in nested tables, or remove it if it is None."""
    *tables, key = name
    for parent in tables:
        if parent not in table:
            if value is None:
                return
            table[parent] = new()
        table = table[parent]
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _toml_item(value: object) -> Any:  # noqa: ANN401  # tomlkit's own types
    """Return a value as a tomlkit item. An amount keeps its digits."""
    from decimal import Decimal

    import tomlkit

    return tomlkit.value(str(value)) if isinstance(value, Decimal) else value

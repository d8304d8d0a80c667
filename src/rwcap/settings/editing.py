"""Changes to a settings file that keep its comments and layout.

Only commands that change settings import this module, because tomlkit is slow to
import.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from rwcap.core.errors import ConfigError
from rwcap.settings.files import parse_toml


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
    return tomlkit.value(str(value)) if isinstance(value, Decimal) else value

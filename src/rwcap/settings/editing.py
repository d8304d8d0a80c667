"""Change one setting in a file, and leave the rest as its owner wrote it.

Imported by those who change something only: tomlkit takes longer to import than
everything that a caption needs of settings.
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
    """Return TOML with values set, or removed where they are None.

    Each is named by its tables and its key. Raises `ConfigError` for what is not
    valid TOML, or so written that it cannot be changed and keep its meaning.
    """
    wanted = parse_toml(text.encode("utf-8", "surrogateescape"), path)
    try:
        document = tomlkit.parse(text)
        for name, value in changes.items():
            _set_value(wanted, name, value, dict)
            _set_value(document, name, _toml_item(value), tomlkit.table)
        changed = tomlkit.dumps(document)
        kept = parse_toml(changed.encode(), path)
    except (TOMLKitError, TypeError, ValueError, AttributeError, ConfigError):
        kept = None
        changed = ""
    if kept != wanted:
        named = ".".join(next(iter(changes)))
        raise ConfigError(
            f"{path}: {named} cannot be changed by rwcap as the file is written",
            hint="change it in an editor",
        )
    return changed


def _set_value(table: Any, name: tuple[str, ...], value: object, new: Any) -> None:  # noqa: ANN401  # two kinds of tables
    """Set a value in a table of tables, or remove it."""
    *tables, key = name
    for each in tables:
        if each not in table:
            if value is None:
                return
            table[each] = new()
        table = table[each]
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _toml_item(value: object) -> Any:  # noqa: ANN401  # tomlkit's own types
    """Return a value as tomlkit writes it; amounts keep the digits they have."""
    return tomlkit.value(str(value)) if isinstance(value, Decimal) else value

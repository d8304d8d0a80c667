"""The API key, from the environment or from the credentials file.

Only the user can read the credentials file::

    api_key = "..."

    [profiles.work]
    api_key = "..."
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rwcap.core.errors import ConfigError, NoKeyError
from rwcap.core.money import format_price
from rwcap.core.prices import EXAMPLE_PRICES
from rwcap.settings.folders import config_folder
from rwcap.settings.private_files import (
    GROUP_AND_OTHERS,
    exclusive_change,
    replace_file,
)
from rwcap.settings.toml_files import parse_toml

KEY_VARIABLES: Final = ("RWCAP_API_KEY", "RUNWARE_API_KEY")
"""Environment variables for the key. The first one that is set is used."""

_SET_KEY_COMMAND: Final = "rwcap config set-key"

_PRICES: Final = " to ".join(
    format_price(price) for price in (min(EXAMPLE_PRICES), max(EXAMPLE_PRICES))
)

_MIN_MASKED_LENGTH: Final = 16
"""The minimum length of a key whose last four characters may be shown."""


class ApiKey:
    """An API key and its origin. `repr` does not show the key."""

    __slots__ = ("hint", "key", "origin")

    def __init__(self, key: str, origin: str, hint: str = _SET_KEY_COMMAND) -> None:
        """Store the key and its origin: an environment variable or a file.

        `hint` is what to do if the key is refused.
        """
        self.key = key
        self.origin = origin
        self.hint = hint

    @property
    def masked(self) -> str:
        """The last four characters for display, or none of a short key."""
        return f"...{self.key[-4:]}" if len(self.key) >= _MIN_MASKED_LENGTH else "..."


def load_key(environment: Mapping[str, str], profile: str | None = None) -> ApiKey:
    """Return the API key from the environment or from the credentials file.

    No error message contains any part of a key.

    Args:
        environment: The environment variables.
        profile: The profile whose key to use. A profile without its own key uses the
            default key.

    Raises:
        NoKeyError: There is no key.
        ConfigError: The credentials file is unreadable, or others can read it.
    """
    own = key_profile(environment, profile)
    if variable := key_variable(environment):
        hint = f"unset {variable} (or correct the key in it)"
        key = check_key(environment[variable], origin=variable, hint=hint)
        return ApiKey(key, variable, hint)
    path = credentials_file()
    keys = _private_keys(path)
    if own not in keys and None not in keys:
        raise NoKeyError(
            "no API key",
            code="missingApiKey",
            hint=f"{_set_key_command(profile)} (a key from runware.ai; a photo costs"
            f" {_PRICES}), or add --sandbox: no key, no network, no money",
        )
    found = keys.get(own) or keys.get(None)
    if not isinstance(found, str):
        raise ConfigError(f"{path}: no api_key", hint=_SET_KEY_COMMAND)
    hint = _set_key_command(own)
    key = check_key(found, origin="the credentials file", hint=hint)
    return ApiKey(key, str(path), hint)


def known_keys(environment: Mapping[str, str]) -> list[str]:
    """Return all keys of the environment and, if it is readable, the credentials file.

    A message must not repeat one that was typed in a wrong place.
    """
    keys = [environment.get(name, "").strip() for name in KEY_VARIABLES]
    with suppress(ConfigError):
        keys += _readable_keys(credentials_file()).values()
    return keys


def key_profile(environment: Mapping[str, str], profile: str | None) -> str | None:
    """Return the profile whose own key is used; None for the default key.

    Raises:
        ConfigError: The profile has its own key and an environment variable is set,
            too, so the account to charge is unclear.
    """
    if profile is None or not has_key(profile):
        return None
    if variable := key_variable(environment):
        raise ConfigError(
            f"profile {profile} has its own key, but {variable} is set, too",
            hint=f"unset {variable}",
        )
    return profile


def key_variable(environment: Mapping[str, str]) -> str | None:
    """Return the environment variable whose key has priority over stored keys."""
    names = (name for name in KEY_VARIABLES if environment.get(name, "").strip())
    return next(names, None)


def has_key(profile: str) -> bool:
    """Return whether a profile has its own key."""
    return profile in _private_keys(credentials_file())


def credentials_file() -> Path:
    """Return the path of the credentials file, which `rwcap config set-key` writes."""
    return config_folder() / "credentials.toml"


def check_key(candidate: str, *, origin: str, hint: str = _SET_KEY_COMMAND) -> str:
    """Return a key without the white space around it.

    Args:
        candidate: The key as it was typed or stored.
        origin: Its origin, for the error message.
        hint: The hint of the error.

    Raises:
        ConfigError: The key is empty, or an HTTP header cannot contain it.
    """
    stripped = candidate.removeprefix("\ufeff").strip()
    if not stripped:
        raise ConfigError(f"the API key in {origin} is empty", hint=hint)
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise ConfigError(
            f"the API key in {origin} contains invalid characters", hint=hint
        )
    return stripped


def save_key(candidate: str, profile: str | None = None) -> Path:
    """Write a key to the credentials file and return the path of the file.

    Only the user can read the file. The keys of other profiles stay.

    Raises:
        ConfigError: The key is invalid, or the file could not be written.
    """
    checked = check_key(candidate, origin="the input")
    path = credentials_file()
    with exclusive_change(path):
        _write_keys(path, {**_readable_keys(path), profile: checked})
    return path


def remove_key(profile: str | None = None) -> Path | None:
    """Remove a key from the credentials file, and the file with its last key.

    Returns:
        The path of the file; None if it had no such key.

    Raises:
        ConfigError: The file could not be read, written or removed.
    """
    path = credentials_file()
    keys = _private_keys(path)
    if keys.pop(profile, None) is None:
        return None
    if keys:
        _write_keys(path, keys)
        return path
    try:
        Path(os.path.realpath(path)).unlink()
        path.unlink(missing_ok=True)  # the symbolic link, if it is one
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    return path


def _set_key_command(profile: str | None) -> str:
    return f"{_SET_KEY_COMMAND} --profile {profile}" if profile else _SET_KEY_COMMAND


def _readable_keys(path: Path) -> dict[str | None, Any]:
    """Return the keys in a file that is about to be replaced; none if it is broken."""
    try:
        keys = _read_keys(path)
    except ConfigError:
        if path.is_dir():
            raise
        return {}
    return {profile: key for profile, key in keys.items() if isinstance(key, str)}


def _private_keys(path: Path) -> dict[str | None, Any]:
    """Return the keys in a file by profile; None is the default key.

    Raises:
        ConfigError: The file is unreadable, or others can read it.
    """
    return _read_keys(path, _check_private)


def _check_private(path: Path, mode: int) -> None:
    """Raise `ConfigError` if others can read the file or its folder."""
    folder = path.parent
    for place, found, right in (
        (path, mode, "600"),
        (folder, folder.stat().st_mode, "700"),
    ):
        if os.name == "posix" and found & GROUP_AND_OTHERS:
            import shlex

            raise ConfigError(
                f"{place}: other users can read it",
                hint=f"chmod {right} {shlex.quote(str(place))}",
            )


def _skip_check(_path: Path, _mode: int) -> None:
    """Accept any file, because it is about to be replaced."""


def _read_keys(
    path: Path, check: Callable[[Path, int], None] = _skip_check
) -> dict[str | None, Any]:
    try:
        with path.open("rb") as file:
            check(path, os.fstat(file.fileno()).st_mode)
            content = file.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    try:
        document = parse_toml(content, path)
    except ConfigError:  # its message may contain a part of the key
        raise ConfigError(f"{path}: not valid TOML", hint=_SET_KEY_COMMAND) from None
    tables = document.get("profiles", {})
    found: dict[str | None, Any] = {
        name: table["api_key"]
        for name, table in (tables.items() if isinstance(tables, dict) else ())
        if isinstance(table, dict) and isinstance(table.get("api_key"), str)
    }
    if "api_key" in document or not found:
        found[None] = document.get("api_key")
    return found


def _write_keys(path: Path, keys: Mapping[str | None, str]) -> None:
    tables = [f"api_key = {_toml_string(keys[None])}\n"] if None in keys else []
    tables += [
        f"\n[profiles.{profile}]\napi_key = {_toml_string(found)}\n"
        for profile, found in keys.items()
        if profile
    ]
    replace_file(path, "".join(tables), secret=True)


def _toml_string(text: str) -> str:
    """Return printable ASCII as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

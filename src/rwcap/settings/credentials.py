"""The API key: from the environment, or from a file that only its owner reads.

::

    api_key = "..."

    [profiles.work]
    api_key = "..."

It can be taken over from the file of Runware's own command line.
"""

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rwcap.core.errors import AuthError, ConfigError
from rwcap.settings.files import parse_toml
from rwcap.settings.folders import config_folder, home_folder
from rwcap.settings.private_files import GROUP_AND_OTHERS, replace_file

KEY_VARIABLES: Final = ("RWCAP_API_KEY", "RUNWARE_API_KEY")
"""Environment variables that hold a key, the first one set wins."""

_SET_KEY_COMMAND: Final = "rwcap config set-key"

_MIN_MASKED_LENGTH: Final = 16
"""Characters of a key from which on the last four give nothing away."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, and where it is from."""

    key: str = field(repr=False)
    origin: str

    @property
    def masked(self) -> str:
        """What may be shown of it."""
        return f"...{self.key[-4:]}" if len(self.key) >= _MIN_MASKED_LENGTH else "..."


def load_key(environment: Mapping[str, str], profile: str | None = None) -> ApiKey:
    """Return the API key: from the environment, else from the credentials file.

    A profile that has no key of its own has the one of all others. Raises
    `AuthError` where there is none, `ConfigError` where the file cannot be trusted
    or read. No message holds any part of a key.
    """
    own = key_profile(environment, profile)
    if variable := _set_variable(environment):
        return ApiKey(check_key(environment[variable], origin=variable), variable)
    path = credentials_file()
    keys = _private_keys(path)
    if own not in keys and None not in keys:
        raise AuthError(
            "no API key",
            code="missingApiKey",
            hint=f"{_set_key_command(profile)} (or try it without one: --sandbox)",
        )
    found = keys.get(own) or keys.get(None)
    if not isinstance(found, str):
        raise ConfigError(f"{path}: has no api_key", hint=_SET_KEY_COMMAND)
    return ApiKey(check_key(found, origin="the credentials file"), str(path))


def key_profile(environment: Mapping[str, str], profile: str | None) -> str | None:
    """Return the profile whose own key is used; None for the key of all others.

    Raises `ConfigError` where a variable holds another one: which account is to pay
    is not for us to guess.
    """
    if profile is None or not has_key(profile):
        return None
    if variable := _set_variable(environment):
        raise ConfigError(
            f"the profile {profile} has a key of its own, and {variable} is set, too",
            hint=f"unset {variable}",
        )
    return profile


def has_key(profile: str) -> bool:
    """Return whether a profile has a key of its own."""
    return profile in _private_keys(credentials_file())


def credentials_file() -> Path:
    """Return the path of the file that `rwcap config set-key` writes."""
    return config_folder() / "credentials.toml"


def check_key(candidate: str, *, origin: str) -> str:
    """Return `candidate` without the white space around it.

    Its form is the service's own affair; only what an HTTP header cannot carry
    is refused, with `ConfigError`.
    """
    stripped = candidate.removeprefix("\ufeff").strip()
    if not stripped:
        raise ConfigError(f"the API key in {origin} is empty", hint=_SET_KEY_COMMAND)
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise ConfigError(
            f"the API key in {origin} holds characters that no API key has",
            hint=_SET_KEY_COMMAND,
        )
    return stripped


def save_key(candidate: str, profile: str | None = None) -> Path:
    """Write the key to the credentials file, readable by its owner only.

    The keys of other profiles stay. Returns the path of the file. Raises
    `ConfigError` where it cannot be written.
    """
    checked = check_key(candidate, origin="the input")
    path = credentials_file()
    _write_keys(path, {**_readable_keys(path), profile: checked})
    return path


def remove_key(profile: str | None = None) -> Path | None:
    """Forget a key, and the file with the last one; None where there was none."""
    path = credentials_file()
    keys = _private_keys(path)
    if keys.pop(profile, None) is None:
        return None
    if keys:
        _write_keys(path, keys)
        return path
    try:
        Path(os.path.realpath(path)).unlink()
        path.unlink(missing_ok=True)  # the link, if it was one
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    return path


def _set_variable(environment: Mapping[str, str]) -> str | None:
    """Return the variable that holds the key, if one does."""
    return next((it for it in KEY_VARIABLES if environment.get(it, "").strip()), None)


def _set_key_command(profile: str | None) -> str:
    return f"{_SET_KEY_COMMAND} --profile {profile}" if profile else _SET_KEY_COMMAND


def _readable_keys(path: Path) -> dict[str | None, Any]:
    """Return the keys that are there; what cannot be read is nothing to keep."""
    try:
        return {profile: it for profile, it in _read_keys(path).items() if _is_text(it)}
    except ConfigError:
        if path.is_dir():
            raise
        return {}


def _private_keys(path: Path) -> dict[str | None, Any]:
    """Return the keys in the file by profile, if nobody else can read them."""
    return _read_keys(path, _check_private)


def _check_private(path: Path, mode: int) -> None:
    """Raise `ConfigError` where others may read the file, or look into its folder."""
    folder = path.parent
    for place, found, mend in (
        (path, mode, "600"),
        (folder, folder.stat().st_mode, "700"),
    ):
        if os.name == "posix" and found & GROUP_AND_OTHERS:
            raise ConfigError(
                f"{place}: others on this machine may read it",
                hint=f"chmod {mend} {shlex.quote(str(place))}",
            )


def _skip_check(_path: Path, _mode: int) -> None:
    """Take a file whoever can read it: it is about to be replaced."""


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
    except ConfigError:  # whose message may hold a piece of the key
        raise ConfigError(f"{path}: not valid TOML", hint=_SET_KEY_COMMAND) from None
    tables = document.get("profiles", {})
    found: dict[str | None, Any] = {
        name: table["api_key"]
        for name, table in (tables.items() if isinstance(tables, dict) else ())
        if isinstance(table, dict) and _is_text(table.get("api_key"))
    }
    if "api_key" in document or not found:
        found[None] = document.get("api_key")
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _write_keys(path: Path, keys: Mapping[str | None, str]) -> None:
    tables = [f"api_key = {_toml_string(keys[None])}\n"] if None in keys else []
    tables += [
        f"\n[profiles.{profile}]\napi_key = {_toml_string(found)}\n"
        for profile, found in keys.items()
        if profile
    ]
    replace_file(path, "".join(tables), secret=True)


def _toml_string(word: str) -> str:
    """Return a word of printable ASCII as TOML has it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_YAML_KEY_LINE: Final = re.compile(
    r"""api_key\s*:\s+
    (?:"([^"\\\n]*)"|'([^'\n]*)'|([^\s"'#&*!|>%@`{\[][^\s]*))
    \s*(?:\s\#.*)?""",
    re.VERBOSE,
)
"""One scalar of YAML at the top level: quoted, or bare without white space.

https://yaml.org/spec/1.2.2/#73-flow-scalar-styles
"""


def runware_cli_key() -> str:
    """Return that key; raises `ConfigError` where there is none."""
    path = home_folder() / ".runware/config.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8") from None
    found = parse_yaml_key(text)
    if found is None:
        raise ConfigError(
            f"{path}: has no api_key that could be read",
            hint="rwcap config set-key (asks for it)",
        )
    return found


def parse_yaml_key(text: str) -> str | None:
    """Return the value of `api_key` at the top level of YAML; None without one."""
    for line in text.splitlines():
        if found := _YAML_KEY_LINE.fullmatch(line):
            return next(part for part in found.groups() if part is not None)
    return None

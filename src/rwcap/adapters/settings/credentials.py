"""The API key: from the environment, or from a file that only its owner reads."""

import os
import shlex
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rwcap.adapters.settings.folders import config_folder
from rwcap.domain.errors import AuthError, ConfigError

KEY_VARIABLES: Final = ("RWCAP_API_KEY", "RUNWARE_API_KEY")
"""Environment variables that hold a key, the first one set wins."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def key(environment: Mapping[str, str]) -> str:
    """Return the API key: from the environment, else from the credentials file.

    Raises `AuthError` where there is none, `ConfigError` where the file cannot
    be trusted or read. No message holds any part of a key.
    """
    for variable in KEY_VARIABLES:
        if found := environment.get(variable, "").strip():
            return check_key(found, origin=variable)
    return check_key(_read_key(credentials_file()), origin="the credentials file")


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
        raise ConfigError(f"the API key in {origin} is empty", hint=_SET_KEY)
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise ConfigError(
            f"the API key in {origin} holds characters that no API key has",
            hint=_SET_KEY,
        )
    return stripped


def save_key(candidate: str) -> Path:
    """Write the key to the credentials file, readable by its owner only.

    The file is whole or unchanged, never half written. Returns its path.
    Raises `ConfigError` where it cannot be written.
    """
    checked = check_key(candidate, origin="the input")
    path = credentials_file()
    quoted = checked.replace("\\", "\\\\").replace('"', '\\"')
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp creates with mode 0600: the key is never readable by others.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".credentials-")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f'api_key = "{quoted}"\n')
                file.flush()
                os.fsync(descriptor)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    return path


_SET_KEY: Final = "rwcap config set-key"


def _read_key(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & _OTHERS:
                raise ConfigError(
                    f"{path}: others on this machine may read it",
                    hint=f"chmod 600 {shlex.quote(str(path))}",
                )
            document = tomllib.load(file)
    except FileNotFoundError as error:
        raise AuthError(
            "no API key",
            code="missingApiKey",
            hint="rwcap config set-key (or try it without one: --sandbox)",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML", hint=_SET_KEY) from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    found = document.get("api_key")
    if not isinstance(found, str):
        raise ConfigError(f"{path}: has no api_key", hint=_SET_KEY)
    return found

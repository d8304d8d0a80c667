"""The API key in the settings file of Runware's own command-line tool.

`rwcap config set-key --from-runware` imports it.
"""

import re
from typing import Final

from rwcap.core.errors import ConfigError
from rwcap.settings.folders import home_folder

_KEY_LINE: Final = re.compile(
    r"""api_key\s*:\s+
    (?:"([^"\\\n]*)"|'([^'\n]*)'|([^\s"'#&*!|>%@`{\[][^\s]*))
    \s*(?:\s\#.*)?""",
    re.VERBOSE,
)
"""A line of YAML with the key as a scalar, quoted or without white space.

https://yaml.org/spec/1.2.2/#73-flow-scalar-styles
"""


def read_key() -> str:
    """Return the key in the settings file of Runware's command-line tool.

    Raises:
        ConfigError: The file could not be read, or has no key.
    """
    path = home_folder() / ".runware/config.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8") from None
    found = parse_key(text)
    if found is None:
        raise ConfigError(
            f"{path}: no readable api_key",
            hint="rwcap config set-key (asks for the key)",
        )
    return found


def parse_key(text: str) -> str | None:
    """Return the value of the top-level key `api_key` in YAML; None if missing."""
    for line in text.splitlines():
        if found := _KEY_LINE.fullmatch(line):
            return next(part for part in found.groups() if part is not None)
    return None

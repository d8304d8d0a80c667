"""The key that Runware's own command line keeps in `~/.runware/config.yaml`."""

import re
from typing import Final

from rwcap.adapters.settings.folders import home_folder
from rwcap.domain.errors import ConfigError

_LINE: Final = re.compile(
    r"""api_key\s*:\s+
    (?:"([^"\\\n]*)"|'([^'\n]*)'|([^\s"'#&*!|>%@`{\[][^\s]*))
    \s*(?:\s\#.*)?""",
    re.VERBOSE,
)
"""One scalar of YAML at the top level: quoted, or bare without white space.

https://yaml.org/spec/1.2.2/#73-flow-scalar-styles
"""


def official_key() -> str:
    """Return that key; raises `ConfigError` where there is none."""
    path = home_folder() / ".runware/config.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8") from None
    found = read_key(text)
    if found is None:
        raise ConfigError(
            f"{path}: has no api_key that could be read",
            hint="rwcap config set-key (asks for it)",
        )
    return found


def read_key(text: str) -> str | None:
    """Return the value of `api_key` at the top level of YAML; None without one."""
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            return next(part for part in found.groups() if part is not None)
    return None

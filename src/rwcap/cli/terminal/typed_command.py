"""A command that a user can type to go on."""

import os
from collections.abc import Iterable
from typing import Final

from rwcap.core.text import for_terminal, shell_quote

_VARIABLES: Final = (
    *("RWCAP_BUDGET_DAY", "RWCAP_BUDGET_MONTH", "RWCAP_MAX_COST"),
    *("RWCAP_MAX_SIDE", "RWCAP_MODEL", "RWCAP_PROFILE", "RWCAP_SANDBOX"),
)
"""The variables that decide what is bought. The API URL may have a token."""


def typed_command(words: Iterable[str]) -> str:
    """Return a command for a shell, with the variables that decide what it buys."""
    return for_terminal(" ".join([*typed_variables(), *map(shell_quote, words)]))


def typed_variables() -> list[str]:
    """Return the variables that decide what a command buys, for a shell."""
    return [
        f"{name}={shell_quote(value)}"
        for name in _VARIABLES
        if (value := os.environ.get(name))
    ]

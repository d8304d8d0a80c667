"""Environment variables that are meant as limits on spending, under wrong names."""

import re
from collections.abc import Mapping
from typing import Final

from rwcap.core.errors import ConfigError
from rwcap.core.text import truncate

_PREFIX: Final = "RWCAP_"

PERIOD_LIMITS: Final = ("RWCAP_BUDGET_DAY", "RWCAP_BUDGET_MONTH")
"""The variables of limits for a day and a month."""
LIMITS: Final = (*PERIOD_LIMITS, "RWCAP_MAX_COST")
"""The variables of all limits."""

OTHERS: Final = frozenset(
    f"{_PREFIX}{name}"
    for name in (
        *("API_KEY", "API_URL", "CONCURRENCY", "MAX_SIDE", "MODEL", "PROFILE"),
        *("RETRIES", "SANDBOX", "TIMEOUT"),
    )
)
"""All other variables of rwcap."""

_LIMIT: Final = re.compile("budget|cost|limit|spend", re.IGNORECASE)
_SIMILARITY: Final = 0.8
"""One wrong letter in eight or two that are exchanged; not MAX_ERRORS for MAX_COST."""


def check_limit_variables(environment: Mapping[str, str]) -> None:
    """Raise `ConfigError` for a misspelt limit, which must not mean "no limit"."""
    for name, value in environment.items():
        if not value or not name.startswith(_PREFIX):
            continue
        if name not in OTHERS and name not in LIMITS and _is_limit(name):
            raise ConfigError(
                f"{truncate(name)} is not a setting",
                hint=f"the limits are {LIMITS[0]} (per day), {LIMITS[1]} (per month)"
                f" and {LIMITS[2]} (per run)",
            )


def _is_limit(name: str) -> bool:
    """Return whether a name has a word of limits or is similar to that of a limit."""
    from difflib import get_close_matches  # only for unknown names

    word = name.removeprefix(_PREFIX)
    known = [each.removeprefix(_PREFIX) for each in LIMITS]
    is_similar = get_close_matches(word.upper(), known, cutoff=_SIMILARITY)
    return bool(_LIMIT.search(word) or is_similar)

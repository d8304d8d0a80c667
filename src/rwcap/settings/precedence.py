"""Settings: where each comes from, and which of several holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rwcap.core.money import parse_usd


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that somebody has set."""

    value: object
    """As TOML has it: text, a number, or a list of texts."""
    origin: str
    """Where it is set, as people name it: a variable, or a file."""


SettingMap = Mapping[str, Setting]
"""What one source sets, by the name of the key: `timeout`, `budget.day`."""

EXCLUSIVE_KEYS: Final = ("prompt", "preset")
"""Two ways to say one thing: who sets the one does not want the other."""

BUDGET_PREFIX: Final = "budget."
"""What the names of limits on spending begin with."""


def resolve(
    environment: SettingMap, profile: SettingMap, project: SettingMap, user: SettingMap
) -> SettingMap:
    """Return what holds: flag > RWCAP_* > profile > project file > user file > default.

    Flags come before, defaults behind all of it. A project can only lower a limit
    of the user's own: its limit holds where it is the lower one.
    """
    own = {**user, **profile}
    lower = {
        key: cap
        for key, cap in project.items()
        if key.startswith(BUDGET_PREFIX)
        and (key not in own or _is_lower(cap, own[key]))
    }
    other = {
        key: it for key, it in project.items() if not key.startswith(BUDGET_PREFIX)
    }
    held: dict[str, Setting] = {}
    for layer in (user, other, profile, lower, environment):
        if any(rival in layer for rival in EXCLUSIVE_KEYS):
            for rival in EXCLUSIVE_KEYS:
                held.pop(rival, None)
        held |= layer
    return held


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return what was probably meant by `word`, if anything is like it."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _is_lower(cap: Setting, other: Setting) -> bool:
    return parse_usd(str(cap.value)) < parse_usd(str(other.value))

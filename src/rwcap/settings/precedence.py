"""The precedence of settings: environment, profile, project file, user file."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from rwcap.core.money import parse_usd


class Setting(NamedTuple):
    """The value of a setting and its origin."""

    value: object
    """A TOML value: text, a number, or a list of texts."""
    origin: str
    """The environment variable or the file, for display."""


SettingMap = Mapping[str, Setting]
"""Settings by key: `timeout`, `budget.day`."""

EXCLUSIVE_KEYS: Final = (("prompt", "preset"), ("fields", "schema"))
"""Pairs of keys that replace each other."""

BUDGET_PREFIX: Final = "budget."
"""The prefix of the keys of spending limits."""


def resolve(
    environment: SettingMap, profile: SettingMap, project: SettingMap, user: SettingMap
) -> SettingMap:
    """Return the settings that apply.

    Precedence, highest first: environment, profile, project file, user file. A
    spending limit of the project file applies only if it is lower than the user's own
    limit. Options come before all settings, defaults after them.
    """
    own = {**user, **profile}
    lower = {
        key: limit
        for key, limit in project.items()
        if key.startswith(BUDGET_PREFIX)
        and (key not in own or _is_lower(limit, own[key]))
    }
    other = {
        key: setting
        for key, setting in project.items()
        if not key.startswith(BUDGET_PREFIX)
    }
    resolved: dict[str, Setting] = {}
    for settings in (user, other, profile, lower, environment):
        for keys in EXCLUSIVE_KEYS:
            if any(key in settings for key in keys):
                for key in keys:
                    resolved.pop(key, None)
        resolved |= settings
    return resolved


def rival(key: str) -> str | None:
    """Return the key that a key replaces; None if it replaces none."""
    rivals = {**dict(EXCLUSIVE_KEYS), **{one: other for other, one in EXCLUSIVE_KEYS}}
    return rivals.get(key)


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to `word`; None if none is similar."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _is_lower(limit: Setting, other: Setting) -> bool:
    return parse_usd(str(limit.value)) < parse_usd(str(other.value))

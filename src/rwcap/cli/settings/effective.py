"""The effective settings: files, profile and environment, checked and merged."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from rwcap.cli.settings.registry import KEYS, PARAMETERS, Key, Words
from rwcap.core.errors import ConfigError, UsageError
from rwcap.core.money import Micros, parse_usd
from rwcap.core.text import one_line, truncate
from rwcap.ledger.budget import Period
from rwcap.settings import credentials
from rwcap.settings.precedence import (
    BUDGET_PREFIX,
    EXCLUSIVE_KEYS,
    Setting,
    SettingMap,
    resolve,
    suggest,
)
from rwcap.settings.presets import PRESET_FIELDS, PRESETS
from rwcap.settings.toml_files import CORRECT_FILE, Document

_PROFILE: Final = re.compile("[A-Za-z0-9_-]{1,64}")
"""A profile name is also part of a folder name."""

_API_KEY: Final = re.compile("api.?key|key", re.IGNORECASE)
"""Names under which the API key is looked for among the settings."""

_LIMIT: Final = re.compile("[^.]*(budget|limit|spend)[^.]*", re.IGNORECASE)
"""Names under which the spending limits are looked for."""

BUILT_IN: Final = {name: Setting(text, "built in") for name, text in PRESETS.items()}


class Settings(NamedTuple):
    """The effective settings with their origins."""

    held: SettingMap = MappingProxyType({})
    """The values that apply unless an option is typed."""
    presets: SettingMap = MappingProxyType(BUILT_IN)
    """All presets: name to prompt."""
    profile: str | None = None
    """The profile in use."""
    profiles: tuple[str, ...] = ()
    """The names of all profiles with settings."""
    project: str = ""
    """The name of the project file."""

    def words(self, parameter: str) -> Words | None:
        """Return the setting of an option as it would be typed."""
        key = PARAMETERS.get(parameter)
        found = self.held.get(key.name) if key else None
        return key.words(found.value) if key and found else None

    def of_project(self, parameters: Iterable[str]) -> list[str]:
        """Return the settings that come from the project file."""
        names = {*map(PARAMETERS.__getitem__, parameters)}
        return [
            name
            for name, key in KEYS.items()
            if name in self.held
            and self.held[name].origin == self.project
            and (key in names or not key.parameter)
        ]

    def fields(self, preset: str) -> str | None:
        """Return the fields of a built-in preset that nobody has replaced."""
        is_built_in = self.presets.get(preset) == BUILT_IN.get(preset)
        return PRESET_FIELDS.get(preset) if is_built_in else None

    def prompt(self, preset: str) -> str:
        """Return the prompt of a preset; raises `UsageError`."""
        if found := self.presets.get(preset):
            return str(found.value)
        raise UsageError(
            f"no preset {truncate(preset)!r}",
            hint=_meant(preset, self.presets) or f"one of: {', '.join(self.presets)}",
        )


def read(
    named: str | None, *, user: Document, project: Document, environment: SettingMap
) -> Settings:
    """Return the settings of two files and the environment; raises `ConfigError`.

    `named` is the requested profile, if any.
    """
    tables = dict(user.tables)
    profiles = {
        name: _layer(user, table, f"profiles.{name}.")
        for name, table in _tables(user, tables, "profiles").items()
    }
    for name in profiles:
        check_profile(name, user.name)
    own = tables.pop("presets", {})
    mine = _layer(user, tables)
    theirs = dict(project.tables)
    given = theirs.pop("presets", {})
    shared = _layer(project, theirs, own=False)
    # A project adds names; what one has meant so far, it still means.
    presets = {**_presets(project, given), **BUILT_IN, **_presets(user, own)}
    profile = named or (str(mine["profile"].value) if "profile" in mine else None)
    if profile and profile not in profiles and not credentials.has_key(profile):
        _refuse_profile(profile, profiles, named, mine)
    held = resolve(environment, profiles.get(profile or "", {}), shared, mine)
    if "preset" in held and held["preset"].value not in presets:
        _refuse_preset(held["preset"], presets)
    return Settings(held, presets, profile, tuple(profiles), project.name)


def environment(keys: Iterable[Key] = KEYS.values()) -> SettingMap:
    """Return the settings of the environment; an empty variable is not set.

    Raises `ConfigError` for an invalid value.
    """
    found = {}
    for key in keys:
        if text := os.environ.get(key.variable or ""):
            try:
                found[key.name] = Setting(key.typed(text), str(key.variable))
            except ValueError as error:
                name = str(key.variable)
                raise _wrong(name, "", text, error, f"unset {name}") from error
    return found


def limits(found: Settings | None) -> dict[Period, Micros]:
    """Return the limits for day and month; the environment wins over files.

    Raises `ConfigError` for an invalid value.
    """
    variables = environment(key for key in KEYS.values() if not key.parameter)
    held = resolve(variables, {}, {}, found.held if found else {})
    return {
        period: parse_usd(str(held[name].value))
        for period in (Period.DAY, Period.MONTH)
        if (name := f"{BUDGET_PREFIX}{period}") in held
    }


def check_profile(name: str, origin: str) -> str:
    """Return a valid profile name; raises `ConfigError` for an invalid one."""
    if not _PROFILE.fullmatch(name):
        raise ConfigError(
            f"{origin}: {truncate(one_line(name), 40)!r} is not a profile name",
            hint="letters, digits, - and _",
        )
    return name


def unknown(name: str, origin: str) -> ConfigError:
    """Return the error for an unknown setting."""
    if _API_KEY.fullmatch(name):
        return ConfigError(
            f"{origin}: the API key is not a setting",
            hint="rwcap config set-key",
        )
    if _LIMIT.fullmatch(name):
        return ConfigError(
            f"{origin}: {truncate(name)} is not a setting",
            hint="the limits are budget.day (per day), budget.month (per month) and"
            " budget.run (per run)",
        )
    known = {key.parameter or key.name: key.name for key in KEYS.values()}
    known |= {name: name for name in (*KEYS, *_OTHER)}
    found = suggest(name.replace("-", "_"), known)
    return ConfigError(
        f"{origin}: {truncate(name)} is not a setting",
        hint=f"did you mean {known[found]}?" if found else "rwcap config list",
    )


_OTHER: Final = ("presets", "profiles")


def _layer(
    document: Document, table: Mapping[str, Any], at: str = "", *, own: bool = True
) -> dict[str, Setting]:
    """Return the checked settings of a table; `at` is the prefix of their names."""
    found = {}
    for name, value in _flat(table):
        key = KEYS.get(name)
        if not own and not (key and key.shared):
            raise _refused_in_project(document, name)
        if key is None or (at and name == "profile"):
            raise unknown(name, f"{document.name}: {at}".removesuffix(": "))
        try:
            key.words(value)
            if not own:
                key.check_shared(value)
        except ValueError as error:
            hint = _unset(at, name) if own else CORRECT_FILE
            raise _wrong(document.name, f"{at}{name}", value, error, hint) from error
        table_name = f" [{at.rstrip('.')}]" if at else ""
        found[name] = Setting(value, f"{document.name}{table_name}")
    for one, other in EXCLUSIVE_KEYS:
        if one in found and other in found:
            raise ConfigError(
                f"{document.name}: {at}{one} and {at}{other} exclude each other",
                hint=_unset(at, other) if own else CORRECT_FILE,
            )
    return found


def _flat(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the entries of a table and of its subtables: `budget.day`."""
    for name, value in table.items():
        if isinstance(value, dict) and f"{at}{name}" not in KEYS:
            yield from _flat(value, f"{at}{name}.")
        else:
            yield f"{at}{name}", value


def _tables(
    document: Document, tables: dict[str, Any], name: str
) -> dict[str, dict[str, Any]]:
    """Remove a table of tables from a document and return it."""
    found = tables.pop(name, {})
    for each, table in found.items() if isinstance(found, dict) else [("", found)]:
        if not isinstance(table, dict):
            raise ConfigError(
                f"{document.name}: {name}{each and '.'}{each} is not a table",
                hint=f"[{name}.NAME]",
            )
    return dict(found)


def _presets(document: Document, table: object) -> dict[str, Setting]:
    """Return the prompts of the table `presets`."""
    if not isinstance(table, dict):
        raise ConfigError(f"{document.name}: presets is not a table", hint="[presets]")
    for name, prompt in table.items():
        try:
            KEYS["prompt"].words(prompt)
        except ValueError as error:
            at = f"presets.{name}"
            raise _wrong(document.name, at, prompt, error, CORRECT_FILE) from error
    return {name: Setting(prompt, document.name) for name, prompt in table.items()}


def _unset(at: str, name: str) -> str:
    """Return the command that removes a setting from the user's file."""
    profile = at.replace("profiles.", " --profile ").removesuffix(".")
    return f"rwcap config unset {name}{profile}"


def _wrong(
    origin: str, name: str, value: object, allowed: object, hint: str
) -> ConfigError:
    text = truncate(one_line(str(value)), 60)
    shown = repr(text) if isinstance(value, str) else text
    where = f"{origin}: {name}" if name else origin
    if where.lower().endswith("api_url"):  # a malformed URL can contain a password
        shown = "unusable"
    return ConfigError(f"{where} is {shown}; allowed: {allowed}", hint=hint)


def _refused_in_project(document: Document, name: str) -> ConfigError:
    """Return the error for a key that a project file cannot set."""
    key = KEYS.get(name)
    return ConfigError(
        f"{document.name}: a project file cannot set {truncate(name)}:"
        " it can set prompt, preset, presets, fields and outputs, and lower limits",
        hint=f"for yourself: rwcap config set {name} VALUE" if key else None,
    )


def _refuse_profile(
    profile: str,
    profiles: Mapping[str, SettingMap],
    named: str | None,
    mine: SettingMap,
) -> NoReturn:
    kind = UsageError if named else ConfigError
    origin = "" if named else f"{mine['profile'].origin}: profile: "
    raise kind(
        f"{origin}no profile {truncate(profile)!r}",
        hint=_meant(profile, profiles) or "rwcap config set KEY VALUE --profile NAME",
    )


def _refuse_preset(preset: Setting, presets: SettingMap) -> NoReturn:
    raise ConfigError(
        f"{preset.origin}: preset: no preset {truncate(str(preset.value))!r}",
        hint=_meant(str(preset.value), presets) or f"one of: {', '.join(presets)}",
    )


def _meant(word: str, known: SettingMap | Mapping[str, SettingMap]) -> str | None:
    found = suggest(word, known)
    return f"did you mean {found}?" if found else None

"""The settings in force, shown; and those in the user's file, changed."""

import json
import sys
from collections.abc import Mapping
from decimal import Decimal

from rwcap.cli.settings import effective
from rwcap.cli.settings.effective import Settings
from rwcap.cli.settings.registry import KEYS
from rwcap.cli.terminal import messages
from rwcap.core.errors import RwcapError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import format_usd, parse_usd
from rwcap.core.text import escape_json, for_terminal, one_line, truncate
from rwcap.settings import files, private_files
from rwcap.settings.files import Document
from rwcap.settings.precedence import BUDGET_PREFIX, EXCLUSIVE_KEYS, Setting

_ORIGIN_MAX = 40
"""Columns."""


class UnsetError(RwcapError):
    """What is asked for has no value."""

    status = ExitStatus.FAILED


def in_force(profile: str | None, defaults: Mapping[str, object]) -> Settings:
    """Return what holds, defaults included, in the order of the keys."""
    environment = effective.environment()
    variable = environment.get("profile")
    found = effective.read(
        profile or (str(variable.value) if variable else None),
        user=files.user_settings(),
        project=files.project_settings(),
        environment=environment,
    )
    usual = {
        name: Setting(defaults.get(key.parameter or ""), "default")
        for name, key in KEYS.items()
    }
    return Settings(
        {**usual, **found.held}, found.presets, found.profile, found.profiles
    )


def lines(found: Settings) -> str:
    """Return a line for each setting: its name, where it is set, its value."""
    folder = f"{files.config_file().parent}/"
    rows = [
        (name, setting.origin.removeprefix(folder), _shown(setting.value))
        for name, setting in found.held.items()
    ]
    rows += [
        (f"presets.{name}", preset.origin.removeprefix(folder), _shown(preset.value))
        for name, preset in found.presets.items()
    ]
    names = max(len(name) for name, _, _ in rows)
    origins = min(_ORIGIN_MAX, max(len(origin) for _, origin, _ in rows))
    room = sys.maxsize
    if sys.stdout.isatty():
        room = max(20, messages.console(sys.stdout).width - names - origins - 4)
    return "".join(
        f"{name:{names}}  {truncate(origin, _ORIGIN_MAX):{origins}}"
        f"  {truncate(value, room - 3 if len(value) > room else room)}".rstrip()
        + "\n"
        for name, origin, value in rows
    )


def document(found: Settings) -> str:
    """Return all of it for programs."""
    told = {
        "v": 1,
        "profile": found.profile,
        "profiles": found.profiles,
        "settings": _objects(found.held),
        "presets": _objects(found.presets),
    }
    return escape_json(json.dumps(told, indent=2, ensure_ascii=False)) + "\n"


def one(name: str, found: Settings) -> str:
    """Return a value bare; raises `UnsetError` where there is none."""
    table, _, preset = name.partition(".")
    held = found.presets if table == "presets" else found.held
    if table == "presets":
        name = preset
    elif name not in KEYS:
        raise effective.unknown(name, "config")
    if name not in held or held[name].value is None:
        raise UnsetError(f"{truncate(name)} is not set", hint="rwcap config list")
    value = held[name].value
    values = value if isinstance(value, list) else [value]
    return "".join(f"{each}\n" for each in values)


def set_one(name: str, text: str, profile: str | None) -> list[str]:
    """Set a value in the user's file, and return what was done.

    Nothing is written that could not be read again.
    """
    value, place = _value(name, text), _place(name, profile)
    changes: dict[tuple[str, ...], object] = {place: value}
    before = _text()
    told = [f"{'.'.join(place)} is set in {files.config_file()}"]
    if name in EXCLUSIVE_KEYS:
        (other,) = {*EXCLUSIVE_KEYS} - {name}
        if _has(before, rival := (*place[:-1], other)):
            changes[rival] = None
            told.append(f"{'.'.join(rival)} is removed from your settings")
    _write(before, changes, checked=True)
    return told


def unset_one(name: str, profile: str | None) -> str:
    """Remove a value from the user's file, and return what was done.

    Whatever it is: a name that is no setting has to be removed, too.
    """
    place = _place(name, profile)
    before = _text()
    if not _has(before, place):
        table, _, preset = name.partition(".")
        if name not in KEYS and not (table == "presets" and preset):
            refusal = effective.unknown(name, "config")
            raise UsageError(refusal.message, hint=refusal.hint)
        return f"{'.'.join(place)} is not set in {files.config_file()}"
    _write(before, {place: None}, checked=False)
    return f"{'.'.join(place)} is removed from your settings"


def _value(name: str, text: str) -> object:
    """Return what is typed as TOML has it; raises `UsageError` where it is wrong."""
    table, _, preset = name.partition(".")
    key = KEYS["prompt"] if table == "presets" and preset else KEYS.get(name)
    if key is None:
        refusal = effective.unknown(name, "config")
        raise UsageError(refusal.message, hint=refusal.hint)
    try:
        return key.typed(text)
    except ValueError as error:
        told = repr(truncate(one_line(text), 60))
        allowed = str(error).replace("in brackets", "separated by commas")
        raise UsageError(f"{name} is {told}; allowed: {allowed}") from error


def _place(name: str, profile: str | None) -> tuple[str, ...]:
    """Return the tables and the key of a setting in the file."""
    table, dot, key = name.partition(".")
    place = (table, key) if dot else (name,)
    if profile is None:
        return place
    if table in {"presets", "profile"}:
        raise UsageError(f"{table} is not a profile's to set")
    return ("profiles", effective.check_profile(profile, "--profile"), *place)


def _text() -> str:
    """Return the user's file as it is; nothing where there is none."""
    path = files.config_file()
    files.user_settings()  # says what is wrong with it
    return path.read_bytes().decode() if path.exists() else ""


def _has(text: str, place: tuple[str, ...]) -> bool:
    found: object = files.parse_toml(text.encode(), files.config_file())
    for each in place:
        if not isinstance(found, dict) or each not in found:
            return False
        found = found[each]
    return True


def _write(
    before: str, changes: Mapping[tuple[str, ...], object], *, checked: bool
) -> None:
    from rwcap.settings.editing import with_changes

    path = files.config_file()
    after = with_changes(before, path, changes)
    if checked:
        tables = files.parse_toml(after.encode(), path)
        nothing = Document("", {})
        document = Document(str(path), tables)
        effective.read(None, user=document, project=nothing, environment={})
    private_files.replace_file(path, after)


def _objects(held: Mapping[str, Setting]) -> dict[str, dict[str, object]]:
    return {
        name: {"value": _plain(name, setting.value), "origin": setting.origin}
        for name, setting in held.items()
    }


def _plain(name: str, value: object) -> object:
    """Return a value as JSON has it; money is text, as everywhere."""
    if name.startswith(BUDGET_PREFIX) and value is not None:
        return format_usd(parse_usd(str(value)))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _shown(value: object) -> str:
    """Return a value on one line; what is not set is empty."""
    if value is None:
        return ""
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return for_terminal(one_line(shown))

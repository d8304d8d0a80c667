"""Print the effective settings, and change those in the user's file."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from decimal import Decimal

from rwcap.cli.settings import effective
from rwcap.cli.settings.effective import Settings
from rwcap.cli.settings.registry import KEYS
from rwcap.core.errors import ConfigError, RwcapError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import format_usd, parse_usd
from rwcap.core.text import (
    escape_json,
    for_terminal,
    one_line,
    strip_url_secrets,
    truncate,
)
from rwcap.settings import private_files, toml_files
from rwcap.settings.precedence import BUDGET_PREFIX, Setting, rival
from rwcap.settings.toml_files import Document

_MAX_ORIGIN = 40
"""The greatest width of an origin, in columns."""


class NotSetError(RwcapError):
    """The setting has no value."""

    status = ExitStatus.FAILED


def effective_settings(profile: str | None, defaults: Mapping[str, object]) -> Settings:
    """Return the effective settings with defaults, in the order of the keys."""
    environment = effective.environment()
    variable = environment.get("profile")
    found = effective.read(
        profile or (str(variable.value) if variable else None),
        user=toml_files.user_settings(),
        project=toml_files.project_settings(),
        environment=environment,
    )
    usual = {
        name: Setting(defaults.get(key.parameter or ""), "default")
        for name, key in KEYS.items()
    }
    return Settings(
        {**usual, **found.held}, found.presets, found.profile, found.profiles
    )


def format_text(found: Settings) -> str:
    """Return a line for each setting: name, origin, value. URLs are shortened."""
    found = _without_secrets(found)
    folder = f"{toml_files.config_file().parent}/"
    rows = [
        (name, setting.origin.removeprefix(folder), _one_line(setting.value))
        for name, setting in found.held.items()
    ]
    rows += [
        (f"presets.{name}", preset.origin.removeprefix(folder), _one_line(preset.value))
        for name, preset in found.presets.items()
    ]
    if sys.stdout.isatty():
        return _format_table(rows)
    names = max(len(name) for name, _, _ in rows)
    origins = min(_MAX_ORIGIN, max(len(origin) for _, origin, _ in rows))
    return "".join(
        f"{name:{names}}  {truncate(origin, _MAX_ORIGIN):{origins}}  {value}".rstrip()
        + "\n"
        for name, origin, value in rows
    )


def _without_secrets(found: Settings) -> Settings:
    """Return the settings for a list that may be shown to others.

    The query of a URL can be a token. `config get` prints the whole value.
    """
    shown = {
        name: setting._replace(value=strip_url_secrets(setting.value))
        if isinstance(setting.value, str) and name == "api_url"
        else setting
        for name, setting in found.held.items()
    }
    return found._replace(held=shown)


def _format_table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return the settings for a terminal; those without a value are dim."""
    from rwcap.cli.terminal.wrapped_rows import format_rows

    return format_rows(
        [
            (
                [(name, "" if value else "dim")],
                [(value or "not set", "" if value else "dim")],
                [(truncate(origin, _MAX_ORIGIN) if value else "", "dim")],
            )
            for name, origin, value in rows
        ],
        names=1,
        header=("setting", "value", "from"),
    )


def format_json(found: Settings) -> str:
    """Return the settings as a JSON document. URLs are shortened."""
    found = _without_secrets(found)
    data = {
        "v": 1,
        "profile": found.profile,
        "profiles": found.profiles,
        "settings": _json_values(found.held),
        "presets": _json_values(found.presets),
    }
    return to_json(data)


def to_json(data: Mapping[str, object]) -> str:
    """Return an object as a JSON document that is safe to print."""
    import json

    return escape_json(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def format_value(name: str, found: Settings) -> str:
    """Return the value of a setting, one item a line; raises `NotSetError`."""
    value = _find(name, found).value
    values = value if isinstance(value, list) else [value]
    return "".join(f"{each}\n" for each in values)


def format_value_json(name: str, found: Settings) -> str:
    """Return a setting as a JSON document; raises `NotSetError`."""
    setting = _find(name, found)
    return to_json({"v": 1, "name": name, **_json_values({name: setting})[name]})


def _find(name: str, found: Settings) -> Setting:
    """Return a setting or a preset; raises `NotSetError`."""
    table, _, preset = name.partition(".")
    held = found.presets if table == "presets" else found.held
    if table == "presets":
        name = preset
    elif name not in KEYS:
        raise effective.unknown(name, "config")
    if name not in held or held[name].value is None:
        raise NotSetError(f"{truncate(name)} is not set", hint="rwcap config list")
    return held[name]


def set_value(name: str, text: str, profile: str | None) -> list[str]:
    """Set a value in the user's file, and return messages that describe the change.

    The new file is checked before it is written.
    """
    value, path = _parse_value(name, text), _key_path(name, profile)
    changes: dict[tuple[str, ...], object] = {path: value}
    with private_files.exclusive_change(toml_files.config_file()):
        before = _read_file()
        done = [f"{'.'.join(path)} is set in {toml_files.config_file()}"]
        other = rival(name)
        if other and _contains(before, other_path := (*path[:-1], other)):
            changes[other_path] = None
            done.append(f"{'.'.join(other_path)} is removed from your settings")
        _write(before, changes, checked=True)
    return done


def unset_value(name: str, profile: str | None) -> str:
    """Remove a value from the user's file, and return a message.

    Unknown names in the file can be removed, too.
    """
    path = _key_path(name, profile)
    file = toml_files.config_file()
    with private_files.exclusive_change(file) if file.exists() else nullcontext():
        before = _read_file()
        if not _contains(before, path):
            table, _, preset = name.partition(".")
            if name not in KEYS and not (table == "presets" and preset):
                raise effective.unknown(name, "config")
            return f"{'.'.join(path)} is not set in {file}"
        _write(before, {path: None}, checked=False)
    return f"{'.'.join(path)} is removed from your settings"


def _parse_value(name: str, text: str) -> object:
    """Return the value of a text for TOML; raises `ConfigError` if it is invalid."""
    table, _, preset = name.partition(".")
    key = KEYS["prompt"] if table == "presets" and preset else KEYS.get(name)
    if key is None:
        raise effective.unknown(name, "config")
    try:
        return key.typed(text)
    except ValueError as error:
        shown = repr(truncate(one_line(text), 60))
        allowed = str(error).replace("in brackets", "separated by commas")
        raise ConfigError(
            # A malformed URL can contain a password.
            f"{name} is {'unusable' if name == 'api_url' else shown};"
            f" allowed: {allowed}",
            hint="rwcap config list (shows the values in use)",
        ) from error


def _key_path(name: str, profile: str | None) -> tuple[str, ...]:
    """Return the names of the tables and the key of a setting in the file."""
    table, dot, key = name.partition(".")
    path = (table, key) if dot else (name,)
    if profile is None:
        return path
    if table in {"presets", "profile"}:
        raise UsageError(f"a profile cannot set {table}")
    return ("profiles", effective.check_profile(profile, "--profile"), *path)


def _read_file() -> str:
    """Return the text of the user's file; empty if there is none."""
    path = toml_files.config_file()
    toml_files.user_settings()  # raises an error if the file is invalid
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def _contains(text: str, path: tuple[str, ...]) -> bool:
    found: object = toml_files.parse_toml(text.encode(), toml_files.config_file())
    for each in path:
        if not isinstance(found, dict) or each not in found:
            return False
        found = found[each]
    return True


def _write(
    before: str, changes: Mapping[tuple[str, ...], object], *, checked: bool
) -> None:
    from rwcap.settings.toml_files import with_changes

    path = toml_files.config_file()
    after = with_changes(before, path, changes)
    if checked:
        tables = toml_files.parse_toml(after.encode(), path)
        nothing = Document("", {})
        document = Document(str(path), tables)
        effective.read(None, user=document, project=nothing, environment={})
    private_files.replace_file(path, after)


def _json_values(held: Mapping[str, Setting]) -> dict[str, dict[str, object]]:
    return {
        name: {"value": _json_value(name, setting.value), "origin": setting.origin}
        for name, setting in held.items()
    }


def _json_value(name: str, value: object) -> object:
    """Return a value for JSON; amounts of money are text."""
    if name.startswith(BUDGET_PREFIX) and value is not None:
        return format_usd(parse_usd(str(value)))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _one_line(value: object) -> str:
    """Return a value on one line; empty if it is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return for_terminal(one_line(shown))

"""The setting of an option that is not typed.

Click takes the value of an option that is neither typed nor in the environment from
its `default_map`, so commands do not know settings. The files are read at the first
look-up. Without files, nothing is imported to read them.
"""

import os
from typing import TYPE_CHECKING, Any, Final

from rwcap.cli.settings.limit_variables import PERIOD_LIMITS, check_limit_variables

if TYPE_CHECKING:
    from typer._click import Context

    from rwcap.cli.settings.effective import Settings
    from rwcap.core.money import Micros
    from rwcap.ledger.budget import Period

_COST_COMMANDS: Final = ("estimate", "balance", "reconcile", "recover")
"""The subcommands of `rwcap cost`, which use the same settings."""

_OVERRIDES: Final = (
    ({"prompt", "prompt_file", "preset", "fetch", "alt"}, {"prompt", "preset"}),
    ({"fields", "schema", "preset", "alt", "fetch"}, {"fields", "schema"}),
    ({"fetch", "no_wait", "webhook_url", "fresh"}, {"write"}),
    ({"check_only"}, {"mode", "fields", "schema"}),
    ({"table"}, {"prompt", "preset", "fields", "schema"}),
    ({"only"}, {"mode"}),
)
"""A typed option of the first set overrides the settings of the second set."""

_NOT_IN_A_TRIAL: Final = {"write", "fields", "schema"}
"""Options whose settings do not apply where several prompts are compared."""

_KEYWORDS: Final = {"keywords", "vocabulary", "vocabulary_only"}
"""Options whose settings apply if keywords are asked for."""

_OPTIONS_BY_OUTPUT: Final = {
    "txt": {"ext", "mode", "collide", "prefix", "suffix", "template"},
    "xmp": {"mode", "collide", "prefix", "suffix", "template"},
    "embed": {"mode", "prefix", "suffix", "template"},
}
"""Values of --write, and the options that apply to each of them."""


class OptionSettings(dict[str, Any]):
    """The `default_map` of Click: settings by the name of a command or an option."""

    def __init__(self) -> None:
        """Use the same settings in the subcommands of a group."""
        super().__init__(dict.fromkeys(_COST_COMMANDS, self))
        self.dropped: set[str] = set()
        """Options whose settings are overridden."""
        self._named: str | None = None
        self._read: dict[str | None, Settings | None] = {}

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401  # Click's
        """Return the setting of an option, or the settings of a command."""
        if name in self:
            return self
        if name in self.dropped:
            return default
        found = self.settings()
        return found.words(name) if found else default

    def choose(self, named: str | None) -> str | None:
        """Use the settings of a profile from now on; return its name."""
        self._named = named or self._named
        found = self.settings()
        return found.profile if found else None

    def prompt(self, preset: str) -> str:
        """Return the prompt of a preset; raises `UsageError`."""
        from rwcap.cli.settings import effective

        return (self.settings() or effective.Settings()).prompt(preset)

    def fields(self, preset: str | None) -> str | None:
        """Return the fields of a preset, if it has some."""
        if preset is None:
            return None
        from rwcap.cli.settings import effective

        return (self.settings() or effective.Settings()).fields(preset)

    def limits(self) -> "dict[Period, Micros]":
        """Return the limits for day and month; the environment wins over files.

        Raises:
            ConfigError: A limit is invalid, or a variable has the name of none.
        """
        check_limit_variables(os.environ)
        found = self.settings()
        if found is None and not any(map(os.environ.get, PERIOD_LIMITS)):
            return {}
        from rwcap.cli.settings import effective

        return effective.limits(found)

    def settings(self) -> "Settings | None":
        """Return the settings, or None without files and without a profile.

        Raises:
            ConfigError: A file cannot be used.
        """
        if self._named not in self._read:
            self._read[self._named] = _read(self._named)
        return self._read[self._named]


def _read(named: str | None) -> "Settings | None":
    from rwcap.settings import toml_files

    user, project = toml_files.user_settings(), toml_files.project_settings()
    if not (user.tables or project.tables or named):
        return None
    from rwcap.cli.settings import effective

    return effective.read(named, user=user, project=project, environment={})


OPTION_SETTINGS: Final = OptionSettings()
"""The settings of this process."""


def drop_overridden(ctx: "Context") -> bool:
    """Drop the settings that typed options override; return whether there were any.

    If there were, the command line is parsed again without them.
    """
    typed = _from_sources(ctx, "COMMANDLINE", "ENVIRONMENT")
    settings = _from_sources(ctx, "DEFAULT_MAP")
    dropped: set[str] = set()
    for overriding, overridden in _OVERRIDES:
        dropped |= overridden & settings if typed & overriding else set()
    if len(ctx.params.get("prompt_file") or ()) > 1:
        dropped |= _NOT_IN_A_TRIAL & settings
    if "-" in (ctx.params.get("images") or ()):  # it has no name for a file
        dropped |= {"write"} & settings
    outputs = () if "write" in dropped else ctx.params.get("write") or ()
    useful = {
        each for kind in outputs for each in _OPTIONS_BY_OUTPUT.get(str(kind), ())
    }
    dropped |= set() if _asks_for_keywords(ctx.params) else _KEYWORDS & settings
    dropped |= (set[str]().union(*_OPTIONS_BY_OUTPUT.values()) - useful) & settings
    OPTION_SETTINGS.dropped |= dropped
    return bool(dropped)


def _asks_for_keywords(values: dict[str, Any]) -> bool:
    """Return whether the values of options ask for keywords."""
    from rwcap.settings.presets import PRESET_FIELDS

    named = values.get("fields") or PRESET_FIELDS.get(str(values.get("preset")))
    return values.get("schema") is not None or "keywords" in str(named)


def announce_project_settings(ctx: "Context") -> None:
    """Print which settings come from the project file."""
    used = _from_sources(ctx, "DEFAULT_MAP")
    if ctx.params.get("quiet") or not (used or "max_cost" in ctx.params):
        return
    found = OPTION_SETTINGS.settings()
    if found and (names := found.of_project(used)):
        from rwcap.cli.terminal import messages

        messages.say(f"{found.project} sets {', '.join(names)}")


def _from_sources(ctx: "Context", *sources: str) -> set[str]:
    """Return the names of options whose values come from these sources."""
    return {
        str(parameter.name)
        for parameter in ctx.command.params
        if (source := ctx.get_parameter_source(str(parameter.name)))
        and source.name in sources
    }

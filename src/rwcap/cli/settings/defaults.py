"""Settings in force: as if they were typed, unless something else is typed.

Click asks its `default_map` for what stands neither on the command line nor in the
environment, so no command knows of settings. Files are read when it first asks, and
where there are none, nothing is imported to read them.
"""

import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typer._click import Context

    from rwcap.cli.settings.effective import Settings
    from rwcap.core.money import Micros
    from rwcap.ledger.budget import Period

_BUDGET: Final = "RWCAP_BUDGET_"
"""What the names of variables for limits begin with."""

_OF_COST: Final = ("estimate", "balance", "reconcile", "recover")
"""The commands of a group."""

_INSTEAD: Final = (
    ({"prompt", "prompt_file", "preset", "fetch", "alt"}, {"prompt", "preset"}),
    ({"fetch", "no_wait", "webhook_url", "fresh"}, {"write"}),
)
"""Who types one of the first does not mean a habit among the second."""

_WRITTEN: Final = {
    "txt": {"ext", "mode", "collide", "prefix", "suffix", "template"},
    "xmp": {"mode", "collide", "prefix", "suffix", "template"},
    "embed": {"mode", "prefix", "suffix", "template"},
}
"""By what --write writes, the options that mean something for it, and else nothing."""


class Habits(dict[str, Any]):
    """The map that Click asks for defaults, by the name of a command or an option."""

    def __init__(self) -> None:
        """Have the same habits in the commands of a group."""
        super().__init__(dict.fromkeys(_OF_COST, self))
        self.dropped: set[str] = set()
        """Options that have to do without."""
        self._named: str | None = None
        self._read: dict[str | None, Settings | None] = {}

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401  # Click's
        """Return what is set for an option, or the habits of a command."""
        if name in self:
            return self
        if name in self.dropped:
            return default
        found = self.settings()
        return found.words(name) if found else default

    def choose(self, named: str | None) -> str | None:
        """Take settings from a profile from now on; return which one it is."""
        self._named = named or self._named
        found = self.settings()
        return found.profile if found else None

    def prompt(self, preset: str) -> str:
        """Return the prompt of a name; raises `UsageError`."""
        from rwcap.cli.settings import effective

        return (self.settings() or effective.Settings()).prompt(preset)

    def limits(self) -> "dict[Period, Micros]":
        """Return the limits on days and months; the environment wins."""
        found = self.settings()
        if found is None and not any(each.startswith(_BUDGET) for each in os.environ):
            return {}
        from rwcap.cli.settings import effective

        return effective.limits(found)

    def settings(self) -> "Settings | None":
        """Return what is set; None where there is no file, and no profile is named.

        Raises `ConfigError` for a file that cannot be used.
        """
        if self._named not in self._read:
            self._read[self._named] = _read(self._named)
        return self._read[self._named]


def _read(named: str | None) -> "Settings | None":
    from rwcap.settings import files

    user, project = files.user_settings(), files.project_settings()
    if not (user.tables or project.tables or named):
        return None
    from rwcap.cli.settings import effective

    return effective.read(named, user=user, project=project, environment={})


HABITS: Final = Habits()
"""Those of this process."""


def give_way(ctx: "Context") -> bool:
    """Drop habits that do not go with what is typed; return whether there were any.

    Then the command line has to be parsed again: as if they were not set.
    """
    typed = _of(ctx, "COMMANDLINE", "ENVIRONMENT")
    habits = _of(ctx, "DEFAULT_MAP")
    dropped: set[str] = set()
    for ways, given_up in _INSTEAD:
        dropped |= given_up & habits if typed & ways else set()
    media = () if "write" in dropped else ctx.params.get("write") or ()
    useful = {each for medium in media for each in _WRITTEN.get(str(medium), ())}
    dropped |= (set[str]().union(*_WRITTEN.values()) - useful) & habits
    HABITS.dropped |= dropped
    return bool(dropped)


def tell_of_project(ctx: "Context") -> None:
    """Say what comes from the folder's file: it may be anybody's."""
    used = _of(ctx, "DEFAULT_MAP")
    if ctx.params.get("quiet") or not (used or "max_cost" in ctx.params):
        return
    found = HABITS.settings()
    if found and (names := found.of_project(used)):
        from rwcap.cli.terminal import messages

        messages.say(f"{found.project} sets {', '.join(names)}")


def _of(ctx: "Context", *sources: str) -> set[str]:
    """Return the options whose values are from one of these."""
    return {
        str(parameter.name)
        for parameter in ctx.command.params
        if (source := ctx.get_parameter_source(str(parameter.name)))
        and source.name in sources
    }

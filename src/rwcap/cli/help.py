"""Help as plain text that can be copied; rich would double its time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from typer.core import TyperCommand, TyperGroup

from rwcap.cli.lazy import Entry, LazyCommands
from rwcap.cli.settings.defaults import announce_project_settings, drop_overridden
from rwcap.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from typer._click import Command, Context, HelpFormatter

_WIDEST: Final = 78
"""Characters; longer lines are hard to read, however wide the terminal is."""


class PanelCommand(TyperCommand):
    """A command whose help lists its options under the panels they name."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Return what is left of a command line, once its options are known."""
        left = super().parse_args(ctx, list(args))
        if drop_overridden(ctx):
            ctx.params.clear()
            left = super().parse_args(ctx, list(args))
        announce_project_settings(ctx)
        return left

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx))


class PanelGroup(TyperGroup):
    """A command with commands of its own, and help of the same form."""

    entries: ClassVar[Mapping[str, Entry]] = {}
    """Its commands by name, in the order in which help lists them."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # Typer's own
        """Take what Typer says, and the commands from `entries`."""
        super().__init__(**attributes)
        commands = LazyCommands(self.entries, PanelCommand)
        # Typer only reads them.
        self.commands = cast("MutableMapping[str, Command]", commands)

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx, self.entries))


def _page(ctx: "Context", entries: Mapping[str, Entry] | None = None) -> str:
    """Return the help of the command that is asked about, as wide as it can be.

    Its commands are listed from their entries, and not imported.
    """
    from shutil import get_terminal_size

    from rwcap.cli import command_tree
    from rwcap.cli.help_page import page

    path = ctx.command_path.split()
    listed = tuple(
        command_tree.Command(path=(*path, name), sentence=entry.sentence)
        for name, entry in (entries or {}).items()
    )
    command = command_tree.read(
        ctx.command, *path, habits=_habits(ctx), commands=listed
    )
    return page(command, min(get_terminal_size().columns, _WIDEST))


def _habits(ctx: "Context") -> Mapping[str, object]:
    """Return what is set, as far as it can be read: help is for all."""
    try:
        return {
            str(each.name): habit
            for each in ctx.command.params
            if (habit := (ctx.default_map or {}).get(str(each.name))) is not None
        }
    except ConfigError:
        return {}

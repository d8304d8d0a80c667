"""Help as plain text that can be copied; rich would double its start-up time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from typer.core import TyperCommand, TyperGroup

from rwcap.cli.lazy import Entry, LazyCommands
from rwcap.cli.settings.option_settings import (
    announce_project_settings,
    drop_overridden,
)
from rwcap.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from typer._click import Command, Context, HelpFormatter

_WIDEST: Final = 78
"""Characters. Longer lines are hard to read."""


class PanelCommand(TyperCommand):
    """A command whose help lists the options by panel."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Return the rest of a command line after its options."""
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
    """A command with subcommands and help of the same form."""

    entries: ClassVar[Mapping[str, Entry]] = {}
    """The subcommands by name, in the order of the help."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # Typer's own
        """Create the group with the subcommands `entries`."""
        super().__init__(**attributes)
        commands = LazyCommands(self.entries, PanelCommand)
        # Typer only reads them.
        self.commands = cast("MutableMapping[str, Command]", commands)

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx, self.entries))


def _page(ctx: "Context", entries: Mapping[str, Entry] | None = None) -> str:
    """Return the help of a command in the width of the terminal.

    Subcommands are listed from their entries and not imported.
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
        ctx.command, *path, defaults=_defaults(ctx), commands=listed
    )
    return page(command, min(get_terminal_size().columns, _WIDEST))


def _defaults(ctx: "Context") -> Mapping[str, object]:
    """Return the settings, or nothing if they cannot be read: help always works."""
    try:
        return {
            str(each.name): default
            for each in ctx.command.params
            if (default := (ctx.default_map or {}).get(str(each.name))) is not None
        }
    except ConfigError:
        return {}

"""Help as plain text that can be copied; rich would double its time."""

from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand, TyperGroup

from rwcap.cli.settings.defaults import give_way, tell_of_project
from rwcap.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click import Context, HelpFormatter

_WIDEST: Final = 78
"""Characters; longer lines are hard to read, however wide the terminal is."""


class PanelCommand(TyperCommand):
    """A command whose help lists its options under the panels they name."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Return what is left of a command line, once its options are known."""
        left = super().parse_args(ctx, list(args))
        if give_way(ctx):
            ctx.params.clear()
            left = super().parse_args(ctx, list(args))
        tell_of_project(ctx)
        return left

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx))


class PanelGroup(TyperGroup):
    """A command with commands of its own, and help of the same form."""

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx))


def _page(ctx: "Context") -> str:
    """Return the help of the command that is asked about, as wide as it can be."""
    from shutil import get_terminal_size

    from rwcap.cli import command_tree
    from rwcap.cli.help_page import page

    width = min(get_terminal_size().columns, _WIDEST)
    return page(
        command_tree.read(ctx.command, *ctx.command_path.split(), habits=_habits(ctx)),
        width,
    )


def _habits(ctx: "Context") -> "Mapping[str, object]":
    """Return what is set, as far as it can be read: help is for all."""
    try:
        return {
            str(each.name): habit
            for each in ctx.command.params
            if (habit := (ctx.default_map or {}).get(str(each.name))) is not None
        }
    except ConfigError:
        return {}

"""Help as plain text that can be copied; rich would double its time."""

from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_WIDEST: Final = 78
"""Characters; longer lines are hard to read, however wide the terminal is."""


class PanelCommand(TyperCommand):
    """A command whose help lists its options under the panels they name."""

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

    from rwcap.cli import tree
    from rwcap.cli.page import page

    width = min(get_terminal_size().columns, _WIDEST)
    return page(tree.read(ctx.command, *ctx.command_path.split()), width)

"""Help in panels, as plain text that can be copied; rich would double its time."""

from typing import TYPE_CHECKING

from typer.core import TyperCommand

from rwcap.cli.habits import give_way, tell_of_project
from rwcap.domain.errors import ConfigError

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter


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

    def get_help(self, ctx: "Context") -> str:
        """Return the help, with the values in force where they can be read."""
        try:
            return super().get_help(ctx)
        except ConfigError:
            ctx.default_map = None
            return super().get_help(ctx)

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write one section for each panel, in the order of declaration."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            panel = getattr(parameter, "rich_help_panel", None)
            if parameter.param_type_name == "argument":
                panel = "Arguments"
            shown = filter(None, [parameter.get_help_record(ctx)])
            panels.setdefault(panel or "Other", []).extend(shown)
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl(rows, col_max=26)

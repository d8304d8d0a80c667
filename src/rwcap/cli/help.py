"""Help that can be copied: `-h` is a summary, `--help` has every option.

Click styles it on a terminal; rich would double its start-up time.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from rwcap.cli.lazy import Entry, LazyCommands
from rwcap.cli.settings.option_settings import (
    announce_project_settings,
    drop_overridden,
)
from rwcap.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from typer._click import Command, Context, HelpFormatter, Parameter

_PIPE: Final = 78
"""The width of help in a pipe, in characters."""

_WIDEST: Final = 100
"""The greatest width on a terminal, in columns. Longer lines are hard to read."""


def _write_summary(ctx: "Context", _option: object, value: object) -> None:
    """Print the summary of a command, if `-h` is typed."""
    if value:
        typer.echo(summary(ctx))
        ctx.exit()


@cache
def _summary_option(page: "Parameter") -> "Parameter":
    """Return the option `-h` for a command, made of its option `--help`.

    Versions of Typer differ in how an option is created.
    """
    option = copy(page)
    option.name, option.opts = "h", ["-h"]
    option.callback = _write_summary
    return option


def _with_summary(parameters: "list[Parameter]") -> "list[Parameter]":
    """Return the parameters of a command, of which `--help` is the last, with `-h`."""
    return [*parameters, _summary_option(parameters[-1])]


@contextmanager
def _named_command(ctx: "Context") -> "Iterator[None]":
    """Name the command in the error for an option without its value: Typer does not."""
    try:
        yield
    except typer.TyperException as error:
        if vars(error).get("ctx", ctx) is None:
            vars(error)["ctx"] = ctx
        raise


def _refuse_repeats(command: "Command", ctx: "Context", args: list[str]) -> None:
    """Raise `UsageError` if an option with one value is typed twice.

    Click takes the last value, and what the first one asked for would be lost.
    """
    _, _, typed = command.make_parser(ctx).parse_args(args)
    options = [each for each in typed if isinstance(each, TyperOption)]
    for each in options:
        takes_many = each.is_flag or each.count or each.multiple
        if options.count(each) > 1 and not takes_many:
            name, hint = max(each.opts, key=len), f"{ctx.command_path} --help"
            raise UsageError(f"{name} can be given only once", hint=hint)


class PanelCommand(TyperCommand):
    """A command whose help lists the options by panel."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the arguments and options with `-h` and `--help`."""
        return _with_summary(super().get_params(ctx))

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Return the rest of a command line after its options."""
        with _named_command(ctx):
            _refuse_repeats(self, ctx, list(args))
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

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the options with `-h` and `--help`."""
        return _with_summary(super().get_params(ctx))

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Return the rest of a command line after its options."""
        with _named_command(ctx):
            _refuse_repeats(self, ctx, list(args))
            return super().parse_args(ctx, args)

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the page."""
        formatter.write(_page(ctx))


def summary(ctx: "Context") -> str:
    """Return the summary of a command, as `-h` prints it."""
    return _page(ctx, "summary")


def first_steps(ctx: "Context") -> str:
    """Return the steps to a first caption."""
    return _page(ctx, "first steps")


def _page(ctx: "Context", form: str = "page") -> str:
    """Return the help of a command in the width of the terminal.

    Subcommands are listed from their entries and not imported.
    """
    from shutil import get_terminal_size

    from rwcap.cli import command_tree, help_page

    path = ctx.command_path.split()
    entries = getattr(ctx.command, "entries", {})
    listed = tuple(
        command_tree.Command(path=(*path, name), sentence=entry.sentence)
        for name, entry in entries.items()
    )
    command = command_tree.read(
        ctx.command, *path, defaults=_defaults(ctx), commands=listed
    )
    forms = {"summary": help_page.summary, "first steps": help_page.first_steps}
    shown = forms.get(form, help_page.page)
    columns = get_terminal_size((_PIPE, 24)).columns
    if not sys.stdout.isatty():
        return shown(command, min(columns, _PIPE))
    return shown(command, min(columns, _WIDEST), styled=_is_styled())


def _is_styled() -> bool:
    """Return whether the terminal may show bold and dim text (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


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

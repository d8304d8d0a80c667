"""The command tree, and how a command line becomes an exit status."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from rwcap.cli.commands.batch import batch
from rwcap.cli.commands.caption import caption
from rwcap.cli.commands.config import app as config
from rwcap.cli.commands.cost import app as cost
from rwcap.cli.help import PanelCommand, PanelGroup
from rwcap.cli.settings.defaults import HABITS
from rwcap.core.errors import OutputError, UsageError
from rwcap.core.exit_status import ExitStatus

# Without markup Typer leaves rich alone, which takes twice as long to import as
# everything else; without completion there is no option that edits a shell's files.
app = typer.Typer(
    cls=PanelGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=PanelCommand)(caption)
app.command(cls=PanelCommand)(batch)
app.add_typer(cost, name="cost")
app.add_typer(config, name="config")

_HABITS: Final = {
    **dict.fromkeys(("caption", "batch", "cost"), HABITS),
    # The others read and mend the settings themselves.
    "config": dict.fromkeys(("set-key", "status"), HABITS),
}
"""Whom Click asks for the defaults of a command's options."""


@app.callback(invoke_without_command=True)
def rwcap(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("-V", "--version", help="Print the version and exit.")
    ] = False,
) -> None:
    """Caption images with Runware's caption task (Qwen2.5-VL-3B-Instruct).

    \b
    rwcap caption --sandbox photo.jpg    try it: no key, no network, no money
    rwcap config set-key                 store your API key
    rwcap config set budget.day 1.50     spend at most so much a day
    rwcap caption photo.jpg              caption a photo
    rwcap batch photos --write txt       caption a folder, to text files
    rwcap batch photos --write embed     into the photos themselves
    rwcap batch photos --alt -o alt.csv  alternative text for a web site
    rwcap cost                           see what was spent
    rwcap config doctor                  find out what is wrong
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    if version:
        # Alone it is answered before Typer is imported; here it came with company.
        raise UsageError("--version stands alone", hint="rwcap --version")
    if ctx.invoked_subcommand is None:
        from rwcap.cli.terminal import results

        results.data(f"{ctx.get_help()}\n")


def run(arguments: Sequence[str]) -> ExitStatus:
    """Carry out a command line and return its exit status.

    Raises `RwcapError` for what ends a command, `Interrupted` on a signal.
    """
    try:
        status = app(
            arguments,
            prog_name="rwcap",
            standalone_mode=False,
            default_map=_HABITS,
        )
    except typer.TyperException as error:
        raise _usage_error(error) from error
    except OSError as failure:
        # Help is the one thing that Typer writes itself; ours is an OutputError.
        raise OutputError.stdout(failure) from failure
    return ExitStatus(status or ExitStatus.OK)


def _usage_error(error: typer.TyperException) -> UsageError:
    """Return Typer's complaint in our words' form: lower case, no final period.

    What it takes for a misspelling it tells at the end, in one of two ways.
    """
    complaint = " ".join(error.format_message().split())
    complaint, _, meant = complaint.partition(" (Possible options: ")
    if not meant:
        complaint, _, meant = complaint.partition(" Did you mean ")
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'rwcap'} --help"
    if meant:
        hint += f" (did you mean {meant.rstrip('?)').replace(', ', ' or ')}?)"
    return UsageError(complaint[:1].lower() + complaint[1:].rstrip("."), hint=hint)

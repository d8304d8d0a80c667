"""The command tree, and how a command line becomes an exit status."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final

import typer

from rwcap.cli.help import PanelGroup
from rwcap.cli.lazy import Entry
from rwcap.cli.settings.defaults import HABITS
from rwcap.core.errors import OutputError, UsageError
from rwcap.core.exit_status import ExitStatus


class _Root(PanelGroup):
    entries: ClassVar[Mapping[str, Entry]] = {
        "caption": Entry(
            "rwcap.cli.commands.caption:caption", "Caption images and print the text."
        ),
        "batch": Entry(
            "rwcap.cli.commands.batch:batch",
            "Caption many images and write the captions to files.",
        ),
        "cost": Entry(
            "rwcap.cli.commands.cost:app",
            "Show what was spent, estimate costs, and compare with the account.",
        ),
        "config": Entry(
            "rwcap.cli.commands.config:app",
            "Manage the API key and the settings, and find problems.",
        ),
    }


# Without markup Typer leaves rich alone, which takes twice as long to import as
# everything else; without completion there is no option that edits a shell's files.
app = typer.Typer(
    cls=_Root,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DEFAULT_MAP: Final = {
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
        raise UsageError("--version takes no other arguments", hint="rwcap --version")
    if ctx.invoked_subcommand is None:
        from rwcap.cli.terminal import results

        results.write(f"{ctx.get_help()}\n")


def run(arguments: Sequence[str]) -> ExitStatus:
    """Carry out a command line and return its exit status.

    Raises `RwcapError` for what ends a command, `Interrupted` on a signal.
    """
    try:
        status = app(
            arguments,
            prog_name="rwcap",
            standalone_mode=False,
            default_map=_DEFAULT_MAP,
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

"""The top command; run a command line and return its exit status."""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, ClassVar, Final

import typer

from rwcap.cli.help import PanelGroup
from rwcap.cli.lazy import Entry
from rwcap.cli.settings.defaults import OPTION_DEFAULTS
from rwcap.core.errors import OutputError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.quoting import shell_quote


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


# Without markup, Typer does not import rich, which would triple the time of start-up.
# Without completion, there is no option that edits the files of a shell.
app = typer.Typer(
    cls=_Root,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DEFAULT_MAP: Final = {
    **dict.fromkeys(("caption", "batch", "cost"), OPTION_DEFAULTS),
    # The other commands read the settings themselves, to repair them.
    "config": dict.fromkeys(("set-key", "status"), OPTION_DEFAULTS),
}
"""The defaults of options by command, for Click."""

_UNKNOWN_COMMAND: Final = re.compile(r"No such command '(.+)'\.?")
"""The message of Typer for an unknown command."""


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
        # The option alone is handled in __main__, before Typer is imported.
        raise UsageError("--version takes no other arguments", hint="rwcap --version")
    if ctx.invoked_subcommand is None:
        from rwcap.cli.terminal import results

        results.write(f"{ctx.get_help()}\n")


def run(arguments: Sequence[str]) -> ExitStatus:
    """Run a command line and return its exit status.

    Raises:
        RwcapError: The command failed.
        Interrupted: A signal arrived.
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
        # Typer itself writes only help.
        raise OutputError.stdout(failure) from failure
    return ExitStatus(status or ExitStatus.OK)


def _usage_error(error: typer.TyperException) -> UsageError:
    """Return an error of Typer in rwcap's form: lower case, without a final period.

    Typer ends its message with the similar words that it knows, in one of two ways.
    """
    message = " ".join(error.format_message().split())
    message, _, similar = message.partition(" (Possible options: ")
    if not similar:
        message, _, similar = message.partition(" Did you mean ")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "rwcap"
    hint = f"{path} --help"
    if similar:
        hint += f" (did you mean {similar.rstrip('?)').replace(', ', ' or ')}?)"
    elif (unknown := _UNKNOWN_COMMAND.fullmatch(message)) and (
        suggestion := _suggest_command(path, unknown[1])
    ):
        hint = f"did you mean: {suggestion}"
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint=hint)


def _suggest_command(path: str, word: str) -> str | None:
    """Return the command for a source or a day that was typed in place of a command."""
    from rwcap.sources.folder_walk import IMAGE_SUFFIXES
    from rwcap.sources.tables import is_table

    # Other than Path, os.path returns False for a name that is too long.
    exists = os.path.exists(word)  # noqa: PTH110  # see above
    is_batch = os.path.isdir(word) or is_table(word)  # noqa: PTH112  # see above
    is_source = exists or is_batch or word.lower().endswith(IMAGE_SUFFIXES)
    commands = {
        "rwcap": "rwcap batch" if is_batch else "rwcap caption",
        "rwcap cost": "rwcap cost estimate",
    }
    if is_source and path in commands:
        return f"{commands[path]} {shell_quote(word)}"
    return _suggest_days(word) if path == "rwcap cost" else None


def _suggest_days(word: str) -> str | None:
    """Return the command that reports the days of `word`, if it is a day or a month."""
    from datetime import UTC, datetime

    from rwcap.core.dates import parse_day

    with suppress(ValueError):
        parse_day(word, datetime.now(UTC).date())
        is_count = word.lower().endswith("d")
        return f"rwcap cost --since {word}" + ("" if is_count else f" --until {word}")
    return None

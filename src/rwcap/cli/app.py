"""The top command; run a command line and return its exit status."""

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, ClassVar, Final

import typer

from rwcap.cli.help import PanelGroup, first_steps, summary
from rwcap.cli.lazy import Entry
from rwcap.cli.settings.option_settings import OPTION_SETTINGS
from rwcap.core.errors import MORE_FILES, ConfigError, OutputError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.text import short_name


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
)

_DEFAULT_MAP: Final = {
    **dict.fromkeys(("caption", "batch", "cost"), OPTION_SETTINGS),
    # The other commands read the settings themselves, to repair them.
    "config": dict.fromkeys(("set-key", "status"), OPTION_SETTINGS),
}
"""The defaults of options by command, for Click."""


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
    rwcap config set-key                 store your API key (from runware.ai)
    rwcap caption photo.jpg              caption a photo for $0.0013 to $0.0026
    rwcap config set budget.day 1.50     set a daily limit, in dollars
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

        shown = summary if _has_key() else first_steps
        results.write(f"{shown(ctx)}\n")


def _has_key() -> bool:
    """Return whether the user seems to have a key. Its file is not read."""
    from rwcap.settings import credentials

    with suppress(ConfigError):
        named = any(os.environ.get(each) for each in credentials.KEY_VARIABLES)
        return named or credentials.credentials_file().exists()
    return False


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
        from rwcap.cli.suggestions import usage_error

        raise usage_error(error) from error
    except OSError as failure:
        if isinstance(failure.filename, str):
            message = f"{short_name(failure.filename)}: {failure.strerror}"
            if failure.errno in {errno.EMFILE, errno.ENFILE}:
                raise ConfigError(message, hint=MORE_FILES) from failure
            raise UsageError(message) from failure  # a path of the command line
        # Typer itself writes only help.
        raise OutputError.stdout(failure) from failure
    return ExitStatus(status or ExitStatus.OK)

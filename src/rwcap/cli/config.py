"""rwcap config: the API key and where it is kept."""

import sys
from typing import Annotated, Final

import typer

from rwcap.cli.help import PanelCommand, PanelGroup
from rwcap.domain.errors import ExitStatus, UsageError

_KEY_MAX: Final = 1024
"""Characters read from standard input, far more than any key has."""

app = typer.Typer(cls=PanelGroup, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def config(ctx: typer.Context) -> None:
    """Store the API key, and say where.

    The key is taken from RWCAP_API_KEY, else from RUNWARE_API_KEY, else from
    the file that set-key writes.
    """
    if ctx.invoked_subcommand is None:
        from rwcap.cli import render

        render.data(f"{ctx.get_help()}\n")


@app.command(
    "set-key",
    cls=PanelCommand,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    options_metavar="[OPTIONS]",
)
def set_key(
    ctx: typer.Context,
    *,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; read standard input.")
    ] = False,
) -> ExitStatus:
    """Store the API key.

    It is asked for without echo, or read from standard input, and kept where
    only you can read it.

    \b
    rwcap config set-key
    rwcap config set-key < key.txt
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.adapters import settings
    from rwcap.cli import talk

    if ctx.args:
        # Not repeated in the message: it may be the key.
        raise UsageError(
            "a key on the command line can be read by others; it was not stored",
            hint="rwcap config set-key (asks for it)",
        )
    if not sys.stdin.isatty():
        candidate = sys.stdin.readline(_KEY_MAX)
    elif no_input:
        raise UsageError(
            "no key on standard input", hint="rwcap config set-key < key.txt"
        )
    else:
        candidate = _ask()
    path = settings.save_key(candidate)
    talk.say(f"key stored in {path}")
    return ExitStatus.OK


@app.command("path", cls=PanelCommand)
def path() -> ExitStatus:
    """Print the folder that holds the settings and the key."""
    from rwcap.adapters import settings
    from rwcap.cli import render

    render.data(f"{settings.config_folder()}\n")
    return ExitStatus.OK


def _ask() -> str:
    from getpass import getpass

    try:
        return getpass("Runware API key (not shown): ")
    except EOFError:
        return ""

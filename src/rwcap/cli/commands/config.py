"""rwcap config: settings, the API key, and whether all is well."""

from typing import Annotated, Any, Final

import typer

from rwcap.cli import options
from rwcap.cli.commands.credentials import remove_key, set_key, status
from rwcap.cli.commands.doctor import doctor
from rwcap.cli.help import PanelCommand, PanelGroup
from rwcap.core.exit_status import ExitStatus

app = typer.Typer(cls=PanelGroup, rich_markup_mode=None)
_ANY_WORDS: Final = {"allow_extra_args": True, "ignore_unknown_options": True}

Name = Annotated[
    str,
    typer.Argument(metavar="KEY", help="Name of a setting, as in rwcap config list."),
]
OfProfile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="In the table [profiles.NAME]."),
]


@app.callback(invoke_without_command=True)
def config(ctx: typer.Context) -> None:
    """Store the API key, set habits, and check that all is well.

    \b
    rwcap config set-key
    rwcap config set prompt "Name the main subject in five words."
    rwcap config set budget.day 1.50
    rwcap config doctor

    Of several places the first that says something holds: the command line,
    RWCAP_* variables, the profile, the project's file (rwcap.toml, or [tool.rwcap]
    in pyproject.toml), your own config.toml.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    if ctx.invoked_subcommand is None:
        from rwcap.cli.terminal import results

        results.data(f"{ctx.get_help()}\n")


app.command(
    "set-key",
    cls=PanelCommand,
    context_settings=_ANY_WORDS,
    options_metavar="[OPTIONS]",
)(set_key)
app.command("status", cls=PanelCommand)(status)
app.command("remove-key", cls=PanelCommand)(remove_key)


@app.command("list", cls=PanelCommand)
def list_settings(
    ctx: typer.Context,
    *,
    json: options.JsonDocument = False,
    profile: OfProfile = None,
) -> ExitStatus:
    """Print every setting, where it comes from, and what it is.

    Presets, yours and the built-in ones, come last.
    """
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import results

    shown = config_values.document if json else config_values.lines
    results.data(shown(config_values.in_force(profile, _defaults(ctx))))
    return ExitStatus.OK


@app.command("get", cls=PanelCommand)
def get(ctx: typer.Context, key: Name, *, profile: OfProfile = None) -> ExitStatus:
    """Print the value of one setting that is in force, bare.

    Where it has none, the exit status is 1.
    """
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import results

    results.data(
        config_values.one(key, config_values.in_force(profile, _defaults(ctx)))
    )
    return ExitStatus.OK


@app.command("set", cls=PanelCommand)
def set_setting(
    key: Name,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="As it would be typed.")
    ],
    *,
    profile: OfProfile = None,
) -> ExitStatus:
    """Set a habit: what holds where nothing else is typed.

    \b
    rwcap config set timeout 60
    rwcap config set write txt
    rwcap config set presets.product "Describe this product in one sentence."
    rwcap config set preset alt --profile web

    What the file has besides, comments too, stays as it is.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import messages

    for told in config_values.set_one(key, value, profile):
        messages.say(told)
    return ExitStatus.OK


@app.command("unset", cls=PanelCommand)
def unset(key: Name, *, profile: OfProfile = None) -> ExitStatus:
    """Forget a setting in your config.toml."""
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import messages

    messages.say(config_values.unset_one(key, profile))
    return ExitStatus.OK


@app.command("path", cls=PanelCommand)
def path() -> ExitStatus:
    """Print the folder that holds the settings and the key."""
    from rwcap.cli.terminal import results
    from rwcap.settings import folders

    results.data(f"{folders.config_folder()}\n")
    return ExitStatus.OK


app.command("doctor", cls=PanelCommand)(doctor)


def _defaults(ctx: typer.Context) -> dict[str, object]:
    """Return what options are where nobody sets them, by their names in Python."""
    tree: Any = ctx.find_root().command
    return {it.name: it.default for it in tree.get_command(ctx, "batch").params}

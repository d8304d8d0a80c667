"""The command `rwcap config` and its commands."""

import os
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from rwcap.cli.help import PanelGroup, summary
from rwcap.cli.lazy import Entry
from rwcap.cli.options.output import JsonDocument
from rwcap.core.exit_status import ExitStatus


class _Config(PanelGroup):
    entries: ClassVar[Mapping[str, Entry]] = {
        "set-key": Entry(
            "rwcap.cli.commands.credentials:set_key_app", "Store the API key."
        ),
        "status": Entry(
            "rwcap.cli.commands.credentials:status",
            "Show the source of the key and whether it is valid.",
        ),
        "remove-key": Entry(
            "rwcap.cli.commands.credentials:remove_key", "Remove the stored key."
        ),
        "list": Entry(
            "rwcap.cli.commands.config:list_settings",
            "Print every setting with its source and value.",
        ),
        "get": Entry(
            "rwcap.cli.commands.config:get",
            "Print the value of one setting.",
        ),
        "set": Entry(
            "rwcap.cli.commands.config:set_setting",
            "Set a default for an option in your config.toml.",
        ),
        "unset": Entry(
            "rwcap.cli.commands.config:unset", "Remove a setting from your config.toml."
        ),
        "path": Entry(
            "rwcap.cli.commands.config:path",
            "Print the folder that holds the settings and the key.",
        ),
        "doctor": Entry(
            "rwcap.cli.commands.config:doctor",
            "Check the installation and show how to fix problems.",
        ),
    }


app = typer.Typer(cls=_Config, rich_markup_mode=None, add_completion=False)

Name = Annotated[
    str,
    typer.Argument(metavar="KEY", help="Name of a setting, as in rwcap config list."),
]
OfProfile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Use the table [profiles.NAME]."),
]


@app.callback(invoke_without_command=True)
def config(ctx: typer.Context) -> None:
    """Manage the API key and the settings, and find problems.

    \b
    rwcap config set-key
    rwcap config set prompt "Name the main subject in five words."
    rwcap config set budget.day 1.50
    rwcap config doctor

    Priority, highest first: the command line, RWCAP_* variables, the profile, the
    project's file (rwcap.toml, or [tool.rwcap] in pyproject.toml), your own
    config.toml.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    if ctx.invoked_subcommand is None:
        from rwcap.cli.terminal import results

        results.write(f"{summary(ctx)}\n")


def list_settings(
    *, json: JsonDocument = False, profile: OfProfile = None
) -> ExitStatus:
    """Print every setting with its source and value.

    Presets, yours and the built-in ones, come last.
    """
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import results

    shown = config_values.format_json if json else config_values.format_text
    results.write(shown(config_values.effective_settings(profile, _option_defaults())))
    return ExitStatus.OK


def get(
    key: Name, *, json: JsonDocument = False, profile: OfProfile = None
) -> ExitStatus:
    """Print the value of one setting.

    If the setting has no value, the exit status is 1.
    """
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import results

    found = config_values.effective_settings(profile, _option_defaults())
    shown = config_values.format_value_json if json else config_values.format_value
    results.write(shown(key, found))
    return ExitStatus.OK


def set_setting(
    key: Name,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The value, as typed for the option.")
    ],
    *,
    profile: OfProfile = None,
) -> ExitStatus:
    """Set a default for an option in your config.toml.

    \b
    rwcap config set timeout 60
    rwcap config set write txt
    rwcap config set presets.product "Describe this product in one sentence."
    rwcap config set preset alt --profile web

    Other settings and comments in the file are kept.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import messages

    for message in config_values.set_value(key, value, profile):
        messages.say(message)
    return ExitStatus.OK


def unset(key: Name, *, profile: OfProfile = None) -> ExitStatus:
    """Remove a setting from your config.toml."""
    from rwcap.cli.commands import config_values
    from rwcap.cli.terminal import messages

    messages.say(config_values.unset_value(key, profile))
    return ExitStatus.OK


def path(*, json: JsonDocument = False) -> ExitStatus:
    """Print the folder that holds the settings and the key."""
    from rwcap.cli.terminal import results
    from rwcap.settings import folders

    folder = f"{folders.config_folder()}\n"
    if json:
        from rwcap.cli.commands import config_values

        folder = config_values.to_json({"v": 1, "path": folder.removesuffix("\n")})
    results.write(folder)
    return ExitStatus.OK


def doctor(
    *,
    json: JsonDocument = False,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network.")] = False,
    rescue: Annotated[
        bool,
        typer.Option(
            "--rescue",
            help="Replace each damaged ledger by a new one with every purchase that"
            " can be read; keep the damaged file.",
        ),
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="Check the profile NAME."),
    ] = None,
) -> ExitStatus:
    """Check the installation and show how to fix problems.

    \b
    rwcap config doctor
    rwcap config doctor --offline
    rwcap config doctor --rescue

    Each check prints a line: ok, warning, problem or skipped. It spends nothing, and
    needs no key and no network. If there is a problem, the exit status is 1.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands import doctor
    from rwcap.cli.terminal import findings, results
    from rwcap.core.text import redact_text
    from rwcap.settings import credentials
    from rwcap.usecases.doctor_checks import Severity, worst

    if rescue:
        found = doctor.rescue_ledgers()
    else:
        found = doctor.collect(profile, offline=offline)
    text = findings.format_json(found) if json else findings.format_text(found)
    results.write(redact_text(credentials.known_keys(os.environ), text))
    return ExitStatus.FAILED if worst(found) is Severity.PROBLEM else ExitStatus.OK


def _option_defaults() -> dict[str, object]:
    """Return the built-in defaults of options by parameter name."""
    from rwcap.cli.options.batch import BatchOptions

    return {name: it.default for name, it in BatchOptions.options().items()}

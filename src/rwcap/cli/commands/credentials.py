"""The commands `rwcap config set-key`, `status` and `remove-key`."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.api.retry import RetryPolicy
from rwcap.cli.help import PanelCommand
from rwcap.cli.options.connection import ApiUrl, Profile
from rwcap.cli.options.output import JsonDocument
from rwcap.core.errors import AuthError, TaskError, UsageError
from rwcap.core.exit_status import ExitStatus

if TYPE_CHECKING:
    from rwcap.api.account import Account
    from rwcap.cli.service import Service

_MAX_KEY_LENGTH: Final = 1024
"""The greatest number of characters read from standard input."""

RETRY_POLICY: Final = RetryPolicy(retries=0, timeout=10.0)
"""For commands with a waiting user, who can repeat them."""

NoVerify = Annotated[bool, typer.Option("--no-verify", help="Use no network.")]
OfProfile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Use the key of the profile NAME."),
]


def set_key(
    ctx: typer.Context,
    *,
    from_runware: Annotated[
        bool,
        typer.Option(
            "--from-runware", help="Take it from Runware's own command-line tool."
        ),
    ] = False,
    no_verify: NoVerify = False,
    profile: OfProfile = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; read standard input.")
    ] = False,
    api_url: ApiUrl = None,
) -> ExitStatus:
    """Store the API key.

    The key is read from the terminal without echo or from standard input, and stored
    in a file that only you can read. A free query checks it first; an invalid key is
    not stored.

    \b
    rwcap config set-key
    rwcap config set-key < key.txt
    rwcap config set-key --from-runware
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.service import Service
    from rwcap.cli.settings import effective
    from rwcap.cli.terminal import messages
    from rwcap.settings import credentials, runware_cli

    if ctx.args:
        # The message does not repeat the argument: it may be the key.
        raise UsageError(
            "other users can see a key on the command line; it was not stored",
            hint="rwcap config set-key (asks for the key)",
        )
    if profile is not None:
        effective.check_profile(profile, "--profile")
    text = runware_cli.read_key() if from_runware else _read_key(no_input=no_input)
    key = credentials.check_key(text, origin="standard input")
    service = Service(
        sandbox=False, api_url=api_url, timeout=RETRY_POLICY.timeout, profile=profile
    )
    result = "" if no_verify else _verify(service, key)
    path = credentials.save_key(key, profile)
    messages.say(f"key stored in {path}{result}")
    if variable := credentials.key_variable(os.environ):
        messages.warn(f"it is not used while {variable} is set: unset {variable}")
    return ExitStatus.OK


set_key_app = typer.Typer(rich_markup_mode=None, add_completion=False)
set_key_app.command(
    "set-key",
    cls=PanelCommand,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    options_metavar="[OPTIONS]",
)(set_key)


def status(
    *,
    json: JsonDocument = False,
    no_verify: NoVerify = False,
    api_url: ApiUrl = None,
    profile: Profile = None,
) -> ExitStatus:
    """Show the source of the key and whether it is valid.

    Only the last four characters of the key are shown. The query is free. Without a
    valid key, the exit status is 4.
    """
    from rwcap.cli.commands.account import show_key
    from rwcap.cli.service import Service
    from rwcap.settings import credentials

    service = Service(
        sandbox=False, api_url=api_url, timeout=RETRY_POLICY.timeout, profile=profile
    )
    key = credentials.load_key(os.environ, profile)
    account: Account | None = None
    failure: TaskError | None = None
    if not no_verify:
        try:
            account = _fetch_account(service, None)
        except TaskError as refusal:
            failure = refusal
    valid = True if account else False if isinstance(failure, AuthError) else None
    show_key(key, valid, account, profile=profile, as_json=json)
    if failure:
        raise failure
    return ExitStatus.OK


def remove_key(*, profile: OfProfile = None) -> ExitStatus:
    """Remove the stored key.

    The key stays valid: if others may have seen it, delete it at Runware, too.
    """
    from rwcap.cli.terminal import messages
    from rwcap.settings import credentials

    path = credentials.remove_key(profile)
    messages.say(f"key removed from {path}" if path else "no key was stored")
    return ExitStatus.OK


def _read_key(*, no_input: bool) -> str:
    """Return the key from standard input or from the user at the terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(_MAX_KEY_LENGTH)
    if no_input:
        raise UsageError(
            "no key on standard input", hint="rwcap config set-key < key.txt"
        )
    from getpass import getpass

    try:
        return getpass("Runware API key (not shown): ")
    except EOFError:
        return ""


def _verify(service: "Service", key: str) -> str:
    """Return the result of the check of a key; raises `AuthError` if it is invalid."""
    from rwcap.core.money import format_price

    try:
        account = _fetch_account(service, key)
    except AuthError:
        raise
    except TaskError as failure:
        return f", but could not be verified: {failure.message}"
    if account.balance is None:
        return "; it is valid"
    return f"; it is valid, the balance is {format_price(account.balance)}"


def _fetch_account(service: "Service", key: str | None) -> "Account":
    from rwcap.cli.wiring import open_account_context
    from rwcap.usecases.account import fetch_account

    with open_account_context(service, key=key) as context:
        return fetch_account(context, RETRY_POLICY)

"""Which service and which account are used, and how patiently."""

from typing import Annotated, Any, Final, TypeAlias

import typer

from rwcap.api.retry import DEFAULT_RETRIES, DEFAULT_TIMEOUT, RetryPolicy
from rwcap.cli.checks import Mistake
from rwcap.cli.options.group import Group

RUNNING: Final = "Running"

LONGEST_TIMEOUT: Final = 86_400.0
"""Seconds, a day."""


def choose_profile(ctx: typer.Context, named: str | None) -> str | None:
    """Return the profile that the settings of this command are taken from."""
    habits: Any = ctx.default_map
    chosen: str | None = habits.choose(named)
    return chosen


Sandbox: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        envvar="RWCAP_SANDBOX",
        help="Answer offline with a stand-in: no key, no network, no money.",
        rich_help_panel=RUNNING,
    ),
]
Timeout: TypeAlias = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        envvar="RWCAP_TIMEOUT",
        help="Maximum time to wait for a reply.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
Retries: TypeAlias = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        envvar="RWCAP_RETRIES",
        help="Number of retries, all under one task UUID.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
ApiUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--api-url",
        metavar="URL",
        envvar="RWCAP_API_URL",
        help="Another API address (https, or http on this machine).",
        rich_help_panel=RUNNING,
    ),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        envvar="RWCAP_PROFILE",
        help="Use the settings (and the key) of the profile NAME.",
        rich_help_panel=RUNNING,
        is_eager=True,  # before the options whose defaults it changes
        callback=choose_profile,
    ),
]


class Account(Group):
    """A service, and the account that is used there."""

    timeout = DEFAULT_TIMEOUT
    """Seconds; an option in subclasses."""

    sandbox: Sandbox = False
    api_url: ApiUrl = None
    profile: Profile = None


class Lookup(Account):
    """A service that is asked without a second try."""

    sandbox: Sandbox = False
    timeout: Timeout = DEFAULT_TIMEOUT
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return what can be wrong with the wait."""
        return (
            (
                (
                    f"--timeout is {self.timeout:g};"
                    " allowed: more than 0 s, at most 86400 s"
                ),
                not 0 < self.timeout <= LONGEST_TIMEOUT,
            ),
        )


class Connection(Lookup):
    """A service that is asked again where that may help."""

    sandbox: Sandbox = False
    timeout: Timeout = DEFAULT_TIMEOUT
    retries: Retries = DEFAULT_RETRIES
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return what can be wrong with the wait and the number of tries."""
        return (
            *super().mistakes(),
            (f"--retries is {self.retries}; allowed: 0 or more", self.retries < 0),
        )

    def policy(self, *, await_result: bool = True) -> RetryPolicy:
        """Return when and how often a request is sent again."""
        return RetryPolicy(
            retries=self.retries, timeout=self.timeout, await_result=await_result
        )

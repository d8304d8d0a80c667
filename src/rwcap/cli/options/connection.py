"""Options for the service, the account, timeout and retries."""

from typing import Annotated, Any, Final, TypeAlias

import typer

from rwcap.api.retry import DEFAULT_RETRIES, DEFAULT_TIMEOUT, RetryPolicy
from rwcap.cli.options.group import Group, Mistake

RUNNING: Final = "Running"

LONGEST_TIMEOUT: Final = 86_400.0
"""Seconds: one day."""


def choose_profile(ctx: typer.Context, named: str | None) -> str | None:
    """Select the profile of this command's settings and return its name."""
    defaults: Any = ctx.default_map
    chosen: str | None = defaults.choose(named)
    return chosen


Sandbox: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        envvar="RWCAP_SANDBOX",
        help="Use the offline sandbox, not Runware: no key, no network, no money.",
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
    """The service and the account."""

    timeout = DEFAULT_TIMEOUT
    """Seconds; subclasses make it an option."""

    sandbox: Sandbox = False
    api_url: ApiUrl = None
    profile: Profile = None


class Lookup(Account):
    """A service that is queried once."""

    sandbox: Sandbox = False
    timeout: Timeout = DEFAULT_TIMEOUT
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the timeout."""
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
    """A service with retries."""

    sandbox: Sandbox = False
    timeout: Timeout = DEFAULT_TIMEOUT
    retries: Retries = DEFAULT_RETRIES
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of timeout and retries."""
        return (
            *super().mistakes(),
            (f"--retries is {self.retries}; allowed: 0 or more", self.retries < 0),
        )

    def policy(self, *, await_result: bool = True) -> RetryPolicy:
        """Return the retry policy."""
        return RetryPolicy(
            retries=self.retries, timeout=self.timeout, await_result=await_result
        )

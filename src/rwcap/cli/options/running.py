"""Options for the connection and the limits of a batch."""

from typing import Annotated

import typer

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.api.retry import DEFAULT_GRACE, DEFAULT_RETRIES, DEFAULT_TIMEOUT
from rwcap.cli.options.connection import (
    LONGEST_TIMEOUT,
    RUNNING,
    ApiUrl,
    Connection,
    Profile,
    Retries,
    Sandbox,
    Timeout,
)
from rwcap.cli.options.group import Mistake, not_positive


class Running(Connection):
    """The connection and the limits of a batch."""

    sandbox: Sandbox = False
    concurrency: Annotated[
        int,
        typer.Option(
            "-c",
            "--concurrency",
            metavar="N",
            envvar="RWCAP_CONCURRENCY",
            help="Maximum requests in flight; fewer while the service is busy.",
            rich_help_panel=RUNNING,
            show_default=True,
        ),
    ] = MAX_CONCURRENCY
    timeout: Timeout = DEFAULT_TIMEOUT
    retries: Retries = DEFAULT_RETRIES
    grace: Annotated[
        float,
        typer.Option(
            "--grace",
            metavar="SECONDS",
            help="Time to wait for requests in flight after Ctrl-C.",
            rich_help_panel=RUNNING,
            show_default=True,
        ),
    ] = DEFAULT_GRACE
    max_errors: Annotated[
        int | None,
        typer.Option(
            "--max-errors",
            metavar="N",
            help="Stop after N failures.",
            rich_help_panel=RUNNING,
        ),
    ] = None
    max_duration: Annotated[
        float | None,
        typer.Option(
            "--max-duration",
            metavar="SECONDS",
            help="Stop after this time.",
            rich_help_panel=RUNNING,
        ),
    ] = None
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Go on until stopped: caption images that come to the folders.",
            rich_help_panel=RUNNING,
        ),
    ] = False
    no_input: Annotated[
        bool,
        typer.Option(
            "--no-input",
            help="Never ask a question; without --yes, the answer is no.",
            rich_help_panel=RUNNING,
        ),
    ] = False
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the limits."""
        return (
            (
                f"--grace is {self.grace:g}; allowed: 0 to {LONGEST_TIMEOUT:.0f}",
                not 0 <= self.grace <= LONGEST_TIMEOUT,
            ),
            *super().mistakes(),
            *not_positive(
                concurrency=self.concurrency,
                max_errors=self.max_errors,
                max_duration=self.max_duration,
            ),
        )

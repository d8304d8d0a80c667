"""Options for purchases and limits."""

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from rwcap.cli.options.connection import RUNNING
from rwcap.cli.options.group import Group, Mistake, not_positive
from rwcap.cli.options.output import Places
from rwcap.core.alt_text import MAX_ALT_RETRIES
from rwcap.core.sidecar import MergeMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rwcap.api.retry import RetryPolicy
    from rwcap.core.money import Micros
    from rwcap.ledger.budget import Budget, Period
    from rwcap.usecases.purchase.purchase import PurchaseOptions

MONEY: Final = "Money"


def micros(text: str) -> int:
    """Return an amount in dollars as micro-dollars."""
    from rwcap.core.money import parse_usd

    try:
        return parse_usd(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


DryRun: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Print what would be sent, and send nothing; needs no key.",
        rich_help_panel=RUNNING,
    ),
]


class Money(Group):
    """Repeated purchases and limits."""

    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Buy again captions that an earlier run bought.",
            rich_help_panel=MONEY,
        ),
    ] = False
    rebuy_ambiguous: Annotated[
        bool,
        typer.Option(
            "--rebuy-ambiguous",
            help="Buy again captions that may have been charged but never arrived.",
            rich_help_panel=MONEY,
        ),
    ] = False
    max_cost: Annotated[
        int | None,
        typer.Option(
            "--max-cost",
            metavar="USD",
            envvar="RWCAP_MAX_COST",
            parser=micros,
            help="Limit for this run, in dollars (for a daily limit: rwcap config set"
            " budget.day 1.50).",
            rich_help_panel=MONEY,
        ),
    ] = None
    retry_quality: Annotated[
        int,
        typer.Option(
            "--retry-quality",
            metavar="N",
            help="If the text is too long, or fields are missing, buy up to N others.",
            rich_help_panel=MONEY,
            show_default=True,
        ),
    ] = 0
    dry_run: DryRun = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of further purchases."""
        return (
            (
                (
                    f"--retry-quality is {self.retry_quality};"
                    f" allowed: 0 to {MAX_ALT_RETRIES}"
                ),
                not 0 <= self.retry_quality <= MAX_ALT_RETRIES,
            ),
        )

    def conflicts(self, places: Places) -> tuple[Mistake, ...]:
        """Return the mistakes in combination with outputs."""
        return (
            (
                "--fresh with --write needs --mode overwrite, append or prepend",
                self.fresh and bool(places.write) and places.mode is MergeMode.SKIP,
            ),
        )

    def budget(
        self, limits: "Mapping[Period, Micros]", *, waits: bool = False
    ) -> "Budget":
        """Return the limits of this run, today and this month.

        Args:
            limits: The shared limits from the settings.
            waits: Whether a caption waits for another day or month.
        """
        from rwcap.core.money import Micros
        from rwcap.ledger.budget import Budget, Period

        return Budget(
            run=None if self.max_cost is None else Micros(self.max_cost),
            day=limits.get(Period.DAY),
            month=limits.get(Period.MONTH),
            waits=waits,
        )

    def terms(
        self, policy: "RetryPolicy", budget: "Budget", task_uuid: str | None = None
    ) -> "PurchaseOptions":
        """Return the options of purchases."""
        from rwcap.usecases.purchase.purchase import PurchaseOptions

        return PurchaseOptions(
            policy=policy,
            fresh=self.fresh,
            rebuy_ambiguous=self.rebuy_ambiguous,
            task_uuid=task_uuid,
            budget=budget,
        )


class PilotMoney(Money):
    """The money of a batch, with a pilot."""

    pilot: Annotated[
        int | None,
        typer.Option(
            "--pilot",
            metavar="N",
            help="Caption N images at random, estimate the rest, and ask.",
            rich_help_panel=MONEY,
        ),
    ] = None
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Continue after the pilot without asking.",
            rich_help_panel=MONEY,
        ),
    ] = False
    dry_run: DryRun = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the pilot."""
        return (
            *super().mistakes(),
            ("--yes needs --pilot", self.yes and self.pilot is None),
            *not_positive(pilot=self.pilot),
        )

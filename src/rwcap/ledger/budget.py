"""Spending limits per run, day and month, and the check whether a caption fits.

The check runs in the transaction that makes the reservation, so processes that buy
at the same time cannot exceed a limit together.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, NamedTuple

from rwcap.core.errors import BudgetError
from rwcap.core.money import Micros, format_price

if TYPE_CHECKING:
    import sqlite3

    from rwcap.ledger.database.connection import Row
    from rwcap.ledger.runs import Buyer


@unique
class Period(StrEnum):
    """The period in which a limit applies."""

    RUN = "run"
    """One command."""
    DAY = "day"
    """From midnight to midnight in local time."""
    MONTH = "month"
    """A calendar month in local time."""


class Budget(NamedTuple):
    """The spending limit of each period. None means no limit."""

    run: Micros | None = None
    day: Micros | None = None
    month: Micros | None = None
    waits: bool = False
    """Whether a caption waits for another day or month, instead of being refused."""

    def limits(self) -> dict[Period, Micros]:
        """Return the limits that are set."""
        every = {Period.RUN: self.run, Period.DAY: self.day, Period.MONTH: self.month}
        return {period: limit for period, limit in every.items() if limit is not None}


UNLIMITED: Final = Budget()


class PeriodUsage(NamedTuple):
    """The part of a limit that is used, in micro-dollars."""

    spent: int
    """Costs of settled purchases. A purchase of unknown cost counts as reserved."""
    in_progress: int
    """Reservations of purchases that are in progress."""
    ambiguous: int
    """Reservations of purchases that may have been charged."""


class BudgetExhausted(NamedTuple):
    """The next caption could exceed a limit, and waiting does not help."""

    period: Period
    limit: Micros
    usage: PeriodUsage
    price_bound: Micros
    """The highest price expected of the next caption."""

    @property
    def is_too_small(self) -> bool:
        """Whether the limit is below the price of one caption."""
        return self.limit < self.price_bound

    def to_error(self) -> BudgetError:
        """Return the error for the user."""
        used = _amount(self.usage.spent)
        if in_progress := self.usage.in_progress:
            used += f", {_amount(in_progress)} reserved for captions in progress"
        if ambiguous := self.usage.ambiguous:
            used += f", {_amount(ambiguous)} possibly charged (rwcap cost recover)"
        bound, limit = format_price(self.price_bound), format_price(self.limit)
        return BudgetError(
            f"stopped at {used}: the next caption (up to {bound}) could exceed the"
            f" limit of {limit} per {self.period}",
            code="budgetReached",
            hint=self._hint(),
        )

    def _hint(self) -> str:
        """Return what to do: a later run does not help below the price of a caption."""
        later, limit = _NEXT_STEPS[self.period]
        of_run = self.period is Period.RUN
        advice = f"run the same command again {later}, or raise {limit}"
        if self.is_too_small:
            used = 0 if of_run else sum(self.usage)
            advice = f"raise {limit} to {_amount(used + self.price_bound)} or more"
        return advice if of_run else f"{advice} (rwcap config list shows its place)"


_NEXT_STEPS = {
    Period.RUN: ("to continue", "--max-cost"),
    Period.DAY: ("tomorrow", "budget.day"),
    Period.MONTH: ("next month", "budget.month"),
}
"""When a run can go on, and the name of the limit that can be raised."""


def _amount(micros: int) -> str:
    return format_price(Micros(micros))


class BudgetReserved(NamedTuple):
    """The next caption could exceed a limit until purchases in progress are settled."""

    exhausted: BudgetExhausted
    """The result for a caller that does not wait."""


def check_limits(
    limits: dict[Period, Micros], usage: dict[Period, PeriodUsage], price_bound: Micros
) -> BudgetExhausted | BudgetReserved | None:
    """Return the reason why the next caption does not fit, or None if it fits.

    A limit holds even if every reservation is charged in full. Of several limits, that
    of the longest period is the reason: the end of a shorter one would not help.

    Args:
        limits: The limit of each period, in micro-dollars.
        usage: The usage of the same periods.
        price_bound: The highest price expected of the next caption.
    """
    reserved = None
    for period, limit in reversed(limits.items()):
        used = usage[period]
        exhausted = BudgetExhausted(period, limit, used, price_bound)
        committed = used.spent + used.ambiguous + price_bound
        if committed > limit:
            return exhausted
        if committed + used.in_progress > limit:
            reserved = reserved or BudgetReserved(exhausted)
    return reserved


_MONTH: Final = """day BETWEEN date('now', 'localtime', 'start of month')
    AND date('now', 'localtime', 'start of month', '+1 month', '-1 day')"""
_SPENT: Final = {
    Period.RUN: "SELECT sum(spent) FROM run WHERE id = ?",
    Period.DAY: "SELECT sum(spent) FROM day WHERE day = date('now', 'localtime')",
    Period.MONTH: f"SELECT sum(spent) FROM day WHERE {_MONTH}",  # noqa: S608  # a constant
}
"""The query of the settled amount of each period."""

_IN_PERIOD: Final = {
    Period.RUN: "run = ?",
    Period.DAY: "day = date('now', 'localtime')",
    Period.MONTH: _MONTH,
}
_UNSETTLED: Final = """
    SELECT sum(reserved), state, owner, asked FROM purchase INDEXED BY unsettled
    WHERE state IN ('sent', 'ambiguous')
        AND id IS NOT (SELECT id FROM purchase WHERE task_uuid = ?) AND
"""


def check_budget(
    connection: "sqlite3.Connection",
    budget: Budget,
    bound: Micros,
    run: "Buyer",
    *,
    besides: str = "",
) -> BudgetExhausted | BudgetReserved | None:
    """Return the reason why the next caption does not fit, or None if it fits.

    Args:
        connection: The transaction that makes the reservation.
        budget: The limits.
        bound: The highest price expected of the next caption.
        run: The run that buys.
        besides: The task UUID of a purchase whose reservation does not count.
    """
    limits = budget.limits()

    def check(
        is_alive: Callable[[str], bool],
    ) -> BudgetExhausted | BudgetReserved | None:
        usage = {
            period: period_usage(connection.execute, period, run.id, is_alive, besides)
            for period in limits
        }
        return check_limits(limits, usage, bound)

    # `run.is_alive` reads the disk. The first check assumes that no owner runs: if the
    # caption fits then, it fits in any case.
    return check(never_alive) and check(run.is_alive)


def never_alive(_: str) -> bool:
    """Return False: no owner runs."""
    return False


def period_usage(
    read: "Callable[[str, tuple[object, ...]], Iterable[Row]]",
    period: Period,
    run: int | None,
    is_alive: Callable[[str], bool] = never_alive,
    besides: str = "",
) -> PeriodUsage:
    """Return the usage of a period.

    A sent purchase without a running owner counts as ambiguous. If the service does
    not know it (`asked` is 2), it does not count: its next owner reserves anew.

    Args:
        read: Reads rows of the ledger, as `sqlite3.Connection.execute` does.
        period: The period.
        run: The run that buys; None if it has not begun.
        is_alive: Returns whether the owner of a purchase runs.
        besides: The task UUID of a purchase whose reservation does not count.
    """
    of_run = (run,) if period is Period.RUN else ()
    [(spent,)] = read(_SPENT[period], of_run)
    query = f"{_UNSETTLED}{_IN_PERIOD[period]} GROUP BY state, owner, asked > 1"
    rows = [*read(query, (besides, *of_run))]
    owners = {owner for _, _, owner, _ in rows if owner}
    alive = {owner for owner in owners if is_alive(owner)}
    in_progress = sum(reserved for reserved, _, owner, _ in rows if owner in alive)
    ambiguous = sum(
        reserved
        for reserved, state, owner, asked in rows
        if owner not in alive and not (state == "sent" and asked > 1)
    )
    return PeriodUsage(spent or 0, in_progress, ambiguous)

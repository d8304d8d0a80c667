"""What may be spent, and whether another caption fits in.

What is spent and reserved is counted inside the transaction that reserves more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from rwcap.core.errors import BudgetError
from rwcap.core.money import Micros, format_price
from rwcap.core.prices import MAX_PRICE

if TYPE_CHECKING:
    import sqlite3

    from rwcap.ledger.runs import Run


@unique
class Period(StrEnum):
    """For how long a limit counts what is spent."""

    RUN = "run"
    """One command."""
    DAY = "day"
    """From midnight to midnight, local time; so with months."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent in each period; None where there is no limit."""

    run: Micros | None = None
    day: Micros | None = None
    month: Micros | None = None

    def limits(self) -> dict[Period, Micros]:
        """Return the limits that there are."""
        every = {Period.RUN: self.run, Period.DAY: self.day, Period.MONTH: self.month}
        return {period: cap for period, cap in every.items() if cap is not None}


UNLIMITED: Final = Budget()


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """Where one period stands."""

    spent: int
    """Micro-dollars settled; a caption whose price nobody told counts in full."""
    in_progress: int
    """Reserved by purchases that will soon be settled."""
    ambiguous: int
    """Reserved by purchases of which nobody knows yet whether they were charged."""


@dataclass(frozen=True, slots=True)
class BudgetExhausted:
    """One more caption could pass a limit, and no waiting will change that."""

    period: Period
    limit: Micros
    usage: PeriodUsage
    price_bound: Micros
    """What one more caption may cost."""

    def to_error(self) -> BudgetError:
        """Return it as a failure that says what to do."""
        told = f"{format_price(Micros(self.usage.spent))} spent"
        if in_progress := self.usage.in_progress:
            told += (
                f", {format_price(Micros(in_progress))} reserved by what is under way"
            )
        if doubt := self.usage.ambiguous:
            told += f", {format_price(Micros(doubt))} in doubt (rwcap cost recover)"
        return BudgetError(
            f"the {self.period} has a budget of {format_price(self.limit)}: {told};"
            f" a caption may cost {format_price(self.price_bound)}",
            code="budgetReached",
            hint=_HINTS[self.period],
        )


_HINTS = {
    Period.RUN: "the same command goes on; raise --max-cost to buy more at a time",
    Period.DAY: "run the same command again tomorrow, or raise budget.day",
    Period.MONTH: "run the same command again next month, or raise budget.month",
}


@dataclass(frozen=True, slots=True)
class BudgetReserved:
    """One more caption could pass a limit until what is under way is settled."""

    exhausted: BudgetExhausted
    """The limit, as if what is under way were to cost what it may."""


def check_limits(
    caps: dict[Period, Micros], accounts: dict[Period, PeriodUsage], reserve: Micros
) -> BudgetExhausted | BudgetReserved | None:
    """Return why a caption that may cost `reserve` cannot be begun, if it cannot.

    Every limit must hold even if all that is reserved will be charged in full.
    """
    held = None
    for period, cap in caps.items():
        account = accounts[period]
        limit = BudgetExhausted(period, cap, account, reserve)
        certain = account.spent + account.ambiguous + reserve
        if certain > cap:
            return limit
        if certain + account.in_progress > cap:
            held = held or BudgetReserved(limit)
    return held


_MONTH: Final = """day BETWEEN date('now', 'localtime', 'start of month')
    AND date('now', 'localtime', 'start of month', '+1 month', '-1 day')"""
_SPENT: Final = {
    Period.RUN: "SELECT spent FROM run WHERE id = :run",
    Period.DAY: "SELECT sum(spent) FROM day WHERE day = date('now', 'localtime')",
    Period.MONTH: f"SELECT sum(spent) FROM day WHERE {_MONTH}",  # noqa: S608  # ours
}
_RESERVED: Final = {
    Period.RUN: "run = :run",
    Period.DAY: "day = date('now', 'localtime')",
    Period.MONTH: _MONTH,
}
# What the service was asked after and has not heard of is charged only if it is sent
# again, which its next owner makes sure of.
_UNSETTLED: Final = """
    SELECT reserved, state, owner, asked FROM purchase INDEXED BY unsettled
    WHERE state IN ('sent', 'ambiguous')
        AND id IS NOT (SELECT id FROM purchase WHERE task_uuid = :besides) AND
"""


def price_bound(database: "sqlite3.Connection") -> Micros:
    """Return what a caption may cost: the dearest on the model's page, or ever seen.

    The condition is that of the index, word for word.
    """
    (dearer,) = database.execute(
        "SELECT max(cost) FROM purchase INDEXED BY dear WHERE cost > 2600"
    ).fetchone()
    return Micros(max(MAX_PRICE, dearer or 0))


def check_budget(
    database: "sqlite3.Connection",
    budget: Budget,
    reserved: Micros,
    run: "Run",
    *,
    besides: str = "",
) -> BudgetExhausted | BudgetReserved | None:
    """Return why the budget has no room for another caption, if it has none.

    The reservation of the purchase `besides` is not counted.
    """
    caps = budget.limits()
    refusal: BudgetExhausted | BudgetReserved | None = None
    # Whether an owner still runs takes a look at the disk, so it is asked only where
    # all that is reserved does not fit in.
    for is_alive in (_never_alive, run.is_alive):
        accounts = {
            period: _period_usage(database, period, run.id, is_alive, besides)
            for period in caps
        }
        refusal = check_limits(caps, accounts, reserved)
        if refusal is None:
            break
    return refusal


def _never_alive(_: str) -> bool:
    return False


def _period_usage(
    database: "sqlite3.Connection",
    period: Period,
    run: int,
    is_alive: Callable[[str], bool],
    besides: str,
) -> PeriodUsage:
    """Return where a period stands.

    What is sent and has nobody who waits for it will not be settled by itself.
    """
    names = {"run": run, "besides": besides}
    (spent,) = database.execute(_SPENT[period], names).fetchone()
    rows = database.execute(_UNSETTLED + _RESERVED[period], names).fetchall()
    owners = {owner for _, state, owner, _ in rows if state == "sent" and owner}
    alive = {owner for owner in owners if is_alive(owner)}
    in_progress = sum(reserved for reserved, _, owner, _ in rows if owner in alive)
    ambiguous = sum(
        reserved
        for reserved, _, owner, asked in rows
        if owner not in alive and not asked
    )
    return PeriodUsage(spent or 0, in_progress, ambiguous)

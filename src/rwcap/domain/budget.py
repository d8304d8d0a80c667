"""What may be spent, and whether another caption fits in."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from rwcap.domain.errors import BudgetError
from rwcap.domain.price import Micros, display


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

    def caps(self) -> dict[Period, Micros]:
        """Return the limits that there are."""
        every = {Period.RUN: self.run, Period.DAY: self.day, Period.MONTH: self.month}
        return {period: cap for period, cap in every.items() if cap is not None}


UNLIMITED: Final = Budget()


@dataclass(frozen=True, slots=True)
class Account:
    """Where one period stands."""

    spent: int
    """Micro-dollars settled; a caption whose price nobody told counts in full."""
    under_way: int
    """Reserved by purchases that will soon be settled."""
    in_doubt: int
    """Reserved by purchases of which nobody knows yet whether they were charged."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """One more caption could pass a limit, and no waiting will change that."""

    period: Period
    cap: Micros
    account: Account
    reserve: Micros
    """What one more caption may cost."""

    def explain(self) -> BudgetError:
        """Return it as a failure that says what to do."""
        told = f"{display(Micros(self.account.spent))} spent"
        if under_way := self.account.under_way:
            told += f", {display(Micros(under_way))} reserved by what is under way"
        if doubt := self.account.in_doubt:
            told += f", {display(Micros(doubt))} in doubt (rwcap cost recover)"
        return BudgetError(
            f"the {self.period} has a budget of {display(self.cap)}: {told};"
            f" a caption may cost {display(self.reserve)}",
            code="budgetReached",
            hint=_HINTS[self.period],
        )


_HINTS = {
    Period.RUN: "the same command goes on; raise --max-cost to buy more at a time",
    Period.DAY: "run the same command again tomorrow, or raise budget.day",
    Period.MONTH: "run the same command again next month, or raise budget.month",
}


@dataclass(frozen=True, slots=True)
class Held:
    """One more caption could pass a limit until what is under way is settled."""

    limit: Exhausted
    """The limit, as if what is under way were to cost what it may."""


def admit(
    caps: dict[Period, Micros], accounts: dict[Period, Account], reserve: Micros
) -> Exhausted | Held | None:
    """Return why a caption that may cost `reserve` cannot be begun, if it cannot.

    Every limit must hold even if all that is reserved will be charged in full.
    """
    held = None
    for period, cap in caps.items():
        account = accounts[period]
        limit = Exhausted(period, cap, account, reserve)
        certain = account.spent + account.in_doubt + reserve
        if certain > cap:
            return limit
        if certain + account.under_way > cap:
            held = held or Held(limit)
    return held

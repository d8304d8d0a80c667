"""Limits hold even if every purchase in progress is charged in full."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rwcap.core.errors import ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.ledger.budget import (
    Budget,
    BudgetExhausted,
    BudgetReserved,
    Period,
    PeriodUsage,
    check_limits,
)

NEXT = Micros(2600)
LISTED = " (rwcap config list shows its place)"
AMOUNTS = st.integers(0, 10_000).map(Micros)
ACCOUNTS = st.builds(PeriodUsage, AMOUNTS, AMOUNTS, AMOUNTS)


@pytest.mark.parametrize(
    ("account", "verdict"),
    [
        (PeriodUsage(0, 0, 0), None),
        (PeriodUsage(7400, 0, 0), None),
        (PeriodUsage(0, 7400, 0), None),
        (PeriodUsage(0, 0, 7400), None),
        (PeriodUsage(7401, 0, 0), BudgetExhausted),
        (PeriodUsage(0, 0, 7401), BudgetExhausted),
        (PeriodUsage(7000, 0, 401), BudgetExhausted),
        (PeriodUsage(0, 7401, 0), BudgetReserved),
        (PeriodUsage(5000, 5000, 0), BudgetReserved),
        (PeriodUsage(0, 2600, 5000), BudgetReserved),
    ],
)
def test_a_caption_may_be_bought_if_it_fits_the_limit(
    account: PeriodUsage, verdict: type | None
) -> None:
    """Purchases in progress may cost less; ambiguous purchases count in full."""
    found = check_limits({Period.DAY: Micros(10_000)}, {Period.DAY: account}, NEXT)

    assert verdict is None if found is None else isinstance(found, verdict or ())


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(Period), st.tuples(AMOUNTS, ACCOUNTS)), AMOUNTS)
def test_no_limit_is_exceeded(
    periods: dict[Period, tuple[Micros, PeriodUsage]], reserve: Micros
) -> None:
    """Every limit holds. The result names the last limit that is used up."""
    caps = {period: cap for period, (cap, _) in periods.items()}
    accounts = {period: account for period, (_, account) in periods.items()}

    found = check_limits(caps, accounts, reserve)

    room = {
        period: cap - account.spent - account.ambiguous - reserve
        for period, (cap, account) in periods.items()
    }
    used_up = [period for period, left in room.items() if left < 0]
    if used_up:
        assert isinstance(found, BudgetExhausted)
        assert found.period == used_up[-1]
    elif any(left < accounts[period].in_progress for period, left in room.items()):
        assert isinstance(found, BudgetReserved)
    else:
        assert found is None


def test_unset_limits_are_left_out() -> None:
    """Zero is a limit: only captions in the ledger are allowed."""
    assert Budget().limits() == {}
    assert Budget(run=Micros(0), month=Micros(5)).limits() == {
        Period.RUN: 0,
        Period.MONTH: 5,
    }


@pytest.mark.parametrize(
    ("period", "hint"),
    [
        (Period.RUN, "run the same command again to continue, or raise --max-cost"),
        (
            Period.DAY,
            "run the same command again tomorrow, or raise budget.day" + LISTED,
        ),
        (
            Period.MONTH,
            "run the same command again next month, or raise budget.month" + LISTED,
        ),
    ],
)
def test_the_error_of_a_used_up_budget_names_limit_costs_and_hint(
    period: Period, hint: str
) -> None:
    """Amounts that may not have been charged are listed separately."""
    account = PeriodUsage(998_000, 0, 1300)

    failure = BudgetExhausted(period, Micros(1_000_000), account, NEXT).to_error()

    assert failure.message == (
        "stopped at $0.9980, $0.0013 possibly charged (rwcap cost recover): the next"
        " caption (up to $0.0026) could exceed the limit of $1.0000"
        f" per {period}"
    )
    assert failure.hint == hint
    assert (failure.kind, failure.status) == (ErrorKind.BUDGET, ExitStatus.LIMIT)


@pytest.mark.parametrize(
    ("period", "hint"),
    [
        (Period.RUN, "raise --max-cost to $0.0026 or more"),
        (Period.DAY, "raise budget.day to $0.0086 or more" + LISTED),
    ],
)
def test_a_limit_below_the_price_of_a_caption_has_to_be_raised(
    period: Period, hint: str
) -> None:
    """What was used counts for a day, but not for a run, which begins anew."""
    usage = PeriodUsage(3000, 2000, 1000)

    exhausted = BudgetExhausted(period, Micros(1000), usage, NEXT)

    assert exhausted.to_error().hint == hint


def test_a_limit_of_the_price_of_a_caption_is_high_enough_for_a_later_run() -> None:
    """It allows one caption a day."""
    exhausted = BudgetExhausted(Period.DAY, NEXT, PeriodUsage(1, 0, 0), NEXT)

    assert str(exhausted.to_error().hint).startswith("run the same command again")


def test_the_limit_of_the_longest_period_is_the_reason() -> None:
    """Tomorrow, the limit of the month would still stop the run."""
    limits = Budget(Micros(1), Micros(1), Micros(1)).limits()
    usage = dict.fromkeys(limits, PeriodUsage(0, 0, 0))

    reason = check_limits(limits, usage, NEXT)

    assert isinstance(reason, BudgetExhausted)
    assert reason.period is Period.MONTH

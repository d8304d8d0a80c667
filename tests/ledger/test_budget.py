"""Limits hold even if everything under way is charged in full."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.ledger.budget import Account, Budget, Exhausted, Held, Period, admit

NEXT = Micros(2600)
AMOUNTS = st.integers(0, 10_000).map(Micros)
ACCOUNTS = st.builds(Account, AMOUNTS, AMOUNTS, AMOUNTS)


@pytest.mark.parametrize(
    ("account", "verdict"),
    [
        (Account(0, 0, 0), None),
        (Account(7400, 0, 0), None),
        (Account(0, 7400, 0), None),
        (Account(0, 0, 7400), None),
        (Account(7401, 0, 0), Exhausted),
        (Account(0, 0, 7401), Exhausted),
        (Account(7000, 0, 401), Exhausted),
        (Account(0, 7401, 0), Held),
        (Account(5000, 5000, 0), Held),
        (Account(0, 2600, 5000), Held),
    ],
)
def test_a_caption_is_begun_if_it_fits_in(
    account: Account, verdict: type | None
) -> None:
    """What is under way may turn out cheaper; what is in doubt will not by itself."""
    found = admit({Period.DAY: Micros(10_000)}, {Period.DAY: account}, NEXT)

    assert verdict is None if found is None else isinstance(found, verdict or ())


@given(st.dictionaries(st.sampled_from(Period), st.tuples(AMOUNTS, ACCOUNTS)), AMOUNTS)
def test_no_limit_is_passed(
    periods: dict[Period, tuple[Micros, Account]], reserve: Micros
) -> None:
    """Of several, each holds; the first that is used up is told."""
    caps = {period: cap for period, (cap, _) in periods.items()}
    accounts = {period: account for period, (_, account) in periods.items()}

    found = admit(caps, accounts, reserve)

    room = {
        period: cap - account.spent - account.in_doubt - reserve
        for period, (cap, account) in periods.items()
    }
    used_up = [period for period, left in room.items() if left < 0]
    if used_up:
        assert isinstance(found, Exhausted)
        assert found.period == used_up[0]
    elif any(left < accounts[period].under_way for period, left in room.items()):
        assert isinstance(found, Held)
    else:
        assert found is None


def test_limits_that_are_not_set_are_none() -> None:
    """Zero is a limit: only what is there already is had."""
    assert Budget().caps() == {}
    assert Budget(run=Micros(0), month=Micros(5)).caps() == {
        Period.RUN: 0,
        Period.MONTH: 5,
    }


@pytest.mark.parametrize("period", Period)
def test_a_budget_that_is_used_up_is_told_with_a_way_on(period: Period) -> None:
    """Which, how much, and what may be in it that was never charged."""
    account = Account(998_000, 0, 1300)

    failure = Exhausted(period, Micros(1_000_000), account, NEXT).explain()

    assert failure.message == (
        f"the {period} has a budget of $1.0000: $0.9980 spent, $0.0013 in doubt"
        " (rwcap cost recover); a caption may cost $0.0026"
    )
    assert failure.hint
    assert (failure.kind, failure.status) == (ErrorKind.BUDGET, ExitStatus.LIMIT)

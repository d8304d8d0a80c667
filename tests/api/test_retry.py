"""How often to try, and how long to wait in between."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.retry import RetryPolicy


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_spread_over_a_range_that_doubles(
    attempt: int, random: float
) -> None:
    """Full jitter: from nothing to the bound, and never beyond it."""
    policy = RetryPolicy()
    bound = min(30.0, 2.0 ** min(attempt - 1, 60))

    assert policy.delay(attempt, 0.0, None) == 0.0
    assert 0.0 <= policy.delay(attempt, random, None) <= bound


@given(st.floats(0.1, 300), st.floats(0, 1, exclude_max=True))
def test_the_pause_that_was_asked_for_is_kept(wanted: float, random: float) -> None:
    """To the second: no jitter of ours on it; none asked for is one of ours."""
    assert RetryPolicy().delay(3, random, wanted) == wanted
    assert RetryPolicy().delay(3, 0.5, 0.0) == 2.0


def test_questions_become_rarer() -> None:
    """One second at first, ten at most."""
    pauses = list(islice(RetryPolicy().poll_intervals(), 10))

    assert pauses[0] == 1.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 10.0

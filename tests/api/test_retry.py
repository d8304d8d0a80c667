"""Tests of the pauses between tries and between queries."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.retry import RetryPolicy


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_the_range_of_a_pause_doubles_with_every_try(
    attempt: int, random: float
) -> None:
    """With full jitter a pause is between zero and the upper bound."""
    policy = RetryPolicy()
    bound = min(30.0, 2.0 ** min(attempt - 1, 60))

    assert policy.delay(attempt, 0.0, None) == 0.0
    assert 0.0 <= policy.delay(attempt, random, None) <= bound


@given(st.floats(0.1, 300), st.floats(0, 1, exclude_max=True))
def test_a_requested_pause_is_kept(wanted: float, random: float) -> None:
    """It gets no jitter. A requested pause of zero counts as none."""
    assert RetryPolicy().delay(3, random, wanted) == wanted
    assert RetryPolicy().delay(3, 0.5, 0.0) == 2.0


def test_queries_become_less_frequent() -> None:
    """The pause grows from one second to ten."""
    pauses = list(islice(RetryPolicy().poll_intervals(), 10))

    assert pauses[0] == 1.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 10.0

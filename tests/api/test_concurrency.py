"""Tests of the adaptive concurrency limit."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.concurrency import INITIAL_CONCURRENCY, MAX_CONCURRENCY, ConcurrencyLimit

CEILINGS = st.integers(1, 100)
SECONDS = st.floats(0, 1e6)


def succeed(limit: ConcurrencyLimit, times: int, seconds: float = 1.0) -> None:
    """Record successes, one after the other."""
    for _ in range(times):
        limit.record_success(limit.start_request(), seconds)


def refuse(limit: ConcurrencyLimit) -> None:
    """Record a round of refusals."""
    token = limit.start_request()
    for _ in range(limit.value):
        limit.record_congestion(token)


def busy_rounds(limit: ConcurrencyLimit, share: float, rounds: int) -> float:
    """Record rounds in which the service refuses a share. Return the mean limit."""
    generator = Random(5)  # noqa: S311  # not used for security
    total = 0
    for _ in range(rounds):
        token, flight = limit.start_request(), limit.value
        total += flight
        for _ in range(flight):
            if generator.random() < share:
                limit.record_congestion(token)
            else:
                limit.record_success(token, 1.0)
    return total / rounds


def test_the_limit_starts_low_and_doubles_every_round() -> None:
    """Each success adds one until the ceiling."""
    limit = ConcurrencyLimit()
    limits = [limit.value]

    for _ in range(4):
        succeed(limit, limit.value)
        limits.append(limit.value)

    assert limits == [INITIAL_CONCURRENCY, 8, 16, 32, MAX_CONCURRENCY]


@pytest.mark.parametrize(("ceiling", "start"), [(1, 1), (3, 3), (32, 4), (128, 16)])
def test_a_high_ceiling_is_reached_in_as_many_rounds(ceiling: int, start: int) -> None:
    """The limit starts with an eighth of the ceiling, at least 4."""
    limit = ConcurrencyLimit(ceiling)
    first = limit.value

    for _ in range(3):
        succeed(limit, limit.value)

    assert (first, limit.value) == (start, ceiling)


def test_after_a_refusal_the_limit_rises_by_one_every_round() -> None:
    """A refused round halves it. A large limit rises by a thirty-second part."""
    limit = ConcurrencyLimit(ceiling=1000, start=40)

    refuse(limit)
    limits = [limit.value]
    for _ in range(3):
        succeed(limit, limit.value + 1)
        limits.append(limit.value)

    assert limits == [20, 21, 22, 23]
    large = ConcurrencyLimit(ceiling=1000, start=640)
    refuse(large)
    succeed(large, 320)
    assert large.value == 330


def test_a_few_random_refusals_hardly_lower_the_limit() -> None:
    """A service that is busy now and then is no reason to slow down."""
    for share, least in ((0.01, 31), (0.05, 28), (0.2, 6)):
        assert busy_rounds(ConcurrencyLimit(start=32), share, 300) >= least
        assert busy_rounds(ConcurrencyLimit(ceiling=128), share, 300) >= least
    assert busy_rounds(ConcurrencyLimit(start=32), 1.0, 300) < 2


def test_the_limit_settles_where_the_service_ends() -> None:
    """A service of 20 places refuses one request in five at most."""
    limit = ConcurrencyLimit(ceiling=128)
    flights = []
    for _ in range(100):
        token, flight = limit.start_request(), limit.value
        flights.append(flight)
        for number in range(flight):
            if number < 20:
                limit.record_success(token, 1.0)
            else:
                limit.record_congestion(token)

    assert 18 <= sum(flights[50:]) / 50 <= 25


@given(CEILINGS, st.integers(-3, 200))
def test_the_start_is_within_the_bounds(ceiling: int, start: int) -> None:
    """The ceiling limits the start."""
    assert ConcurrencyLimit(ceiling, start).value == max(1, min(start, ceiling))


@given(CEILINGS, st.lists(st.tuples(st.integers(0, 5), SECONDS | st.none())))
def test_no_sequence_leaves_the_bounds(
    ceiling: int, events: list[tuple[int, float | None]]
) -> None:
    """Successes and refusals come in any order, for requests of any age."""
    limit = ConcurrencyLimit(ceiling)

    for age, seconds in events:
        token = max(0, limit.start_request() - age)
        if seconds is None:
            limit.record_congestion(token)
        else:
            limit.record_success(token, seconds)

        assert 1 <= limit.value <= ceiling


@given(st.integers(64, 200))
def test_a_refused_round_counts_once(refusals: int) -> None:
    """All its requests began in one epoch. The next round counts again."""
    limit = ConcurrencyLimit(ceiling=64, start=64)
    tokens = [limit.start_request() for _ in range(refusals)]

    for token in tokens:
        limit.record_congestion(token)
    after_one_round = limit.value
    refuse(limit)

    assert (after_one_round, limit.value) == (32, 16)


@given(CEILINGS, st.integers(1, 20))
def test_the_limit_recovers_to_the_ceiling(ceiling: int, refusals: int) -> None:
    """From 1 it takes about ceiling²/2 successes."""
    limit = ConcurrencyLimit(ceiling)
    for _ in range(refusals):
        refuse(limit)

    succeed(limit, ceiling * ceiling)

    assert limit.value == ceiling


@given(SECONDS, st.integers(1, 300))
def test_steady_replies_never_lower_the_limit(seconds: float, answers: int) -> None:
    """Replies are slow only in comparison with the usual duration."""
    limit = ConcurrencyLimit()
    token = limit.start_request()

    for _ in range(answers):
        before = limit.value
        limit.record_success(token, seconds)

        assert limit.value >= before
    assert limit.start_request() == token


@given(st.floats(0.001, 1000), st.integers(32, 500))
def test_replies_that_become_five_times_as_slow_lower_the_limit(
    seconds: float, answers: int
) -> None:
    """Three slow replies lower it to three quarters; more of that epoch do nothing."""
    limit = ConcurrencyLimit(start=32)
    token = limit.start_request()
    for _ in range(answers):
        limit.record_success(token, seconds)

    for _ in range(3):
        limit.record_success(token, 5 * seconds)
    lowered = limit.value
    limit.record_success(token, 5 * seconds)

    assert lowered == 24
    assert limit.value == 24
    assert limit.start_request() == token + 1


def test_slow_replies_end_the_doubling() -> None:
    """After that the limit rises by one every round."""
    limit = ConcurrencyLimit(ceiling=1000, start=1)
    succeed(limit, 39)
    succeed(limit, 2, seconds=5.0)
    at_its_height = limit.value

    succeed(limit, 1, seconds=5.0)
    lowered = limit.value
    succeed(limit, lowered - 1, seconds=0.0)

    assert (at_its_height, lowered) == (42, 31)
    assert limit.value == lowered + 1


def test_the_first_replies_never_count_as_slow() -> None:
    """The 32nd reply is the first that can."""
    limit = ConcurrencyLimit(start=32)
    succeed(limit, 20)
    succeed(limit, 11, seconds=9.0)
    before = limit.value

    succeed(limit, 1, seconds=9.0)

    assert (before, limit.value) == (32, 24)

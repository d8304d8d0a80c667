"""The limit finds what the service can take, and never leaves its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.concurrency import INITIAL_CONCURRENCY, MAX_CONCURRENCY, ConcurrencyLimit

CEILINGS = st.integers(1, 100)
SECONDS = st.floats(0, 1e6)


def succeed(limit: ConcurrencyLimit, times: int, seconds: float = 1.0) -> None:
    """Answer so many requests, one after the other."""
    for _ in range(times):
        limit.record_success(limit.start_request(), seconds)


def refuse(limit: ConcurrencyLimit) -> None:
    """Refuse one request that began just now."""
    limit.record_congestion(limit.start_request())


def test_it_starts_low_and_doubles_with_every_round() -> None:
    """Each answer of a round raises it by one, until the ceiling."""
    limit = ConcurrencyLimit()
    limits = [limit.value]

    for _ in range(4):
        succeed(limit, limit.value)
        limits.append(limit.value)

    assert limits == [INITIAL_CONCURRENCY, 8, 16, 32, MAX_CONCURRENCY]


def test_after_a_refusal_it_rises_by_one_with_every_round() -> None:
    """Half at once; then about as many answers as the limit for each step."""
    limit = ConcurrencyLimit(ceiling=100, start=40)

    refuse(limit)
    limits = [limit.value]
    for _ in range(3):
        succeed(limit, limit.value + 1)
        limits.append(limit.value)

    assert limits == [20, 21, 22, 23]


@given(CEILINGS, st.integers(-3, 200))
def test_the_start_lies_within_the_bounds(ceiling: int, start: int) -> None:
    """A ceiling below the usual start wins."""
    assert ConcurrencyLimit(ceiling, start).value == max(1, min(start, ceiling))


@given(CEILINGS, st.lists(st.tuples(st.integers(0, 5), SECONDS | st.none())))
def test_no_sequence_leaves_the_bounds(
    ceiling: int, events: list[tuple[int, float | None]]
) -> None:
    """Answers and refusals in any order, to requests of any age."""
    limit = ConcurrencyLimit(ceiling)

    for age, seconds in events:
        token = max(0, limit.start_request() - age)
        if seconds is None:
            limit.record_congestion(token)
        else:
            limit.record_success(token, seconds)

        assert 1 <= limit.value <= ceiling


@given(st.integers(1, 200))
def test_a_round_that_is_refused_counts_once(refusals: int) -> None:
    """All its requests began at the same limit; the next round counts anew."""
    limit = ConcurrencyLimit(ceiling=64, start=64)
    tokens = [limit.start_request() for _ in range(refusals)]

    for token in tokens:
        limit.record_congestion(token)
    after_one_round = limit.value
    refuse(limit)

    assert (after_one_round, limit.value) == (32, 16)


@given(CEILINGS, st.integers(1, 20))
def test_it_recovers_to_the_ceiling(ceiling: int, refusals: int) -> None:
    """However often it was halved: from 1 it takes about half the square."""
    limit = ConcurrencyLimit(ceiling)
    for _ in range(refusals):
        refuse(limit)

    succeed(limit, ceiling * ceiling)

    assert limit.value == ceiling


@given(SECONDS, st.integers(1, 300))
def test_steady_answers_never_lower_it(seconds: float, answers: int) -> None:
    """However slow they are: slow is only what is slower than usual."""
    limit = ConcurrencyLimit()
    token = limit.start_request()

    for _ in range(answers):
        before = limit.value
        limit.record_success(token, seconds)

        assert limit.value >= before
    assert limit.start_request() == token


@given(st.floats(0.001, 1000), st.integers(32, 500))
def test_answers_that_become_five_times_as_slow_lower_it(
    seconds: float, answers: int
) -> None:
    """To three quarters, with three answers, and with more of that round no further."""
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


def test_slowness_ends_the_doubling() -> None:
    """From then on the limit rises by one with every round."""
    limit = ConcurrencyLimit(ceiling=1000, start=1)
    succeed(limit, 39)
    succeed(limit, 2, seconds=5.0)
    at_its_height = limit.value

    succeed(limit, 1, seconds=5.0)
    lowered = limit.value
    succeed(limit, lowered - 1, seconds=0.0)

    assert (at_its_height, lowered) == (42, 31)
    assert limit.value == lowered + 1


def test_the_first_answers_are_too_few_to_be_slow() -> None:
    """The 32nd is the first that can be."""
    limit = ConcurrencyLimit(start=32)
    succeed(limit, 20)
    succeed(limit, 11, seconds=9.0)
    before = limit.value

    succeed(limit, 1, seconds=9.0)

    assert (before, limit.value) == (32, 24)

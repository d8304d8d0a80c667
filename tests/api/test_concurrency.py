"""The pace finds what the service can take, and never leaves its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.concurrency import CEILING, START, Pace

CEILINGS = st.integers(1, 100)
SECONDS = st.floats(0, 1e6)


def succeed(pace: Pace, times: int, seconds: float = 1.0) -> None:
    """Answer so many requests, one after the other."""
    for _ in range(times):
        pace.succeeded(pace.began(), seconds)


def refuse(pace: Pace) -> None:
    """Refuse one request that began just now."""
    pace.congested(pace.began())


def test_it_starts_low_and_doubles_with_every_round() -> None:
    """Each answer of a round raises it by one, until the ceiling."""
    pace = Pace()
    limits = [pace.limit]

    for _ in range(4):
        succeed(pace, pace.limit)
        limits.append(pace.limit)

    assert limits == [START, 8, 16, 32, CEILING]


def test_after_a_refusal_it_rises_by_one_with_every_round() -> None:
    """Half at once; then about as many answers as the limit for each step."""
    pace = Pace(ceiling=100, start=40)

    refuse(pace)
    limits = [pace.limit]
    for _ in range(3):
        succeed(pace, pace.limit + 1)
        limits.append(pace.limit)

    assert limits == [20, 21, 22, 23]


@given(CEILINGS, st.integers(-3, 200))
def test_the_start_lies_within_the_bounds(ceiling: int, start: int) -> None:
    """A ceiling below the usual start wins."""
    assert Pace(ceiling, start).limit == max(1, min(start, ceiling))


@given(CEILINGS, st.lists(st.tuples(st.integers(0, 5), SECONDS | st.none())))
def test_no_sequence_leaves_the_bounds(
    ceiling: int, events: list[tuple[int, float | None]]
) -> None:
    """Answers and refusals in any order, to requests of any age."""
    pace = Pace(ceiling)

    for age, seconds in events:
        token = max(0, pace.began() - age)
        if seconds is None:
            pace.congested(token)
        else:
            pace.succeeded(token, seconds)

        assert 1 <= pace.limit <= ceiling


@given(st.integers(1, 200))
def test_a_round_that_is_refused_counts_once(refusals: int) -> None:
    """All its requests began at the same limit; the next round counts anew."""
    pace = Pace(ceiling=64, start=64)
    tokens = [pace.began() for _ in range(refusals)]

    for token in tokens:
        pace.congested(token)
    after_one_round = pace.limit
    refuse(pace)

    assert (after_one_round, pace.limit) == (32, 16)


@given(CEILINGS, st.integers(1, 20))
def test_it_recovers_to_the_ceiling(ceiling: int, refusals: int) -> None:
    """However often it was halved: from 1 it takes about half the square."""
    pace = Pace(ceiling)
    for _ in range(refusals):
        refuse(pace)

    succeed(pace, ceiling * ceiling)

    assert pace.limit == ceiling


@given(SECONDS, st.integers(1, 300))
def test_steady_answers_never_lower_it(seconds: float, answers: int) -> None:
    """However slow they are: slow is only what is slower than usual."""
    pace = Pace()
    token = pace.began()

    for _ in range(answers):
        before = pace.limit
        pace.succeeded(token, seconds)

        assert pace.limit >= before
    assert pace.began() == token


@given(st.floats(0.001, 1000), st.integers(32, 500))
def test_answers_that_become_five_times_as_slow_lower_it(
    seconds: float, answers: int
) -> None:
    """To three quarters, with three answers, and with more of that round no further."""
    pace = Pace(start=32)
    token = pace.began()
    for _ in range(answers):
        pace.succeeded(token, seconds)

    for _ in range(3):
        pace.succeeded(token, 5 * seconds)
    lowered = pace.limit
    pace.succeeded(token, 5 * seconds)

    assert lowered == 24
    assert pace.limit == 24
    assert pace.began() == token + 1


def test_slowness_ends_the_doubling() -> None:
    """From then on the limit rises by one with every round."""
    pace = Pace(ceiling=1000, start=1)
    succeed(pace, 39)
    succeed(pace, 2, seconds=5.0)
    at_its_height = pace.limit

    succeed(pace, 1, seconds=5.0)
    lowered = pace.limit
    succeed(pace, lowered - 1, seconds=0.0)

    assert (at_its_height, lowered) == (42, 31)
    assert pace.limit == lowered + 1


def test_the_first_answers_are_too_few_to_be_slow() -> None:
    """The 32nd is the first that can be."""
    pace = Pace(start=32)
    succeed(pace, 20)
    succeed(pace, 11, seconds=9.0)
    before = pace.limit

    succeed(pace, 1, seconds=9.0)

    assert (before, pace.limit) == (32, 24)

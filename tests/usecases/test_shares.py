"""Workers share one ceiling of requests in flight."""

from hypothesis import given
from hypothesis import strategies as st

from rwcap.usecases.job.shares import Shares


def test_the_first_worker_has_it_all_until_there_is_a_second() -> None:
    """The second waits until the first has confirmed its smaller share."""
    shares = Shares(8, set)

    assert shares.update("first", 0, 0) == 8
    assert shares.update("second", 0, 0) == 0
    assert shares.update("first", 8, 8) == 4
    assert shares.update("second", 0, 0) == 0  # the first has eight in flight
    assert shares.update("first", 4, 6) == 4
    assert shares.update("second", 0, 0) == 2
    assert shares.update("first", 4, 4) == 4
    assert shares.update("second", 2, 2) == 4


def test_the_share_of_a_worker_that_ends_is_free() -> None:
    """The rest have it at their next message."""
    shares = Shares(8, set)
    shares.update("first", 0, 0)
    shares.update("second", 0, 0)

    shares.remove("first")
    shares.remove("stranger")

    assert shares.update("second", 0, 0) == 8


def test_a_ledger_that_was_started_again_raises_no_share_before_all_have_called() -> (
    None
):
    """It does not know what the others have."""
    running = {"first", "second", "dead"}
    shares = Shares(8, lambda: running)

    assert shares.update("first", 3, 3) == 3
    assert shares.update("second", 3, 0) == 3
    assert shares.update("first", 3, 3) == 3
    running.remove("dead")  # its lease has expired
    assert shares.update("first", 3, 3) == 3
    assert shares.update("first", 3, 3) == 4


def test_with_more_workers_than_requests_some_wait() -> None:
    """Each request in flight is somebody's."""
    shares = Shares(2, set)

    assert [shares.update(name, 0, 0) for name in "abc"] == [2, 0, 0]
    assert [shares.update("a", 2, 0), shares.update("a", 1, 0)] == [1, 1]
    assert shares.update("c", 0, 0) == 1
    assert shares.update("b", 0, 0) == 0


@given(
    ceiling=st.integers(1, 40),
    steps=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60),
)
def test_the_ceiling_is_never_exceeded(
    ceiling: int, steps: list[tuple[int, int]]
) -> None:
    """Each worker sends as much as it may, and ends it when it likes."""
    shares, told, used = Shares(ceiling, set), [0] * 6, [0] * 6
    for worker, kept in steps:
        used[worker] = min(max(used[worker], told[worker]), kept)
        new = shares.update(str(worker), told[worker], used[worker])
        used[worker] = max(used[worker], told[worker])  # while the message is under way
        told[worker] = new

        assert sum(max(*pair) for pair in zip(told, used, strict=True)) <= ceiling

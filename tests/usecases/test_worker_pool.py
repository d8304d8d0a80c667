"""A pool processes jobs in threads, up to a limit."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from threading import Event, Lock, RLock
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rwcap.core.errors import RwcapError
from rwcap.usecases.batch import worker_pool as module
from rwcap.usecases.batch.worker_pool import (
    MAX_BYTES,
    MAX_QUEUED,
    KnownResult,
    Steps,
    WorkerPool,
)
from tests.waiting import wait_until

T = TypeVar("T")
PATIENCE = 30


def pool(
    work: Callable[[int], int], *, limit: int = 4, size: int = 0
) -> WorkerPool[int, int, int, int]:
    """Return a pool whose jobs are numbers."""
    return WorkerPool(steps(work), slots=lambda: limit, size=lambda _: size)


def steps(work: Callable[[T], T]) -> Steps[T, T, T, T]:
    """Return steps of which only the one with slots does anything."""
    return Steps(lambda job: job, work, lambda done: done)


class Busy:
    """Work that counts the jobs in progress."""

    def __init__(self, size: Callable[[int], int] = lambda _: 1) -> None:
        """Start without jobs."""
        self._lock = Lock()
        self._size = size
        self._now = 0
        self.most = 0
        """The maximum number of jobs in progress."""
        self.alone = True
        """Whether each job above the memory limit ran alone."""
        self.begun = 0

    def work(self, job: int) -> int:
        """Work for a moment."""
        size = self._size(job)
        with self._lock:
            self.begun += 1
            self._now += size
            self.most = max(self.most, self._now)
            self.alone &= size <= MAX_BYTES or self._now == size
        time.sleep(0.0005)
        with self._lock:
            self._now -= size
        return job


@settings(max_examples=20)
@given(
    jobs=st.lists(st.integers(0, 99), max_size=60),
    ready=st.sets(st.integers(0, 99)),
    limit=st.integers(1, 9),
)
def test_every_job_runs_once_in_any_order(
    jobs: list[int], ready: set[int], limit: int
) -> None:
    """Known results are passed on. The number of jobs stays within the limit."""
    busy = Busy()
    each: WorkerPool[int, int, int, int] = WorkerPool(
        steps(busy.work), slots=lambda: limit, size=lambda _: 0
    )

    results = list(each.run(KnownResult(job) if job in ready else job for job in jobs))
    each.shut_down()

    assert sorted(results) == sorted(jobs)
    assert busy.begun == sum(job not in ready for job in jobs)
    assert busy.most <= limit
    assert each.is_idle
    assert each.is_exhausted


def test_the_limit_may_change_at_any_time() -> None:
    """Lower: no job starts until enough have ended. Higher: more jobs run."""
    limit = 1
    entered: list[int] = []
    go = [Event() for _ in range(4)]

    def work(job: int) -> int:
        entered.append(job)
        assert go[job].wait(PATIENCE)
        return job

    each: WorkerPool[int, int, int, int] = WorkerPool(
        steps(work), slots=lambda: limit, size=lambda _: 0
    )
    results = each.run(iter(range(4)))
    go[0].set()
    assert next(results) == 0
    limit = 3
    go[1].set()
    assert next(results) == 1
    wait_until(lambda: sorted(entered) == [0, 1, 2, 3])
    go[2].set()
    go[3].set()

    assert sorted(results) == [2, 3]


def test_the_number_of_jobs_in_progress_is_limited() -> None:
    """A run with --limit begins no more than it may buy."""
    busy = Busy()
    each: WorkerPool[int, int, int, int] = WorkerPool(
        steps(busy.work), slots=lambda: 8, size=lambda _: 0, left=lambda: 1
    )

    assert sorted(each.run(range(20))) == list(range(20))
    assert busy.most == 1


@pytest.mark.parametrize("broken", ["open", "work", "finish"])
def test_an_exception_of_any_step_is_raised(broken: str) -> None:
    """In the thread that takes the results."""

    def fail(_: int) -> int:
        raise OddError

    works: Steps[int, int, int, int] = steps(lambda job: job)
    each = WorkerPool(
        works._replace(**{broken: fail}), slots=lambda: 2, size=lambda _: 0
    )

    with pytest.raises(OddError):
        list(each.run(range(9)))


def test_the_memory_of_jobs_in_progress_is_limited() -> None:
    """By bytes, for any number of jobs. A larger job runs alone."""
    sizes = [MAX_BYTES // 3, MAX_BYTES // 2, 1, MAX_BYTES * 2, 0, MAX_BYTES]

    def size(job: int) -> int:
        return sizes[job % len(sizes)]

    busy = Busy(size)
    each: WorkerPool[int, int, int, int] = WorkerPool(
        steps(busy.work), slots=lambda: 8, size=size
    )

    assert sorted(each.run(range(60))) == list(range(60))
    assert busy.most == MAX_BYTES * 2
    assert busy.alone


def test_the_feed_is_read_only_a_few_jobs_ahead() -> None:
    """The jobs with a slot, as many ahead of them, the queued jobs, and one more."""
    asked = 0
    go = Event()

    def feed() -> Iterator[int]:
        nonlocal asked
        for job in range(500):
            asked += 1
            yield job

    def work(job: int) -> int:
        assert go.wait(PATIENCE)
        return job

    results = pool(work, limit=3).run(feed())
    first: list[int] = []
    consumer = threading.Thread(target=lambda: first.extend(results))
    consumer.start()
    wait_until(lambda: asked == MAX_QUEUED + 2 * 3 + 1)
    time.sleep(0.05)  # enough time to read further
    seen = asked
    go.set()
    consumer.join(PATIENCE)

    assert seen == MAX_QUEUED + 2 * 3 + 1
    assert sorted(first) == list(range(500))


def test_known_results_are_read_only_a_few_ahead() -> None:
    """A million known results do not fill the memory of a slow consumer."""
    asked = 0

    def feed() -> Iterator[KnownResult[int]]:
        nonlocal asked
        for job in range(500):
            asked += 1
            yield KnownResult(job)

    results = pool(lambda job: job).run(feed())
    assert next(results) == 0
    wait_until(lambda: asked >= MAX_QUEUED)
    time.sleep(0.05)  # enough time to read further

    assert asked <= MAX_QUEUED + 2
    assert list(results) == list(range(1, 500))


def test_results_arrive_while_the_feed_is_blocked() -> None:
    """A slow feed does not delay the results of finished jobs."""
    go = Event()

    def feed() -> Iterator[int]:
        yield 1
        assert go.wait(PATIENCE)
        yield 2

    results = pool(lambda job: job).run(feed())

    assert next(results) == 1
    go.set()
    assert list(results) == [2]


def test_fast_jobs_do_not_wait_for_slow_jobs() -> None:
    """Results are yielded when jobs finish."""
    go = Event()

    def work(job: int) -> int:
        assert job or go.wait(PATIENCE)
        return job

    results = pool(work, limit=2).run(range(4))

    assert sorted(next(results) for _ in range(3)) == [1, 2, 3]
    go.set()
    assert list(results) == [0]


class OddError(BaseException):
    """An exception that is no `Exception`."""


def test_known_results_come_before_the_exception_of_the_feed() -> None:
    """They are paid for, and nobody else keeps them."""

    def feed() -> Iterator[KnownResult[int]]:
        yield KnownResult(1)
        raise OddError

    results = pool(lambda job: job).run(feed())

    assert next(results) == 1
    with pytest.raises(OddError):
        next(results)


@pytest.mark.parametrize("failure", [ValueError("no"), OddError()])
def test_an_exception_of_the_feed_is_raised(failure: BaseException) -> None:
    """In the thread that takes the results."""

    def feed() -> Iterator[int]:
        yield 1
        raise failure

    with pytest.raises(type(failure)):
        list(pool(lambda job: job).run(feed()))


@pytest.mark.parametrize("failure", [ValueError("no"), OddError()])
def test_an_exception_of_a_job_is_raised(failure: BaseException) -> None:
    """In the thread that takes the results."""

    def work(job: int) -> int:
        if job == 3:
            raise failure
        return job

    with pytest.raises(type(failure)):
        list(pool(work, limit=1).run(range(9)))


def test_stopping_starts_no_more_jobs_and_awaits_those_in_progress() -> None:
    """For any number of queued jobs and any length of the feed."""
    busy = Event()
    go = Event()
    begun: list[int] = []

    def work(job: int) -> int:
        begun.append(job)
        if len(begun) == 3:
            busy.set()
        assert go.wait(PATIENCE)
        return job

    each = pool(work, limit=3)
    results: list[int] = []
    consumer = threading.Thread(
        target=lambda: results.extend(each.run(iter(range(10_000))))
    )
    consumer.start()
    assert busy.wait(PATIENCE)
    each.stop()
    was_idle = each.is_idle
    go.set()
    consumer.join(PATIENCE)

    assert not was_idle
    assert each.is_stopping
    assert sorted(results) == sorted(begun)
    assert 3 <= len(begun) <= 2 * 3
    assert each.is_idle
    assert not each.is_exhausted


def test_stopping_ends_the_wait_for_a_blocked_feed() -> None:
    """Standard input may never end."""
    go = Event()

    def feed() -> Iterator[int]:
        yield 1
        go.wait(PATIENCE)

    each = pool(lambda job: job)
    results = each.run(feed())
    assert next(results) == 1
    each.stop()

    assert list(results) == []
    go.set()


def test_a_stopped_pool_starts_nothing() -> None:
    """It reads at most one job from the feed."""
    asked: list[int] = []

    def noted(job: int) -> int:
        asked.append(job)
        return job

    each = pool(lambda job: job)
    each.stop()

    assert list(each.run(map(noted, range(500)))) == []
    wait_until(lambda: len(asked) == 1)


@pytest.mark.parametrize("grace", [0.0, 0.02])
def test_the_grace_period_ends(grace: float) -> None:
    """The job is left in progress, and `is_idle` is False."""
    go = Event()
    begun = Event()

    def work(job: int) -> int:
        if job:
            begun.set()
            assert go.wait(PATIENCE)
        return job

    each = pool(work)
    results = each.run(iter([0, 1]))
    assert next(results) == 0
    assert begun.wait(PATIENCE)
    each.stop(grace=grace)

    assert list(results) == []
    assert not each.is_idle
    go.set()


def test_a_job_that_ends_within_the_grace_period_has_a_result() -> None:
    """Its caption was charged."""
    go = Event()
    begun = Event()

    def work(job: int) -> int:
        begun.set()
        assert go.wait(PATIENCE)
        return job

    each = pool(work)
    results: list[int] = []
    consumer = threading.Thread(target=lambda: results.extend(each.run(iter([7]))))
    consumer.start()
    assert begun.wait(PATIENCE)
    each.stop(grace=PATIENCE)
    go.set()
    consumer.join(PATIENCE)

    assert results == [7]
    assert each.is_idle


def test_a_pool_can_be_fed_again() -> None:
    """With the same threads, which end when the pool is shut down."""
    threads: set[threading.Thread] = set()

    def work(job: int) -> int:
        threads.add(threading.current_thread())
        return job

    each = pool(work, limit=2)
    for _ in range(3):
        assert sorted(each.run(range(20))) == list(range(20))
    each.shut_down()

    assert 1 <= len(threads) <= 2
    wait_until(lambda: not any(thread.is_alive() for thread in threads))


def test_memory_does_not_grow_with_the_number_of_jobs() -> None:
    """For twenty thousand jobs, only those read ahead are in memory."""
    lock = RLock()
    alive = most = 0

    class Thing:
        def __init__(self) -> None:
            nonlocal alive, most
            with lock:
                alive += 1
                most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            with lock:
                alive -= 1

    each: WorkerPool[Thing, Thing, Thing, Thing] = WorkerPool(
        steps(lambda thing: thing), slots=lambda: 4, size=lambda _: 1
    )
    count = sum(1 for _ in each.run(Thing() for _ in range(20_000)))
    each.shut_down()
    gc.collect()

    assert count == 20_000
    assert most <= 2 * (module.MAX_QUEUED + 4)


def test_jobs_in_progress_are_awaited_if_the_feed_fails() -> None:
    """Whether they succeed or fail."""
    go = Event()
    done: list[int] = []

    def work(job: int) -> int:
        assert go.wait(PATIENCE)
        if job == 1:
            raise OddError
        done.append(job)
        return job

    def feed() -> Iterator[int]:
        yield from range(3)
        wait_until(lambda: workers._active == 3)
        threading.Timer(0.05, go.set).start()
        raise KeyError("the list is broken")

    workers = pool(work)

    with pytest.raises(KeyError):
        list(workers.run(feed()))

    assert sorted(done) == [0, 2]
    assert workers.is_idle


def test_a_job_that_never_ends_is_not_awaited_forever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The grace period ends."""
    monkeypatch.setattr(module, "DEFAULT_GRACE", 0.05)
    forever = Event()

    def feed() -> Iterator[int]:
        yield 1
        wait_until(lambda: workers._active == 1)
        raise KeyError("the list is broken")

    workers = pool(lambda _: int(forever.wait(PATIENCE)))

    with pytest.raises(KeyError):
        list(workers.run(feed()))

    assert not workers.is_idle
    forever.set()


def test_a_known_result_arrives_while_the_feed_is_blocked() -> None:
    """A result is not held back until there is a group."""
    go = Event()

    def feed() -> Iterator[KnownResult[int]]:
        yield KnownResult(1)
        assert go.wait(PATIENCE)
        yield KnownResult(2)

    results = pool(lambda job: job).run(feed())

    assert next(results) == 1
    go.set()
    assert list(results) == [2]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_pool_that_can_start_no_more_threads_goes_on_or_says_so(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """It needs a feed, a worker, and two threads before and two behind it."""
    started = iter(range(1_000))
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if next(started) > most:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    done = pool(lambda job: job).run(range(20))

    if most < 5:
        with pytest.raises(RwcapError, match="no thread can be started"):
            list(done)
    else:
        assert sorted(done) == list(range(20))

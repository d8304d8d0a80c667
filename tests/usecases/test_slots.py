"""Jobs take turns on slots."""

import threading
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from rwcap.core.errors import RwcapError
from rwcap.usecases.batch.slots import SlotQueue

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30


class Workers:
    """Threads that take jobs, and functions as jobs."""

    def __init__(self, slots: int) -> None:
        """Start without threads."""
        self.slots = slots
        self.most = 100
        self.threads: list[Thread] = []
        self.queue: SlotQueue[Callable[[], object]] = SlotQueue(
            lambda: self.slots, self._start
        )

    def _start(self) -> None:
        if len(self.threads) == self.most:
            raise RwcapError("no more threads")
        self.threads.append(Thread(target=self._run))
        self.threads[-1].start()

    def _run(self) -> None:
        again = False
        while job := self.queue.take(again=again):
            again = True
            job()

    def end(self) -> None:
        """End the threads."""
        self.queue.close()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_jobs_keep_their_order_on_one_slot() -> None:
    """One thread is enough for them."""
    workers, done, over = Workers(1), list[int](), Event()
    for number in range(100):
        workers.queue.put(partial(done.append, number))
    workers.queue.put(over.set)

    assert over.wait(PATIENCE)
    workers.end()
    assert done == list(range(100))
    assert len(workers.threads) == 1


def test_a_job_that_pauses_lends_its_slot() -> None:
    """It waits for a slot before it goes on."""
    workers, seen = Workers(1), list[str]()
    lent, second, over = Event(), Event(), Event()

    def first() -> None:
        seen.append("before")
        workers.queue.pause()
        assert lent.wait(PATIENCE)
        workers.queue.resume()
        seen.append("after")
        over.set()

    def between() -> None:
        seen.append("between")
        lent.set()
        assert second.wait(PATIENCE)
        seen.append("end of between")

    workers.queue.put(first)
    workers.queue.put(between)
    assert lent.wait(PATIENCE)
    second.set()

    assert over.wait(PATIENCE)
    workers.end()
    assert seen == ["before", "between", "end of between", "after"]


def test_more_slots_start_more_threads() -> None:
    """Jobs that wait take the new slots when a job ends."""
    workers = Workers(1)
    meeting = threading.Barrier(4)
    go = Event()
    workers.queue.put(lambda: go.wait(PATIENCE))
    for _ in range(4):
        workers.queue.put(lambda: meeting.wait(PATIENCE))
    workers.slots = 4
    go.set()

    until = Event()
    workers.queue.put(until.set)
    assert until.wait(PATIENCE)
    workers.end()
    assert not meeting.broken
    assert len(workers.threads) == 4


def test_without_more_threads_those_that_run_take_the_jobs() -> None:
    """The system may allow no more of them."""
    workers, done, over = Workers(3), list[int](), Event()
    workers.most = 1
    for number in range(20):
        workers.queue.put(partial(done.append, number))
    workers.queue.put(over.set)

    assert over.wait(PATIENCE)
    workers.end()
    assert done == list(range(20))
    assert len(workers.threads) == 1


def test_without_any_thread_a_job_cannot_be_done() -> None:
    """The queue says so."""
    workers = Workers(3)
    workers.most = 0

    with pytest.raises(RwcapError, match="no more threads"):
        workers.queue.put(int)

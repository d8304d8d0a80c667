"""Threads that process jobs in bounded memory, in three steps.

::

    feed ─► open ─► queue ─► work, as many as there are slots ─► finish ─► results

Only the step in the middle has slots, whose number may change. The others read and
write files and the ledger, so that no slot waits for a disk.

The caller's thread starts jobs and yields their results. All threads report to it
through one queue.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from time import monotonic
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from rwcap.api.retry import DEFAULT_GRACE
from rwcap.api.waiting import WAKE_INTERVAL
from rwcap.core.errors import ConfigError, RwcapError
from rwcap.usecases.batch.slots import SlotQueue

Job = TypeVar("Job")
Opened = TypeVar("Opened")
Done = TypeVar("Done")
Result = TypeVar("Result")
_Before = TypeVar("_Before")
_After = TypeVar("_After")

MAX_QUEUED: Final = 64
"""Jobs that are read from the feed before they can start."""

KNOWN_GROUP: Final = MAX_QUEUED // 2
"""Known results that wake the caller's thread."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all images in progress. A single larger image is processed alone."""

MAX_AHEAD: Final = 32
"""Jobs in progress that have no slot: they are opened, wait for one, or finish."""

HELPERS: Final = min(4, os.cpu_count() or 1)
"""Threads that open jobs, and threads that finish jobs."""


class KnownResult(NamedTuple, Generic[Result]):
    """A result in the feed, which needs no job."""

    result: Result


class _JobQueued(NamedTuple, Generic[Job]):
    job: Job


class Steps(NamedTuple, Generic[Job, Opened, Done, Result]):
    """The steps of a job. Each gets what the step before returns."""

    open: Callable[[Job], Opened]
    work: Callable[[Opened], Done]
    """It has a slot."""
    finish: Callable[[Done], Result]


class _JobDone(NamedTuple, Generic[Result]):
    result: Result
    size: int
    """The memory that the job needed, in bytes."""


class _Item(NamedTuple, Generic[Job]):
    """A job between two steps."""

    job: Job
    size: int
    """The memory that the job needs, in bytes."""


class _Failed(NamedTuple):
    error: BaseException
    jobs: int
    """The number of jobs that ended with the error: 1, or 0 if the feed failed."""


class _Signal(Enum):
    EXHAUSTED = auto()
    """The feed has ended."""
    WAKE = auto()
    """The pool may have been stopped."""
    GRACE_OVER = auto()
    """The grace period is over."""


_Event: TypeAlias = "_JobQueued[Job] | _JobDone[Result] | _Failed | _Signal"


class WorkerPool(Generic[Job, Opened, Done, Result]):
    """A pool of threads that process the jobs of a feed."""

    def __init__(
        self,
        steps: Steps[Job, Opened, Done, Result],
        *,
        slots: Callable[[], int],
        size: Callable[[Job], int],
        left: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Create a pool without threads.

        Args:
            steps: The functions that process a job.
            slots: Returns the number of jobs that may be worked on at the same time.
            size: Returns the memory that a job needs, in bytes.
            left: Returns the number of jobs that may be in progress; None for no limit.
        """
        self._steps = steps
        self._number_of_slots = slots
        self._size = size
        self._left = left
        self._events: SimpleQueue[_Event[Job, Result]] = SimpleQueue()
        self._known: deque[Result] = deque()
        self._opening: SimpleQueue[_Item[Job] | None] = SimpleQueue()
        self._finishing: SimpleQueue[_Item[Done] | None] = SimpleQueue()
        self.slots: SlotQueue[_Item[Opened]] = SlotQueue(slots, self._start_worker)
        self._feed_slots = Semaphore(MAX_QUEUED)
        self._helpers = 0
        self._active = 0
        self._bytes = 0
        self._stopping = False
        self._deadline: float | None = None
        self.is_exhausted = False
        """Whether the feed has ended and all of its jobs are started."""

    @property
    def is_stopping(self) -> bool:
        """Whether no more jobs are started."""
        return self._stopping

    @property
    def is_idle(self) -> bool:
        """Whether no job is in progress. False after a grace period that was short."""
        return not self._active

    def stop(self, *, grace: float | None = None) -> None:
        """Start no more jobs. Any thread and a signal handler may call this.

        Args:
            grace: The seconds to wait for jobs in progress. None means no limit.
        """
        self._stopping = True
        if grace is not None:
            self._deadline = monotonic() + grace
        self._events.put(_Signal.WAKE)

    def run(self, feed: Iterable[Job | KnownResult[Result]]) -> Iterator[Result]:
        """Yield the results of a feed.

        Known results come in groups, because a change of threads takes longer than to
        know one. None is held back for longer than the wake interval.

        Raises:
            BaseException: Any exception of the feed or of a job.
        """
        Thread(target=self._feed, args=(feed,), name="feed", daemon=True).start()
        waiting: deque[Job] = deque()
        exhausted = False
        while True:
            for _ in range(len(self._known)):
                self._feed_slots.release()
                yield self._known.popleft()
            self._start_jobs(waiting)
            self.is_exhausted = exhausted and not waiting
            if (self._stopping or self.is_exhausted) and not self._active:
                return
            match self._next_event():
                case _JobQueued(job):
                    waiting.append(job)
                case _JobDone(result, size):
                    self._active -= 1
                    self._bytes -= size
                    yield result
                case _Failed(error, jobs):
                    self._active -= jobs
                    if not jobs or isinstance(error, ConfigError):
                        # No job can follow; those in progress may finish.
                        self.drain()
                        yield from self._known
                    raise error
                case _Signal.EXHAUSTED:
                    exhausted = True
                case _Signal.WAKE:
                    pass
                case _:  # the grace period is over
                    return

    def drain(self) -> None:
        """Start no more jobs, and wait for those in progress for a limited time."""
        self.stop(grace=DEFAULT_GRACE)
        while self._active:
            match self._next_event():
                case _JobDone():
                    self._active -= 1
                case _Failed(_, jobs):
                    self._active -= jobs
                case _Signal.GRACE_OVER:
                    return
                case _:
                    pass

    def shut_down(self) -> None:
        """End the threads. No job may be in progress."""
        self.slots.close()
        for _ in range(self._helpers):
            self._opening.put(None)
            self._finishing.put(None)
        self._helpers = 0

    def _next_event(self) -> "_Event[Job, Result]":
        """Wait for the next event, at most until the grace period is over.

        Python runs a signal handler only between two waits, hence the wake interval.
        """
        left = WAKE_INTERVAL if self._deadline is None else self._deadline - monotonic()
        try:
            return self._events.get(timeout=max(0.0, min(left, WAKE_INTERVAL)))
        except Empty:
            return _Signal.WAKE if left >= WAKE_INTERVAL else _Signal.GRACE_OVER

    def _start_jobs(self, waiting: deque[Job]) -> None:
        """Start waiting jobs, up to the limits of number and memory."""
        while waiting and not self._stopping and self._active < self._limit():
            size = self._size(waiting[0])
            if self._active and self._bytes + size > MAX_BYTES:
                return
            self._feed_slots.release()
            self._active += 1
            self._bytes += size
            # With one slot, jobs stay in their order.
            if self._helpers < min(self._active, self._number_of_slots(), HELPERS):
                self._start_helpers()
            self._opening.put(_Item(waiting.popleft(), size))

    def _start_helpers(self) -> None:
        """Start a thread before and one behind the workers; some may be there."""
        try:
            self._start_thread(self._run_opener)
            self._start_thread(self._run_finisher)
        except RwcapError:
            if not self._helpers:
                raise
        else:
            self._helpers += 1

    def _limit(self) -> int:
        """Return the number of jobs that may be in progress."""
        slots, left = self._number_of_slots(), self._left()
        limit = slots + min(slots, MAX_AHEAD)
        return limit if left is None else min(limit, left)

    def _start_worker(self) -> None:
        self._start_thread(self._run_worker)

    def _start_thread(self, run: Callable[[], None]) -> None:
        try:
            Thread(target=run, name=run.__name__, daemon=True).start()
        except RuntimeError as error:
            raise RwcapError(
                "no thread can be started: the limit of processes or memory is reached",
                hint="raise it (ulimit -u, ulimit -v), and run the same command again",
            ) from error

    def _feed(self, feed: Iterable[Job | KnownResult[Result]]) -> None:
        try:
            for each in feed:
                self._feed_slots.acquire()
                if self._stopping:
                    return
                if not isinstance(each, KnownResult):
                    self._events.put(_JobQueued(each))
                    continue
                self._known.append(each.result)
                if len(self._known) == KNOWN_GROUP:
                    self._events.put(_Signal.WAKE)
            self._events.put(_Signal.EXHAUSTED)
        except BaseException as error:  # noqa: BLE001  # raised by `run`
            self._events.put(_Failed(error, jobs=0))

    def _run_opener(self) -> None:
        while item := self._opening.get():
            if opened := self._run_step(self._steps.open, item):
                try:
                    self.slots.put(opened)
                except RwcapError as error:
                    self._events.put(_Failed(error, jobs=1))

    def _run_worker(self) -> None:
        again = False
        while item := self.slots.take(again=again):
            again = True
            if done := self._run_step(self._steps.work, item):
                self._finishing.put(done)

    def _run_finisher(self) -> None:
        while item := self._finishing.get():
            if finished := self._run_step(self._steps.finish, item):
                self._events.put(_JobDone(finished.job, finished.size))

    def _run_step(
        self, step: Callable[[_Before], _After], item: _Item[_Before]
    ) -> _Item[_After] | None:
        """Return a job after a step; None if it has failed."""
        try:
            return _Item(step(item.job), item.size)
        except BaseException as error:  # noqa: BLE001  # raised by `run`
            self._events.put(_Failed(error, jobs=1))
            return None

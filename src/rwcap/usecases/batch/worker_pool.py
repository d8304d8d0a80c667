"""Threads that process jobs in bounded memory, with a limit that may change.

One thread reads the feed a few jobs ahead. The caller's thread starts jobs and yields
their results. Worker threads run them. All threads report to the caller's thread
through one queue, so no locks are needed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from time import monotonic
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from rwcap.api.retry import DEFAULT_GRACE

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_QUEUED: Final = 64
"""Jobs that are read from the feed before they can start."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all images in progress. A single larger image is processed alone."""

WAKE_INTERVAL: Final = 0.5
"""Seconds between two checks of the caller's thread for signals."""


class KnownResult(NamedTuple, Generic[Result]):
    """A result in the feed, which needs no job."""

    result: Result


class _JobQueued(NamedTuple, Generic[Job]):
    job: Job


class _JobDone(NamedTuple, Generic[Result]):
    result: Result
    size: int
    """The memory that the job needed, in bytes."""


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


_Event: TypeAlias = (
    "_JobQueued[Job] | KnownResult[Result] | _JobDone[Result] | _Failed | _Signal"
)


class WorkerPool(Generic[Job, Result]):
    """A pool of threads that process the jobs of a feed."""

    def __init__(
        self,
        work: Callable[[Job], Result],
        *,
        limit: Callable[[], int],
        size: Callable[[Job], int],
    ) -> None:
        """Create a pool without threads.

        Args:
            work: Process a job in a worker thread.
            limit: Return the number of jobs that may be in progress now.
            size: Return the memory that a job needs, in bytes.
        """
        self._work = work
        self._limit = limit
        self._size = size
        self._events: SimpleQueue[_Event[Job, Result]] = SimpleQueue()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._queue_slots = Semaphore(MAX_QUEUED)
        self._threads = 0
        self._active = 0
        self._bytes = 0
        self._stopping = False
        self._deadline: float | None = None
        self.is_exhausted = False
        """Whether the feed has ended and all of its jobs are started."""

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
        """Yield the results of a feed, each as soon as it is known.

        Raises:
            BaseException: Any exception of the feed or of a job.
        """
        Thread(target=self._feed, args=(feed,), name="feed", daemon=True).start()
        waiting: deque[Job] = deque()
        exhausted = False
        while True:
            self._start_jobs(waiting)
            self.is_exhausted = exhausted and not waiting
            over = self._stopping or self.is_exhausted
            if over and not self._active:
                return
            match self._next_event():
                case _JobQueued(job):
                    waiting.append(job)
                case KnownResult(result):
                    self._queue_slots.release()
                    yield result
                case _JobDone(result, size):
                    self._active -= 1
                    self._bytes -= size
                    yield result
                case _Failed(error, jobs):
                    self._active -= jobs
                    if not jobs:  # the feed failed, so the jobs in progress may finish
                        self.drain()
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
        """End the worker threads. No job may be in progress."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

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
            if self._active and self._bytes + self._size(waiting[0]) > MAX_BYTES:
                return
            self._start(waiting.popleft())

    def _start(self, job: Job) -> None:
        self._queue_slots.release()
        self._active += 1
        self._bytes += self._size(job)
        if self._active > self._threads:
            self._threads += 1
            Thread(target=self._run_worker, name="work", daemon=True).start()
        self._jobs.put(job)

    def _feed(self, feed: Iterable[Job | KnownResult[Result]]) -> None:
        try:
            for each in feed:
                self._queue_slots.acquire()
                if self._stopping:
                    return
                self._events.put(
                    each if isinstance(each, KnownResult) else _JobQueued(each)
                )
            self._events.put(_Signal.EXHAUSTED)
        except BaseException as error:  # noqa: BLE001  # raised by `run`
            self._events.put(_Failed(error, jobs=0))

    def _run_worker(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._events.put(_JobDone(self._work(job), self._size(job)))
            except BaseException as error:  # noqa: BLE001  # raised by `run`
                self._events.put(_Failed(error, jobs=1))

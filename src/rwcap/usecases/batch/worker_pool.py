"""Threads that work jobs off, as many at a time as is good, in bounded memory.

One thread feeds, looking a few jobs ahead; one, the caller's, starts jobs and takes
what came of them; a fixed set of others works. All of them tell the caller's thread
by one queue, so nothing here needs a lock.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from time import monotonic
from typing import Final, Generic, TypeAlias, TypeVar

from rwcap.api.retry import DEFAULT_GRACE

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_QUEUED: Final = 64
"""Jobs that are fed before they can be started."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of images under way, whatever their number; one larger one goes alone."""

WAKE_INTERVAL: Final = 0.5
"""Seconds that the caller's thread waits at most before it looks up."""


@dataclass(frozen=True, slots=True)
class KnownResult(Generic[Result]):
    """What there is to tell of something without working on it."""

    result: Result


@dataclass(frozen=True, slots=True)
class _JobQueued(Generic[Job]):
    job: Job


@dataclass(frozen=True, slots=True)
class _JobDone(Generic[Result]):
    result: Result
    size: int


@dataclass(frozen=True, slots=True)
class _Failed:
    failure: BaseException
    jobs: int
    """How many jobs have ended with it."""


class _Signal(Enum):
    EXHAUSTED = auto()
    """The feed is at its end."""
    WAKE = auto()
    """Somebody wants the run to stop."""
    GRACE_OVER = auto()
    """The grace is over."""


_Event: TypeAlias = (
    "_JobQueued[Job] | KnownResult[Result] | _JobDone[Result] | _Failed | _Signal"
)


class WorkerPool(Generic[Job, Result]):
    """Works jobs off."""

    def __init__(
        self,
        work: Callable[[Job], Result],
        *,
        limit: Callable[[], int],
        size: Callable[[Job], int],
    ) -> None:
        """Do `work` for as many jobs at a time as `limit` says at that moment.

        `size` tells the bytes that a job will hold.
        """
        self._work = work
        self._limit = limit
        self._size = size
        self._events: SimpleQueue[_Event[Job, Result]] = SimpleQueue()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ahead = Semaphore(MAX_QUEUED)
        self._threads = 0
        self._active = 0
        self._bytes = 0
        self._stopping = False
        self._deadline: float | None = None
        self.is_exhausted = False
        """Whether everything that was fed is started."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way: not so where the grace was too short."""
        return not self._active

    def stop(self, *, grace: float | None = None) -> None:
        """Start nothing more; wait for what is under way, `grace` seconds at most.

        May be called by any thread, and by a signal handler.
        """
        self._stopping = True
        if grace is not None:
            self._deadline = monotonic() + grace
        self._events.put(_Signal.WAKE)

    def run(self, feed: Iterable[Job | KnownResult[Result]]) -> Iterator[Result]:
        """Yield what came of each, as it comes.

        Raises what the feed or the work raises.
        """
        Thread(target=self._feed, args=(feed,), name="feed", daemon=True).start()
        waiting: deque[Job] = deque()
        exhausted = False
        while True:
            self._start_some(waiting)
            self.is_exhausted = exhausted and not waiting
            over = self._stopping or self.is_exhausted
            if over and not self._active:
                return
            match self._next_event():
                case _JobQueued(job):
                    waiting.append(job)
                case KnownResult(result):
                    self._ahead.release()
                    yield result
                case _JobDone(result, size):
                    self._active -= 1
                    self._bytes -= size
                    yield result
                case _Failed(failure, jobs):
                    self._active -= jobs
                    if not jobs:  # the feed: what is under way is not to blame
                        self.drain()
                    raise failure
                case _Signal.EXHAUSTED:
                    exhausted = True
                case _Signal.WAKE:
                    pass
                case _:  # late
                    return

    def drain(self) -> None:
        """Start nothing more, and wait for what is under way, but not for ever."""
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
        """Send the workers home, once nothing is under way."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _next_event(self) -> "_Event[Job, Result]":
        """Wait for what happens next, but not longer than the grace.

        A signal that comes just before the wait begins does not end it, and its
        handler runs only after it: hence the pulse.
        """
        left = WAKE_INTERVAL if self._deadline is None else self._deadline - monotonic()
        try:
            return self._events.get(timeout=max(0.0, min(left, WAKE_INTERVAL)))
        except Empty:
            return _Signal.WAKE if left >= WAKE_INTERVAL else _Signal.GRACE_OVER

    def _start_some(self, waiting: deque[Job]) -> None:
        """Start as many of the waiting jobs as there is room for."""
        while waiting and not self._stopping and self._active < self._limit():
            if self._active and self._bytes + self._size(waiting[0]) > MAX_BYTES:
                return
            self._start(waiting.popleft())

    def _start(self, job: Job) -> None:
        self._ahead.release()
        self._active += 1
        self._bytes += self._size(job)
        if self._active > self._threads:
            self._threads += 1
            Thread(target=self._run_worker, name="work", daemon=True).start()
        self._jobs.put(job)

    def _feed(self, feed: Iterable[Job | KnownResult[Result]]) -> None:
        try:
            for job in feed:
                self._ahead.acquire()
                if self._stopping:
                    return
                self._events.put(
                    job if isinstance(job, KnownResult) else _JobQueued(job)
                )
            self._events.put(_Signal.EXHAUSTED)
        except BaseException as failure:  # noqa: BLE001  # raised by `run`
            self._events.put(_Failed(failure, jobs=0))

    def _run_worker(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._events.put(_JobDone(self._work(job), self._size(job)))
            except BaseException as failure:  # noqa: BLE001  # raised by `run`
                self._events.put(_Failed(failure, jobs=1))

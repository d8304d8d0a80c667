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

AHEAD: Final = 64
"""Jobs that are fed before they can be started."""

BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of images under way, whatever their number; one larger one goes alone."""

PULSE: Final = 0.5
"""Seconds that the caller's thread waits at most before it looks up."""


@dataclass(frozen=True, slots=True)
class Ready(Generic[Result]):
    """What there is to tell of something without working on it."""

    result: Result


@dataclass(frozen=True, slots=True)
class _Fed(Generic[Job]):
    job: Job


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    result: Result
    size: int


@dataclass(frozen=True, slots=True)
class _Broken:
    failure: BaseException
    jobs: int
    """How many jobs have ended with it."""


class _Signal(Enum):
    EXHAUSTED = auto()
    """The feed is at its end."""
    WOKEN = auto()
    """Somebody wants the run to stop."""
    LATE = auto()
    """The grace is over."""


_Event: TypeAlias = "_Fed[Job] | Ready[Result] | _Done[Result] | _Broken | _Signal"


class Crew(Generic[Job, Result]):
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
        self._ahead = Semaphore(AHEAD)
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
        self._events.put(_Signal.WOKEN)

    def run(self, feed: Iterable[Job | Ready[Result]]) -> Iterator[Result]:
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
                case _Fed(job):
                    waiting.append(job)
                case Ready(result):
                    self._ahead.release()
                    yield result
                case _Done(result, size):
                    self._active -= 1
                    self._bytes -= size
                    yield result
                case _Broken(failure, jobs):
                    self._active -= jobs
                    if not jobs:  # the feed: what is under way is not to blame
                        self.drain()
                    raise failure
                case _Signal.EXHAUSTED:
                    exhausted = True
                case _Signal.WOKEN:
                    pass
                case _:  # late
                    return

    def drain(self) -> None:
        """Start nothing more, and wait for what is under way, but not for ever."""
        self.stop(grace=DEFAULT_GRACE)
        while self._active:
            match self._next_event():
                case _Done():
                    self._active -= 1
                case _Broken(_, jobs):
                    self._active -= jobs
                case _Signal.LATE:
                    return
                case _:
                    pass

    def dismiss(self) -> None:
        """Send the workers home, once nothing is under way."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _next_event(self) -> "_Event[Job, Result]":
        """Wait for what happens next, but not longer than the grace.

        A signal that comes just before the wait begins does not end it, and its
        handler runs only after it: hence the pulse.
        """
        left = PULSE if self._deadline is None else self._deadline - monotonic()
        try:
            return self._events.get(timeout=max(0.0, min(left, PULSE)))
        except Empty:
            return _Signal.WOKEN if left >= PULSE else _Signal.LATE

    def _start_some(self, waiting: deque[Job]) -> None:
        """Start as many of the waiting jobs as there is room for."""
        while waiting and not self._stopping and self._active < self._limit():
            if self._active and self._bytes + self._size(waiting[0]) > BYTES_MAX:
                return
            self._start(waiting.popleft())

    def _start(self, job: Job) -> None:
        self._ahead.release()
        self._active += 1
        self._bytes += self._size(job)
        if self._active > self._threads:
            self._threads += 1
            Thread(target=self._labour, name="work", daemon=True).start()
        self._jobs.put(job)

    def _feed(self, feed: Iterable[Job | Ready[Result]]) -> None:
        try:
            for job in feed:
                self._ahead.acquire()
                if self._stopping:
                    return
                self._events.put(job if isinstance(job, Ready) else _Fed(job))
            self._events.put(_Signal.EXHAUSTED)
        except BaseException as failure:  # noqa: BLE001  # raised by `run`
            self._events.put(_Broken(failure, jobs=0))

    def _labour(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._events.put(_Done(self._work(job), self._size(job)))
            except BaseException as failure:  # noqa: BLE001  # raised by `run`
                self._events.put(_Broken(failure, jobs=1))

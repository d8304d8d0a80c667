"""A queue of jobs for a number of slots that may change."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Lock
from typing import Generic, TypeVar

from rwcap.core.errors import RwcapError

T = TypeVar("T")


class SlotQueue(Generic[T]):
    """Jobs in their order. A thread gets a job together with a slot."""

    def __init__(self, slots: Callable[[], int], start: Callable[[], None]) -> None:
        """Create an empty queue.

        Args:
            slots: Returns the number of slots. It may change at any time.
            start: Starts a thread that takes jobs. It raises `RwcapError` if there
                can be no more; those that there are take the jobs then.
        """
        self._slots = slots
        self._start = start
        self._jobs: deque[T] = deque()
        self._lock = Lock()
        self._new_jobs = Condition(self._lock)
        self._free_slots = Condition(self._lock)
        self.used = 0
        """Threads that have a slot."""
        self.paused = 0
        """Threads that gave their slot back until `resume`."""
        self._idle = 0
        """Threads without a job, including those just started."""
        self._closed = False

    def put(self, job: T) -> None:
        """Add a job, and wake or start a thread if there is a slot.

        Raises:
            RwcapError: There is no thread, and none can be started.
        """
        with self._lock:
            self._closed = False
            self._jobs.append(job)
            self._use_free_slot()

    def take(self, *, again: bool) -> T | None:
        """Wait for a job and a slot. Return None if the queue is closed.

        Args:
            again: Whether the thread gives back the slot of its last job.
        """
        with self._lock:
            if again:
                self.used -= 1
                self._idle += 1
                self._free_slots.notify()
            while not ((self._jobs and self.used < self._slots()) or self._closed):
                self._new_jobs.wait()
            self._idle -= 1
            if self._closed:
                return None
            self.used += 1
            job = self._jobs.popleft()
            self._use_free_slot()  # the number of slots may have risen
            return job

    def use_new_slots(self) -> None:
        """Let threads take slots that were added while none had one."""
        with self._lock:
            self._free_slots.notify_all()
            self._use_free_slot()

    def pause(self) -> None:
        """Give a slot back until `resume`."""
        with self._lock:
            self.used -= 1
            self.paused += 1
            self._free_slots.notify()
            self._use_free_slot()

    def resume(self) -> None:
        """Wait for a slot."""
        with self._lock:
            while self.used >= self._slots():
                self._free_slots.wait()
            self.used += 1
            self.paused -= 1

    def close(self) -> None:
        """End the idle threads. The queue must be empty."""
        with self._lock:
            self._closed = True
            self._new_jobs.notify_all()

    def _use_free_slot(self) -> None:
        """Wake or start one thread if there is a job and a slot for it."""
        if self._jobs and self.used < self._slots():
            if self._idle:
                self._new_jobs.notify()
            else:
                self._idle += 1
                try:
                    self._start()
                except RwcapError:
                    self._idle -= 1
                    if not self.used + self.paused:
                        raise

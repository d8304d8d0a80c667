"""The images of folders, also those that come later: an iteration without an end.

The folders are looked at again and again, by the same code as in any other batch. An
image that is new or has changed is yielded when it is still.
"""

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Protocol

from rwcap.core.errors import ErrorKind
from rwcap.core.record import ErrorDetails, Record
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.images.open_files import is_being_written

STILL_SECONDS: Final = 2.0
"""Seconds in which the size and time of a file that is complete do not change."""

COPY_SECONDS: Final = 60.0
"""The same for a file that ends in zeros.

Programs that copy a file can set its size first, and pause later.
"""
_END_BYTES: Final = 4096

LOOK_SECONDS: Final = 30.0
"""Seconds after which the folders are looked at even if no change is reported."""

POLL_SECONDS: Final = 1.0
"""Seconds between two questions for reported changes."""

LOOK_SHARE: Final = 1 / 20
"""The greatest share of the time in which folders are looked at."""

RETRY_SECONDS: Final = 300.0
"""Seconds until an image that failed is tried again. They double with each failure."""

MAX_RETRY_SECONDS: Final = 3600.0


class Changes(Protocol):
    """Reports of changes: `sources.folder_changes`."""

    def open(self) -> None:
        """Begin to collect reports, unless that has begun."""

    def poll(self) -> bool:
        """Return whether anything may have changed since the last call."""


class _Retry(NamedTuple):
    due: float
    """The time of the next try; infinite while it is under way."""
    delay: float
    """The seconds that an image waits after its newest failure."""


class Watch:
    """The images of some folders, each when it is new or has changed, and is still.

    Its memory holds a number for each image in the folders.
    """

    def __init__(
        self,
        sources: Iterable[CaptionRequest | UnusableSource],
        changes: Changes,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Look at the images of `sources` whenever `changes` has reports.

        Args:
            sources: The images of the folders at the moment of an iteration.
            changes: Reports of changes in the folders.
            now: A monotonic clock, in seconds.
            sleep: Sleeps for a number of seconds.
        """
        self._sources = sources
        self._changes = changes
        self._now = now
        self._sleep = sleep
        self._done: set[int] = set()
        """The keys of images that were yielded."""
        self._restless: dict[int, float] = {}
        """The keys of images that may still change, and when they were first seen."""
        self._retries: dict[int, _Retry] = {}
        self._records: SimpleQueue[tuple[Record, int]] = SimpleQueue()
        """Results, and the keys of their images when they came."""
        self._has_changed = False
        self._next_poll = 0.0
        self.yielded = 0
        """The number of images yielded."""
        self.is_first_look = True
        """Whether these are the images that the folders had at the start."""

    def add_record(self, record: Record) -> None:
        """Learn the result of an image. Called by another thread than the iteration."""
        self._records.put((record, hash((record.source, _stamp(record)))))

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the images that are there, and go on with those that come."""
        while True:
            self._changes.open()
            self._has_changed = False
            busy = 0.0
            began = self._now()
            for each in self._look():
                busy += self._now() - began
                self.yielded += 1
                yield each
                began = self._now()
            busy += self._now() - began
            self.is_first_look = False
            self._wait(busy / LOOK_SHARE)

    def _look(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the images that are new or have changed, and are still."""
        self._take_records()
        found: set[int] = set()
        restless: dict[int, float] = {}
        for each in self._sources:
            self._poll()
            stamp = _stamp(each)
            if stamp is None and not os.path.lexists(each.source):
                continue  # removed since its folder was read
            key = hash((each.source, stamp))
            if key in self._done or self._is_still(key, stamp, each.source):
                found.add(key)
                if key not in self._done:
                    yield each
            else:
                restless[key] = self._restless.get(key, self._now())
        self._done, self._restless = found, restless
        for key in self._retries.keys() - found - restless.keys():
            del self._retries[key]

    def _is_still(self, key: int, stamp: tuple[int, ...] | None, source: str) -> bool:
        """Return whether an image has not changed for a while."""
        if stamp is None:
            return True  # reading it reports the error
        if self.is_first_look:
            age = time.time() - stamp[1] / 1e9
        else:
            age = self._now() - self._restless.get(key, self._now())
        if not STILL_SECONDS <= age < COPY_SECONDS:
            return age >= COPY_SECONDS
        return not (_ends_in_zeros(source) or is_being_written(source))

    def _take_records(self) -> None:
        """Learn what happened to images since the last look."""
        now = self._now()
        while True:
            try:
                record, key = self._records.get_nowait()
            except Empty:
                break
            if record.error and _may_pass(record.error):
                earlier = self._retries.get(key, _Retry(now, RETRY_SECONDS / 2))
                delay = min(2 * earlier.delay, MAX_RETRY_SECONDS)
                self._retries[key] = _Retry(now + delay, delay)
                continue
            self._retries.pop(key, None)
            if record.source in record.outputs:  # the caption has changed the image
                self._done.add(key)
        for key, (due, delay) in self._retries.items():
            if due <= now:
                self._done.discard(key)
                self._retries[key] = _Retry(math.inf, delay)

    def _wait(self, pause: float) -> None:
        """Wait for a reason to look again, at least for a number of seconds."""
        now = self._now()
        earliest = now + max(pause, POLL_SECONDS)
        latest = max(now + LOOK_SECONDS, earliest)
        if self._restless:
            latest = max(now + STILL_SECONDS, earliest)
        while (now := self._now()) < latest:
            if self._has_changed and now >= earliest:
                return
            self._sleep(POLL_SECONDS)
            self._poll()

    def _poll(self) -> None:
        """Ask for reported changes, at most once a second."""
        if (now := self._now()) >= self._next_poll:
            self._next_poll = now + POLL_SECONDS
            self._has_changed = self._changes.poll() or self._has_changed


def _ends_in_zeros(path: str) -> bool:
    """Return whether a file has nothing but zeros at its end."""
    with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123  # as `stat`
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END_BYTES))
        end = file.read()
        return size > _END_BYTES and not end.strip(b"\0")
    return False


def _may_pass(error: ErrorDetails) -> bool:
    """Return whether another try may help. It asks for an ambiguous caption first."""
    return error.retryable or error.kind is ErrorKind.AMBIGUOUS


def _stamp(each: CaptionRequest | UnusableSource | Record) -> tuple[int, ...] | None:
    """Return size, time and inode of a file; None if they cannot be read."""
    try:
        status = os.stat(each.source)  # noqa: PTH116  # as elsewhere in this package
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino

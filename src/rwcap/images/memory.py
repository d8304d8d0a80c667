"""A limit of the memory that decoded images need."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class MemoryLimit:
    """Limits the number of pixels that all threads together decode at a time.

    A megabyte can contain a hundred million pixels. An image larger than the limit is
    decoded alone.
    """

    def __init__(self, pixels: int) -> None:
        """Create a limit; `pixels` is the number that can be occupied at a time."""
        self._free = self._limit = pixels
        self._changed = Condition()

    @contextmanager
    def acquire(self, pixels: int) -> Iterator[None]:
        """Wait until `pixels` are free, and occupy them inside the context."""
        needed = min(pixels, self._limit)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= needed)
            self._free -= needed
        try:
            yield
        finally:
            with self._changed:
                self._free += needed
                self._changed.notify_all()

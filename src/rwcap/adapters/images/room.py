"""Memory for pictures that are decoded at the same time, in pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Room:
    """As many pixels as all threads together may have decoded; one larger goes alone.

    What is known before a file is opened, its bytes, says little of it: a megabyte
    may be a hundred million pixels.
    """

    def __init__(self, pixels: int) -> None:
        """Have room for so many."""
        self._free = self._all = pixels
        self._changed = Condition()

    @contextmanager
    def of(self, pixels: int) -> Iterator[None]:
        """Take up so much of it, once it is free."""
        needed = min(pixels, self._all)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= needed)
            self._free -= needed
        try:
            yield
        finally:
            with self._changed:
                self._free += needed
                self._changed.notify_all()

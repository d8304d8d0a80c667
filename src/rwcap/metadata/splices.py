"""Changes to a block of bytes that can be undone."""

from collections.abc import Iterable
from typing import NamedTuple


class Splice(NamedTuple):
    """A replacement of the bytes from `start` to `end`."""

    start: int
    end: int
    new: bytes


def apply(block: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the block after all splices; each counts in the result of those before."""
    for start, end, new in splices:
        block = block[:start] + new + block[end:]
    return block


def from_the_end(splices: Iterable[Splice]) -> list[Splice]:
    """Return splices that all count in the original block, in an order to apply."""
    return sorted(splices, reverse=True)

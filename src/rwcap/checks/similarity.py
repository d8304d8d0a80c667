"""Captions of a set that are almost the same, found by MinHash.

The hashes of a caption are as equal to those of another one as their sets of shingles
(two words in a row) are: https://doi.org/10.1109/SEQUEN.1997.666900. Captions with
equal hashes in a band of three are compared, so not every pair is.
"""

from array import array
from itertools import groupby
from typing import Final
from zlib import crc32

from rwcap.checks.form import words_of

SHINGLE: Final = 2
"""Words in a shingle."""

_BANDS: Final = 10
_ROWS: Final = 3
HASHES: Final = _BANDS * _ROWS
"""Hashes of a caption, of four bytes each: 120 MB for a million captions."""

_EQUAL: Final = HASHES // 2
"""Equal hashes of captions that are almost the same."""

_MASK: Final = 0xFFFFFFFF
_FACTORS: Final = tuple(
    (0x9E3779B1 * (2 * number + 1) & _MASK, 0x85EBCA6B * (number + 7) & _MASK)
    for number in range(HASHES)
)
"""Factor and summand of each hash function; the factors are odd."""


class SimilarTexts:
    """The hashes of texts, and the groups of those that are almost the same."""

    def __init__(self) -> None:
        """Start without texts."""
        self._hashes = array("I")
        self._count = 0

    def add(self, text: str) -> None:
        """Add the next text. Texts without a shingle are almost the same as none."""
        words = words_of(text)
        shingles = {
            crc32(" ".join(words[at : at + SHINGLE]).encode("utf-8", "replace"))
            for at in range(len(words) - SHINGLE + 1)
        } or {self._count}
        self._hashes.extend(
            min([(each * factor + summand) & _MASK for each in shingles])
            for factor, summand in _FACTORS
        )
        self._count += 1

    def group_sizes(self) -> "array[int]":
        """Return for each text how many are almost the same, itself included."""
        leaders = array("I", range(self._count))
        for band in range(_BANDS):
            order = sorted(range(self._count), key=lambda at: self._band(at, band))
            for _, group in groupby(order, key=lambda at: self._band(at, band)):
                first, *others = group
                for other in others:
                    if self._are_similar(first, other):
                        leaders[_leader(leaders, other)] = _leader(leaders, first)
        sizes = array("I", bytes(4 * self._count))
        for at in range(self._count):
            sizes[_leader(leaders, at)] += 1
        return array("I", (sizes[_leader(leaders, at)] for at in range(self._count)))

    def _band(self, at: int, band: int) -> bytes:
        start = at * HASHES + band * _ROWS
        return self._hashes[start : start + _ROWS].tobytes()

    def _are_similar(self, one: int, other: int) -> bool:
        hashes = (self._hashes[at * HASHES : (at + 1) * HASHES] for at in (one, other))
        return sum(map(int.__eq__, *hashes)) >= _EQUAL


def _leader(leaders: "array[int]", at: int) -> int:
    """Return the text that stands for the group of a text; shorten the way to it."""
    while leaders[at] != at:
        leaders[at] = leaders[leaders[at]]
        at = leaders[at]
    return at

"""Statistics of a set of captions: lengths, vocabulary, openings, phrases.

Openings and phrases are three words in a row.

The memory is bounded: 26 MB, however many captions of random words there are.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final
from zlib import crc32

from rwcap.checks.form import words_of

SHOWN: Final = 10
"""Openings and phrases that are named."""

BUCKET: Final = 10
"""Words: the width of a bucket of lengths."""

_LONGEST: Final = 1_000
"""Words and characters, in steps. Longer captions count as this long in a median."""

_STEP: Final = {"words": 1, "characters": 10}
_MAX_WORD: Final = 40
"""The characters of a word that count."""

_KEPT_WORDS: Final = 1 << 16
"""Words up to which the vocabulary is counted exactly."""

_KEPT_PHRASES: Final = 50_000
"""Phrases that are kept when there are twice as many."""


class SetStatistics:
    """What the captions of a set are like."""

    def __init__(self) -> None:
        """Start without captions."""
        self._captions = 0
        self._lengths = {unit: _Lengths(step) for unit, step in _STEP.items()}
        self._vocabulary = _Vocabulary()
        self._openings = _Commonest()
        self._phrases = _Commonest()

    def add(self, text: str) -> None:
        """Add a caption."""
        words = [word[:_MAX_WORD] for word in words_of(text)]
        self._captions += 1
        self._lengths["words"].add(len(words))
        self._lengths["characters"].add(len(text))
        self._vocabulary.add(words)
        triples = zip(words, words[1:], words[2:], strict=False)
        phrases = list(dict.fromkeys(triples))
        self._openings.add(phrases[:1])
        self._phrases.add(phrases)

    def to_json(self) -> dict[str, object]:
        """Return the statistics as a JSON object.

        `vocabulary` is exact up to 65,536 words, and within 1 % above. The counts of
        phrases are exact as long as there are fewer than 100,000 different ones; then
        they can be too low, by at most one in 50,000 of all phrases.
        """
        words = self._lengths["words"]
        return {
            "captions": self._captions,
            **{unit: each.to_json() for unit, each in self._lengths.items()},
            "lengths": [
                {"words": least, "captions": count}
                for least, count in words.buckets(BUCKET).items()
            ],
            "vocabulary": self._vocabulary.size,
            "openings": self._openings.to_json(),
            "phrases": self._phrases.to_json(),
        }


class _Lengths:
    """The lengths of captions in one unit."""

    def __init__(self, step: int) -> None:
        """Keep lengths in steps of this many units."""
        self._step = step
        self._counts: Counter[int] = Counter()
        self._total = 0
        self._least: int | None = None
        self._most: int | None = None

    def add(self, length: int) -> None:
        self._counts[min(length // self._step, _LONGEST)] += 1
        self._total += length
        self._least = length if self._least is None else min(self._least, length)
        self._most = max(self._most or 0, length)

    def to_json(self) -> dict[str, object]:
        captions = self._counts.total()
        return {
            "total": self._total,
            "mean": round(self._total / captions, 1) if captions else None,
            "least": self._least,
            "median": self._median(),
            "most": self._most,
        }

    def _median(self) -> int | None:
        rank = (self._counts.total() + 1) // 2
        for length in sorted(self._counts):
            rank -= self._counts[length]
            if rank <= 0:
                return length * self._step
        return None

    def buckets(self, width: int) -> dict[int, int]:
        """Return the number of captions for each least length, ascending."""
        found: Counter[int] = Counter()
        for length, count in self._counts.items():
            found[length // width * width] += count
        return dict(sorted(found.items()))


class _Vocabulary:
    """The number of different words.

    Of many, it keeps those whose hashes are multiples of a power of two, and
    multiplies: adaptive sampling (https://doi.org/10.1007/BF02241657).
    """

    def __init__(self) -> None:
        self._hashes: set[int] = set()
        self._one_of = 1

    def add(self, words: Iterable[str]) -> None:
        for word in words:
            number = crc32(word.encode("utf-8", "replace"))
            if number % self._one_of == 0:
                self._hashes.add(number)
        while len(self._hashes) > _KEPT_WORDS:
            self._one_of *= 2
            self._hashes = {each for each in self._hashes if each % self._one_of == 0}

    @property
    def size(self) -> int:
        return len(self._hashes) * self._one_of


class _Commonest:
    """The commonest phrases, each counted once for a caption.

    When there are too many, the count of the last one to be kept is subtracted from
    all, and those without a rest go: Misra and Gries
    (https://doi.org/10.1016/0167-6423(82)90012-0).
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, phrases: Iterable[tuple[str, ...]]) -> None:
        self._counts.update(phrases)
        if len(self._counts) >= 2 * _KEPT_PHRASES:
            least = sorted(self._counts.values())[-_KEPT_PHRASES]
            self._counts = Counter(
                {
                    phrase: count - least
                    for phrase, count in self._counts.items()
                    if count > least
                }
            )

    def to_json(self) -> list[dict[str, object]]:
        order = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return [
            {"text": " ".join(phrase), "captions": count}
            for phrase, count in order[:SHOWN]
            if count > 1
        ]

"""Checks of a caption among all others: what many have in common.

The set is read twice: `add` learns from each caption, `find` judges each in the same
order. Between the two, only hashes and the candidates for common phrases are kept.
"""

from array import array
from collections import Counter
from typing import Final

from rwcap.checks.check import Check, excerpt
from rwcap.checks.form import SCRIPT, main_script, words_of
from rwcap.checks.similarity import SimilarTexts

PHRASE: Final = 3
"""Words in a phrase."""

MIN_SET: Final = 10
"""The least number of captions in which something can be common."""

_COMMON: Final = 0.8
_RARE: Final = 0.1
_ALIKE: Final = 3
"""Captions that are almost the same before each of them fails."""

_BLOCK: Final = 1_000
"""Captions whose phrases are counted together. A phrase that is common in the set is
common in a block, so all others are forgotten."""

_STEM: Final = (
    "A lighthouse with a red lamp stands on a rock, and waves break below it in the"
)
NEAR_IDENTICAL: Final = Check(
    "near-identical",
    "At least two other captions are almost the same.",
    (f"{_STEM} morning.", f"{_STEM} evening.", f"{_STEM} night."),
    (f"{_STEM} morning.", "A cat sleeps on a sofa.", "Rain falls on a tent."),
    "Series of one subject are almost the same, too; texts of one word pass.",
)
COMMON_PHRASE: Final = Check(
    "common-phrase",
    "Three words in a row are in 80 % of the captions; it is named once, for the set.",
    tuple(f"A photo of {each}." for each in ("a dog", "cats", "rain", "two men") * 3),
    tuple(f"{each} in a field." for each in ("A dog", "Cats", "Cows", "Two men") * 2),
    f"Sets of fewer than {MIN_SET} captions pass; a prefix of yours is a phrase, too.",
)
SET_CHECKS: Final = (NEAR_IDENTICAL, COMMON_PHRASE)
NEED_SET: Final = frozenset({SCRIPT.name, *(check.name for check in SET_CHECKS)})
"""The checks that the set decides, at least in part."""


class CaptionSet:
    """What the captions of a set have in common."""

    def __init__(self, names: frozenset[str]) -> None:
        """Start without captions; `names` are the wanted checks."""
        self._names = names
        self._similar = SimilarTexts()
        self._sizes = array("I")
        self._scripts: Counter[str] = Counter()
        self._block: Counter[str] = Counter()
        self._candidates: dict[str, int] = {}
        self._in_block = 0
        self._count = 0
        self._found = 0

    def add(self, text: str) -> None:
        """Learn from the next caption."""
        self._count += 1
        if SCRIPT.name in self._names:
            self._scripts[main_script(text)] += 1
        if NEAR_IDENTICAL.name in self._names:
            self._similar.add(text)
        if COMMON_PHRASE.name in self._names:
            self._block.update(_phrases(text))
            self._in_block += 1
            if self._in_block == _BLOCK:
                self._end_block()

    def end(self) -> None:
        """Compare the captions; all are added."""
        self._end_block()
        self._sizes = self._similar.group_sizes()
        self._scripts.pop("", None)

    def find(self, text: str) -> dict[str, str]:
        """Return what is wrong with the next caption: an excerpt for each check."""
        failures: dict[str, str] = {}
        for phrase in _phrases(text) & self._candidates.keys():
            self._candidates[phrase] += 1
        script = main_script(text) if self._scripts else ""
        if script and self._scripts[script] < _RARE * self._scripts.total():
            failures[SCRIPT.name] = excerpt(text)
        if self._sizes and self._sizes[self._found] >= _ALIKE:
            others = self._sizes[self._found] - 1
            failures[NEAR_IDENTICAL.name] = f"like {others:,} others: {excerpt(text)}"
        self._found += 1
        return failures

    def common_phrases(self) -> dict[str, int]:
        """Return each common phrase and the number of captions that have it.

        It is complete when `find` has seen all captions.
        """
        if self._count < MIN_SET:
            return {}
        return {
            phrase: count
            for phrase, count in self._candidates.items()
            if count >= _COMMON * self._count
        }

    def _end_block(self) -> None:
        least = _COMMON * self._in_block
        self._candidates |= {
            phrase: 0 for phrase, count in self._block.items() if count >= least
        }
        self._block.clear()
        self._in_block = 0


def _phrases(text: str) -> set[str]:
    """Return the phrases of a text."""
    words = words_of(text)
    return {" ".join(words[at : at + PHRASE]) for at in range(len(words) - PHRASE + 1)}

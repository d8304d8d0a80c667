"""Captions mended by dropping whole sentences. No word is changed or added."""

import re
from collections.abc import Collection
from itertools import chain, combinations
from typing import Final, NamedTuple

from rwcap.checks.all_checks import find_faults
from rwcap.checks.form import CUT_OFF, EMPTY, LOOP, TOO_SHORT, words_of
from rwcap.checks.wording import HEDGING, META_WORDS, PREAMBLE, REFUSAL
from rwcap.core.sentences import sentence_ends, split_sentences

MENDABLE: Final = tuple(
    check.name for check in (LOOP, CUT_OFF, PREAMBLE, HEDGING, META_WORDS)
)
"""Checks whose faults can stand in sentences that the rest does not need."""

_REQUIRED: Final = (EMPTY.name, TOO_SHORT.name, REFUSAL.name)
"""Checks that a mended caption has to pass, even if they are not asked for."""

_REFERS_BACK: Final = (
    r"(?i)^\W*(?:this|that|these|those|both|one|another|such|so|also|however|which)\b"
    r"|\b(?:it|its|he|his|him|she|hers?|they|them|theirs?)\b"
)
"""Words of a sentence that may need the one before it."""


class Mended(NamedTuple):
    """A caption without the sentences that failed."""

    text: str
    dropped: tuple[str, ...]
    """The checks that the dropped sentences failed."""


def mend(text: str, names: Collection[str]) -> Mended | None:
    """Return a caption without the sentences that fail checks.

    Returns:
        The rest, which fails fewer of the checks; None if nothing can be dropped, or
        if the rest would say too little or speak of what is gone.
    """
    faults = find_faults(text, [name for name in MENDABLE if name in names])
    if not faults or find_faults(text, _REQUIRED):
        return None
    kept: list[str] = []
    said: set[tuple[str, ...]] = set()
    dropped: dict[str, None] = {}
    is_gap = False
    for sentence in split_sentences(text):
        failed = [name for name in faults if _fails(sentence, name, said)]
        dropped |= dict.fromkeys(failed)
        if not failed and is_gap and re.search(_REFERS_BACK, sentence):
            return None
        is_gap = bool(failed)
        if not failed:
            kept.append(sentence)
            said.add(tuple(words_of(sentence)))
    rest = "".join(kept).strip()
    left = find_faults(rest, [*names, *_REQUIRED])
    if not left.keys() < find_faults(text, names).keys():
        return None
    return Mended(rest, tuple(dropped))


def mended_forms(text: str) -> set[str]:
    """Return all texts that mending gives, whichever checks are made."""
    failed = find_faults(text, MENDABLE)
    choices = chain.from_iterable(
        combinations(failed, size) for size in range(1, len(failed) + 1)
    )
    return {mended.text for names in choices if (mended := mend(text, names))}


def _fails(sentence: str, name: str, before: set[tuple[str, ...]]) -> bool:
    """Return whether a sentence is the reason why its caption fails a check.

    Args:
        sentence: The sentence.
        name: A check that the caption fails.
        before: The words of each sentence that is kept before it.
    """
    match name:
        case PREAMBLE.name if before:
            return False
        case CUT_OFF.name:
            return not sentence_ends(sentence.rstrip())
        case LOOP.name if tuple(words_of(sentence)) in before:
            return True
    return bool(find_faults(sentence, [name]))

"""The sentences of a text, in many languages."""

import re
from typing import Final

# Patterns are compiled when sentences are first wanted: start-up is a budget.
_END: Final = (
    "[.!?\u061f\u0964\u2026][\"'\u201d\u2019\u00bb)\\]]*(?=\\s|$)"
    "|[\u3002\uff01\uff1f][\u300d\u300f\u201d\u2019\uff09]*"
)
"""A possible end of a sentence in Latin and many other scripts. In Chinese and Japanese
no space follows (https://www.unicode.org/reports/tr29/#Sentence_Boundaries)."""

_ABBREVIATION: Final = (
    r"\b(?:[A-Z]|(?i:mr|mrs|ms|dr|prof|st|mt|ft|jr|sr|gen|col|sgt|capt|rev|hon"
    r"|inc|ltd|co|corp|bros|ave|blvd|rd|vs|approx|e\.g|i\.e|a\.m|p\.m))\.$"
)
"""An abbreviation, whose full stop may not end the sentence."""

_LONGEST: Final = 16
"""More than the characters of an abbreviation and the one before it."""

PAIRS: Final = (
    *(("\u201c", "\u201d"), ("\u2018", "\u2019"), ("\u00ab", "\u00bb")),
    *(("\u300c", "\u300d"), ("(", ")"), ("[", "]")),
)
"""Opening and closing quotation marks and brackets."""


def sentence_ends(text: str, limit: int | None = None) -> list[int]:
    """Return the positions after the sentences of a text.

    Args:
        text: The text.
        limit: The last position that counts; None for all.
    """
    last = len(text) if limit is None else limit
    ends = []
    start = quotes = 0
    open_pairs = [0] * len(PAIRS)
    for found in re.finditer(_END, text[: last + 1]):
        end = found.end()
        piece = text[start:end]
        start = end
        quotes += piece.count('"')
        for index, (opening, closing) in enumerate(PAIRS):
            open_pairs[index] += piece.count(opening) - piece.count(closing)
        is_inside = quotes % 2 or max(open_pairs) > 0
        if end <= last and not is_inside and not _is_abbreviation(text, end):
            ends.append(end)
    return ends


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the space after it.

    What follows the last sentence is one more piece. Together, they are the text.
    """
    pieces = []
    start = 0
    for end in sentence_ends(text):
        after = end
        while text[after : after + 1].isspace():
            after += 1
        pieces.append(text[start:after])
        start = after
    return [*pieces, text[start:]] if text[start:] else pieces


def _is_abbreviation(text: str, end: int) -> bool:
    """Return whether the text before a position ends in an abbreviation."""
    return bool(re.search(_ABBREVIATION, text[max(0, end - _LONGEST) : end]))

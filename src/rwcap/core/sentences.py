"""The sentences of a text, in many languages.

Where it is not certain that a sentence ends, it goes on: a part of a sentence that
passes for a whole one is worse than a text that is too long.
"""

import re
from typing import Final

from rwcap.core.abbreviations import LONGEST, has_inner_stop

# Patterns are compiled when sentences are first wanted: start-up is a budget.
_OPENING: Final = "\"'(\\[\u201c\u201e\u2018\u201a\u00ab\u00bb\u2039\u00a1\u00bf"
_CLOSING: Final = "\"')\\]\u201c\u201d\u2018\u2019\u00ab\u00bb\u203a"
_END: Final = (
    f"(?:([.!?\u061f\u0964\u2026])[{_CLOSING}]*(?=\\s|$)"
    "|[\u3002\uff01\uff1f]+([\u300d\u300f\u201d\u2019\uff09]*))"
    f"(?=(\\s*)[{_OPENING}]*(\\S?))"
)
"""A possible end of a sentence: the mark of Latin and many other scripts, or the
quotation marks after one in Chinese and Japanese, where no space follows
(https://www.unicode.org/reports/tr29/#Sentence_Boundaries); and, not part of it, the
white space after it and the first letter of the next sentence."""

_PAIRS: Final = {
    each[0]: each[1:]
    for each in (
        *('""', "''", "()", "[]", "\uff08\uff09", "\u300c\u300d", "\u300e\u300f"),
        *("\u201c\u201d", "\u201d\u201d", "\u201e\u201c\u201d"),
        *("\u2018\u2019", "\u2019\u2019", "\u201a\u2018\u2019"),
        *("\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a", "\u203a\u2039"),
    )
}
"""Opening quotation marks and brackets, and what closes each in some language."""

_MARK: Final = (
    "(?<!\\w)(?:[\"\u201d]|['\u2018\u2019\u201a](?=\\w)(?!(?:[nst]|\\d\\ds?)\\b))"
    "|[(\\[\uff08\u201c\u201e\u00ab\u00bb\u2039\u203a\u300c\u300e]"
    "|([)\\]\uff09\"\u201d\u300d\u300f]|['\u2018\u2019](?!\\w))"
)
"""A mark that may open a quotation; one that can only close it is group 1.
An apostrophe does neither, as in "dog's", "'n'", "'s avonds" and "'90s"."""

_WORD: Final = "[^\\s!-/:-@\\[-`{-~\u00ab\u00bb\u2010-\u2027\u2039\u203a]+$"
"""The word before a full stop. `\\w` has no vowel signs of Indian scripts."""


def sentence_ends(text: str, limit: int | None = None) -> list[int]:
    """Return the positions after the sentences of a text.

    Args:
        text: The text.
        limit: The last position that counts; None for all.
    """
    marks = re.compile(_MARK)
    ends = []
    start = 0
    open_marks: list[str] = []
    for found in re.finditer(_END, text):
        end = found.end()
        if limit is not None and end > limit:
            break
        for mark in marks.finditer(text, start, end):
            if open_marks and mark[0] in open_marks[-1]:
                open_marks.pop()
            elif mark[1] is None:
                open_marks.append(_PAIRS[mark[0]])
        start = end
        if not open_marks and _is_end(text, found):
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


def _is_end(text: str, found: re.Match[str]) -> bool:
    """Return whether a possible end of a sentence is one.

    The next sentence begins with a capital letter or one of a script without them, or
    on a new line. A full stop ends none after a word that often has one.
    """
    mark, closing, space, following = found.groups()
    if mark is None:
        return not (closing and following.isalpha() and not space)
    word = re.search(_WORD, text[max(0, found.start() - LONGEST) : found.start()])
    if mark == "." and word and has_inner_stop(word[0]):
        return False
    begins = following.isalpha() and following.title() == following
    return not following or begins or "\n" in space

"""Alternative text: what a screen reader says in the place of an image.

Short, plain, and without telling that there is an image, which the reader says
(https://www.w3.org/WAI/tutorials/images/tips/).
"""

import re
from dataclasses import dataclass
from typing import Final

from rwcap.core.text import one_line

DEFAULT_ALT_CHARS: Final = 150
"""Characters, unless the user wants others.

Advice goes from 125 to 150, where some screen readers begin to split a text
(https://service-manual.nhs.uk/content/inclusive-content/images).
"""


@dataclass(frozen=True, slots=True)
class AltTextOptions:
    """What is wanted of alternative text."""

    limit: int = DEFAULT_ALT_CHARS
    """Characters at most."""
    retries: int = 0
    """How often to buy another text where one does not fit."""


MIN_ALT_CHARS: Final = 40
"""Characters: hardly anything can be said in fewer."""

MAX_ALT_RETRIES: Final = 5
"""From the shortest limit on, so many prompts differ from each other."""

_MARKUP: Final = re.compile(
    r"^[ \t]*(?:#{1,6} |[-*+>] (?!\d)|\d{1,2}[.)] (?=\D))"
    r"|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)"
    r"|</?(?:b|i|em|strong|p|br|ul|ol|li|h[1-6])\s*/?>",
    re.MULTILINE | re.IGNORECASE,
)
"""What Markdown and HTML mean something by: headings, lists, quotations, emphasis."""

_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_LABEL: Final = re.compile(
    r"(?:alt(?:ernative)?[ -]?text|caption|description|image)\s*:\s*", re.IGNORECASE
)
_NOUN: Final = "(?:image|photo|photograph|picture|illustration|screenshot)"
_VERB: Final = (
    "(?:of|shows?|showing|depicts?|depicting|features?|displays?|captures?|presents?"
    "|portrays?)"
)
_LEAD: Final = re.compile(
    rf"(?:this is |in )?(?:(?:this|the|an?) )?{_NOUN}(?: {_VERB}\b|,)[\s:]*"
    rf"|(?:this|the) {_NOUN} is (?:of |(?=an?\b))",
    re.IGNORECASE,
)
_END: Final = re.compile(
    "[.!?\u061f\u0964\u2026][\"'\u201d\u2019\u00bb)\\]]*(?=\\s|$)"
    "|[\u3002\uff01\uff1f][\u300d\u300f\u201d\u2019\uff09]*"
)
"""Where a sentence may end, in Latin and many other scripts; in Chinese and Japanese
no space follows (https://www.unicode.org/reports/tr29/#Sentence_Boundaries)."""

_SHORT: Final = re.compile(
    r"\b(?:[A-Z]|(?i:mr|mrs|ms|dr|prof|st|mt|ft|jr|sr|gen|col|sgt|capt|rev|hon"
    r"|inc|ltd|co|corp|bros|ave|blvd|rd|vs|approx|e\.g|i\.e|a\.m|p\.m))\.$"
)
"""A word whose full stop does not end a sentence, or may not."""

_PAIRS: Final = (
    *(("\u201c", "\u201d"), ("\u2018", "\u2019"), ("\u00ab", "\u00bb")),
    *(("\u300c", "\u300d"), ("(", ")"), ("[", "]")),
)
_QUOTES: Final = (('"', '"'), ("'", "'"), *_PAIRS[:4])


def clean_alt(text: str) -> str:
    """Return a reply as one line, without markup, quotes, labels and lead-ins."""
    line = _unquoted(one_line(_MARKUP.sub("", _LINK.sub(r"\1", text))))
    if found := _LABEL.match(line):
        line = _unquoted(line[found.end() :])
    found = _LEAD.match(line)
    rest = line[found.end() :] if found else ""
    return rest[:1].upper() + rest[1:] if rest else line


def _unquoted(line: str) -> str:
    """Return a line without the quotation marks around all of it."""
    for opening, closing in _QUOTES:
        inner = line[1:-1]
        if line[:1] == opening and line[1:].endswith(closing) and opening not in inner:
            return inner.strip()
    return line


def fit_length(text: str, limit: int) -> str | None:
    """Return alternative text of at most `limit` characters, cut at a sentence's end.

    None where there is no text, or where no sentence ends soon enough.
    """
    whole = clean_alt(text)
    if len(whole) <= limit:
        return whole or None
    ends = [found.end() for found in _END.finditer(whole, 0, limit + 1)]
    fitting = [end for end in ends if end <= limit and _is_whole(whole[:end])]
    return whole[: fitting[-1]] if fitting else None


def _is_whole(text: str) -> bool:
    """Return whether a text that ends like a sentence is not cut within one."""
    if _SHORT.search(text) or text.count('"') % 2:
        return False
    return all(
        text.count(opening) <= text.count(closing) for opening, closing in _PAIRS
    )


def alt_prompt(limit: int) -> str:
    """Return what asks for alternative text of at most `limit` characters."""
    return (
        "Write alternative text for a screen reader: one plain sentence of at most"
        f" {_word_count(limit, 0)} words that says what matters in this image."
        " Do not begin with the words image, photo or picture."
    )


def shorter_prompt(asked: str, limit: int, retry: int) -> str:
    """Return a prompt that asks for less: the more so, the higher `retry` is.

    Each asks for another text, so each is a purchase of its own, and is found again.
    """
    return (
        f"{asked.rstrip()} Answer with one short sentence of at most"
        f" {_word_count(limit, retry)} words."
    )


def _word_count(limit: int, retry: int) -> int:
    """Return how many words to ask for: six characters each, a sixth less each time."""
    most = limit // 6
    return max(1, most - retry * max(1, most // 6))

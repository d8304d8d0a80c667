"""Alternative text: what a screen reader says in the place of an image.

Short, plain, and without telling that there is an image, which the reader says
(https://www.w3.org/WAI/tutorials/images/tips/).
"""

import re
from dataclasses import dataclass
from typing import Final

from rwcap.domain.text import one_line

MAX_CHARS: Final = 150
"""Characters, unless the user wants others.

Advice goes from 125 to 150, where some screen readers begin to split a text
(https://service-manual.nhs.uk/content/inclusive-content/images).
"""


@dataclass(frozen=True, slots=True)
class Alt:
    """What is wanted of alternative text."""

    limit: int = MAX_CHARS
    """Characters at most."""
    retries: int = 0
    """How often to buy another text where one does not fit."""


LIMIT_MIN: Final = 40
"""Characters: hardly anything can be said in fewer."""

RETRIES_MAX: Final = 5
"""From the shortest limit on, so many prompts differ from each other."""

_MARKUP: Final = re.compile(
    r"^[ \t]*(?:#{1,6} |[-*+>] |\d{1,2}[.)] )"
    r"|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)",
    re.MULTILINE,
)
"""What Markdown means something by: headings, lists, quotations, emphasis, code."""

_LABEL: Final = re.compile(
    r"(?:alt(?:ernative)?[ -]?text|caption|description|image)\s*:\s*", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"(?:this is |in )?(?:(?:this|the|an?) )?"
    r"(?:image|photo|photograph|picture|illustration|screenshot)"
    r"(?: (?:of|is|shows?|showing|depicts?|depicting|features?|displays?|captures?"
    r"|presents?|portrays?)\b|,)[\s:]*",
    re.IGNORECASE,
)
_END: Final = re.compile(r"[.!?][\"'\u201d\u2019)\]]*(?=\s|$)")
_SHORT: Final = re.compile(r"\b(?:[A-Z]|(?i:mr|mrs|ms|dr|st|vs|e\.g|i\.e))\.$")
"""A word whose full stop does not end a sentence."""
_QUOTES: Final = (('"', '"'), ("'", "'"), ("\u201c", "\u201d"), ("\u2018", "\u2019"))


def plain_alt(text: str) -> str:
    """Return a reply as one line, without markup, quotes, labels and lead-ins."""
    line = one_line(_MARKUP.sub("", text))
    line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
    for opening, closing in _QUOTES:
        if len(line) > 1 and line[0] == opening and line[-1] == closing:
            line = line[1:-1].strip()
    rest = line[found.end() :] if (found := _LEAD.match(line)) else line
    return rest[:1].upper() + rest[1:] if rest else line


def fit(text: str, limit: int) -> str | None:
    """Return alternative text of at most `limit` characters, cut at a sentence's end.

    None where there is no text, or where no sentence ends soon enough.
    """
    whole = plain_alt(text)
    if len(whole) <= limit:
        return whole or None
    ends = [found.end() for found in _END.finditer(whole, 0, limit + 1)]
    ends = [end for end in ends if end <= limit and not _SHORT.search(whole, 0, end)]
    return whole[: ends[-1]] if ends else None


def prompt(limit: int) -> str:
    """Return what asks for alternative text of at most `limit` characters."""
    return (
        "Write alternative text for a screen reader: one plain sentence of at most"
        f" {_words(limit, 0)} words that says what matters in this image."
        " Do not begin with the words image, photo or picture."
    )


def shorter(asked: str, limit: int, retry: int) -> str:
    """Return a prompt that asks for less: the more so, the higher `retry` is.

    Each asks for another text, so each is a purchase of its own, and is found again.
    """
    return (
        f"{asked.rstrip()} Answer with one short sentence of at most"
        f" {_words(limit, retry)} words."
    )


def _words(limit: int, retry: int) -> int:
    """Return how many words to ask for: six characters each, a sixth less each time."""
    most = limit // 6
    return max(1, most - retry * max(1, most // 6))

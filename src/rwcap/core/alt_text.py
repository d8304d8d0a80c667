"""Alternative text: the description of an image that a screen reader reads out.

It is short and plain and does not start with "image of", because the screen reader
announces the image (https://www.w3.org/WAI/tutorials/images/tips/).
"""

import re
from typing import Final

from rwcap.core.sentences import PAIRS, sentence_ends
from rwcap.core.text import one_line

DEFAULT_ALT_CHARS: Final = 150
"""The default limit in characters.

Guidelines recommend 125 to 150. Some screen readers split longer texts
(https://service-manual.nhs.uk/content/inclusive-content/images).
"""

MIN_ALT_CHARS: Final = 40
"""The lowest limit in characters. Shorter texts describe almost nothing."""

MAX_ALT_RETRIES: Final = 5
"""The highest number of retries for which every prompt differs at the lowest limit."""


# Patterns are compiled when alternative text is first wanted: start-up is a budget.
_MARKUP: Final = (
    r"(?im)^[ \t]*(?:#{1,6} |[-*+>] (?!\d)|\d{1,2}[.)] (?=\D))"
    r"|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)"
    r"|</?(?:b|i|em|strong|p|br|ul|ol|li|h[1-6])\s*/?>"
)
"""Headings, lists, quotations and emphasis in Markdown and HTML."""

_LINK: Final = r"!?\[([^\]]*)\]\([^)\s]*\)"
_LABEL: Final = r"(?i)(?:alt(?:ernative)?[ -]?text|caption|description|image)\s*:\s*"
_NOUN: Final = "(?:image|photo|photograph|picture|illustration|screenshot)"
_VERB: Final = (
    "(?:of|shows?|showing|depicts?|depicting|features?|displays?|captures?|presents?"
    "|portrays?)"
)
_LEAD: Final = (
    rf"(?i)(?:this is |in )?(?:(?:this|the|an?) )?{_NOUN}(?: {_VERB}\b|,)[\s:]*"
    rf"|(?:this|the) {_NOUN} is (?:of |(?=an?\b))"
)
_QUOTES: Final = (('"', '"'), ("'", "'"), *PAIRS[:4])


def clean_alt(text: str) -> str:
    """Return a reply on one line without markup, quotation marks, label and lead-in."""
    line = _unquoted(one_line(re.sub(_MARKUP, "", re.sub(_LINK, r"\1", text))))
    if found := re.match(_LABEL, line):
        line = _unquoted(line[found.end() :])
    found = re.match(_LEAD, line)
    rest = line[found.end() :] if found else ""
    return rest[:1].upper() + rest[1:] if rest else line


def _unquoted(line: str) -> str:
    """Return a line without quotation marks that enclose the whole line."""
    for opening, closing in _QUOTES:
        inner = line[1:-1]
        if line[:1] == opening and line[1:].endswith(closing) and opening not in inner:
            return inner.strip()
    return line


def fit_length(text: str, limit: int) -> str | None:
    """Return alternative text of at most `limit` characters.

    A longer text is cut after its last sentence that fits. Returns None if there is
    no text or no sentence fits.
    """
    whole = clean_alt(text)
    if len(whole) <= limit:
        return whole or None
    ends = sentence_ends(whole, limit)
    return whole[: ends[-1]] if ends else None


def alt_prompt(limit: int) -> str:
    """Return the prompt for alternative text of at most `limit` characters."""
    return (
        "Write alternative text for a screen reader: one plain sentence of at most"
        f" {word_limit(limit)} words that says what matters in this image."
        " Do not begin with the words image, photo or picture."
    )


def shorter_prompt(prompt: str, limit: int, retry: int) -> str:
    """Return a prompt that asks for a shorter text than `prompt`.

    Each retry has a different prompt, so each is a separate purchase that a later run
    can reuse.

    Args:
        prompt: The first prompt.
        limit: The maximum length in characters.
        retry: The number of the retry, from 1. A higher number asks for fewer words.
    """
    return (
        f"{prompt.rstrip()} Answer with one short sentence of at most"
        f" {_word_count(limit, retry)} words."
    )


def word_limit(limit: int) -> int:
    """Return the number of words that fit into `limit` characters: six for a word."""
    return limit // 6


def _word_count(limit: int, retry: int) -> int:
    """Return the number of words to ask for: a sixth fewer with each retry."""
    words = word_limit(limit)
    return max(1, words - retry * max(1, words // 6))

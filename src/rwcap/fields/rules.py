"""What the values of the known fields must be."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from rwcap.core.alt_text import DEFAULT_ALT_CHARS, clean_alt, fit_length, unquoted
from rwcap.core.fields import DEFAULT_KEYWORDS, FieldValue
from rwcap.core.keywords import new_keywords
from rwcap.core.text import one_line
from rwcap.fields.vocabulary import MAX_KEYWORD, Vocabulary

MAX_TITLE: Final = 60
"""The highest number of characters of a title."""

MAX_TEXT: Final = 2000
"""The highest number of characters of any other text, as of a caption in IPTC."""

MIN_KEYWORDS: Final = 5
_NUMBERING: Final = r"^(?:\d{1,3}[.)]|[-*\u2022])\s+"
_INVISIBLE: Final = " \u200b\u2060\ufeff"
_AROUND: Final = f"{_INVISIBLE}\"'\u201c\u201d\u201e\u2018\u2019\u201a\xab\xbb"
_FULL_STOPS: Final = (".", "\u3002", "\uff0e")


class FieldRules(NamedTuple):
    """The limits of the known fields, which options change."""

    alt_chars: int = DEFAULT_ALT_CHARS
    """The maximum length of alternative text."""
    keywords: int = DEFAULT_KEYWORDS
    """The maximum number of keywords."""
    vocabulary: Vocabulary = Vocabulary()
    vocabulary_only: bool = False
    """Whether other keywords are left out."""

    @property
    def keyword_range(self) -> tuple[int, int]:
        """Return the lowest and the highest number of keywords."""
        low = 1 if self.vocabulary_only else MIN_KEYWORDS
        return min(low, self.keywords), self.keywords


class Checked(NamedTuple):
    """A value that its rules have been applied to."""

    value: FieldValue
    """None if it breaks a rule."""
    problem: str = ""
    """The rule that it breaks: "72 characters; allowed: 60"."""
    repaired: bool = False
    """Whether it was changed to obey a rule."""


def check_title(text: str) -> Checked:
    """Return a title without quotation marks around it and a full stop at its end."""
    title, before = one_line(text), ""
    while title != before:
        before = title
        title = unquoted(title.strip(_INVISIBLE))
        if title.endswith(_FULL_STOPS) and not title.endswith("..."):
            title = title[:-1]
    return _limited(title, MAX_TITLE, text)


def check_alt(text: str, limit: int) -> Checked:
    """Return alternative text, cut after the last sentence that fits."""
    start = text[:MAX_TEXT]
    fitting = fit_length(start, limit)
    if fitting is not None:
        return Checked(fitting, repaired=fitting != text)
    length = len(clean_alt(start))
    return Checked(
        None,
        f"{length} characters, and no sentence ends within the first {limit}"
        if length
        else "empty",
    )


def check_text(text: str) -> Checked:
    """Return any other text on one line."""
    return _limited(one_line(text), MAX_TEXT, text)


def check_keywords(words: Iterable[str], rules: FieldRules) -> Checked:
    """Return keywords in lower case, each once, those of the vocabulary as it has them.

    A capital letter marks a name, unless every keyword begins with one.
    """
    given = [one_line(word) for word in words]
    found = [each for each in map(_bare_keyword, given) if 0 < len(each) <= MAX_KEYWORD]
    if all(each[0].isupper() for each in found):
        found = [each.lower() for each in found]
    vocabulary = rules.vocabulary
    mapped = [vocabulary.find(each) or each for each in found]
    if rules.vocabulary_only:
        mapped = [each for each in mapped if vocabulary.find(each)]
    low, high = rules.keyword_range
    distinct = new_keywords(mapped)
    if len(distinct) < low:
        return Checked(None, f"{len(distinct)} keywords; allowed: {low} to {high}")
    kept = distinct[:high]
    return Checked(kept, repaired=kept != tuple(given))


def _limited(text: str, limit: int, given: str) -> Checked:
    if not text:
        return Checked(None, "empty")
    if len(text) > limit:
        return Checked(None, f"{len(text):,} characters; allowed: {limit:,}")
    return Checked(text, repaired=text != given)


def _bare_keyword(word: str) -> str:
    """Return a keyword without numbering, hash signs, quotation marks and full stop."""
    plain = re.sub("[#\uff03]", "", re.sub(_NUMBERING, "", word))
    return plain.lstrip(_AROUND).rstrip(_AROUND + ".,;\u3002\u3001")

"""Keywords: which ones are the same, and new ones merged with existing ones.

Two keywords are the same if they differ only in case, white space, invisible
characters, the encoding of accents, or the English plural of their last word.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Final

from rwcap.core.text import one_line

_IRREGULAR: Final = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "mice": "mouse",
    "people": "person",
    "teeth": "tooth",
}
_ENDINGS: Final = (
    ("s", ""),
    *((f"{end}es", end) for end in ("s", "x", "z", "ch", "sh", "o")),
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("men", "man"),
)
"""Endings of a plural, each with that of its singular."""

_NO_PLURALS: Final = ("ss", "us", "is")
"""Endings of singulars such as glass, cactus and tennis."""

_SHORTEST_PLURAL: Final = 3
"""The number of letters in `men`."""


def new_keywords(
    keywords: Iterable[str], known: Iterable[str] = (), *, separator: str = ""
) -> tuple[str, ...]:
    """Return the keywords that are not the same as a known one, each once.

    Args:
        keywords: The keywords. The first of several that are the same counts.
        known: The keywords that are there already.
        separator: The text between the levels of a known keyword, such as the `/` of
            `animals/cat`. Every level counts.
    """
    forms: set[str] = set()
    words: set[str] = set()

    def add(word: str) -> bool:
        """Add a keyword; return whether it is the same as an earlier one."""
        singulars = _singulars(word)
        is_known = word in forms or not words.isdisjoint(singulars)
        words.add(word)
        forms.update(singulars)
        return is_known

    for each in known:
        for text in (each, *(each.split(separator) if separator else ())):
            add(comparable(text))
    named = [(each, comparable(each)) for each in keywords]
    return tuple(each for each, word in named if word and not add(word))


def comparable(text: str) -> str:
    """Return a keyword without what makes no difference: all but a plural."""
    word = one_line(text)
    if not word.isascii():
        from unicodedata import category, normalize

        visible = "".join(each for each in word if category(each) != "Cf")
        word = normalize("NFC", visible)
    return word.casefold()


def runs_before(
    keywords: Iterable[str], there: Container[str]
) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the keywords that are missing in a list, by the one that they precede.

    Those after the last keyword that is there precede None.
    """
    run: list[str] = []
    for each in keywords:
        if each not in there:
            run.append(each)
        elif run:
            yield each, run
            run = []
    if run:
        yield None, run


def _singulars(word: str) -> set[str]:
    """Return a text and every text whose plural it can be, by its last word."""
    start, space, last = word.rpartition(" ")
    found = {word}
    if last in _IRREGULAR:
        found.add(start + space + _IRREGULAR[last])
    if len(last) >= _SHORTEST_PLURAL and not last.endswith(_NO_PLURALS):
        found |= {
            start + space + last.removesuffix(plural) + singular
            for plural, singular in _ENDINGS
            if last.endswith(plural)
        }
    return found

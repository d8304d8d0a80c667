"""A check of captions, and the excerpt that shows why a caption fails."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

_EXCERPT: Final = 60
"""The greatest length of an excerpt, in characters."""

_BEFORE: Final = 15
"""The characters of an excerpt before the place that fails."""


class Check(NamedTuple):
    """A rule that a good caption keeps."""

    name: str
    """The name, which stays the same in later versions."""
    description: str
    """What a caption that fails is like, as a sentence."""
    bad: tuple[str, ...]
    """Captions of which the first fails: among the others, if the set decides."""
    good: tuple[str, ...]
    """Captions that pass, in a set of their own."""
    limit: str
    """What the check takes for a fault, or does not find, as a sentence."""
    find: Callable[[str], str | None] | None = None
    """Return an excerpt of a caption that fails, else None. A check without this
    function needs the whole set."""


def excerpt(text: str, start: int = 0) -> str:
    """Return a part of a text on one line, from shortly before `start`."""
    first = max(0, start - _BEFORE)
    piece = text[first : first + _EXCERPT]
    line = " ".join(piece.split())
    before = "..." if first else ""
    return f"{before}{line}{'...' if first + _EXCERPT < len(text) else ''}"


def pattern_excerpt(pattern: str, text: str, searched: str | None = None) -> str | None:
    """Return an excerpt of the first place where a pattern matches, else None.

    Args:
        pattern: The regular expression.
        text: The caption.
        searched: The caption with parts of it blanked out, in which to search.
    """
    found = re.search(pattern, text if searched is None else searched)
    return excerpt(text, found.start()) if found else None

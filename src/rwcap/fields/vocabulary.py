"""The user's own keywords, each with the words that mean the same.

A file has one keyword a line. `sea, ocean > water` maps two words to a third. A line
that begins with `#` is a comment.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.errors import UsageError
from rwcap.core.keywords import comparable
from rwcap.core.text import one_line, short_name

MAX_KEYWORD: Final = 64
"""The highest number of characters of a keyword, as in IPTC."""

_MAX_LISTED: Final = 100
_MAX_LISTED_CHARS: Final = 1000


class Vocabulary(NamedTuple):
    """Keywords by the words that mean the same, in comparable form."""

    keywords: Mapping[str, str] = MappingProxyType({})

    def find(self, word: str) -> str | None:
        """Return the keyword for a word, whatever its case."""
        return self.keywords.get(comparable(word))

    def listed(self) -> tuple[str, ...]:
        """Return the keywords for a prompt; none if they are too many for one."""
        words = tuple(dict.fromkeys(self.keywords.values()))
        is_short = len(words) <= _MAX_LISTED and len(", ".join(words)) <= (
            _MAX_LISTED_CHARS
        )
        return words if is_short else ()


def parse_vocabulary(text: str, name: str) -> Vocabulary:
    """Return the vocabulary in the text of a file.

    Args:
        text: The text.
        name: The name of the file, for messages.

    Raises:
        UsageError: A line has no keyword, or there are none.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words, arrow, target = line.partition(">")
        keyword = one_line(target if arrow else words)
        if not 0 < len(keyword) <= MAX_KEYWORD or ">" in keyword or "," in keyword:
            raise UsageError(
                f"{name}: line {number}: {short_name(line.strip(), 60)!r}"
                " does not name one keyword",
                hint="a keyword on each line, or: sea, ocean > water",
            )
        found[comparable(keyword)] = keyword
        for word in words.split(",") if arrow else ():
            found.setdefault(comparable(word), keyword)
    if not found:
        raise UsageError(f"{name}: no keywords", hint="a keyword on each line")
    return Vocabulary(found)

"""Conversion of marked text to roff, the language of man pages.

The marks are `bold`, _italic_, literal lines (indented by four spaces) and
definitions: `- term: explanation`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_SPECIAL: Final = str.maketrans(
    {
        "\\": "\\e",
        "-": "\\-",  # a minus, so that what is copied from the page can be typed
        "'": "\\(aq",
        "`": "\\(ga",
        "^": "\\(ha",
        "~": "\\(ti",
    }
)
_MARKED: Final = re.compile(r"`([^`]+)`|(?<!\w)_([A-Za-z]+)_(?!\w)")
_LITERAL: Final = " " * 4
_DEFINED: Final = "- "


def plain(text: str) -> str:
    """Return text with escaped roff commands."""
    escaped = text.translate(_SPECIAL)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def bold(text: str) -> str:
    """Return bold text, for words to type as shown."""
    return f"\\fB{plain(text)}\\fR"


def italic(text: str) -> str:
    """Return italic text, for placeholders."""
    return f"\\fI{plain(text)}\\fR"


def marked(text: str) -> str:
    """Return a paragraph with its marks as fonts."""
    pieces = []
    for between, strong, slanted in _pieces(text):
        pieces += [plain(between)]
        pieces += [bold(strong)] * bool(strong) + [italic(slanted)] * bool(slanted)
    return "".join(pieces)


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the text before each mark, and the marked text."""
    end = 0
    for found in _MARKED.finditer(text):
        yield text[end : found.start()], found[1] or "", found[2] or ""
        end = found.end()
    yield text[end:], "", ""


def definition(term: str, *paragraphs: str) -> list[str]:
    """Return a term (as roff) with its explanation."""
    first, *rest = paragraphs
    return [".TP", term, first, *(line for text in rest for line in (".IP", text))]


def literal(lines: Iterable[str]) -> list[str]:
    """Return literal lines."""
    return [".PP", ".RS 4", ".nf", *map(bold, lines), ".fi", ".RE"]


def blocks(text: str) -> list[str]:
    """Return prose as roff: paragraphs, literal lines, definitions."""
    lines: list[str] = []
    for block in re.split(r"\n\n+", text.strip("\n")):
        if block.startswith(_LITERAL):
            lines += literal(line.removeprefix(_LITERAL) for line in block.split("\n"))
        elif block.startswith(_DEFINED):
            for item in re.split(r"^- ", block, flags=re.MULTILINE)[1:]:
                term, _, meaning = " ".join(item.split()).partition(": ")
                lines += definition(marked(term), marked(meaning))
        elif block:
            lines += [".PP", marked(" ".join(block.split()))]
    return lines

"""Plain text for a terminal of any width: paragraphs, examples, two columns."""

import re
from collections.abc import Sequence
from textwrap import TextWrapper
from typing import Final

_TERM_MAX: Final = 26
"""The widest first column; what is longer gets a line of its own."""
_NARROW: Final = 56
"""Below, the second column would be a ribbon: it stands under the first instead."""
_INDENT: Final = "  "


def paragraph(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return `text` in lines of at most `width`, each behind its indentation.

    Broken at spaces; in a word only if it is longer than a line.
    """
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return wrapper.wrap(text)


def example(line: str, width: int) -> list[str]:
    """Return a line to be typed, and the note behind it, so that it can be copied.

    The shell joins again what a backslash at the end of a line has parted.
    """
    whole = f"{_INDENT}{line}"
    if len(whole) <= width:
        return [whole]
    command, _, note = line.partition("   ")
    *parted, last = paragraph(command, width - 2, first=_INDENT, rest=_INDENT * 3)
    indented = _INDENT * 2
    told = paragraph(note.strip(), width, first=indented, rest=indented)
    return [*(f"{part} \\" for part in parted), last, *told]


def definitions(rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Return terms with their explanations, in two columns if there is room."""
    if width < _NARROW:
        column = len(_INDENT) * 3
    else:
        longest = max(len(term) for term, _ in rows)
        column = len(_INDENT) * 2 + min(longest, _TERM_MAX)
    lines: list[str] = []
    for term, explanation in rows:
        beside = f"{_INDENT}{term}{_INDENT}"
        space = " " * column
        if len(beside) > column or width < _NARROW:
            lines += _term(term, width)
            beside = space
        lines += paragraph(explanation, width, first=beside.ljust(column), rest=space)
    return lines


def _term(term: str, width: int) -> list[str]:
    """Return a term in lines; where it is too long, choices begin a new one."""
    lines = [_INDENT]
    for piece in re.findall(r"[^|]+\|?", term):
        if len(lines[-1]) + len(piece) > width:
            lines.append(_INDENT * 3)
        lines[-1] += piece
    return lines

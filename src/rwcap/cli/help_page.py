"""The help of a command as plain text, for a terminal of any width.

A sentence, examples, notes, and the options in panels.
"""

import re
from collections.abc import Sequence
from textwrap import TextWrapper
from typing import Final

from rwcap.cli.command_tree import Argument, Command, Option

STATUSES: Final = (
    "Exit status: 0 done, 1 failed, 2 wrong command line, 3 some failed, 4 key,"
    " 5 credit, 6 service, 7 no image, 8 limit reached, 9 text does not"
    " fit, 10 ambiguous, 75 locked, 78 configuration; man rwcap explains them."
)


def page(command: Command, width: int) -> str:
    """Return the help of `command` in lines of at most `width` characters."""
    usage = f"Usage: {command.words} "
    blocks = [paragraph(usage + command.usage, width, rest=" " * 7)]
    blocks += [_paragraph(command.sentence, width)]
    if command.examples:
        blocks += [[part for line in command.examples for part in example(line, width)]]
    blocks += [_paragraph(note, width) for note in command.notes]
    for title, rows in _sections(command).items():
        blocks.append([*paragraph(f"{title}:", width), *definitions(rows, width)])
    blocks.append(paragraph(_ending(command), width))
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _paragraph(text: str, width: int) -> list[str]:
    return paragraph(text, width, first="  ", rest="  ")


def _sections(command: Command) -> dict[str, list[tuple[str, str]]]:
    """Return the lists: commands, then arguments and options by panel."""
    sections: dict[str, list[tuple[str, str]]] = {}
    if command.commands:
        rows = [(child.path[-1], child.sentence) for child in command.commands]
        sections["Commands"] = rows
    for panel, content in command.panels.items():
        sections[panel] = [_row(each) for each in content]
    return sections


def _row(each: Argument | Option) -> tuple[str, str]:
    if isinstance(each, Argument):
        return each.usage.strip("[]"), each.help
    term = f"{', '.join(each.names)} {each.metavar}".rstrip()
    return term, f"{each.help}  {each.facts}".rstrip()


def _ending(command: Command) -> str:
    """Return the references to further help."""
    if len(command.path) == 1:
        return STATUSES
    return f"More: man rwcap-{command.path[1]}. Exit statuses: rwcap --help."


_TERM_MAX: Final = 26
"""The maximum width of the first column; a longer term has its own line."""
_NARROW: Final = 56
"""The minimum width for two columns; below it, explanations are under their terms."""
_INDENT: Final = "  "


def paragraph(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return `text` in indented lines of at most `width` characters.

    A line breaks at a space, or in a word that is longer than a line.
    """
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return wrapper.wrap(text)


def example(line: str, width: int) -> list[str]:
    """Return an example line with its note so that it can be copied.

    A long line is broken with a backslash, which the shell joins again.
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
    """Return terms and explanations, in two columns if the width allows."""
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
    """Return the lines of a term; a long term breaks between choices."""
    lines = [_INDENT]
    for piece in re.findall(r"[^|]+\|?", term):
        if len(lines[-1]) + len(piece) > width:
            lines.append(_INDENT * 3)
        lines[-1] += piece
    return lines

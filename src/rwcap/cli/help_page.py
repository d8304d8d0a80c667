"""The help of a command for a terminal of any width: a summary, or the whole page.

A sentence, examples, notes, and the options in panels. If help is styled,
headings and literal words are bold, and names of values are dim.
"""

import re
from collections.abc import Mapping, Sequence
from textwrap import TextWrapper
from typing import Final

import typer

from rwcap.cli.command_tree import Argument, Command, Option

STATUSES: Final = (
    "Exit status: 0 done, 1 failed, 2 wrong command line, 3 some failed, 4 key,"
    " 5 credit, 6 service, 7 no image, 8 limit reached, 9 text does not"
    " fit, 10 ambiguous, 75 locked, 78 configuration; man rwcap explains them."
)


_MOST_USED: Final = frozenset(
    {
        *("--prompt", "--preset", "--show", "--limit"),
        *("--write", "--output", "--mode", "--alt", "--json"),
        *("--max-cost", "--pilot", "--dry-run", "--sandbox", "--help"),
    }
)
"""The options in the summary of a command that has more than `_FEW`."""

_FEW: Final = 15


def page(command: Command, width: int, *, styled: bool = False) -> str:
    """Return the help of `command` in lines of at most `width` characters."""
    sections: dict[str, list[Row]] = {}
    if command.commands:
        sections["Commands"] = _commands(command)
    for panel, content in command.panels.items():
        sections[panel] = [_row(each, facts=True) for each in content]
    blocks = _beginning(command, width, command.examples, styled=styled)
    blocks += [_paragraph(note, width) for note in command.notes]
    blocks += _sections(sections, width, styled=styled)
    ending = STATUSES
    if len(command.path) > 1:
        ending = f"More: man rwcap-{command.path[1]}. Exit statuses: rwcap --help."
    return _joined([*blocks, paragraph(ending, width)])


def summary(command: Command, width: int, *, styled: bool = False) -> str:
    """Return the most used options of `command` and three examples: one screen."""
    taken = command.takes
    if len(taken) > _FEW:
        taken = tuple(
            each
            for each in taken
            if isinstance(each, Argument) or _MOST_USED & {*each.names}
        )
    sections = {"Commands": _commands(command)} if command.commands else {}
    title = "Options" if len(taken) == len(command.takes) else "Most used options"
    rows = [_row(each) for each in taken]
    sections[title] = [(term, _first_clause(explanation)) for term, explanation in rows]
    blocks = _beginning(command, width, command.examples[:_EXAMPLES], styled=styled)
    blocks += _sections(sections, width, styled=styled)
    manual = "-".join(command.path[:2])
    ending = f"Every option: {command.words} --help. Manual: man {manual}."
    return _joined([*blocks, paragraph(ending, width)])


def first_steps(command: Command, width: int, *, styled: bool = False) -> str:
    """Return the first examples of `command` as the steps to a caption."""
    lines = [_style("Three steps to a caption:", styled=styled, bold=True)]
    for line in command.examples[:_EXAMPLES]:
        lines += example(line, width)
    lines += paragraph("All commands: rwcap -h. Every option: rwcap --help.", width)
    return "\n".join(lines)


_EXAMPLES: Final = 3

Row = tuple[str, str]
"""A term and its explanation."""


def _beginning(
    command: Command, width: int, examples: Sequence[str], *, styled: bool
) -> list[list[str]]:
    """Return the usage, the sentence and the examples."""
    usage = paragraph(f"Usage: {command.words} {command.usage}", width, rest=" " * 7)
    usage[0] = usage[0].replace("Usage:", _style("Usage:", styled=styled, bold=True))
    blocks = [usage, _paragraph(command.sentence, width)]
    if examples:
        blocks.append([part for line in examples for part in example(line, width)])
    return blocks


def _joined(blocks: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _paragraph(text: str, width: int) -> list[str]:
    return paragraph(text, width, first="  ", rest="  ")


def _commands(command: Command) -> list[Row]:
    return [(child.path[-1], child.sentence) for child in command.commands]


def _sections(
    sections: Mapping[str, Sequence[Row]], width: int, *, styled: bool
) -> list[list[str]]:
    """Return the lists of commands, arguments and options with their headings."""
    return [
        [
            *(
                _style(line, styled=styled, bold=True)
                for line in paragraph(f"{title}:", width)
            ),
            *definitions(rows, width, styled=styled),
        ]
        for title, rows in sections.items()
    ]


def _row(each: Argument | Option, *, facts: bool = False) -> Row:
    """Return an argument or an option and its explanation, also with its default."""
    if isinstance(each, Argument):
        return each.usage.strip("[]"), each.help
    term = f"{', '.join(each.names)} {each.metavar}".rstrip()
    return term, f"{each.help}  {each.facts if facts else ''}".rstrip()


def _first_clause(explanation: str) -> str:
    """Return an explanation without its details."""
    clause = re.split(r"; | \(|: ", explanation, maxsplit=1)[0]
    return clause.removesuffix(".") + "."


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
    note_lines = paragraph(note.strip(), width, first=indented, rest=indented)
    return [*(f"{part} \\" for part in parted), last, *note_lines]


def definitions(rows: Sequence[Row], width: int, *, styled: bool = False) -> list[str]:
    """Return terms and explanations, in two columns if the width allows."""
    if width < _NARROW:
        column = len(_INDENT) * 3
    else:
        longest = max(len(term) for term, _ in rows)
        column = len(_INDENT) * 2 + min(longest, _TERM_MAX)
    lines: list[str] = []
    for term, explanation in rows:
        explained = paragraph(explanation, width, first=" " * column, rest=" " * column)
        shown = _term(term, width)
        if len(term) + len(_INDENT) * 2 <= column and width >= _NARROW:
            shown = [f"{shown[0]:{column}}{explained.pop(0)[column:]}"]
        if styled:
            shown[0] = _styled_term(shown[0], term)
            shown[1:] = [_style(line, styled=True, dim=True) for line in shown[1:]]
        lines += [*shown, *explained]
    return lines


def _styled_term(line: str, term: str) -> str:
    """Return the first line of a definition with its names bold, its value dim."""
    names = re.match(r"-[^\s,]+(, -[^\s,]+)*|.*", term)
    end = len(_INDENT) + (names.end() if names else 0)
    value = min(len(line), len(_INDENT) + len(term))
    return (
        _INDENT
        + _style(line[len(_INDENT) : end], styled=True, bold=True)
        + (_style(line[end:value], styled=True, dim=True) if value > end else "")
        + line[value:]
    )


def _style(text: str, *, styled: bool, bold: bool = False, dim: bool = False) -> str:
    """Return a text with the escapes of a style, if help is styled."""
    if not styled:
        return text
    return typer.style(text, bold=bold or None, dim=dim or None)


def _term(term: str, width: int) -> list[str]:
    """Return the lines of a term; a long term breaks between choices."""
    lines = [_INDENT]
    for piece in re.findall(r"[^|]+\|?", term):
        if len(lines[-1]) + len(piece) > width:
            lines.append(_INDENT * 3)
        lines[-1] += piece
    return lines

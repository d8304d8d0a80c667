"""The help of a command: a sentence, examples, notes, and its options in panels."""

from typing import Final

from rwcap.cli.layout import definitions, example, paragraph
from rwcap.cli.tree import Argument, Command, Option

STATUSES: Final = (
    "Exit status: 0 done, 1 failed, 2 wrong command line, 3 some failed, 4 key,"
    " 5 credit, 6 service, 7 no image, 8 a limit reached, 9 not as asked, 10 in"
    " doubt, 75 locked, 78 configuration; man rwcap explains them."
)


def page(command: Command, width: int) -> str:
    """Return the help of `command` in lines of at most `width` characters."""
    usage = f"Usage: {command.words} "
    blocks = [paragraph(usage + command.usage, width, rest=" " * 7)]
    blocks += [_text(command.sentence, width)]
    if command.examples:
        blocks += [[part for line in command.examples for part in example(line, width)]]
    blocks += [_text(note, width) for note in command.notes]
    for title, rows in _sections(command).items():
        blocks.append([*paragraph(f"{title}:", width), *definitions(rows, width)])
    blocks.append(paragraph(_ending(command), width))
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _text(text: str, width: int) -> list[str]:
    return paragraph(text, width, first="  ", rest="  ")


def _sections(command: Command) -> dict[str, list[tuple[str, str]]]:
    """Return what is listed: commands, then arguments and options by panel."""
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
    """Return where to read on."""
    if len(command.path) == 1:
        return STATUSES
    return f"More: man rwcap-{command.path[1]}. Exit statuses: rwcap --help."

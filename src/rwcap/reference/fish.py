"""Completion for fish: a line for each command, option and argument."""

from collections.abc import Iterator
from typing import Final

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.reference.completion_values import (
    Files,
    Folders,
    Offer,
    Words,
    offer,
    valued,
)
from rwcap.reference.texts import filled

_MANY: Final = 1_000_000
"""More arguments than a command line has."""


def script(root: Command) -> str:
    """Return the completion script."""
    commands = list(root.walk())
    return filled(
        "rwcap.fish",
        valued=" ".join(valued(root)),
        paths=" ".join(_quoted(command.words) for command in commands[1:]),
        commands="\n".join(line for each in commands for line in _lines(each)),
    )


def _lines(command: Command) -> Iterator[str]:
    yield f"\n# {command.words}"
    for child in command.commands:
        completion = f"-a {child.path[-1]} -d {_quoted(child.sentence)}"
        yield _complete(f"__rwcap_has '{command.words}' 0 0", completion)
    for place, argument in enumerate(command.arguments):
        last = _MANY if argument.many else place
        if offered := _offered(argument):
            yield _complete(f"__rwcap_has '{command.words}' {place} {last}", offered)
    for option in command.options:
        unless = "" if option.repeatable else f" {' '.join(option.names)}"
        names = " ".join(map(_name, option.names))
        value = f" {_offered(option) or '-x'}" if option.metavar else ""
        completion = f"{names}{value} -d {_quoted(option.help)}"
        yield _complete(f"__rwcap_lacks '{command.words}'{unless}", completion)


def _complete(condition: str, completion: str) -> str:
    return f'complete -c rwcap -n "{condition}" {completion}'


def _name(name: str) -> str:
    long = name.removeprefix("--")
    return f"-l {long}" if long != name else f"-s {name.removeprefix('-')}"


def _offered(each: Option | Argument) -> str:
    """Return the fish options that complete a value; empty without a completion."""
    offered: Offer = offer(each.metavar, each.choices)
    match offered:
        case Words(words):
            return f"-x -a {_quoted(' '.join(words))}"
        case Files(()):
            return "-r -F"
        case Files(suffixes):
            return f"-x -a '(__rwcap_files {' '.join(suffixes)})'"
        case Folders():
            return "-x -a '(__fish_complete_directories)'"
        case _:
            return ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

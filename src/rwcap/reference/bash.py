"""Completion for bash: tables, and a function that finds the current command."""

from collections.abc import Iterable

from rwcap.cli.command_tree import Command, Option
from rwcap.reference.completion_values import (
    Files,
    Folders,
    Offer,
    Words,
    offer,
    valued,
)
from rwcap.reference.texts import filled


def script(root: Command) -> str:
    """Return the completion script."""
    commands = list(root.walk())
    return filled(
        "rwcap.bash",
        valued=" | ".join(valued(root)),
        paths=" | ".join(f"'{command.words}'" for command in commands[1:]),
        commands="\n".join(line for each in commands for line in _case(each)),
    )


def _case(command: Command) -> list[str]:
    """Return the cases of a command: arguments and option values."""
    branches = []
    if operands := _operands(command):
        branches.append(f"        '') {operands} ;;")
    for action, names in _values(command.options).items():
        branches.append(f"        {' | '.join(names)}) {action} ;;")
    if branches:
        branches = ["      case $option in", *branches, "      esac"]
    return [
        f"    '{command.words}')",
        "      options=(",
        *(f"        {_listed(option)}" for option in command.options),
        "      )",
        *branches,
        "      ;;",
    ]


def _listed(option: Option) -> str:
    return "/".join(option.names) + "+" * option.repeatable


def _values(options: Iterable[Option]) -> dict[str, list[str]]:
    """Return the options with completable values, by the function that offers them."""
    values: dict[str, list[str]] = {}
    for option in options:
        if action := _action(offer(option.metavar, option.choices)):
            values.setdefault(action, []).extend(option.names)
    return values


def _operands(command: Command) -> str:
    """Return the function that offers the next argument."""
    if command.commands:
        names = " ".join(child.path[-1] for child in command.commands)
        return f"((operands)) || _rwcap_words {names}"
    places = []
    for place, argument in enumerate(command.arguments):
        if action := _action(offer(argument.metavar, argument.choices)):
            there = ">=" if argument.many else "=="
            places.append(f"((operands {there} {place})) && {action}")
    return "; ".join(places)


def _action(offered: Offer) -> str:
    match offered:
        case Words(words):
            return f"_rwcap_words {' '.join(words)}"
        case Files(()):
            return "_rwcap_paths '*'"
        case Files(suffixes):
            both = (form for each in suffixes for form in (each, each.upper()))
            return f"_rwcap_paths '*.@({'|'.join(both)})'"
        case Folders():
            return "_rwcap_paths ''"
        case _:
            return ""

"""Completion for PowerShell: the tree as a table, and a script block that reads it."""

from collections.abc import Iterable

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.reference.completion_values import Files, Folders, Offer, Words, offer
from rwcap.reference.texts import filled


def script(root: Command) -> str:
    """Return the completion script for a profile."""
    return filled("rwcap.ps1", tree="\n".join(map(_entry, root.walk())))


def _entry(command: Command) -> str:
    children = (
        f"@{{ Name = {_quoted(each.path[-1])}; Help = {_quoted(each.sentence)} }}"
        for each in command.commands
    )
    many = any(argument.many for argument in command.arguments)
    return f"""\
        {_quoted(command.words)} = @{{
            Commands = {_array(children)}
            Operands = {_array(_value(each) for each in command.arguments)}
            Many = {_boolean(is_true=many)}
            Options = {_array(map(_option, command.options))}
        }}"""


def _option(option: Option) -> str:
    names = ", ".join(map(_quoted, option.names))
    return (
        f"@{{ Names = @({names}); Help = {_quoted(option.help)};"
        f" Takes = {_boolean(is_true=bool(option.metavar))}; Value = {_value(option)};"
        f" Again = {_boolean(is_true=option.repeatable)} }}"
    )


def _value(each: Option | Argument) -> str:
    offered: Offer = offer(each.metavar, each.choices)
    match offered:
        case Words(words):
            return f"@{{ Words = @({', '.join(map(_quoted, words))}) }}"
        case Files(()):
            return "@{ Files = @('') }"
        case Files(suffixes):
            listed = ", ".join(_quoted(f".{suffix}") for suffix in suffixes)
            return f"@{{ Files = @({listed}) }}"
        case Folders():
            return "@{ Files = @() }"
        case _:
            return "$null"


def _array(items: Iterable[str]) -> str:
    """Return a list with one item per line."""
    lines = "".join(f"\n                {item}" for item in items)
    return f"@({lines}\n            )" if lines else "@()"


def _boolean(*, is_true: bool) -> str:
    return "$true" if is_true else "$false"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

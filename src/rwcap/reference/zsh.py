"""Completion for zsh: a function of `_arguments` for each command."""

from typing import Final

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.reference.completion_values import Files, Folders, Offer, Words, offer

_HEAD: Final = """#compdef rwcap
# rwcap in zsh. Written by `python -m rwcap.reference`: changes belong there.
"""
_TAIL: Final = """
# Loaded from $fpath, it is called; sourced, it says what it is for.
if [[ $funcstack[1] == _rwcap ]]; then
  _rwcap "$@"
else
  compdef _rwcap rwcap
fi
"""


def script(root: Command) -> str:
    """Return the completion script for a folder of $fpath."""
    return "\n".join([_HEAD, *map(_function, root.walk())]) + _TAIL


def _function(command: Command) -> str:
    name = "_" + "_".join(command.path)
    specs = [spec for option in command.options for spec in _options(option)]
    specs += [_operand(place, each) for place, each in enumerate(command.arguments, 1)]
    if not command.commands:
        return f"{name}() {{\n  _arguments -s -S : {_lines(specs)}\n}}\n"
    specs += ["1:command:->command", "*::word:->words"]
    listed = (f"{each.path[-1]}:{each.sentence}" for each in command.commands)
    return f"""{name}() {{
  local curcontext=$curcontext state line
  local -a commands=({_lines(list(listed))}
  )
  _arguments -s -S -C : {_lines(specs)}
  case $state in
    command) _describe -t commands command commands ;;
    words) (( $+functions[{name}_$words[1]] )) && {name}_$words[1] ;;
  esac
}}
"""


def _lines(words: list[str]) -> str:
    """Return quoted words, one per line."""
    return "".join(f" \\\n    {_quoted(word)}" for word in words).removeprefix(" ")


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _options(option: Option) -> list[str]:
    """Return a line for each name; a name excludes itself and the others."""
    explanation = option.help.replace("[", "\\[").replace("]", "\\]")
    value = f":{option.metavar}:{_action(option)}" if option.metavar else ""
    before = "*" if option.repeatable else f"({' '.join(option.names)})"
    return [
        f"{before}{name}{_tie(name) if value else ''}[{explanation}]{value}"
        for name in option.names
    ]


def _tie(name: str) -> str:
    """Return the mark for a value in the same word: -pX, --prompt=X."""
    return "=" if name.startswith("--") else "+"


def _operand(place: int, argument: Argument) -> str:
    where = "*" if argument.many else str(place)
    return f"{where}:{argument.metavar}:{_action(argument)}"


def _action(each: Option | Argument) -> str:
    offered: Offer = offer(each.metavar, each.choices)
    match offered:
        case Words(words):
            return f"({' '.join(words)})"
        case Files(()):
            return "_files"
        case Files(suffixes):
            return f'_files -g "*.(#i)({"|".join(suffixes)})(-.)"'
        case Folders():
            return "_files -/"
        case _:
            return " "

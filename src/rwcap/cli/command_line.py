"""The words of a command line, chosen by option."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from inspect import Parameter
from typing import get_args

from typer.models import OptionInfo

from rwcap.cli.options.group import Group


def option_words(
    words: Sequence[str], group: type[Group], left_out: Collection[str]
) -> Iterator[str]:
    """Yield the options of a command line with their values, without arguments.

    Args:
        words: The words behind the name of the command, as they were typed. They are
            valid.
        group: The options of the command.
        left_out: The attributes of the options to leave out.
    """
    options = _options(group.options())
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        if word == "-" or not word.startswith("-"):
            continue
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        attribute, takes_value = options[name]
        found = [word, next(rest)] if takes_value and word == name else [word]
        if attribute not in left_out:
            yield from found


def _options(parameters: Mapping[str, Parameter]) -> dict[str, tuple[str, bool]]:
    """Return the attribute of each option, and whether it takes a value."""
    found: dict[str, tuple[str, bool]] = {}
    for attribute, parameter in parameters.items():
        kind, *described = get_args(parameter.annotation)
        for each in described:
            if isinstance(each, OptionInfo):
                takes_value = kind is not bool and not each.count
                # Inside `Annotated`, Typer takes the first name for the default.
                names = map(str, (each.default, *(each.param_decls or ())))
                found |= dict.fromkeys(names, (attribute, takes_value))
    return found

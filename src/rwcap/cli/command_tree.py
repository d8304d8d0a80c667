"""The command tree as plain values, for every view of it: help, man, completions.

Typer keeps it in objects of its own, which differ between its versions; this is
the one place that looks into them, and so the one with `Any`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from inspect import cleandoc
from typing import Any, Final, NamedTuple

_OTHER: Final = "Other"
_UNWRAPPED: Final = "\b\n"
"""Click's mark for a paragraph whose lines stay as they are: ours are examples."""


class Option(NamedTuple):
    """One option of one command."""

    names: tuple[str, ...]
    help: str
    panel: str = _OTHER
    metavar: str = ""
    """What stands for its value; empty for a flag."""
    choices: tuple[str, ...] = ()
    variable: str = ""
    """The environment variable that it can be set by."""
    default: str = ""
    """Empty where there is none worth telling."""
    repeatable: bool = False

    @property
    def facts(self) -> str:
        """Return in brackets what its help does not say."""
        told = [("env var", self.variable), ("default", self.default)]
        shown = "; ".join(f"{name}: {value}" for name, value in told if value)
        return f"[{shown}]" if shown else ""


class Argument(NamedTuple):
    """One word, or the many words, that a command takes."""

    metavar: str
    help: str
    panel: str = "Arguments"
    choices: tuple[str, ...] = ()
    required: bool = False
    many: bool = False

    @property
    def usage(self) -> str:
        """Return it as the first line of the help shows it."""
        shown = f"{self.metavar}{'...' * self.many}"
        return shown if self.required else f"[{shown}]"


class Command(NamedTuple):
    """A command with all that is below it."""

    path: tuple[str, ...]
    """The words that call it, `rwcap` first."""
    sentence: str
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    commands: tuple["Command", ...] = ()
    works_alone: bool = True
    """Whether it does something without one of its commands."""

    @property
    def words(self) -> str:
        """Return the path as it is typed."""
        return " ".join(self.path)

    @property
    def usage(self) -> str:
        """Return what is typed behind the path."""
        pieces = ["[OPTIONS]", *(argument.usage for argument in self.arguments)]
        if self.commands:
            pieces.append("[COMMAND]" if self.works_alone else "COMMAND")
        return " ".join(pieces)

    @property
    def takes(self) -> tuple[Argument | Option, ...]:
        """Return its arguments, then its options; the last one is --help."""
        return *self.arguments, *self.options

    @property
    def panels(self) -> dict[str, list[Argument | Option]]:
        """Return what it takes by panel, in the order of declaration."""
        panels: dict[str, list[Argument | Option]] = {}
        for each in self.takes:
            panels.setdefault(each.panel, []).append(each)
        return panels

    def walk(self) -> Iterator["Command"]:
        """Yield it and all below it, parents first."""
        yield self
        for command in self.commands:
            yield from command.walk()


_HELP: Final = Option(names=("-h", "--help"), help="Show this message and exit.")


def read(
    command: Any,  # noqa: ANN401  # Typer's own
    *path: str,
    habits: Mapping[str, object] | None = None,
    commands: tuple[Command, ...] | None = None,
) -> Command:
    """Return a command of Typer's, called by the words of `path`, as values.

    `habits` stand for the defaults of its options, `commands` for its commands,
    which are read as well if there are none.
    """
    shown = [parameter for parameter in command.params if not parameter.hidden]
    examples, (sentence, *notes) = _prose(cleandoc(command.help or ""))
    return Command(
        path=path,
        sentence=sentence,
        examples=examples,
        notes=tuple(notes),
        arguments=tuple(
            _argument(each) for each in shown if each.param_type_name == "argument"
        ),
        options=(
            *(
                _option(each, (habits or {}).get(each.name))
                for each in shown
                if each.param_type_name == "option"
            ),
            _HELP,
        ),
        commands=_commands(command, path) if commands is None else commands,
        works_alone=getattr(command, "invoke_without_command", True),
    )


def _commands(
    command: Any,  # noqa: ANN401  # Typer's own
    path: tuple[str, ...],
) -> tuple[Command, ...]:
    return tuple(
        read(child, *path, name)
        for name, child in getattr(command, "commands", {}).items()
        if not child.hidden
    )


def _prose(text: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the examples of a docstring, and its paragraphs in a line each."""
    examples: list[str] = []
    paragraphs: list[str] = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(_UNWRAPPED):
            examples += paragraph.removeprefix(_UNWRAPPED).splitlines()
        else:
            paragraphs.append(" ".join(paragraph.split()))
    return tuple(examples), paragraphs


def _option(option: Any, habit: object) -> Option:  # noqa: ANN401  # Typer's own
    choices = _choices(option)
    named = option.metavar or "|".join(choices) or option.name.upper()
    return Option(
        names=tuple(option.opts),
        help=option.help or "",
        panel=option.rich_help_panel or _OTHER,
        metavar="" if option.is_flag or option.count else named,
        choices=choices,
        variable=option.envvar or "",
        default=_shown(option.default if habit is None else habit)
        if option.show_default or habit is not None
        else "",
        repeatable=option.multiple or option.count,
    )


def _argument(argument: Any) -> Argument:  # noqa: ANN401  # Typer's own
    choices = _choices(argument)
    named = argument.metavar or "|".join(choices) or argument.name.upper()
    return Argument(
        metavar=named.removesuffix("..."),
        help=argument.help or "",
        panel=argument.rich_help_panel or "Arguments",
        choices=choices,
        required=argument.required,
        many=argument.nargs == -1,
    )


def _choices(parameter: Any) -> tuple[str, ...]:  # noqa: ANN401  # Typer's own
    """Return the words that a value must be one of.

    The type of a parameter is `type` up to Typer 0.28, then `type_descriptor`.
    """
    kind = getattr(parameter, "type", None) or getattr(
        parameter, "type_descriptor", None
    )
    return tuple(_shown(choice) for choice in getattr(kind, "choices", None) or ())


def _shown(value: object) -> str:
    """Return a value as it is typed, nothing for one that says nothing."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None or value is False else str(value)

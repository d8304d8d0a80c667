"""The command tree as plain values, for help, man pages and completions.

Typer's own objects differ between versions. Only this module reads them, so only this
module needs `Any`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from inspect import cleandoc
from typing import Any, Final, NamedTuple

_OTHER: Final = "Other"
_UNWRAPPED: Final = "\b\n"
"""Click's mark for a paragraph that keeps its lines: examples."""


class Option(NamedTuple):
    """One option of one command."""

    names: tuple[str, ...]
    help: str
    panel: str = _OTHER
    metavar: str = ""
    """The placeholder of its value; empty for a flag."""
    choices: tuple[str, ...] = ()
    variable: str = ""
    """Its environment variable."""
    default: str = ""
    """Empty if it is not shown."""
    repeatable: bool = False

    @property
    def facts(self) -> str:
        """Return variable and default in brackets."""
        facts = [("env var", self.variable), ("default", self.default)]
        shown = "; ".join(f"{name}: {value}" for name, value in facts if value)
        return f"[{shown}]" if shown else ""


class Argument(NamedTuple):
    """One argument of a command, or a repeated one."""

    metavar: str
    help: str
    panel: str = "Arguments"
    choices: tuple[str, ...] = ()
    required: bool = False
    many: bool = False

    @property
    def usage(self) -> str:
        """Return the argument as the usage line shows it."""
        shown = f"{self.metavar}{'...' * self.many}"
        return shown if self.required else f"[{shown}]"


class Command(NamedTuple):
    """A command with its subcommands."""

    path: tuple[str, ...]
    """The words of the command line, `rwcap` first."""
    sentence: str
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    commands: tuple["Command", ...] = ()
    works_alone: bool = True
    """Whether it works without a subcommand."""

    @property
    def words(self) -> str:
        """Return the path as it is typed."""
        return " ".join(self.path)

    @property
    def usage(self) -> str:
        """Return the usage after the path."""
        pieces = ["[OPTIONS]", *(argument.usage for argument in self.arguments)]
        if self.commands:
            pieces.append("[COMMAND]" if self.works_alone else "COMMAND")
        return " ".join(pieces)

    @property
    def takes(self) -> tuple[Argument | Option, ...]:
        """Return the arguments, then the options; --help is the last."""
        return *self.arguments, *self.options

    @property
    def panels(self) -> dict[str, list[Argument | Option]]:
        """Return arguments and options by panel, in the order of declaration."""
        panels: dict[str, list[Argument | Option]] = {}
        for each in self.takes:
            panels.setdefault(each.panel, []).append(each)
        return panels

    def walk(self) -> Iterator["Command"]:
        """Yield the command and its subcommands, parents first."""
        yield self
        for command in self.commands:
            yield from command.walk()


_HELP: Final = Option(
    names=("-h", "--help"),
    help="Show a summary (-h) or every option (--help).",
)


def read(
    command: Any,  # noqa: ANN401  # Typer's own
    *path: str,
    defaults: Mapping[str, object] | None = None,
    commands: tuple[Command, ...] | None = None,
) -> Command:
    """Return the command of Typer with the words `path` as values.

    `defaults` replace the defaults of its options; `commands` replace its commands,
    which are read otherwise.
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
                _option(each, (defaults or {}).get(each.name))
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
    """Return the examples of a docstring, and each paragraph as one line."""
    examples: list[str] = []
    paragraphs: list[str] = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(_UNWRAPPED):
            examples += paragraph.removeprefix(_UNWRAPPED).splitlines()
        else:
            paragraphs.append(" ".join(paragraph.split()))
    return tuple(examples), paragraphs


def _option(option: Any, default: object) -> Option:  # noqa: ANN401  # Typer's own
    choices = _choices(option)
    named = option.metavar or "|".join(choices) or option.name.upper()
    return Option(
        names=tuple(option.opts),
        help=option.help or "",
        panel=option.rich_help_panel or _OTHER,
        metavar="" if option.is_flag or option.count else named,
        choices=choices,
        variable=option.envvar or "",
        default=_shown(option.default if default is None else default)
        if option.show_default or default is not None
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
    """Return the choices of a value.

    The type of a parameter is `type` up to Typer 0.28, then `type_descriptor`.
    """
    kind = getattr(parameter, "type", None) or getattr(
        parameter, "type_descriptor", None
    )
    return tuple(_shown(choice) for choice in getattr(kind, "choices", None) or ())


def _shown(value: object) -> str:
    """Return a value as it is typed; empty for None, False and the like."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None or value is False else str(value)

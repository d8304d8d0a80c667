"""Man pages: one for rwcap, one for each of its commands."""

import ast
import inspect
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.core.exit_status import ExitStatus
from rwcap.reference.roff import (
    blocks,
    bold,
    definition,
    italic,
    literal,
    marked,
    plain,
)

_ORDER: Final = (
    *("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "OPTIONS", "COMMANDS"),
    *("", "EXIT STATUS", "ENVIRONMENT", "FILES", "RECORD", "SEE ALSO"),
)
"""The sections of a page; "" is the place of those that only some pages have."""

_OPTIONS: Final = re.compile(r"(?<![\w-])(\\-){1,2}[a-z0](\w|\\-\w)*")
"""Option names in roff, with escaped hyphens."""


class Release(NamedTuple):
    """The release that a page describes."""

    version: str
    date: str


def page(command: Command, root: Command, prose: str, release: Release) -> str:
    """Return the man page of `command` in the tree `root`, with handwritten prose."""
    written = _sections(prose)
    # Below rwcap itself every command has a page of its own.
    commands = [root] if command is root else list(command.walk())
    generated = {
        "NAME": [f"{plain(title(command))} \\- {plain(_lower(command.sentence))}"],
        "SYNOPSIS": [line for each in commands for line in _synopsis(each)],
        "DESCRIPTION": blocks("\n\n".join(command.notes)),
        "EXAMPLES": _examples(commands),
        "COMMANDS": _commands(command, root),
        "OPTIONS": _panels(command),
        "EXIT STATUS": _statuses() if command is root else [],
        "ENVIRONMENT": _environment(command),
        "SEE ALSO": _neighbours(command, root),
    }
    named = plain(title(command).upper())
    lines = [
        '.\\" Written by `python -m rwcap.reference`: changes belong there.',
        f'.TH {named} 1 {release.date} "rwcap {release.version}" "rwcap manual"',
        ".nh",  # words that are typed must not be hyphenated
        ".ad l",
    ]
    place = _ORDER.index("")
    others = tuple(name for name in written if name not in _ORDER)
    for section in (*_ORDER[:place], *others, *_ORDER[place + 1 :]):
        if body := generated.get(section, []) + blocks(written.get(section, "")):
            lines += [f".SH {section}", *body]
    needless = re.compile(r"^(\.S[HS] .+)\n\.(PP|br)$", re.MULTILINE)
    return needless.sub(r"\1", "\n".join(lines)) + "\n"


def title(command: Command) -> str:
    """Return the name of the page of a top-level command."""
    return "-".join(command.path[:2])


def _sections(prose: str) -> Mapping[str, str]:
    """Return the sections of prose by heading."""
    _, *parted = re.split(r"^# (.+)\n", prose, flags=re.MULTILINE)
    return dict(zip(parted[::2], parted[1::2], strict=True))


def _synopsis(command: Command) -> list[str]:
    shown = re.sub(r"[A-Z]+", lambda found: italic(found[0]), command.usage)
    return [".br", f"{bold(command.words)} {shown}"]


def _examples(commands: Iterable[Command]) -> list[str]:
    lines: list[str] = []
    for command in commands:
        for line in command.examples:
            typed, _, note = line.partition("   ")
            noted = [".RS 8", plain(note.strip()), ".RE"] if note else []
            lines += literal([typed]) + noted
    return lines


def _commands(command: Command, root: Command) -> list[str]:
    """Return the subcommands of a command; top-level commands by name only."""
    lines: list[str] = []
    if command is root:
        for child in root.commands:
            name = f"{bold(title(child))}(1)"
            lines += definition(name, plain(child.sentence))
        return lines
    for child in list(command.walk())[1:]:
        lines += [f".SS {plain(child.words)}", *blocks(child.sentence)]
        lines += blocks("\n\n".join(child.notes))
        own = child.takes[:-1]  # --help is the last everywhere
        twins = (each for each in root.commands if each.takes == child.takes)
        if own and (twin := next(twins, None)):
            lines += [".PP", f"Its options are those of {bold(title(twin))}(1)."]
        else:
            lines += [line for each in own for line in _taken(each)]
    return lines


def _panels(command: Command) -> list[str]:
    lines: list[str] = []
    for panel, content in command.panels.items():
        lines += [f".SS {plain(panel)}"]
        lines += [line for each in content for line in _taken(each)]
    return lines


def _taken(each: Argument | Option) -> list[str]:
    """Return arguments and options with their help."""
    if isinstance(each, Argument):
        name = f"{italic(each.metavar)}{'...' * each.many}"
        return definition(name, _shown(each.help, each.metavar))
    value = f" {_value(each)}" if each.metavar else ""
    explanation = f"{each.help} {each.facts}".rstrip()
    term = ", ".join(map(bold, each.names)) + value
    return definition(term, _shown(explanation, each.metavar))


def _value(option: Option) -> str:
    if option.choices:
        return r"|\:".join(map(bold, option.choices))  # a line may end there
    return italic(option.metavar)


def _shown(text: str, metavar: str) -> str:
    """Return the help of an option: other options bold, its value italic."""
    shown = _OPTIONS.sub(r"\\fB\g<0>\\fR", plain(text))
    if not metavar.isalpha():
        return shown
    return re.sub(rf"\b{metavar}\b", lambda found: italic(found[0]), shown)


def _statuses() -> list[str]:
    lines: list[str] = []
    for status, meaning in meanings().items():
        lines += definition(bold(str(status)), f"{marked(meaning)}.")
    return lines


def _environment(command: Command) -> list[str]:
    """Return the variables of all options at and below a command, each once."""
    lines: list[str] = []
    options = {
        option.variable: option
        for each in command.walk()
        for option in each.options
        if option.variable
    }
    for variable, option in sorted(options.items()):
        meaning = f"As {bold(option.names[-1])}."
        lines += definition(bold(variable), meaning)
    return lines


def _neighbours(command: Command, root: Command) -> list[str]:
    pages = [each for each in (root, *root.commands) if each is not command]
    return [".PP", ",\n".join(f"{bold(title(each))}(1)" for each in pages)]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def meanings() -> dict[int, str]:
    """Return what each status means: the first sentence of its docstring.

    The rest of the docstring is for readers of the source.
    """
    (defined,) = ast.parse(inspect.getsource(ExitStatus)).body
    assert isinstance(defined, ast.ClassDef)  # noqa: S101  # for the type checker
    found: dict[int, str] = {}
    for member, node in pairwise(defined.body):
        if isinstance(member, ast.Assign) and isinstance(node, ast.Expr):
            docstring = " ".join(ast.literal_eval(node.value).split())
            meaning = docstring.partition(". ")[0].rstrip(".")
            found[ast.literal_eval(member.value)] = meaning
    return found

"""What a shell can offer for a value: words, files, folders, or nothing.

A value is known by its metavar, as in the help: FILE is a file wherever it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from rwcap.cli.command_tree import Command
from rwcap.cli.settings.registry import KEYS
from rwcap.settings.presets import PRESETS
from rwcap.sources import folder_walk, tables


@dataclass(frozen=True, slots=True)
class Words:
    """One of these words, and no other."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """A file, or a folder on the way to one."""

    suffixes: tuple[str, ...] = ()
    """What names end in, without the dot, lower case; empty for any file."""


@dataclass(frozen=True, slots=True)
class Folders:
    """A folder."""


Offer: TypeAlias = Words | Files | Folders | None
"""None where nobody can know: a prompt, a number, a UUID."""


def _suffixes(*suffixes: str) -> Files:
    return Files(tuple(suffix.removeprefix(".") for suffix in suffixes))


OFFERS: Final[Mapping[str, Offer]] = {
    "IMAGE": _suffixes(*folder_walk.IMAGE_SUFFIXES),
    "SOURCE": _suffixes(*folder_walk.IMAGE_SUFFIXES, *tables.TABLE_SUFFIXES),
    "FILE": Files(),
    "DIR": Folders(),
    "KEY": Words(tuple(KEYS)),
    "PRESET": Words(tuple(PRESETS)),
}
"""What each metavar stands for; others are offered nothing."""


def valued(root: Command) -> list[str]:
    """Return the names of all options that are followed by a value.

    Shells look for them on the way to a command, where it is not known yet which one
    it will be: one name is one thing in every command.
    """
    names = (
        name
        for command in root.walk()
        for option in command.options
        if option.metavar
        for name in option.names
    )
    return list(dict.fromkeys(names))


def offer(metavar: str, choices: tuple[str, ...]) -> Offer:
    """Return what can be offered for a value."""
    return Words(choices) if choices else OFFERS.get(metavar)

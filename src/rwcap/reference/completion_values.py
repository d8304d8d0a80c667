"""Completion of values: words, files, folders, or nothing.

The metavar tells the kind of value: FILE is a file in every command.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from rwcap.cli.command_tree import Command
from rwcap.cli.settings.registry import KEYS
from rwcap.settings.presets import PRESETS
from rwcap.sources import folder_walk
from rwcap.sources.tables import tables


class Words(NamedTuple):
    """One of these words."""

    words: tuple[str, ...]


class Files(NamedTuple):
    """A file, or a folder that contains one."""

    suffixes: tuple[str, ...] = ()
    """Suffixes without the dot, in lower case; empty for any file."""


class Folders:
    """A folder."""

    __slots__ = ()


Offer: TypeAlias = Words | Files | Folders | None
"""None for free text: a prompt, a number, a UUID."""


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
"""The completion of each metavar; other metavars have none."""


def valued(root: Command) -> list[str]:
    """Return the names of all options with a value.

    A shell needs them before it knows the command; an option has a value in every
    command or in none.
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
    """Return the completion of a value."""
    return Words(choices) if choices else OFFERS.get(metavar)

"""Commands that are listed without being imported."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import typer
from typer.main import get_command

if TYPE_CHECKING:
    from typer._click import Command
    from typer.core import TyperCommand


class Entry(NamedTuple):
    """A command of a group, before it is imported."""

    target: str
    """The function or the `typer.Typer` of the command: `module:name`."""
    sentence: str
    """The first sentence of its help."""


class LazyCommands(Mapping[str, "Command"]):
    """The commands of a group by name, each imported at its first lookup."""

    def __init__(
        self, entries: Mapping[str, Entry], kind: "type[TyperCommand]"
    ) -> None:
        """Create the mapping; functions become commands of the class `kind`."""
        self._entries = entries
        self._kind = kind
        self._built: dict[str, Command] = {}

    def __getitem__(self, name: str) -> "Command":
        """Return a command; raises `KeyError` if the name is unknown."""
        if name not in self._built:
            self._built[name] = self._build(name, self._entries[name].target)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names in the order of the help."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of commands."""
        return len(self._entries)

    def _build(self, name: str, target: str) -> "Command":
        module, _, attribute = target.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(rich_markup_mode=None, add_completion=False)
        alone.command(name, cls=self._kind)(found)
        return get_command(alone)

"""Commands are listed before they are imported, with the right sentences."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from rwcap.cli.app import app
from rwcap.cli.command_tree import read
from rwcap.cli.help import PanelCommand
from rwcap.cli.lazy import Entry, LazyCommands


def groups(group: Any) -> Iterator[Any]:  # noqa: ANN401  # Typer's own
    """Yield a group and all groups below it."""
    yield group
    for child in group.commands.values():
        if hasattr(child, "entries"):
            yield from groups(child)


@pytest.mark.parametrize("group", [*groups(get_command(app))], ids=str)
def test_a_command_is_listed_with_its_own_sentence(group: Any) -> None:  # noqa: ANN401  # Typer's own
    """The one that its help begins with."""
    tree = read(group, "rwcap")

    listed = {name: entry.sentence for name, entry in group.entries.items()}
    assert {each.path[-1]: each.sentence for each in tree.commands} == listed


def test_a_command_is_built_once_and_only_if_it_exists() -> None:
    """Names are known without that."""
    entry = Entry("rwcap.cli.commands.cost:balance", "")
    commands = LazyCommands({"cost": entry}, PanelCommand)

    assert list(commands) == ["cost"]
    assert len(commands) == 1
    assert commands["cost"] is commands["cost"]
    assert commands.get("coast") is None

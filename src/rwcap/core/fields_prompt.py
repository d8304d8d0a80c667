"""The form of a prompt that asks for fields: an opening, and a line for each field.

So a prompt tells which fields it asks for. The ledger stores prompts, and finds by them
that fields were bought with others. The sandbox reads them as a model does.
"""

from collections.abc import Iterable
from typing import Final

OPENING: Final = (
    "Describe this image by one JSON object and nothing else, with these members:"
)
"""The line before the lines of the fields."""


def join_fields_prompt(prompt: str | None, lines: Iterable[str]) -> str:
    """Return a prompt with the lines that ask for fields."""
    start = f"{prompt.rstrip()}\n\n" if prompt else ""
    return "\n".join([start + OPENING, *lines])


def field_lines(prompt: str | None) -> list[str]:
    """Return the lines of a prompt that ask for fields; empty for other prompts."""
    _, opening, lines = (prompt or "").rpartition(f"{OPENING}\n")
    return lines.splitlines() if opening else []


def asks_for_as_much(prompt: str, other: str) -> bool:
    """Return whether a prompt asks for the fields of another one, and is else equal."""
    start, other_start = prompt.rpartition(OPENING)[0], other.rpartition(OPENING)[0]
    return start == other_start and {*field_lines(other)} <= {*field_lines(prompt)}

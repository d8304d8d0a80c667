"""Refusal of invalid combinations of options, before anything is done."""

from collections.abc import Collection
from typing import Final

from rwcap.core.errors import UsageError

ABSURD: Final = 1e9
"""An upper bound for numbers that every clock can handle."""

Mistake = tuple[str, bool]
"""A message, and whether the mistake was made."""


def refuse(command: str, *mistakes: Mistake) -> None:
    """Raise `UsageError` for the first mistake that was made."""
    for mistake, made in mistakes:
        if made:
            raise UsageError(mistake, hint=f"rwcap {command} --help")


def misdirected(
    write: Collection[str], *options: tuple[str, bool, str]
) -> tuple[Mistake, ...]:
    """Return the mistake of each given option that no value of `--write` uses.

    Each option comes with the values that use it: `txt|xmp`.
    """
    return tuple(
        (
            f"{option} is for --write {kinds}",
            given and not set(kinds.split("|")) & set(write),
        )
        for option, given, kinds in options
    )


def not_positive(**options: float | None) -> tuple[Mistake, ...]:
    """Return the mistakes of numbers that must be more than zero."""
    return tuple(
        (
            (
                f"--{option.replace('_', '-')} is {value};"
                f" allowed: more than 0, less than {ABSURD:.0f}"
            ),
            not 0 < value < ABSURD,
        )
        for option, value in options.items()
        if value is not None
    )

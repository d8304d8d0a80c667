"""Command lines that cannot be meant, refused before anything is done."""

from collections.abc import Collection
from typing import Final

from rwcap.core.errors import UsageError

ABSURD: Final = 1e9
"""More than anybody means, and less than breaks a clock."""

Mistake = tuple[str, bool]
"""What is wrong, and whether it is."""


def refuse(command: str, *mistakes: Mistake) -> None:
    """Raise `UsageError` for the first mistake that was made."""
    for mistake, made in mistakes:
        if made:
            raise UsageError(mistake, hint=f"rwcap {command} --help")


def misdirected(
    write: Collection[str], *options: tuple[str, bool, str]
) -> tuple[Mistake, ...]:
    """Return which options are given and of no use to what `--write` says.

    Each with what it is for: `txt|xmp`.
    """
    return tuple(
        (
            f"{option} is for --write {kinds}",
            given and not set(kinds.split("|")) & set(write),
        )
        for option, given, kinds in options
    )


def not_positive(**options: float | None) -> tuple[Mistake, ...]:
    """Return what is wrong with numbers that have to be more than zero."""
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

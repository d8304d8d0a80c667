"""Command lines that cannot be meant, refused before anything is done."""

from collections.abc import Collection
from typing import Final

from rwcap.core.alt_text import DEFAULT_ALT_CHARS, MAX_ALT_RETRIES, MIN_ALT_CHARS
from rwcap.core.errors import UsageError

LONGEST_TIMEOUT: Final = 86_400.0
"""Seconds, a day."""

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


def impatience(timeout: float, retries: int) -> tuple[Mistake, ...]:
    """Return what can be wrong with how long and how often to try."""
    return (
        (
            f"--timeout is {timeout:g}; allowed: more than 0 s, at most 86400 s",
            not 0 < timeout <= LONGEST_TIMEOUT,
        ),
        (f"--retries is {retries}; allowed: 0 or more", retries < 0),
    )


def unfit(max_side: int, max_pixels: int) -> tuple[Mistake, ...]:
    """Return what can be wrong with how images are prepared."""
    from rwcap.images.limits import MIN_SIDE

    return (
        (
            (
                f"--max-side is {max_side};"
                f" allowed: 0, or {MIN_SIDE} or more, less than {ABSURD:.0f}"
            ),
            max_side != 0 and not MIN_SIDE <= max_side < ABSURD,
        ),
        *not_positive(max_pixels=max_pixels),
    )


def one_prompt(
    prompt: str | None, prompt_file: object, preset: str | None
) -> tuple[Mistake, ...]:
    """Return what can be wrong with ways to say what is to be said."""
    return (
        (
            "--prompt and --prompt-file exclude each other",
            None not in {prompt, prompt_file},
        ),
        (
            "--preset is a prompt: it takes no --prompt and no --prompt-file",
            preset is not None and {prompt, prompt_file} != {None},
        ),
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


def unaltered(*, alt: bool, max_chars: int, retries: int) -> tuple[Mistake, ...]:
    """Return what can be wrong with how alternative text is wanted."""
    return (
        ("--max-chars is for --alt", not alt and max_chars != DEFAULT_ALT_CHARS),
        ("--retry-quality is for --alt", not alt and retries != 0),
        (
            f"--max-chars is {max_chars}; allowed: {MIN_ALT_CHARS} or more",
            max_chars < MIN_ALT_CHARS,
        ),
        (
            f"--retry-quality is {retries}; allowed: 0 to {MAX_ALT_RETRIES}",
            not 0 <= retries <= MAX_ALT_RETRIES,
        ),
    )

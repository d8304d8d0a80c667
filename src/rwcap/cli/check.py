"""Command lines that cannot be meant, refused before anything is done."""

from typing import Final

from rwcap.domain.errors import UsageError

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


def impatience(timeout: float, retries: int) -> tuple[Mistake, ...]:
    """Return what can be wrong with how long and how often to try."""
    return (
        (
            f"--timeout is {timeout:g}; allowed: more than 0 s, at most 86400 s",
            not 0 < timeout <= LONGEST_TIMEOUT,
        ),
        (f"--retries is {retries}; allowed: 0 or more", retries < 0),
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
            f"--{option.replace('_', '-')} is {value:g}; allowed: more than 0",
            not 0 < value < ABSURD,
        )
        for option, value in options.items()
        if value is not None
    )

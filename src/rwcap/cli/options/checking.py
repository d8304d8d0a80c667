"""Options for the checks of captions."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from rwcap.cli.options.group import Group, Mistake

CHECKS: Final = "Checks"


class CheckName(StrEnum):
    """A check, or a choice of checks."""

    EMPTY = "empty"
    LOOP = "loop"
    SCRIPT = "script"
    CUT_OFF = "cut-off"
    MARKUP = "markup"
    TOO_LONG = "too-long"
    TOO_SHORT = "too-short"
    REFUSAL = "refusal"
    PREAMBLE = "preamble"
    HEDGING = "hedging"
    META_WORDS = "meta-words"
    NEAR_IDENTICAL = "near-identical"
    COMMON_PHRASE = "common-phrase"
    ALL = "all"
    NONE = "none"


class Checking(Group):
    """Whether captions are checked, and by which checks."""

    check_only: Annotated[
        bool,
        typer.Option(
            "--check-only",
            help="Check the captions that exist, and print those that fail; buy"
            " nothing.",
            rich_help_panel=CHECKS,
        ),
    ] = False
    check: Annotated[
        list[CheckName] | None,
        typer.Option(
            "--check",
            help="Check for this (repeatable); without it, for all.",
            rich_help_panel=CHECKS,
        ),
    ] = None
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON document (with --check-only or several prompts).",
            rich_help_panel=CHECKS,
        ),
    ] = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the checks."""
        given = {*(self.check or ())}
        return (
            ("--check needs --check-only", bool(given) and not self.check_only),
            (
                "--check all and none stand alone",
                len(given) > 1
                and not given.isdisjoint({CheckName.ALL, CheckName.NONE}),
            ),
        )

    @property
    def names(self) -> list[str]:
        """Return the names of the wanted checks."""
        given = self.check or [CheckName.ALL]
        if given == [CheckName.ALL]:
            given = list(CheckName)
        return [each.value for each in given if each not in {"all", "none"}]

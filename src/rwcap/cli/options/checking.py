"""Options for the checks of captions."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.cli.options.group import Group, Mistake
from rwcap.core.checking import OnFail, Only

if TYPE_CHECKING:
    from rwcap.usecases.checking.caption_checks import CaptionChecks
    from rwcap.usecases.checking.run_checks import RunChecks

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


_OF_SET: Final = (CheckName.NEAR_IDENTICAL, CheckName.COMMON_PHRASE)
"""Checks of the set of all captions."""


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
            help="Check for this (repeatable), before captions are written;"
            " --check-only checks for all without it.",
            rich_help_panel=CHECKS,
        ),
    ] = None
    on_fail: Annotated[
        OnFail,
        typer.Option(
            "--on-fail",
            help="What to do with a new caption that fails: write it and report its"
            " faults (warn), do not write it (fail), buy another one (retry), or leave"
            " out sentences that fail (drop-sentence).",
            rich_help_panel=CHECKS,
            show_default=True,
        ),
    ] = OnFail.WARN
    only: Annotated[
        Only | None,
        typer.Option(
            "--only",
            help="Caption only images whose caption fails a check, again, and replace"
            " the texts that are of rwcap.",
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
            (
                "--on-fail needs --check",
                self.on_fail is not OnFail.WARN and not self.check,
            ),
            (
                "--only failed-checks compares no captions with others",
                self.only is not None and self.names_set_check,
            ),
            ("--only and --check none exclude each other", self._has_nothing_to_do),
            (
                "--check all and none stand alone",
                len(given) > 1
                and not given.isdisjoint({CheckName.ALL, CheckName.NONE}),
            ),
        )

    def conflicts(self, *, alt: bool, fields: bool) -> tuple[Mistake, ...]:
        """Return the mistakes in combination with alternative text and fields."""
        buys, drops = OnFail.RETRY, OnFail.DROP_SENTENCE
        return (
            (
                f"--on-fail {self.on_fail} is not for fields",
                fields and self.on_fail in {buys, drops},
            ),
            ("--only is not for fields", fields and self.only is not None),
            ("--on-fail drop-sentence is not for --alt", alt and self.on_fail is drops),
        )

    @property
    def names(self) -> list[str]:
        """Return the names of the wanted checks."""
        given = self.check or [CheckName.ALL]
        if given == [CheckName.ALL]:
            given = list(CheckName)
        return [each.value for each in given if each not in {"all", "none"}]

    @property
    def is_of_run(self) -> bool:
        """Return whether the captions of a run are checked before they are written."""
        is_wanted = bool(self.check) or self.only is not None
        return is_wanted and bool(self.names) and not self.check_only

    @property
    def _has_nothing_to_do(self) -> bool:
        return self.only is not None and not self.names

    @property
    def names_set_check(self) -> bool:
        """Return whether a check of the set of all captions is asked for by name."""
        return not {*(self.check or ())}.isdisjoint(_OF_SET)

    def caption_checks(self) -> "CaptionChecks | None":
        """Return the checks of each caption of a run; None if there are none."""
        if not self.is_of_run:
            return None
        from rwcap.usecases.checking.caption_checks import CaptionChecks

        if self.only is None:
            return CaptionChecks(tuple(self.names), self.on_fail)
        return CaptionChecks(tuple(self.names), OnFail.FAIL, only_failed=True)

    def run_checks(self, *, is_endless: bool) -> "RunChecks | None":
        """Return the checks of all captions of a run; None if there are none."""
        if not self.is_of_run:
            return None
        from rwcap.usecases.checking.run_checks import RunChecks

        has_set = self.only is None and not is_endless
        return RunChecks(self.names, has_set=has_set)

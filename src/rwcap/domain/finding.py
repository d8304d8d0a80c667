"""What a check has found: one thing, how grave it is, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How grave it is."""

    OK = "ok"
    WARNING = "warning"
    """Captions can be bought; something else is not as it should be."""
    PROBLEM = "problem"
    """Nothing can be bought, or not safely, before it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    topic: str
    grade: Grade
    told: str
    advice: str | None = None
    """What to type, or to look at."""


def ok(topic: str, told: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(topic, Grade.OK, told)


def warning(topic: str, told: str, advice: str | None = None) -> Finding:
    """Return that something is not as it should be."""
    return Finding(topic, Grade.WARNING, told, advice)


def problem(topic: str, told: str, advice: str | None = None) -> Finding:
    """Return that something has to be mended first."""
    return Finding(topic, Grade.PROBLEM, told, advice)


def worst(findings: Iterable[Finding]) -> Grade:
    """Return the gravest grade there is."""
    order = list(Grade)
    return max((each.grade for each in findings), key=order.index, default=Grade.OK)

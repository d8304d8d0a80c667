"""Days, weeks and months, as people name them on a command line."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_AGO: Final = re.compile(r"([0-9]{1,5})d")
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class DateRange:
    """From one day to another, both included; without an end where it is None."""

    first: date | None = None
    last: date | None = None

    @property
    def iso_bounds(self) -> tuple[str, str]:
        """The days in ISO 8601, in whose order they sort as in time."""
        return (
            (self.first or date.min).isoformat(),
            (self.last or date.max).isoformat(),
        )


def parse_day(text: str, today: date, *, last: bool = False) -> date:
    """Return the day that `text` names: 2026-11-24, today, yesterday, 7d (ago).

    A month, as 2026-11, is its first day, or its last if `last`. Raises `ValueError`.
    """
    word = text.strip().lower()
    if word in {"today", "yesterday"}:
        return today - timedelta(days=word == "yesterday")
    try:
        if ago := _AGO.fullmatch(word):
            return today - timedelta(days=int(ago[1]))
        if found := _MONTH.fullmatch(word):
            year, month = int(found[1]), int(found[2])
            return date(year, month, monthrange(year, month)[1] if last else 1)
        return date.fromisoformat(word)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is no day such as 2026-11-24, 2026-11, yesterday or 7d"
        ) from error


def week_of(day: str) -> str:
    """Return the week of a day, as ISO 8601 numbers weeks: 2026-W48."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04}-W{week:02}"


def month_of(day: str) -> str:
    """Return the month of a day: 2026-11."""
    return day[:7]

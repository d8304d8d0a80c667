"""Days, weeks, months and ranges of days, as users write them."""

import re
from datetime import date, timedelta
from typing import Final, NamedTuple

_AGO: Final = "([0-9]{1,5})d"
_MONTH: Final = "([0-9]{4})-([0-9]{2})"


class DateRange(NamedTuple):
    """A range of days. None leaves an end open."""

    first: date | None = None
    last: date | None = None
    """The last day of the range, included."""

    @property
    def iso_bounds(self) -> tuple[str, str]:
        """The first and the last day in ISO 8601, for comparison as text."""
        return (
            (self.first or date.min).isoformat(),
            (self.last or date.max).isoformat(),
        )


def parse_day(text: str, today: date, *, last: bool = False) -> date:
    """Return the day that a user wrote.

    Args:
        text: A day (2026-11-24), a month (2026-11), `today`, `yesterday`, or a
            number of days ago (7d).
        today: The current day.
        last: Whether a month stands for its last day instead of its first.

    Raises:
        ValueError: The text is none of these.
    """
    word = text.strip().lower()
    if word in {"today", "yesterday"}:
        return today - timedelta(days=word == "yesterday")
    try:
        if ago := re.fullmatch(_AGO, word):
            return today - timedelta(days=int(ago[1]))
        if found := re.fullmatch(_MONTH, word):
            year, month = int(found[1]), int(found[2])
            first = date(year, month, 1)
            return _last_of_month(first) if last else first
        return date.fromisoformat(word)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is not a day; examples: 2026-11-24, 2026-11, yesterday, 7d"
        ) from error


def _last_of_month(first: date) -> date:
    """Return the last day of the month that begins with `first`."""
    if (first.year, first.month) == (date.max.year, date.max.month):
        return date.max
    next_month = first.replace(day=28) + timedelta(days=4)
    return next_month - timedelta(days=next_month.day)


def week_of(day: str) -> str:
    """Return the ISO 8601 week of a day: "2026-W48" for "2026-11-24"."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04}-W{week:02}"


def month_of(day: str) -> str:
    """Return the month of a day: "2026-11" for "2026-11-24"."""
    return day[:7]

"""Days, months and ranges of days are parsed as users write them."""

from contextlib import suppress
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.dates import DateRange, month_of, parse_day, week_of

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-03", date(2026, 11, 3), date(2026, 11, 3)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("9999-12", date(9999, 12, 1), date.max),
        ("today", TODAY, TODAY),
        (" Yesterday ", date(2026, 11, 23), date(2026, 11, 23)),
        ("7d", date(2026, 11, 17), date(2026, 11, 17)),
        ("0d", TODAY, TODAY),
    ],
)
def test_a_day_or_month_is_parsed(text: str, first: date, last: date) -> None:
    """A month stands for its first or its last day."""
    assert parse_day(text, TODAY) == first
    assert parse_day(text, TODAY, last=True) == last


@pytest.mark.parametrize(
    "text", ["", "yesteday", "2026-13", "2026-02-30", "99999d", "7 d", "11/24/2026"]
)
def test_an_invalid_day_is_refused(text: str) -> None:
    """The error message shows examples."""
    with pytest.raises(ValueError, match="is not a day; examples: 2026-11-24"):
        parse_day(text, date(200, 1, 1))


@given(st.text())
def test_any_text_is_a_day_or_a_value_error(text: str) -> None:
    """No other exception is raised."""
    with suppress(ValueError):
        assert date.min <= parse_day(text, TODAY) <= date.max


@given(st.lists(st.dates(), min_size=2))
def test_days_weeks_and_months_sort_as_text(days: list[date]) -> None:
    """The order of the text is the order in time."""
    spelt = [day.isoformat() for day in sorted(days)]

    for one, next_one in pairwise(spelt):
        assert one <= next_one
        assert week_of(one) <= week_of(next_one)
        assert month_of(one) <= month_of(next_one)


@given(st.none() | st.dates(), st.none() | st.dates(), st.dates())
def test_the_bounds_include_the_days_between(
    first: date | None, last: date | None, day: date
) -> None:
    """Both ends are included. An end that is None is open."""
    low, high = DateRange(first, last).iso_bounds

    inside = (first is None or first <= day) and (last is None or day <= last)
    assert (low <= day.isoformat() <= high) == inside


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-11-24", "2026-W48"),
        ("2027-01-01", "2026-W53"),
        ("2024-12-30", "2025-W01"),
    ],
)
def test_weeks_are_numbered_as_in_iso_8601(day: str, week: str) -> None:
    """A week starts on Monday and belongs to the year of its Thursday."""
    assert week_of(day) == week

"""The account at the service: its balance and usage, total in what is read.

https://runware.ai/docs/en/utilities/account
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rwcap.api.wire import Json, load
from rwcap.core import text
from rwcap.core.money import Micros, balance_from_json

PERIODS: Final = ("today", "last7Days", "last30Days", "total")
"""What the service adds up, in the order people read it."""

MAX_ACTIVITY_DAYS: Final = 30
"""Days that the service tells of in one answer."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in one period."""

    spent: Micros | None
    """Its `credits`, which are US dollars as far as anybody has seen."""
    requests: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """An account, as far as it was told; what was not is None."""

    organization: str | None
    balance: Micros | None
    usage: Mapping[str, Usage]
    """By period, of those that were told."""


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """What one model was used for on one day."""

    day: str
    """ISO 8601."""
    model: str
    spent: Micros


def parse_account(body: bytes) -> Account | None:
    """Return the answer to `getDetails`; None where `body` holds none.

    The balance is a number, or an object with an amount: both have been seen.
    """
    for item in _items(body):
        if not item.keys() & {"balance", "usage"}:
            continue
        balance, usage = item.get("balance"), _object(item.get("usage"))
        if isinstance(balance, Mapping):
            balance = balance.get("amount")
        return Account(
            _word(item.get("organizationName")),
            balance_from_json(balance),
            {
                period: _usage(_object(usage[period]))
                for period in PERIODS
                if period in usage
            },
        )
    return None


def parse_activity(body: bytes) -> list[DailyUsage] | None:
    """Return the rows of the answer to `getUsageActivity`; None where it has no rows.

    Under which name they stand is not documented: the first list is taken.
    """
    for item in _items(body):
        for value in item.values():
            if isinstance(value, list):
                return [row for row in map(_activity, value) if row]
    return None


def _items(body: bytes) -> Iterator[Mapping[str, Json]]:
    try:
        envelope = _object(load(body))
    except ValueError:
        return
    data = envelope.get("data")
    for item in data if isinstance(data, list) else []:
        if isinstance(item, Mapping):
            yield item


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _usage(period: Mapping[str, Json]) -> Usage:
    requests = period.get("requests")
    return Usage(
        balance_from_json(period.get("credits")),
        requests if type(requests) is int else None,  # `bool` is an `int`, too
    )


def _activity(row: Json) -> DailyUsage | None:
    fields = _object(row)
    day, spent = _word(fields.get("date")), balance_from_json(fields.get("spend"))
    if day is None or spent is None:
        return None
    return DailyUsage(day[:10], _word(fields.get("model")) or "", spent)


def _word(value: Json) -> str | None:
    if not isinstance(value, str):
        return None
    return text.truncate(text.for_terminal(text.one_line(value)))

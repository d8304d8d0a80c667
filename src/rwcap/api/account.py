"""The account at Runware: its balance and its usage.

https://runware.ai/docs/en/utilities/account
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from rwcap.api.wire import Json, load, printable_line
from rwcap.core.money import Micros, balance_from_json

PERIODS: Final = ("today", "last7Days", "last30Days", "total")
"""Periods of usage that the service reports, in display order."""

MAX_ACTIVITY_DAYS: Final = 30
"""Days that one `getUsageActivity` query can cover."""


class Usage(NamedTuple):
    """Usage in one period. A value that the service does not report is None."""

    spent: Micros | None
    """The field `credits`, in US dollars according to every reply seen so far."""
    requests: int | None


class Account(NamedTuple):
    """An account. A value that the service does not report is None."""

    organization: str | None
    balance: Micros | None
    usage: Mapping[str, Usage]
    """Usage by period, for the periods in the reply."""


class DailyUsage(NamedTuple):
    """The money spent on one model on one day."""

    day: str
    """ISO 8601."""
    model: str
    spent: Micros


def parse_account(body: bytes) -> Account | None:
    """Return the account in a `getDetails` reply; None if there is none.

    The balance can be a number or an object with an amount.
    """
    for item in _items(body):
        if not item.keys() & {"balance", "usage"}:
            continue
        balance, usage = item.get("balance"), _mapping(item.get("usage"))
        if isinstance(balance, Mapping):
            balance = balance.get("amount")
        return Account(
            printable_line(item.get("organizationName")) or None,
            balance_from_json(balance),
            {
                period: _usage(_mapping(usage[period]))
                for period in PERIODS
                if period in usage
            },
        )
    return None


def parse_activity(body: bytes) -> list[DailyUsage] | None:
    """Return the rows of a `getUsageActivity` reply; None if they cannot be read.

    The name of the field is not documented, so the first list is used. Of a reply
    with a row that has no day or no amount, no sum can be trusted.
    """
    for item in _items(body):
        for value in item.values():
            if isinstance(value, list):
                rows = [row for row in map(_daily_usage, value) if row]
                return rows if len(rows) == len(value) else None
    return None


def _items(body: bytes) -> Iterator[Mapping[str, Json]]:
    try:
        envelope = _mapping(load(body))
    except ValueError:
        return
    data = envelope.get("data")
    for item in data if isinstance(data, list) else []:
        if isinstance(item, Mapping):
            yield item


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _usage(period: Mapping[str, Json]) -> Usage:
    requests = period.get("requests")
    return Usage(
        balance_from_json(period.get("credits")),
        requests if type(requests) is int else None,  # `bool` is a subclass of `int`
    )


def _daily_usage(row: Json) -> DailyUsage | None:
    fields = _mapping(row)
    day = printable_line(fields.get("date"))
    spent = balance_from_json(fields.get("spend"))
    if not day or spent is None:
        return None
    return DailyUsage(day[:10], printable_line(fields.get("model")), spent)

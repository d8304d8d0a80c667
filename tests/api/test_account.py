"""Tests of the account: every form of reply seen so far."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.account import Account, DailyUsage, Usage, parse_account, parse_activity
from rwcap.core.money import Micros, balance_from_json


def answer(**fields: object) -> bytes:
    """Return a reply of the service with one item."""
    return json.dumps({"data": [{"taskType": "accountManagement", **fields}]}).encode()


@pytest.mark.parametrize(
    ("balance", "micros"),
    [
        (2450.75, 2_450_750_000),
        (7, 7_000_000),
        (-0.25, -250_000),
        ({"amount": 9.9987, "currency": "USD"}, 9_998_700),
        ({"freeBalance": 1}, None),
        ("9.9987", None),
        (True, None),
        (None, None),
        (1e40, None),
    ],
)
def test_the_balance_is_a_number_or_an_object(
    balance: object, micros: int | None
) -> None:
    """Any other balance is unknown."""
    found = parse_account(answer(balance=balance))

    assert found == Account(None, None if micros is None else Micros(micros), {})


def test_usage_is_reported_by_period() -> None:
    """Missing values are None, and text is made printable."""
    usage = {
        "total": {"credits": 12.5, "requests": 6012},
        "today": {"credits": 0.42},
        "lastYear": {"credits": 1},
        "last7Days": {"requests": True},
        "last30Days": None,
    }

    found = parse_account(
        answer(organizationName="Acme\x1b[31m\n Ltd", balance=1, usage=usage)
    )

    assert found
    assert found.organization == "Acme[31m Ltd"
    assert found.usage == {
        "today": Usage(balance_from_json(Decimal("0.42")), None),
        "last7Days": Usage(None, None),
        "last30Days": Usage(None, None),
        "total": Usage(balance_from_json(Decimal("12.5")), 6012),
    }
    assert list(found.usage) == ["today", "last7Days", "last30Days", "total"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"data": 1}', b'{"data": [1]}', answer(), b'{"data":[]}'],
)
def test_a_reply_without_an_account_is_none(body: bytes) -> None:
    """Invalid replies raise no exception."""
    assert parse_account(body) is None
    assert parse_activity(body) is None


def test_activity_is_the_first_list() -> None:
    """Its name does not matter."""
    rows = [
        {"date": "2026-11-23", "model": "runware:152@1", "count": 4, "spend": 0.0052},
        {"date": "2026-11-24T00:00:00Z", "model": None, "spend": 0.1 + 0.2},
    ]

    found = parse_activity(answer(operation="getUsageActivity", rows=rows, meta={}))

    assert found == [
        DailyUsage("2026-11-23", "runware:152@1", Micros(5200)),
        DailyUsage("2026-11-24", "", Micros(300_000)),
    ]
    assert parse_activity(answer(rows=[])) == []


@pytest.mark.parametrize(
    "row", [{"date": "2026-11-24", "spend": "1"}, {"model": "x", "spend": 1}, "x"]
)
def test_activity_with_a_row_that_cannot_be_read_is_none(row: object) -> None:
    """A sum without it would agree with anything."""
    good = {"date": "2026-11-23", "model": "runware:152@1", "spend": 0.0052}

    assert parse_activity(answer(rows=[good, row])) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "balance", "usage", "amount", "total", "spend"])
            | st.text(),
            inner,
            max_size=3,
        )
    ),
)


@given(json_values)
def test_any_reply_is_parsed(document: object) -> None:
    """No reply of the service raises an exception."""
    body = json.dumps({"data": [document]}).encode()

    parse_account(body)
    parse_activity(body)
    parse_account(json.dumps(document).encode())

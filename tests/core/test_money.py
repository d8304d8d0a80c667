"""Amounts of money are exact."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.money import (
    Micros,
    balance_from_json,
    format_price,
    format_usd,
    parse_usd,
    price_from_json,
)


@pytest.mark.parametrize(
    ("dollars", "micros"),
    [
        (Decimal("0.0013"), 1300),
        (Decimal("0.0000001"), 1),
        (Decimal("1e-6"), 1),
        (Decimal(0), 0),
        (1, 1_000_000),
        (1000, 10**9),
    ],
)
def test_a_price_is_rounded_up_to_micro_dollars(dollars: object, micros: int) -> None:
    """A fraction of a micro-dollar counts as a whole one."""
    assert price_from_json(dollars) == micros


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "0.0013",
        0.0013,
        Decimal("-0.0013"),
        Decimal("1000.01"),
        9999,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1e999999"),
        [],
        {},
    ],
)
def test_an_invalid_price_is_none(value: object) -> None:
    """An impossible price is treated as unknown."""
    assert price_from_json(value) is None


@pytest.mark.parametrize(
    ("dollars", "micros"),
    [
        (Decimal("-0.5"), -500_000),
        (Decimal("0.30000000000000004"), 300_000),
        (Decimal("0.2999999999999999"), 300_000),
        (10**9, 10**15),
        (-(10**9), -(10**15)),
    ],
)
def test_a_balance_is_rounded_to_the_nearest_micro_dollar(
    dollars: object, micros: int
) -> None:
    """The service adds prices as binary floating-point numbers."""
    assert balance_from_json(dollars) == micros


@pytest.mark.parametrize(
    "value", [None, True, "1", Decimal("NaN"), Decimal("Infinity"), 10**9 + 1]
)
def test_an_impossible_balance_is_none(value: object) -> None:
    """No account holds more than a billion dollars."""
    assert balance_from_json(value) is None


@given(st.integers(0, 10**6).map(Micros))
def test_a_formatted_amount_is_read_back_from_json(amount: Micros) -> None:
    """Neither format loses a micro-dollar."""
    assert price_from_json(Decimal(format_usd(amount))) == amount
    assert price_from_json(Decimal(format_price(amount).removeprefix("$"))) == amount


@pytest.mark.parametrize(
    ("amount", "exact", "shown"),
    [
        (1300, "0.001300", "$0.0013"),
        (0, "0.000000", "$0.0000"),
        (1_234_567, "1.234567", "$1.234567"),
        (20_000_000, "20.000000", "$20.0000"),
    ],
)
def test_amounts_have_enough_decimals(amount: int, exact: str, shown: str) -> None:
    """Records show six decimals, and messages at least four."""
    assert format_usd(Micros(amount)) == exact
    assert format_price(Micros(amount)) == shown


def test_a_negative_amount_is_displayed_with_its_sign_first() -> None:
    """A balance can be one."""
    assert format_price(Micros(-1_300)) == "-$0.0013"
    assert format_usd(Micros(-1_300)) == "-0.001300"


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1", 1_000_000),
        ("0.50", 500_000),
        ("$2.5", 2_500_000),
        (" .000001 ", 1),
        ("0", 0),
        ("3.", 3_000_000),
    ],
)
def test_an_amount_in_dollars_is_parsed(text: str, micros: int) -> None:
    """The dollar sign and zeros can be left out."""
    assert parse_usd(text) == micros


@pytest.mark.parametrize(
    "text",
    ["", ".", "$", "-1", "1e3", "1,50", "0.0000001", "nan", "1 2", "\uff11", "9" * 10],
)
def test_an_invalid_amount_is_refused(text: str) -> None:
    """A limit is never guessed."""
    with pytest.raises(ValueError, match="is not an amount"):
        parse_usd(text)


@given(st.integers(0, 10**14).map(Micros))
def test_a_formatted_amount_is_parsed_back(amount: Micros) -> None:
    """Both formats are accepted as input."""
    assert parse_usd(format_usd(amount)) == parse_usd(format_price(amount)) == amount


@given(st.text())
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    """No other exception is raised."""
    with contextlib.suppress(ValueError):
        assert parse_usd(text) >= 0

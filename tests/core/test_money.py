"""Money is exact, whatever JSON brings."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.money import (
    Micros,
    format_price,
    format_usd,
    parse_usd,
    price_from_json,
)
from rwcap.core.prices import EXAMPLE_PRICES, MAX_PRICE, PRICE_STEP, price_by_words


@pytest.mark.parametrize(
    ("dollars", "micros"),
    [
        (Decimal("0.0013"), 1300),
        (Decimal("0.0000001"), 1),
        (Decimal("1e-6"), 1),
        (Decimal(0), 0),
        (1, 1_000_000),
    ],
)
def test_dollars_become_micro_dollars(dollars: object, micros: int) -> None:
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
        Decimal("1.01"),
        999,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1e999999"),
        [],
        {},
    ],
)
def test_what_is_no_price_is_none(value: object) -> None:
    """A cost that makes no sense is unknown, never wrong."""
    assert price_from_json(value) is None


@given(st.integers(0, 10**6).map(Micros))
def test_an_amount_survives_being_written_and_read(amount: Micros) -> None:
    """Neither spelling of an amount loses a micro-dollar."""
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
def test_amounts_are_written_like_prices(amount: int, exact: str, shown: str) -> None:
    """Records have six decimals; people see at least four."""
    assert format_usd(Micros(amount)) == exact
    assert format_price(Micros(amount)) == shown


@pytest.mark.parametrize(
    ("words", "dollars"),
    [(29, "0.0013"), (60, "0.0019"), (72, "0.0026"), (77, "0.0026")],
)
def test_the_prior_agrees_with_the_page(words: int, dollars: str) -> None:
    """The page's four examples cost what the prior says.

    https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
    """
    assert price_by_words(words) == price_from_json(Decimal(dollars))


@given(st.integers(0, 1000))
def test_the_prior_is_whole_steps_rounded_as_the_page_rounds(words: int) -> None:
    """No price lies further than the rounding from a multiple of the step."""
    assert min(abs(price_by_words(words) - n * PRICE_STEP) for n in range(2, 5)) <= 50


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
def test_people_write_dollars(text: str, micros: int) -> None:
    """As they write them on paper, too."""
    assert parse_usd(text) == micros


@pytest.mark.parametrize(
    "text",
    ["", ".", "$", "-1", "1e3", "1,50", "0.0000001", "nan", "1 2", "\uff11", "9" * 10],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """A limit must not be guessed at."""
    with pytest.raises(ValueError, match="is no amount"):
        parse_usd(text)


@given(st.integers(0, 10**14).map(Micros))
def test_an_amount_is_read_as_it_is_shown(amount: Micros) -> None:
    """In both spellings."""
    assert parse_usd(format_usd(amount)) == parse_usd(format_price(amount)) == amount


@given(st.text())
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    """Nothing else comes of it."""
    with contextlib.suppress(ValueError):
        assert parse_usd(text) >= 0


def test_the_examples_are_those_of_the_page() -> None:
    """Each is what the rule for as many words says."""
    assert tuple(map(price_by_words, (29, 60, 72, 77))) == EXAMPLE_PRICES
    assert max(EXAMPLE_PRICES) == MAX_PRICE

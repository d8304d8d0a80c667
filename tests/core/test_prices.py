"""The prices are those of the model's page."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.money import price_from_json
from rwcap.core.prices import EXAMPLE_PRICES, MAX_PRICE, PRICE_STEP, price_by_words


@pytest.mark.parametrize(
    ("words", "dollars"),
    [(29, "0.0013"), (60, "0.0019"), (72, "0.0026"), (77, "0.0026")],
)
def test_the_price_by_words_agrees_with_the_page(words: int, dollars: str) -> None:
    """The page's four examples have these prices.

    https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
    """
    assert price_by_words(words) == price_from_json(Decimal(dollars))


@pytest.mark.parametrize(("fewer", "more"), [(44, 45), (65, 66)])
def test_the_price_rises_midway_between_two_examples(fewer: int, more: int) -> None:
    """It is that of the nearest example: of 29 or 60 words, of 60 or 72."""
    examples = dict(zip((29, 60, 72), EXAMPLE_PRICES, strict=False))

    for words in (fewer, more):
        nearest = min(examples, key=lambda each: (abs(each - words), -each))
        assert price_by_words(words) == examples[nearest]
    assert price_by_words(fewer) < price_by_words(more)


@given(st.integers(0, 1000))
def test_any_price_by_words_is_a_rounded_multiple_of_the_step(words: int) -> None:
    """The page rounds to hundreds of micro-dollars."""
    assert min(abs(price_by_words(words) - n * PRICE_STEP) for n in range(2, 5)) <= 50


def test_the_examples_have_the_prices_of_their_word_counts() -> None:
    """The highest of them is the maximum."""
    assert tuple(map(price_by_words, (29, 60, 72, 77))) == EXAMPLE_PRICES
    assert max(EXAMPLE_PRICES) == MAX_PRICE

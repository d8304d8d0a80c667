"""The intervals of forecasts contain the actual cost in nine of ten cases."""

import random
from collections.abc import Callable, Iterator
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.prices import EXAMPLE_PRICES, PRICE_STEP
from rwcap.ledger.reports.forecast import COVERAGE, PriceHistory, forecast

Shape = tuple[list[int], list[float]]
"""Prices and their probabilities."""

Dice = random.Random

BOUGHT = (1, 2, 3, 5, 10, 30, 100)
WANTED = (1, 2, 10, 100, 1000, 100_000)
DRAWS = 150
"""Distributions to draw of each kind."""


def price(steps: int) -> int:
    """Return the price of a number of steps, rounded as on the page."""
    return round(steps * PRICE_STEP, -2)


def weighted(steps: list[int], weights: list[float]) -> Shape:
    """Return a distribution of prices, from steps and weights."""
    total = sum(weights)
    return [price(each) for each in steps], [weight / total for weight in weights]


def fixed(dice: Dice) -> Shape:
    """One price."""
    return weighted([dice.randint(1, 6)], [1.0])


def near(dice: Dice) -> Shape:
    """One price, and seldom its neighbours."""
    middle = dice.randint(2, 5)
    weights = [dice.gammavariate(0.3, 1) for _ in range(2)]
    return weighted(
        [middle - 1, middle, middle + 1],
        [weights[0], dice.gammavariate(3, 1), weights[1]],
    )


def two(dice: Dice) -> Shape:
    """One of two prices."""
    share = dice.uniform(0.1, 0.9)
    return weighted(dice.sample(range(1, 7), 2), [share, 1 - share])


def flat(dice: Dice) -> Shape:
    """Several prices with equal probability."""
    first, width = dice.randint(1, 3), dice.randint(2, 5)
    return weighted(list(range(first, first + width)), [1.0] * width)


def hill(dice: Dice) -> Shape:
    """Prices of Poisson-distributed lengths."""
    mean, weights = dice.uniform(1, 4), [1.0]
    for step in range(1, 10):
        weights.append(weights[-1] * mean / step)
    return weighted(list(range(1, 11)), weights)


def skew(dice: Dice) -> Shape:
    """Prices with geometrically falling probability."""
    first, ratio = dice.randint(1, 3), dice.uniform(0.3, 0.7)
    return weighted(list(range(first, first + 10)), [ratio**step for step in range(10)])


def rare(dice: Dice) -> Shape:
    """Return mostly a low price, seldom a much higher one."""
    usual, share = dice.randint(1, 3), dice.uniform(0.02, 0.1)
    return weighted([usual, usual + dice.randint(3, 5)], [1 - share, share])


def rough(dice: Dice) -> Shape:
    """Prices with arbitrary probabilities."""
    return weighted(list(range(1, 7)), [dice.expovariate(1) for _ in range(6)])


SHAPES: list[Callable[[Dice], Shape]] = [
    fixed,
    near,
    two,
    flat,
    hill,
    skew,
    rare,
    rough,
]


def total(dice: Dice, shape: Shape, wanted: int) -> float:
    """Draw the total cost of a number of captions.

    The total of many captions is drawn from a normal distribution, which is close.
    """
    prices, chances = shape
    if wanted <= 100:
        return sum(dice.choices(prices, chances, k=wanted))
    mean = sum(p * c for p, c in zip(prices, chances, strict=True))
    square = sum(p * p * c for p, c in zip(prices, chances, strict=True))
    spread = sqrt(max(0.0, square - mean * mean) * wanted)
    return dice.gauss(wanted * mean, spread) if spread else wanted * mean


def history(prices: list[int]) -> PriceHistory:
    """Return the history of these prices."""
    return PriceHistory(len(prices), sum(prices), sum(each * each for each in prices))


def covered(kind: Callable[[Dice], Shape], bought: int) -> Iterator[list[bool]]:
    """Yield, for each drawn distribution, whether the intervals contained the cost."""
    dice = random.Random(f"{kind.__name__} {bought}")  # noqa: S311
    for _ in range(DRAWS):
        shape = kind(dice)
        seen = history(dice.choices(*shape, k=bought))
        forecasts = [(n, forecast([(n, seen)]), total(dice, shape, n)) for n in WANTED]
        yield [found.low - 1 <= cost <= found.high + 1 for _, found, cost in forecasts]


@pytest.mark.parametrize("bought", BOUGHT)
@pytest.mark.promises("estimates")
def test_nine_in_ten_intervals_contain_the_cost(bought: int) -> None:
    """For any number of captions, from the first purchase on.

    A fixed price is always within the interval, so it is one of eight distributions.
    """
    draws = [held for kind in SHAPES for held in covered(kind, bought)]

    shares = [sum(column) / len(draws) for column in zip(*draws, strict=True)]
    assert [share for share in shares if not 0.85 <= share <= 0.95] == [], shares


@pytest.mark.parametrize("kind", SHAPES[1:])
@pytest.mark.promises("estimates")
def test_intervals_hold_for_each_kind_of_distribution(
    kind: Callable[[Dice], Shape],
) -> None:
    """No kind is far from nine in ten."""
    held = [each for n in BOUGHT for draw in covered(kind, n) for each in draw]

    assert 0.8 <= sum(held) / len(held) <= 0.99


def test_without_purchases_a_forecast_is_based_on_the_page() -> None:
    """It has the mean of the examples, and an interval wider than their range."""
    found = forecast([(1000, PriceHistory())])

    assert found.purchases == 0
    assert found.expected == 1000 * sum(EXAMPLE_PRICES) / len(EXAMPLE_PRICES)
    assert found.low < 1000 * 1300
    assert found.high > 1000 * 2600


def test_purchases_outweigh_the_page() -> None:
    """A thousand captions of one price give a narrow interval around it."""
    found = forecast([(1000, history([3200] * 1000))])

    assert found.purchases == 1000
    assert found.low <= found.expected <= found.high
    assert abs(found.expected - 3_200_000) < 2_000
    assert found.high - found.low < 10_000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100_000),
            st.lists(st.integers(0, 50_000), max_size=5).map(history),
        ),
        max_size=4,
    )
)
def test_a_forecast_is_not_negative_and_in_order(
    parts: list[tuple[int, PriceHistory]],
) -> None:
    """The expected cost is within the interval."""
    found = forecast(parts)

    assert 0 <= found.low <= found.expected <= found.high
    assert found.purchases == sum(seen.priced for wanted, seen in parts if wanted)


def test_the_forecast_for_no_captions_is_zero() -> None:
    """With and without requests."""
    for parts in ([], [(0, PriceHistory())]):
        found = forecast(parts)
        assert (found.expected, found.low, found.high) == (0, 0, 0)


def test_the_interval_of_two_requests_is_narrower_than_the_sum_of_theirs() -> None:
    """The errors of two independent requests partly cancel out."""
    one = forecast([(100, history([1300, 1900]))])
    both = forecast([(100, history([1300, 1900]))] * 2)

    assert abs(both.expected - 2 * one.expected) <= 1
    assert both.high - both.low < 2 * (one.high - one.low)


def test_the_documented_coverage_is_the_tested_one() -> None:
    """Messages state it."""
    assert COVERAGE == 0.9

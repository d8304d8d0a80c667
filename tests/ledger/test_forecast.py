"""A forecast says what it knows: of its 90 % intervals, nine in ten hold."""

import random
from collections.abc import Callable, Iterator
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.prices import EXAMPLE_PRICES, PRICE_STEP
from rwcap.ledger.forecast import COVERAGE, PriceHistory, forecast

Shape = tuple[list[int], list[float]]
"""Prices, and how likely each is."""

Dice = random.Random

BOUGHT = (1, 2, 3, 5, 10, 30, 100)
WANTED = (1, 2, 10, 100, 1000, 100_000)
WORLDS = 150
"""Shapes of each kind that are drawn."""


def price(steps: int) -> int:
    """Return what the page would print for so many steps."""
    return round(steps * PRICE_STEP, -2)


def weighted(steps: list[int], weights: list[float]) -> Shape:
    """Return a shape of prices in steps."""
    total = sum(weights)
    return [price(each) for each in steps], [weight / total for weight in weights]


def fixed(dice: Dice) -> Shape:
    """Draw one price that never varies."""
    return weighted([dice.randint(1, 6)], [1.0])


def near(dice: Dice) -> Shape:
    """Mostly the same, seldom its neighbours."""
    middle = dice.randint(2, 5)
    weights = [dice.gammavariate(0.3, 1) for _ in range(2)]
    return weighted(
        [middle - 1, middle, middle + 1],
        [weights[0], dice.gammavariate(3, 1), weights[1]],
    )


def two(dice: Dice) -> Shape:
    """One of two."""
    share = dice.uniform(0.1, 0.9)
    return weighted(dice.sample(range(1, 7), 2), [share, 1 - share])


def flat(dice: Dice) -> Shape:
    """Any of several, as likely as another."""
    first, width = dice.randint(1, 3), dice.randint(2, 5)
    return weighted(list(range(first, first + width)), [1.0] * width)


def hill(dice: Dice) -> Shape:
    """Around a middle, as lengths of texts are (Poisson)."""
    mean, weights = dice.uniform(1, 4), [1.0]
    for step in range(1, 10):
        weights.append(weights[-1] * mean / step)
    return weighted(list(range(1, 11)), weights)


def skew(dice: Dice) -> Shape:
    """Each step dearer is rarer by the same ratio (geometric)."""
    first, ratio = dice.randint(1, 3), dice.uniform(0.3, 0.7)
    return weighted(list(range(first, first + 10)), [ratio**step for step in range(10)])


def rare(dice: Dice) -> Shape:
    """Cheap, and now and then much dearer."""
    usual, share = dice.randint(1, 3), dice.uniform(0.02, 0.1)
    return weighted([usual, usual + dice.randint(3, 5)], [1 - share, share])


def rough(dice: Dice) -> Shape:
    """No shape at all."""
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
    """Draw what so many captions cost in all.

    Many at once are drawn as the normal distribution that their sum is close to.
    """
    prices, chances = shape
    if wanted <= 100:
        return sum(dice.choices(prices, chances, k=wanted))
    mean = sum(p * c for p, c in zip(prices, chances, strict=True))
    square = sum(p * p * c for p, c in zip(prices, chances, strict=True))
    spread = sqrt(max(0.0, square - mean * mean) * wanted)
    return dice.gauss(wanted * mean, spread) if spread else wanted * mean


def evidence(prices: list[int]) -> PriceHistory:
    """Return what purchases at these prices say."""
    return PriceHistory(len(prices), sum(prices), sum(each * each for each in prices))


def covered(kind: Callable[[Dice], Shape], bought: int) -> Iterator[list[bool]]:
    """Yield, world by world, whether the interval for each number held."""
    dice = random.Random(f"{kind.__name__} {bought}")  # noqa: S311
    for _ in range(WORLDS):
        shape = kind(dice)
        seen = evidence(dice.choices(*shape, k=bought))
        told = [(n, forecast([(n, seen)]), total(dice, shape, n)) for n in WANTED]
        yield [guess.low - 1 <= cost <= guess.high + 1 for _, guess, cost in told]


@pytest.mark.parametrize("bought", BOUGHT)
def test_nine_in_ten_intervals_hold(bought: int) -> None:
    """For any number of captions, over prices of many shapes, from the first on.

    A price that never varies is always within, so its shape weighs as one of eight.
    """
    worlds = [held for kind in SHAPES for held in covered(kind, bought)]

    shares = [sum(column) / len(worlds) for column in zip(*worlds, strict=True)]
    assert [share for share in shares if not 0.85 <= share <= 0.95] == [], shares


@pytest.mark.parametrize("kind", SHAPES[1:])
def test_no_shape_is_far_off(kind: Callable[[Dice], Shape]) -> None:
    """Nor does it hide behind the others."""
    held = [each for n in BOUGHT for world in covered(kind, n) for each in world]

    assert 0.8 <= sum(held) / len(held) <= 0.99


def test_without_purchases_the_page_is_all_there_is() -> None:
    """Its mean, and an interval that is wider than its examples."""
    guess = forecast([(1000, PriceHistory())])

    assert guess.purchases == 0
    assert guess.expected == 1000 * sum(EXAMPLE_PRICES) / len(EXAMPLE_PRICES)
    assert guess.low < 1000 * 1300
    assert guess.high > 1000 * 2600


def test_purchases_outweigh_the_page() -> None:
    """A thousand captions at one price leave little doubt of the next thousand."""
    guess = forecast([(1000, evidence([3200] * 1000))])

    assert guess.purchases == 1000
    assert guess.low <= guess.expected <= guess.high
    assert abs(guess.expected - 3_200_000) < 2_000
    assert guess.high - guess.low < 10_000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100_000),
            st.lists(st.integers(0, 50_000), max_size=5).map(evidence),
        ),
        max_size=4,
    )
)
def test_a_forecast_makes_sense(parts: list[tuple[int, PriceHistory]]) -> None:
    """Whatever was bought: no negative money, and the middle is inside."""
    guess = forecast(parts)

    assert 0 <= guess.low <= guess.expected <= guess.high
    assert guess.purchases == sum(seen.priced for wanted, seen in parts if wanted)


def test_nothing_costs_nothing() -> None:
    """However little is known."""
    for parts in ([], [(0, PriceHistory())]):
        guess = forecast(parts)
        assert (guess.expected, guess.low, guess.high) == (0, 0, 0)


def test_requests_are_added_up() -> None:
    """The doubts of two partly cancel out: together less than the sum."""
    one = forecast([(100, evidence([1300, 1900]))])
    both = forecast([(100, evidence([1300, 1900]))] * 2)

    assert abs(both.expected - 2 * one.expected) <= 1
    assert both.high - both.low < 2 * (one.high - one.low)


def test_the_share_is_nine_in_ten() -> None:
    """What is said of the interval is what was tested."""
    assert COVERAGE == 0.9

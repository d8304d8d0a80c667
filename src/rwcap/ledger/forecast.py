"""What captions will cost: a prediction with an interval, from what others cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

from rwcap.core.money import Micros
from rwcap.core.prices import EXAMPLE_PRICES

COVERAGE: Final = 0.9
"""Of the intervals, so many hold what the captions turn out to cost."""

_NORMAL_QUANTILE: Final = 1.6448536269514722
"""The 95 % quantile of the normal distribution: 5 % are left on each side."""

_MEAN: Final = sum(EXAMPLE_PRICES) / len(EXAMPLE_PRICES)
_SQUARES: Final = sum((price - _MEAN) ** 2 for price in EXAMPLE_PRICES)


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """What captions of one request have cost so far."""

    count: int = 0
    """Captions whose price is known."""
    total: int = 0
    """Their prices, added up, in micro-dollars."""
    squares: int = 0
    """The squares of their prices, added up."""

    def with_price(self, price: int) -> "PriceHistory":
        """Return what is known when one more price is."""
        return PriceHistory(self.count + 1, self.total + price, self.squares + price**2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a number of captions will cost."""

    expected: Micros
    low: Micros
    high: Micros
    """In nine of ten cases, the cost lies from `low` to `high`."""
    purchases: int
    """How many of the user's own it rests on; 0 where only the page's examples."""


def forecast(parts: Iterable[tuple[int, PriceHistory]]) -> Forecast:
    """Predict the sum of the prices of captions, so many of each request.

    Prices of one request are taken as draws from a normal distribution whose mean
    and spread nobody knows (Gelman et al., Bayesian Data Analysis, section 3.3,
    http://www.stat.columbia.edu/~gelman/book/). The four examples on the model's
    page are the prior: they count as four prices for the spread, but as one for
    the mean, because each is of another prompt. What follows for n more captions
    is a Student distribution, wide after one purchase and as narrow as the prices
    themselves after many.

    Real prices come in a few steps. The method was chosen over one that counts
    steps because it is one formula, and its intervals hold all the same:
    tests/ledger/test_forecast.py draws prices of many shapes and counts. Several
    requests are added as if independent, their degrees of freedom by the formula
    of Welch and Satterthwaite (https://doi.org/10.2307/3002019).

    It is statistics, not money, hence the floats; what is paid is counted exactly.
    """
    expected = variance = curvature = 0.0
    purchases = 0
    for wanted, evidence in parts:
        if not wanted:
            continue
        mean, square, freedom = _posterior(wanted, evidence)
        expected += wanted * mean
        variance += square
        curvature += square**2 / freedom
        purchases += evidence.count
    reach = (
        _student_quantile(variance**2 / curvature) * sqrt(variance) if variance else 0.0
    )
    return Forecast(
        expected=Micros(round(expected)),
        low=Micros(max(0, round(expected - reach))),
        high=Micros(round(expected + reach)),
        purchases=purchases,
    )


def _posterior(wanted: int, evidence: PriceHistory) -> tuple[float, float, float]:
    """Return mean price, squared scale of the sum, and degrees of freedom."""
    weight = 1 + evidence.count
    freedom = len(EXAMPLE_PRICES) + evidence.count
    mean = (_MEAN + evidence.total) / weight
    squares = _SQUARES + _MEAN**2 + evidence.squares - weight * mean**2
    scale = max(0.0, squares) / freedom
    return mean, scale * (wanted + wanted**2 / weight), freedom


def _student_quantile(freedom: float) -> float:
    """Return the 95 % quantile of Student's distribution, to 0.1 % from 4 degrees on.

    Abramowitz and Stegun, 26.7.5 (https://personal.math.ubc.ca/~cbm/aands/page_949.htm).
    """
    z = _NORMAL_QUANTILE
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )

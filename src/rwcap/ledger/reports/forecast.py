"""Predicted costs of captions, with intervals, from the prices paid so far."""

from collections.abc import Iterable
from math import sqrt
from typing import Final, NamedTuple

from rwcap.core.money import Micros
from rwcap.core.prices import EXAMPLE_PRICES

COVERAGE: Final = 0.9
"""The share of intervals that contain the actual cost."""

_NORMAL_QUANTILE: Final = 1.6448536269514722
"""The 95 % quantile of the normal distribution, which leaves 5 % on each side."""

_MEAN: Final = sum(EXAMPLE_PRICES) / len(EXAMPLE_PRICES)
_SQUARES: Final = sum((price - _MEAN) ** 2 for price in EXAMPLE_PRICES)


class PriceHistory(NamedTuple):
    """The known prices of captions for one request, as sums."""

    priced: int = 0
    """The number of captions with a known price."""
    total: int = 0
    """The sum of the prices in micro-dollars."""
    squares: int = 0
    """The sum of the squared prices."""

    def with_price(self, price: int) -> "PriceHistory":
        """Return the history with one more price."""
        return PriceHistory(
            self.priced + 1, self.total + price, self.squares + price**2
        )


class Forecast(NamedTuple):
    """The predicted cost of a number of captions."""

    expected: Micros
    low: Micros
    high: Micros
    """In nine of ten cases, the cost lies from `low` to `high`."""
    purchases: int
    """The number of own purchases that it is based on. 0 if it is based only on the
    examples of the model's page."""


def forecast(parts: Iterable[tuple[int, PriceHistory]]) -> Forecast:
    """Predict the total price of captions.

    The prices of one request are modelled as draws from a normal distribution with
    unknown mean and variance (Gelman et al., Bayesian Data Analysis, section 3.3,
    http://www.stat.columbia.edu/~gelman/book/). The four examples on the model's
    page are the prior: they count as four prices for the variance, but as one for
    the mean, because each is from another prompt. The sum of n more prices then has
    a Student distribution, which is wide after one purchase and as narrow as the
    prices themselves after many.

    Real prices have a few discrete values. A normal model is simpler than a discrete
    one, and its intervals are still calibrated: tests/ledger/test_forecast.py
    measures their coverage for prices of many distributions. The requests are added
    as if independent, with the degrees of freedom of Welch and Satterthwaite
    (https://doi.org/10.2307/3002019).

    A forecast is statistics, so it uses floats. Money paid is counted exactly.

    Args:
        parts: For each request, the number of captions and the price history.
    """
    expected = variance = curvature = 0.0
    purchases = 0
    for captions, history in parts:
        if not captions:
            continue
        mean, square, freedom = _posterior(captions, history)
        expected += captions * mean
        variance += square
        curvature += square**2 / freedom
        purchases += history.priced
    if variance:
        margin = _student_quantile(variance**2 / curvature) * sqrt(variance)
    else:
        margin = 0.0
    return Forecast(
        expected=Micros(round(expected)),
        low=Micros(max(0, round(expected - margin))),
        high=Micros(round(expected + margin)),
        purchases=purchases,
    )


def _posterior(captions: int, history: PriceHistory) -> tuple[float, float, float]:
    """Return the posterior distribution of the total price of captions.

    Returns:
        The mean price of one caption, the squared scale of the total, and the degrees
        of freedom.
    """
    weight = 1 + history.priced
    freedom = len(EXAMPLE_PRICES) + history.priced
    mean = (_MEAN + history.total) / weight
    squares = _SQUARES + _MEAN**2 + history.squares - weight * mean**2
    scale = max(0.0, squares) / freedom
    return mean, scale * (captions + captions**2 / weight), freedom


def _student_quantile(freedom: float) -> float:
    """Return the 95 % quantile of Student's distribution.

    The error is below 0.1 % from 4 degrees of freedom on. Abramowitz and Stegun,
    26.7.5 (https://personal.math.ubc.ca/~cbm/aands/page_949.htm).
    """
    z = _NORMAL_QUANTILE
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )

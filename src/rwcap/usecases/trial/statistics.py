"""Intervals of means, paired tests, and the correction for several tests.

The values are those of the published tables; tests/usecases/test_trial_statistics.py
names them.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from math import atan, cos, erfc, pi, sin, sqrt
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95
"""The share of intervals that contain the mean, if values are normally distributed."""

MAX_EXACT: Final = 100
"""Pairs up to which the distribution of rank sums is computed exactly."""

_HALVINGS: Final = 80
"""Halvings of an interval until its ends are as close as floats can be."""


class Interval(NamedTuple):
    """A mean, and the interval that contains it with a confidence of 95 %."""

    mean: float
    low: float
    high: float


class SignedRanks(NamedTuple):
    """The result of a signed-rank test."""

    p: float
    excess: int
    """Above zero if the positive differences have the greater sum of ranks."""


def mean_interval(values: Sequence[int]) -> Interval | None:
    """Return the mean and its interval by Student's distribution.

    None for fewer than two values, which tell nothing about their spread. Equal values
    have an interval of no width.
    """
    count = len(values)
    if count <= 1:
        return None
    mean = Fraction(sum(values), count)
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    margin = student_quantile(count - 1) * sqrt(variance / count)
    return Interval(float(mean), float(mean) - margin, float(mean) + margin)


def student_quantile(freedom: int) -> float:
    """Return the distance from zero within which Student's t is in 95 % of cases."""
    low, high = 0.0, 16.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _student_share(middle, freedom) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _student_share(t: float, freedom: int) -> float:
    """Return the probability that Student's t is within a distance from zero.

    Abramowitz and Stegun, 26.7.3 and 26.7.4
    (https://personal.math.ubc.ca/~cbm/aands/page_948.htm).
    """
    angle = atan(t / sqrt(freedom))
    is_odd = freedom % 2
    term = cos(angle) if is_odd else 1.0
    total = 0.0
    for number in range(2 + is_odd, freedom + 1, 2):
        total += term
        term *= cos(angle) ** 2 * (number - 1) / number
    total *= sin(angle)
    return (angle + total) * 2 / pi if is_odd else total


def signed_rank_test(differences: Sequence[int]) -> SignedRanks:
    """Test whether paired differences are symmetric about zero, on both sides.

    This is Wilcoxon's test (https://doi.org/10.2307/3001968): zeros are left out, and
    equal differences have the mean of their ranks. The distribution of the rank sum is
    computed for the ranks that occur, so it is exact with equal differences, too. From
    101 differences on, it is the normal distribution with a correction for continuity.
    """
    signed = sorted(filter(None, differences), key=abs)
    ranks = _doubled_ranks([abs(each) for each in signed])
    positive = sum(rank for rank, each in zip(ranks, signed, strict=True) if each > 0)
    total = sum(ranks)
    tail = min(positive, total - positive)
    if len(ranks) <= MAX_EXACT:
        p = _exact_p(ranks, tail)
    else:
        deviation = sqrt(sum(rank**2 for rank in ranks)) / 2
        p = erfc(max(0.0, total / 2 - tail - 1) / deviation / sqrt(2))
    return SignedRanks(p, 2 * positive - total)


def _doubled_ranks(ordered: Sequence[int]) -> list[int]:
    """Return twice the rank of each value; equal values share the mean of theirs."""
    ranks: list[int] = []
    for _, group in groupby(ordered):
        count = len(list(group))
        ranks += [2 * len(ranks) + count + 1] * count
    return ranks


def _exact_p(ranks: Sequence[int], tail: int) -> float:
    """Return the share of all signs of the ranks with a sum as extreme as `tail`."""
    ways = [1] + [0] * sum(ranks)
    """The number of ways to get each sum."""
    reached = 0
    for rank in ranks:
        reached += rank
        for each in range(reached, rank - 1, -1):
            ways[each] += ways[each - rank]
    return min(1.0, float(Fraction(2 * sum(ways[: tail + 1]), 2 ** len(ranks))))


def mcnemar_test(first: int, second: int) -> float:
    """Test whether two shares of the same items differ, on both sides.

    It is McNemar's test with the binomial distribution instead of its approximation
    (https://doi.org/10.1007/BF02295996).

    Args:
        first: The number of items that have the property only in the first case.
        second: The number of those that have it only in the second case.
    """
    changed = first + second
    ways, tail = 1, 0
    for number in range(min(first, second) + 1):
        tail += ways
        ways = ways * (changed - number) // (number + 1)
    return min(1.0, float(Fraction(2 * tail, 2**changed)))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the same order.

    If none of the differences is real, the probability that any corrected value is
    below 0.05 is at most 5 % (Holm, https://www.jstor.org/stable/4615733).
    """
    corrected = [0.0] * len(values)
    greatest = 0.0
    for place, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        greatest = max(greatest, min(1.0, values[index] * (len(values) - place)))
        corrected[index] = greatest
    return corrected

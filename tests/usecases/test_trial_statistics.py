"""The statistics of trials: published values, and what holds for all numbers."""

from fractions import Fraction
from itertools import product
from math import comb, isclose

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.usecases.trial.statistics import (
    MAX_EXACT,
    Interval,
    holm,
    mcnemar_test,
    mean_interval,
    signed_rank_test,
    student_quantile,
)

MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Darwin's differences of heights of crossed and self-fertilised maize, in eighths of
an inch (R. A. Fisher, The Design of Experiments, section 17)."""

DEPRESSION = [-952, 147, -1022, -430, -620, -590, -490, 80, -10]
"""Changes of depression factors, in thousandths (Hollander and Wolfe, Nonparametric
Statistical Methods, table 3.1; the example of `wilcox.test` in R)."""

SMALL = st.lists(st.integers(-5, 5), max_size=8)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        *((1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (9, 2.262)),
        *((10, 2.228), (20, 2.086), (29, 2.045), (30, 2.042), (60, 2.000)),
        (120, 1.980),
    ],
)
def test_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    """Student's distribution, 97.5 % (Abramowitz and Stegun, table 26.10)."""
    assert student_quantile(freedom) == pytest.approx(quantile, abs=0.0005)


def test_the_interval_of_a_mean_is_that_of_gosset() -> None:
    """The extra hours of sleep of ten patients (Student 1908; `sleep` in R).

    R gives 0.7001142 to 2.4598858 for `t.test(extra ~ group, paired = TRUE)`.
    """
    hours = [12, 24, 13, 13, 0, 10, 18, 8, 46, 14]

    found = mean_interval(hours)

    assert found is not None
    assert found == pytest.approx((15.8, 7.001142, 24.598858), abs=1e-6)


@pytest.mark.parametrize("values", [[], [1300]])
def test_fewer_than_two_values_have_no_interval(values: list[int]) -> None:
    """Their spread is unknown."""
    assert mean_interval(values) is None


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=30), st.integers(1, 50))
def test_an_interval_follows_its_values(values: list[int], factor: int) -> None:
    """It is around the mean, as wide as they spread, and of no width without that."""
    found = mean_interval(values)
    scaled = mean_interval([each * factor for each in values])

    assert found is not None
    assert scaled is not None
    assert found.low <= found.mean <= found.high
    assert isclose(found.high - found.mean, found.mean - found.low, abs_tol=1e-6)
    assert (found.low == found.high) == (len(set(values)) == 1)
    assert scaled == pytest.approx(Interval(*(each * factor for each in found)))


def test_equal_values_have_an_interval_of_no_width() -> None:
    """As the prices of short captions often are."""
    assert mean_interval([1300] * 30) == (1300.0, 1300.0, 1300.0)


@pytest.mark.parametrize(
    ("differences", "p", "is_positive"),
    [
        (MAIZE, 0.04126, True),  # the rank sum of the negative ones is 24
        (DEPRESSION, 0.03906, False),
    ],
)
def test_rank_tests_have_their_published_values(
    differences: list[int], p: float, *, is_positive: bool
) -> None:
    """Those of `wilcox.test` in R, which computes both exactly."""
    found = signed_rank_test(differences)

    assert found.p == pytest.approx(p, abs=0.000005)
    assert (found.excess > 0) is is_positive


@pytest.mark.parametrize(
    ("pairs", "critical"),
    [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89)],
)
def test_rank_sums_have_the_critical_values_of_the_tables(
    pairs: int, critical: int
) -> None:
    """Two sides, 5 % (Wilcoxon and Wilcox 1964): the greatest sum that is enough."""

    def p(smaller: int) -> float:
        """Return the value of differences whose negative ranks have this sum."""
        ranks, left = [*range(1, pairs + 1)], smaller
        for rank in reversed(range(1, pairs + 1)):
            if rank <= left:
                ranks[rank - 1], left = -rank, left - rank
        assert not left
        return signed_rank_test(ranks).p

    assert p(critical) <= 0.05 < p(critical + 1)


def by_hand(differences: list[int]) -> float:
    """Return the value of a rank test from all signs, one after the other."""
    others = sorted(map(abs, filter(None, differences)))
    ranks = {
        value: Fraction(2 * others.index(value) + others.count(value) + 1, 2)
        for value in others
    }
    total = sum(ranks[each] for each in others)
    found = sum(ranks[each] for each in differences if each > 0)
    sums = [
        sum(ranks[each] for each, is_up in zip(others, signs, strict=True) if is_up)
        for signs in product([True, False], repeat=len(others))
    ]
    tail = sum(each <= min(found, total - found) for each in sums)
    return min(1.0, 2 * tail / len(sums))


@given(SMALL)
@example([0, 0])
@example([3, 3, -3, 5, 5, 0])
def test_a_rank_test_counts_all_signs(differences: list[int]) -> None:
    """With equal differences and zeros, too; swapped pairs have the same value."""
    found = signed_rank_test(differences)
    swapped = signed_rank_test([-each for each in differences])

    assert found.p == pytest.approx(by_hand(differences))
    assert swapped == (found.p, -found.excess)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=7))
@pytest.mark.promises("estimates")
def test_a_rank_test_is_wrong_in_five_of_a_hundred_cases_at_most(
    sizes: list[int],
) -> None:
    """If each sign is chance, that is the share of values of up to 0.05."""
    found = [
        signed_rank_test([s * size for s, size in zip(signs, sizes, strict=True)]).p
        for signs in product([1, -1], repeat=len(sizes))
    ]

    for limit in (0.01, 0.05, 0.2):
        assert sum(p <= limit for p in found) <= limit * len(found)


@pytest.mark.parametrize(
    ("pairs", "p"), [(MAX_EXACT, 0.0035260), (MAX_EXACT + 1, 0.0025130)]
)
def test_many_pairs_have_a_normal_distribution(pairs: int, p: float) -> None:
    """Every third difference is negative. The values are those of scipy 1.17.1.

    It computes both ways (`exact`, `approx` with a correction for continuity). The
    exact value of the second is 0.0022834.
    """
    differences = [-each if each % 3 == 0 else each for each in range(1, pairs + 1)]

    assert signed_rank_test(differences).p == pytest.approx(p, abs=0.0000001)


def test_a_change_of_shares_has_its_published_value() -> None:
    """`mcnemar.exact(matrix(c(21, 9, 2, 12), 2))` of the R package exact2x2."""
    assert mcnemar_test(9, 2) == pytest.approx(0.06543, abs=0.000005)


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_change_of_shares_is_a_row_of_coins(first: int, second: int) -> None:
    """Both directions are the same, and no change has the value 1."""
    changed = first + second
    tail = sum(comb(changed, each) for each in range(min(first, second) + 1))

    assert mcnemar_test(first, second) == mcnemar_test(second, first)
    assert mcnemar_test(first, second) == pytest.approx(min(1, 2 * tail / 2**changed))


def test_many_changes_are_counted_at_once() -> None:
    """A power of two that no float holds is no error."""
    assert mcnemar_test(10_000, 0) == 0.0
    assert mcnemar_test(5_000, 5_000) == 1.0


def test_corrections_have_their_published_values() -> None:
    """Those of `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")` in R."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_a_correction_keeps_the_order(values: list[float]) -> None:
    """It makes no value smaller, and the smallest as many times as great."""
    found = holm(values)

    assert len(found) == len(values)
    assert all(p <= each <= 1 for p, each in zip(values, found, strict=True))
    assert sorted(found) == [
        found[at] for at in sorted(range(len(values)), key=values.__getitem__)
    ]
    if values:
        assert min(found) == min(1.0, min(values) * len(values))

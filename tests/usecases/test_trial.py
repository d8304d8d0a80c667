"""The comparison of prompts: which differences are more than chance."""

from collections.abc import Callable
from random import Random

import pytest

from rwcap.core.money import Micros
from rwcap.usecases.trial.comparison import Measure, TrialCaption, compare


def caption(words: int, cost: int = 1300) -> TrialCaption:
    """Return a caption of so many words."""
    return TrialCaption("x", Micros(cost), words)


def test_a_mean_against_the_ranks_is_no_difference() -> None:
    """One very long caption does not outweigh many that are shorter."""
    pairs = [(20, 20 - number) for number in range(1, 20)] + [(20, 900)]
    sample = [{"a": caption(one), "b": caption(two)} for one, two in pairs]

    words = compare(["a", "b"], sample, 20).differences[0]

    assert (words.measure, words.pairs) == (Measure.WORDS, 20)
    assert words.p < 0.05
    assert words.values[1] > words.values[0]
    assert not words.is_real


def test_each_prompt_is_compared_with_the_first() -> None:
    """And the values are corrected for all tests, so that three need a smaller one."""
    sample = [
        {"a": caption(20), "b": caption(21 + number), "c": caption(20)}
        for number in range(7)
    ]

    two = compare(["a", "b"], [{**each} for each in sample], 7)
    three = compare(["a", "b", "c"], sample, 7)

    assert [each.other for each in three.differences] == ["b"] * 3 + ["c"] * 3
    assert (two.differences[0].p, two.differences[0].is_real) == (3 * 2 / 2**7, True)
    assert (three.differences[0].p, three.differences[0].is_real) == (
        6 * 2 / 2**7,
        False,
    )
    assert (two.is_too_small, three.is_too_small) == (False, True)


def test_an_unknown_price_is_in_no_mean() -> None:
    """Nor in a pair; the words of its caption are."""
    sample = [
        {"a": caption(20), "b": caption(20)},
        {"a": caption(20), "b": TrialCaption("x", None, 20)},
        {"a": caption(20, 2600)},
    ]

    found = compare(["a", "b"], sample, 10)

    pairs = {each.measure: each.pairs for each in found.differences}
    assert pairs == {Measure.WORDS: 2, Measure.COST: 1, Measure.CHECKS: 2}
    assert (found.images, found.complete) == (3, 2)
    assert found.prompts[0].cost is not None
    assert found.prompts[1].cost is None


@pytest.mark.promises("estimates")
def test_equal_prompts_differ_in_one_of_twenty_trials_at_most(
    record_property: Callable[[str, object], None],
) -> None:
    """Of three prompts, in any measure: the man page states it."""
    random = Random(7)  # noqa: S311  # a drawn sample, no secret
    names, trials = ["a", "b", "c"], 400

    def drawn() -> TrialCaption:
        words = round(random.lognormvariate(3.5, 0.6))
        faults = ("loop",) if random.random() < 0.3 else ()
        return TrialCaption("x", Micros(words * 40), words, faults)

    different = sum(
        any(each.is_real for each in compare(names, sample, 20).differences)
        for sample in (
            [{name: drawn() for name in names} for _ in range(20)]
            for _ in range(trials)
        )
    )

    record_property("runs", trials)
    assert 0 < different <= trials / 20

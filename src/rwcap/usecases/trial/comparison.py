"""The figures of each prompt of a trial, and the differences between prompts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.checks.form import words_of
from rwcap.core.money import Micros
from rwcap.ledger.reports.forecast import Forecast, PriceHistory, forecast
from rwcap.usecases.trial.statistics import (
    Interval,
    holm,
    mcnemar_test,
    mean_interval,
    signed_rank_test,
)

CHANCE: Final = 0.05
"""The greatest probability by chance of a difference that is reported."""


class Measure(StrEnum):
    """What is compared."""

    WORDS = "words"
    COST = "cost"
    CHECKS = "checks"


TESTS: Final = {
    Measure.WORDS: "Wilcoxon signed-rank",
    Measure.COST: "Wilcoxon signed-rank",
    Measure.CHECKS: "exact McNemar",
}
"""The name of the test of each measure."""


class TrialCaption(NamedTuple):
    """The caption of an image with one prompt."""

    text: str | None
    cost: Micros | None
    words: int = 0
    faults: tuple[str, ...] = ()
    """The checks of a caption alone that fail."""

    @classmethod
    def of(cls, text: str | None, cost: Micros | None) -> "TrialCaption":
        """Return the caption, with its words counted and checked."""
        if text is None:
            return cls(None, cost)
        return cls(text, cost, len(words_of(text)), tuple(find_faults(text, CHECKS)))


Captions: TypeAlias = Mapping[str, TrialCaption]
"""The captions of one image by the names of their prompts."""


class PromptFigures(NamedTuple):
    """The figures of one prompt."""

    name: str
    captions: int
    cost: Interval | None
    """The cost of an image in micro-dollars; None for fewer than two known prices."""
    words: float | None
    """The mean number of words; None without captions."""
    failed: int
    """Captions that fail a check."""
    faults: Counter[str]
    """Captions that fail each check."""
    rest: Forecast
    """The predicted cost of all images that the trial did not caption."""


class Difference(NamedTuple):
    """How a prompt differs from the first one, in the images that have both."""

    measure: Measure
    first: str
    other: str
    pairs: int
    """The number of images."""
    values: tuple[float, float]
    """Of the first prompt and the other: the mean number of words, the mean cost in
    micro-dollars, or the number of captions that fail a check."""
    p: float
    """The probability of such a difference by chance, corrected for all tests."""
    is_one_way: bool
    """Whether the ranks and the means point in the same direction."""

    @property
    def is_real(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p <= CHANCE and self.is_one_way


class Comparison(NamedTuple):
    """The result of a trial."""

    images: int
    """The images of the sample."""
    complete: int
    """The images with a caption for each prompt."""
    prompts: tuple[PromptFigures, ...]
    differences: tuple[Difference, ...]

    @property
    def is_too_small(self) -> bool:
        """Whether no difference can be told from chance, however great it is."""
        tests = len(self.differences)
        return tests * 2 / (1 << self.complete) > CHANCE


def compare(
    names: Sequence[str], sample: Sequence[Captions], images: int
) -> Comparison:
    """Compare the first prompt with each of the others.

    Args:
        names: The names of the prompts.
        sample: The captions of each image of the sample.
        images: The number of all images, of which the sample was taken.
    """
    complete = [
        each
        for each in sample
        if all(name in each and each[name].text is not None for name in names)
    ]
    found = [
        difference
        for other in names[1:]
        for difference in _differences(names[0], other, sample)
    ]
    corrected = holm([each.p for each in found])
    return Comparison(
        len(sample),
        len(complete),
        tuple(_figures(name, sample, images) for name in names),
        tuple(each._replace(p=p) for each, p in zip(found, corrected, strict=True)),
    )


def _figures(name: str, sample: Sequence[Captions], images: int) -> PromptFigures:
    captions = [each[name] for each in sample if name in each]
    texts = [each for each in captions if each.text is not None]
    costs = [each.cost for each in captions if each.cost is not None]
    history = PriceHistory()
    for cost in costs:
        history = history.with_price(cost)
    return PromptFigures(
        name=name,
        captions=len(texts),
        cost=mean_interval(costs),
        words=sum(each.words for each in texts) / len(texts) if texts else None,
        failed=sum(bool(each.faults) for each in texts),
        faults=Counter(fault for each in texts for fault in each.faults),
        rest=forecast([(max(0, images - len(texts)), history)]),
    )


def _differences(
    first: str, other: str, sample: Sequence[Captions]
) -> Iterator[Difference]:
    """Yield the differences between two prompts, with uncorrected p-values."""
    both = [(each[first], each[other]) for each in sample if {first, other} <= {*each}]
    texts = [(one, two) for one, two in both if None not in {one.text, two.text}]
    words = [(one.words, two.words) for one, two in texts]
    costs = [
        (one.cost, two.cost)
        for one, two in both
        if one.cost is not None and two.cost is not None
    ]
    for measure, pairs in ((Measure.WORDS, words), (Measure.COST, costs)):
        if pairs:
            ranks = signed_rank_test([two - one for one, two in pairs])
            totals = sum(one for one, _ in pairs), sum(two for _, two in pairs)
            yield Difference(
                *(measure, first, other, len(pairs)),
                (totals[0] / len(pairs), totals[1] / len(pairs)),
                ranks.p,
                is_one_way=ranks.excess * (totals[1] - totals[0]) > 0,
            )
    if texts:
        failed = [(bool(one.faults), bool(two.faults)) for one, two in texts]
        only = failed.count((True, False)), failed.count((False, True))
        both_failed = failed.count((True, True))
        yield Difference(
            *(Measure.CHECKS, first, other, len(texts)),
            (only[0] + both_failed, only[1] + both_failed),
            mcnemar_test(*only),
            is_one_way=True,
        )

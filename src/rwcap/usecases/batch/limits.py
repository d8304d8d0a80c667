"""How far a run over many images goes, which of them it takes, and why it ends."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.core.request import CaptionRequest, UnusableSource

T = TypeVar("T")

MAX_CONSECUTIVE_FAILURES: Final = 20
"""Failures in a row, of the service or of writing, after which no more is bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a run goes."""

    concurrency: int = MAX_CONCURRENCY
    """Images under way at most."""
    captions: int | None = None
    """Captions that are not there already, at most."""
    errors: int | None = None
    """Failures after which nothing more is begun."""
    seconds: float | None = None
    """After which nothing more is begun."""
    sample: int | None = None
    """Images that are chosen at random."""
    seed: int = 0
    """The same seed chooses the same images."""


class StopReason(Enum):
    """Why a run ended with work left."""

    REQUESTED = "stopped"
    ACCOUNT = "the remaining images would fail too"
    MAX_ERRORS = "--max-errors is reached"
    CONSECUTIVE_FAILURES = f"{MAX_CONSECUTIVE_FAILURES} failures in a row"
    BUDGET = "the budget is reached"
    MAX_DURATION = "--max-duration is reached"
    LIMIT = "--limit is reached"
    PILOT = "only the pilot was bought"


def apply_sample(
    wanted: Iterable[CaptionRequest | UnusableSource], limits: Limits
) -> Iterable[CaptionRequest | UnusableSource]:
    """Return all, or the sample that the limits ask for."""
    if limits.sample is None:
        return wanted
    return random_sample(wanted, limits.sample, limits.seed)


def random_sample(items: Iterable[T], size: int, seed: int) -> Iterator[T]:
    """Yield so many items, each as likely as another, in the order of all."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    sample: list[tuple[int, T]] = []
    for index, each in enumerate(items):
        if index < size:
            sample.append((index, each))
        elif (place := dice.randrange(index + 1)) < size:
            sample[place] = (index, each)
    yield from (each for _, each in sorted(sample, key=lambda pair: pair[0]))

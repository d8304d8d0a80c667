"""The limits of a run over many images, its sample, and the reasons to stop."""

import random
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.core.source import CaptionRequest, UnusableSource

T = TypeVar("T")

MAX_CONSECUTIVE_FAILURES: Final = 20
"""Consecutive failures of the service or of writing after which a run stops."""


class Limits(NamedTuple):
    """The limits of a run. None means no limit."""

    concurrency: int = MAX_CONCURRENCY
    """The maximum number of images in progress."""
    captions: int | None = None
    """The maximum number of captions to purchase."""
    errors: int | None = None
    """The number of failures after which the run stops."""
    seconds: float | None = None
    """The time after which the run stops."""
    sample: int | None = None
    """The size of the random sample."""
    seed: int = 0
    """The seed of the random sample."""


class StopReason(Enum):
    """The reason why a run stopped before all images were done."""

    REQUESTED = "interrupted"
    ACCOUNT = "the remaining images would fail too"
    MAX_ERRORS = "--max-errors is reached"
    CONSECUTIVE_FAILURES = f"{MAX_CONSECUTIVE_FAILURES} failures in a row"
    BUDGET = "the budget is reached"
    MAX_DURATION = "--max-duration is reached"
    LIMIT = "--limit is reached"
    PILOT = "only the pilot was bought"


def apply_sample(
    requests: Iterable[CaptionRequest | UnusableSource], limits: Limits
) -> Iterable[CaptionRequest | UnusableSource]:
    """Return the sample that the limits ask for, or all requests."""
    if limits.sample is None:
        return requests
    return random_sample(requests, limits.sample, limits.seed)


def random_sample(items: Iterable[T], size: int, seed: int) -> Iterator[T]:
    """Yield a random sample in the original order (reservoir sampling).

    Each item has the same probability. The same seed gives the same sample.
    """
    generator = random.Random(seed)  # noqa: S311  # not used for security
    sample: list[tuple[int, T]] = []
    for index, item in enumerate(items):
        if index < size:
            sample.append((index, item))
        elif (place := generator.randrange(index + 1)) < size:
            sample[place] = (index, item)
    yield from (item for _, item in sorted(sample, key=lambda pair: pair[0]))

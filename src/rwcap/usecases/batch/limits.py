"""The limits of a run over many images, its sample, and the reasons to stop."""

import random
from collections.abc import Iterable, Iterator
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.api.retry import MAX_RETRY_AFTER
from rwcap.core.errors import ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.core.record import ErrorDetails, Record
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.ledger.budget import Budget, Period, PeriodUsage

if TYPE_CHECKING:
    from rwcap.ledger.ledger import Ledger

T = TypeVar("T")

MAX_CONSECUTIVE_FAILURES: Final = 20
"""Failures of the service, or of writing, in a row after which a run stops."""

OUTAGE_SECONDS: Final = 300.0
"""The pause in an outage, in a run that goes on."""

SERVICE_KINDS: Final = frozenset(
    (ErrorKind.CAPACITY, ErrorKind.SERVER, ErrorKind.NETWORK, ErrorKind.AMBIGUOUS)
)
"""Errors of the service or of the network."""

REFUSED_KINDS: Final = {ErrorKind.INPUT, ErrorKind.SAFETY}
"""Errors of an image whose caption cannot be bought. `--limit` does not count them."""

ACCOUNT_STATUSES: Final = {ExitStatus.AUTH, ExitStatus.CREDITS}
"""Errors that all other images would have too."""


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
    goes_on: bool = False
    """Whether a run pauses in an outage, instead of stopping."""


class BatchState(NamedTuple):
    """What a batch is doing at a moment."""

    concurrency: int
    """The number of images that may be in progress."""
    in_flight: int = 0
    """The number of images whose request is in progress."""
    waiting: int = 0
    """The number of images that wait before their next request."""
    pause: float = 0.0
    """The seconds until the next request, if the service asked for a pause."""

    @property
    def is_paused(self) -> bool:
        """Whether images wait and none is in progress."""
        return self.pause > 0 or (self.waiting > 0 and not self.in_flight)


class LimitUsage(NamedTuple):
    """A spending limit and the part of it that is used."""

    period: Period
    limit: Micros
    usage: PeriodUsage

    @property
    def used(self) -> Micros:
        """Return the part that is spent or reserved."""
        return Micros(sum(self.usage))

    @property
    def left(self) -> Micros:
        """Return the part that is left; 0 if more than the limit is used."""
        return Micros(max(0, self.limit - self.used))


def first_limit(budget: Budget, ledger: "Ledger") -> LimitUsage | None:
    """Return the spending limit that stops the run first. None if there is none."""
    every = [
        LimitUsage(period, limit, ledger.usage(period))
        for period, limit in budget.limits().items()
    ]
    return min(every, key=lambda each: each.limit - each.used, default=None)


class StopReason(Enum):
    """The reason why a run stopped before all images were done."""

    REQUESTED = "interrupted"
    ACCOUNT = "the remaining images would fail too"
    MAX_ERRORS = "--max-errors is reached"
    CONSECUTIVE_FAILURES = f"{MAX_CONSECUTIVE_FAILURES} failures in a row"
    LONG_PAUSE = f"Runware asks for a pause of more than {MAX_RETRY_AFTER:.0f} s"
    BUDGET = "a spending limit is reached"
    MAX_DURATION = "--max-duration is reached"
    LIMIT = "--limit is reached"
    PILOT = "only the pilot was bought"


OUTAGES: Final = {StopReason.CONSECUTIVE_FAILURES, StopReason.LONG_PAUSE}
"""Reasons for which a run that goes on pauses, instead of stopping."""


def is_known_failure(record: Record) -> bool:
    """Return whether a record has a failure of an earlier run, which is in the ledger.

    It does not count for limits, so that the same command gets further each time.
    """
    known = {ErrorKind.AMBIGUOUS, ErrorKind.QUALITY}
    return bool(record.error and record.error.kind in known and not record.attempts)


class Failures:
    """The failures of a run, counted to find out when the rest would fail too."""

    def __init__(self, limits: Limits) -> None:
        """Count up to `limits.errors` failures."""
        self._limits = limits
        self._lock = Lock()
        self._failed_requests = 0
        """Failures of the service and of the network in a row."""
        self._unwritten = 0
        """Captions in a row that could not be written."""
        self.number = 0
        """All failures."""

    def add(self, error: ErrorDetails) -> StopReason | None:
        """Count a failure; return the reason to stop, if it is one."""
        with self._lock:
            self.number += 1
            self._failed_requests += error.kind in SERVICE_KINDS
            self._unwritten += error.kind is ErrorKind.OUTPUT
            number, in_a_row = self.number, max(self._failed_requests, self._unwritten)
        if error.status in ACCOUNT_STATUSES:
            return StopReason.ACCOUNT
        if number == self._limits.errors:
            return StopReason.MAX_ERRORS
        if in_a_row == MAX_CONSECUTIVE_FAILURES:
            return StopReason.CONSECUTIVE_FAILURES
        return None

    def add_success(self) -> None:
        """End the failures of the service in a row."""
        with self._lock:
            self._failed_requests = 0

    def add_written(self) -> None:
        """End the captions in a row that could not be written."""
        with self._lock:
            self._unwritten = 0

    def forgive_one(self) -> None:
        """Make the next failure the last one in a row again."""
        with self._lock:
            if self._unwritten == MAX_CONSECUTIVE_FAILURES:
                self._unwritten -= 1
            else:
                self._failed_requests = MAX_CONSECUTIVE_FAILURES - 1


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

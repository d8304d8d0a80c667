"""The statistics of a run and its report. Their size is constant."""

from collections import Counter
from math import ceil, exp, floor, log
from typing import TYPE_CHECKING, Final

from rwcap.core.errors import ErrorKind
from rwcap.core.money import Micros, format_usd
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus

if TYPE_CHECKING:
    from rwcap.core.exit_status import ExitStatus

VERSION: Final = 1
"""Version of the report."""

MIN_SECONDS: Final = 1e-6
"""Seconds. Shorter durations count as this long, because zero has no logarithm."""

MAX_EXAMPLES: Final = 3
"""The number of records that are kept for each kind of error."""

_FINAL: Final = {ErrorKind.INPUT, ErrorKind.SAFETY, ErrorKind.QUALITY}
"""Kinds of errors that the same command meets again, unless it can try again."""

_WIDTH: Final = log(1.02)
"""Width of a bucket of durations, as a logarithm."""


class RunStatistics:
    """Counts, money and times of the records of a run."""

    def __init__(self) -> None:
        """Start with zero."""
        self.total = 0
        """All records."""
        self.failed = 0
        """Records with an error."""
        self.counts: Counter[RecordStatus] = Counter()
        """Records by status."""
        self.errors: Counter[ErrorKind] = Counter()
        """Records with an error, by kind."""
        self.is_unfinished = False
        """Whether the same command could do more."""
        self.examples: dict[ErrorKind, list[tuple[Record, ErrorDetails]]] = {}
        """The first records with an error of each kind."""
        self.exit_statuses: set[ExitStatus] = set()
        """Exit statuses of the errors."""
        self.bought = 0
        """Captions paid for in this run, including those that could not be written."""
        self.unknown_costs = 0
        """Captions paid for in this run without a reported cost."""
        self.spent = Micros(0)
        """Reported cost of the captions paid for in this run."""
        self.costs: Counter[RecordStatus] = Counter()
        """Reported cost of the captions paid for in this run, by status."""
        self.saved = Micros(0)
        """Cost of the captions reused in this run."""
        self.written: Counter[str] = Counter()
        """Written captions by the kind of their files."""
        self._durations: Counter[int] = Counter()

    def add(self, record: Record) -> None:
        """Add a record."""
        self.total += 1
        self.counts[record.status] += 1
        if record.error:
            self.failed += 1
            self.errors[record.error.kind] += 1
            is_final = record.error.kind in _FINAL and not record.error.retryable
            self.is_unfinished |= not is_final
            examples = self.examples.setdefault(record.error.kind, [])
            if len(examples) < MAX_EXAMPLES:
                examples.append((record, record.error))
            self.exit_statuses.add(record.error.status)
        if record.status is not RecordStatus.SKIPPED:
            self.written.update(_file_kind(path, record) for path in record.outputs)
        if _is_bought(record):
            self.bought += 1
            self._durations[_bucket(record.seconds)] += 1
            if record.cost is None:
                self.unknown_costs += 1
            else:
                self.spent = Micros(self.spent + record.cost)
                self.costs[record.status] += record.cost
        elif record.status in {RecordStatus.CACHED, RecordStatus.SKIPPED}:
            self.saved = Micros(self.saved + (record.cost or 0))

    def quantile(self, q: float) -> float | None:
        """Return a quantile of the durations of purchases, in seconds.

        Args:
            q: The share of purchases, from 0 to 1.

        Returns:
            The value of nearest rank, within 2 %; None if nothing was bought.
        """
        rank = max(1, ceil(q * self.bought))
        for bucket in sorted(self._durations):
            rank -= self._durations[bucket]
            if rank <= 0:
                return exp((bucket + 0.5) * _WIDTH)
        return None

    def report(  # noqa: PLR0913  # facts about the run
        self,
        *,
        version: str,
        sandbox: bool,
        started: str,
        seconds: float,
        concurrency: int,
        exit_status: int,
    ) -> dict[str, object]:
        """Return the report as a JSON object.

        `counts` has all statuses, `errors` only the kinds that occurred.
        """
        return {
            "v": VERSION,
            "version": version,
            "sandbox": sandbox,
            "started": started,
            "seconds": round(seconds, 3),
            "counts": {status.value: self.counts[status] for status in RecordStatus},
            "written": dict(self.written),
            "errors": {k.value: self.errors[k] for k in ErrorKind if k in self.errors},
            "spent_usd": format_usd(self.spent),
            "unknown_costs": self.unknown_costs,
            "saved_usd": format_usd(self.saved),
            "p50_seconds": _rounded(self.quantile(0.5)),
            "p95_seconds": _rounded(self.quantile(0.95)),
            "concurrency": concurrency,
            "exit_status": exit_status,
        }


def _file_kind(path: str, record: Record) -> str:
    """Return the kind of file that contains a caption."""
    if path == record.source:
        return "images"
    return "XMP files" if path.endswith(".xmp") else "text files"


def _is_bought(record: Record) -> bool:
    """Return whether this run paid for the caption, even if it was not written."""
    if record.cost_source is CostSource.LEDGER:
        return False
    has_text = record.text is not None or record.long is not None
    is_failure = record.status in {RecordStatus.FAILED, RecordStatus.AMBIGUOUS}
    is_paid = record.attempts > 0 or record.cost_source is CostSource.API
    return (is_failure and has_text and is_paid) or record.status is RecordStatus.OK


def _bucket(seconds: float) -> int:
    """Return the bucket of a duration. A bucket is 2 % wide."""
    return floor(log(max(seconds, MIN_SECONDS)) / _WIDTH)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)

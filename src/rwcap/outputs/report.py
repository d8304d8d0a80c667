"""The account of a run: as large after a million records as after one."""

from collections import Counter
from math import ceil, exp, floor, log
from typing import TYPE_CHECKING, Final

from rwcap.core.errors import ErrorKind
from rwcap.core.money import Micros, format_usd
from rwcap.core.record import CostSource, Record, RecordStatus

if TYPE_CHECKING:
    from rwcap.core.exit_status import ExitStatus

VERSION: Final = 1
"""The version of the report."""

MIN_SECONDS: Final = 1e-6
"""Seconds: what takes less counts as this long, for zero has no logarithm."""

_WIDTH: Final = log(1.02)


class RunStatistics:
    """Counts, money and times of the records of a run."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.total = 0
        """All records."""
        self.failed = 0
        """Those among them that are failures."""
        self.counts: Counter[RecordStatus] = Counter()
        """Records by how they ended."""
        self.errors: Counter[ErrorKind] = Counter()
        """Failures by their kind."""
        self.exit_statuses: set[ExitStatus] = set()
        """The statuses that the failures would end the process in."""
        self.bought = 0
        """Captions paid for in this run, those that could not be written included."""
        self.unknown_costs = 0
        """Those of them whose cost nobody told."""
        self.spent = Micros(0)
        """What the others cost."""
        self.saved = Micros(0)
        """What captions that were there already had cost."""
        self._durations: Counter[int] = Counter()

    def add(self, record: Record) -> None:
        """Take a record into account."""
        self.total += 1
        self.counts[record.status] += 1
        if record.error:
            self.failed += 1
            self.errors[record.error.kind] += 1
            self.exit_statuses.add(record.error.status)
        if _is_bought(record):
            self.bought += 1
            self._durations[_bucket(record.seconds)] += 1
            if record.cost is None:
                self.unknown_costs += 1
            else:
                self.spent = Micros(self.spent + record.cost)
        elif record.status in {RecordStatus.CACHED, RecordStatus.SKIPPED}:
            self.saved = Micros(self.saved + (record.cost or 0))

    def quantile(self, q: float) -> float | None:
        """Return the seconds that the share `q` of what was bought took at most.

        It is within 2 % of the true value, the one of nearest rank; None where
        nothing was bought.
        """
        rank = max(1, ceil(q * self.bought))
        for bucket in sorted(self._durations):
            rank -= self._durations[bucket]
            if rank <= 0:
                return exp((bucket + 0.5) * _WIDTH)
        return None

    def report(  # noqa: PLR0913  # all that a run knows and its records do not
        self,
        *,
        version: str,
        sandbox: bool,
        started: str,
        seconds: float,
        concurrency: int,
        exit_status: int,
    ) -> dict[str, object]:
        """Return the account as a JSON object.

        Every status is counted, be it with zero; of the kinds of error, those
        that occurred.
        """
        return {
            "v": VERSION,
            "version": version,
            "sandbox": sandbox,
            "started": started,
            "seconds": round(seconds, 3),
            "counts": {status.value: self.counts[status] for status in RecordStatus},
            "errors": {k.value: self.errors[k] for k in ErrorKind if k in self.errors},
            "spent_usd": format_usd(self.spent),
            "unknown_costs": self.unknown_costs,
            "saved_usd": format_usd(self.saved),
            "p50_seconds": _rounded(self.quantile(0.5)),
            "p95_seconds": _rounded(self.quantile(0.95)),
            "concurrency": concurrency,
            "exit_status": exit_status,
        }


def _is_bought(record: Record) -> bool:
    """Return whether this run paid for the text, written or not."""
    if record.cost_source is CostSource.LEDGER:
        return False
    kept = record.text is not None or record.long is not None
    unwritten = record.status in {RecordStatus.FAILED, RecordStatus.AMBIGUOUS} and kept
    return unwritten or record.status is RecordStatus.OK


def _bucket(seconds: float) -> int:
    """Return the number of a duration's bucket, which is 2 % wide."""
    return floor(log(max(seconds, MIN_SECONDS)) / _WIDTH)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)

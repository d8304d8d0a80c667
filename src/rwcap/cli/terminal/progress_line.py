"""The progress of a batch in one line, and the words for its figures."""

from collections import deque
from collections.abc import Callable
from typing import Final

from rwcap.core.money import format_price
from rwcap.core.record import RecordStatus
from rwcap.outputs.report import RunStatistics

RATE_WINDOW: Final = 30.0
"""Seconds over which the rate is measured."""

OUTCOMES: Final = {
    RecordStatus.OK: ("captioned", ""),
    RecordStatus.CACHED: ("reused free", ""),
    RecordStatus.ACCEPTED: ("accepted", ""),
    RecordStatus.SKIPPED: ("done earlier", ""),
    RecordStatus.EDITED: ("of people", ""),
    RecordStatus.FAILED: ("failed", "red"),
    RecordStatus.AMBIGUOUS: ("possibly charged", "magenta"),
}
"""The name and the style of each outcome."""


class ProgressLine:
    """One line: images done, money spent, images per second and time left."""

    def __init__(
        self,
        statistics: RunStatistics,
        now: Callable[[], float],
        total: Callable[[], int | None],
        watched: str = "",
    ) -> None:
        """Describe the run that `statistics` counts.

        Args:
            statistics: The counts of the run.
            now: A monotonic clock, in seconds.
            total: Returns the expected number of images; None while it is unknown.
            watched: The folders that a run without an end watches.
        """
        self.statistics = statistics
        self._now = now
        self._total = total
        self._watched = watched
        self._samples = deque([(now(), statistics.bought)])

    def format(self) -> str:
        """Return the line."""
        statistics = self.statistics
        done, *pace = self._pace()
        parts = [done]
        if statistics.failed:
            parts.append(f"{statistics.failed:,} failed")
        parts.append(format_price(statistics.spent))
        if statistics.unknown_costs:
            parts.append(f"{statistics.unknown_costs:,} with unknown cost")
        return ", ".join([*parts, *pace])

    def format_pace(self) -> str:
        """Return the line without money and failures."""
        return ", ".join(self._pace())

    @property
    def done(self) -> int:
        """The number of images done."""
        return self.statistics.total

    @property
    def total(self) -> int | None:
        """The expected number of images. None while it is unknown."""
        return self._total()

    @property
    def is_idle(self) -> bool:
        """Whether a run without an end has nothing to do."""
        return bool(self._watched) and self.done == self.total

    def _pace(self) -> list[str]:
        """Return the images done and, if known, the rate and the time left."""
        done, total, rate = self.done, self.total, self._rate()
        if self.is_idle:
            return [f"watching {self._watched}"]
        parts = [f"{done:,} done" if total is None else f"{done:,} of {total:,} done"]
        if rate:
            parts.append(format_rate(rate))
            if total is not None and done < total:
                parts.append(f"{format_duration((total - done) / rate)} left")
        return parts

    def _rate(self) -> float:
        """Return the number of captions bought per second; cached ones do not count."""
        now, bought = self._now(), self.statistics.bought
        self._samples.append((now, bought))
        while self._samples[1][0] <= now - RATE_WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        return (bought - before) / (now - since) if now > since else 0.0


def format_rate(rate: float) -> str:
    """Return a number of images per second, or per minute if there are few."""
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"


def format_duration(seconds: float) -> str:
    """Return a duration in the largest unit of which it has at least two."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"

"""The number of requests in flight, adapted to what the service can take.

The limit rises while the service keeps up. It falls by the share of refusals in a
round, as TCP for data centres does (https://www.rfc-editor.org/rfc/rfc8257#section-3.3):
a service that refuses everything halves it, one refusal in twenty hardly changes it.
"""

from typing import Final

MAX_CONCURRENCY: Final = 32
"""Default upper bound of requests in flight."""

INITIAL_CONCURRENCY: Final = 4
"""Requests in flight at the start, at least: RFC 5681 starts with 2 to 4 segments."""

INITIAL_SHARE: Final = 1 / 8
"""The part of a higher limit to start with: that of 32, so three rounds reach any."""

CONGESTION_DECREASE: Final = 0.5
"""The part of the limit that is taken away if all requests of a round are refused."""

INCREASE: Final = 1 / 32
"""The part of the limit that a round without refusals adds; at least 1 is added.

Our choice: one random refusal in 16 lowers the limit as much as the rest raises it.
"""

DOUBLING_SHARE: Final = 1 / 8
"""The share of refusals that ends the doubling of the limit at the start.

Our choice: at the end of a service's capacity, the next doubling has far more.
"""

SLOWDOWN_FACTOR: Final = 0.75
"""Factor applied to the limit when replies become slow.

Our choice. It is gentler than a round of refusals, because slow replies are weaker
evidence than a refusal. CUBIC uses 0.7 (https://www.rfc-editor.org/rfc/rfc9438).
"""

RECENT_WEIGHT: Final = 1 / 8
"""Weight of a reply in the average of recent durations, as in RFC 6298
(https://www.rfc-editor.org/rfc/rfc6298#section-2)."""

USUAL_WEIGHT: Final = 1 / 128
"""Weight of a reply in the long-term average of durations.

Our choice: 16 times slower than `RECENT_WEIGHT`, so the average covers four rounds
at the highest limit.
"""

SLOW_RATIO: Final = 2.0
"""Recent replies are slow if they take this many times as long as usual.

Our choice: captions of different length differ by less.
"""

WARM_UP_REPLIES: Final = 32
"""Replies before slowness is detected: a quarter of the span of `USUAL_WEIGHT`."""


class ConcurrencyLimit:
    """The adaptive limit of requests in flight.

    Not thread-safe: callers that share it hold a lock.
    """

    def __init__(
        self, ceiling: int = MAX_CONCURRENCY, start: int | None = None
    ) -> None:
        """Start with `start` requests, and never allow more than `ceiling`."""
        self._ceiling = max(1, ceiling)
        if start is None:
            start = max(INITIAL_CONCURRENCY, int(self._ceiling * INITIAL_SHARE))
        self._limit = float(min(max(1, start), self._ceiling))
        self._doubling = True
        self._epoch = 0
        self._answers = self._refusals = 0
        self._replies = 0
        self._recent = 0.0
        self._usual = 0.0

    @property
    def value(self) -> int:
        """The limit, from 1 to the ceiling."""
        return int(self._limit)

    def start_request(self) -> int:
        """Return the token of a new request: the current epoch.

        Each decrease of the limit starts a new epoch.
        """
        return self._epoch

    def record_success(self, token: int, seconds: float) -> None:
        """Record that a request succeeded after `seconds`.

        At the start, each success adds 1, which doubles the limit in every round.
        """
        if self._is_slow(seconds) and token == self._epoch:
            self._decrease(SLOWDOWN_FACTOR)
            return
        step = 1.0 if self._doubling else max(1.0 / self._limit, INCREASE)
        self._limit = min(self._limit + step, float(self._ceiling))
        self._count(token, refusals=0)

    def record_congestion(self, token: int) -> None:
        """Record that the service was too busy for a request."""
        self._count(token, refusals=1)

    def _count(self, token: int, *, refusals: int) -> None:
        """Count a reply, and lower the limit after a round with refusals.

        Replies to requests of an earlier epoch say nothing about the present limit.
        """
        if token != self._epoch:
            return
        self._answers += 1
        self._refusals += refusals
        if self._answers < self.value:
            return
        share = self._refusals / self._answers
        self._answers = self._refusals = 0
        if share:
            factor = 1 - CONGESTION_DECREASE * share
            self._decrease(factor, doubling=share <= DOUBLING_SHARE)

    def _decrease(self, factor: float, *, doubling: bool = False) -> None:
        self._limit = max(1.0, self._limit * factor)
        self._doubling &= doubling
        self._epoch += 1
        self._answers = self._refusals = 0

    def _is_slow(self, seconds: float) -> bool:
        """Add a duration to both averages and return whether recent ones are slow."""
        if not self._replies:
            self._recent = self._usual = seconds
        self._replies += 1
        self._recent += (seconds - self._recent) * RECENT_WEIGHT
        self._usual += (seconds - self._usual) * USUAL_WEIGHT
        return (
            self._replies >= WARM_UP_REPLIES and self._recent > SLOW_RATIO * self._usual
        )

"""The number of requests in flight, adapted to what the service can take.

Additive increase, multiplicative decrease, as in TCP congestion control
(https://www.rfc-editor.org/rfc/rfc5681#section-3.1).
"""

from typing import Final

MAX_CONCURRENCY: Final = 32
"""Default upper bound of requests in flight."""

INITIAL_CONCURRENCY: Final = 4
"""Requests in flight at the start: RFC 5681 starts with 2 to 4 segments."""

CONGESTION_FACTOR: Final = 0.5
"""Factor applied to the limit after a refusal (RFC 5681, section 3.1, equation 4)."""

SLOWDOWN_FACTOR: Final = 0.75
"""Factor applied to the limit when replies become slow.

Our choice. It is gentler than `CONGESTION_FACTOR`, because slow replies are weaker
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
        self, ceiling: int = MAX_CONCURRENCY, start: int = INITIAL_CONCURRENCY
    ) -> None:
        """Start with `start` requests, and never allow more than `ceiling`."""
        self._ceiling = max(1, ceiling)
        self._limit = float(min(max(1, start), self._ceiling))
        self._doubling = True
        self._epoch = 0
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

        Before the first decrease, each success adds 1, which doubles the limit in
        every round. After it, each success adds 1/limit, which adds 1 in every round.
        """
        if self._is_slow(seconds) and token == self._epoch:
            self._decrease(SLOWDOWN_FACTOR)
            return
        raised = self._limit + (1.0 if self._doubling else 1.0 / self._limit)
        self._limit = min(raised, float(self._ceiling))

    def record_congestion(self, token: int) -> None:
        """Record that the service was too busy for a request.

        Requests of an earlier epoch are ignored, so a round of refusals counts once.
        """
        if token == self._epoch:
            self._decrease(CONGESTION_FACTOR)

    def _decrease(self, factor: float) -> None:
        self._limit = max(1.0, self._limit * factor)
        self._doubling = False
        self._epoch += 1

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

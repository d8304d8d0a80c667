"""How many images may be under way: more while it goes well, fewer when it does not.

Additive increase, multiplicative decrease, as TCP finds the capacity of a path that
it cannot see (https://www.rfc-editor.org/rfc/rfc5681#section-3.1).
"""

from typing import Final

MAX_CONCURRENCY: Final = 32
"""Images under way at most, unless the user wants another number."""

INITIAL_CONCURRENCY: Final = 4
"""Images under way at first: RFC 5681 lets a connection start with 2 to 4 segments."""

CONGESTION_FACTOR: Final = 0.5
"""What is left of the limit after a refusal (RFC 5681, section 3.1, equation 4)."""

SLOWDOWN_FACTOR: Final = 0.75
"""What is left of the limit when answers become slow.

Our choice, gentler than after a refusal: slowness is a guess, a refusal is a fact.
CUBIC, gentler than RFC 5681, keeps 0.7 (https://www.rfc-editor.org/rfc/rfc9438).
"""

RECENT_WEIGHT: Final = 1 / 8
"""Weight of an answer in the average of recent ones, as RFC 6298 weighs round trips
(https://www.rfc-editor.org/rfc/rfc6298#section-2)."""

USUAL_WEIGHT: Final = 1 / 128
"""Weight of an answer in the average that tells what is usual.

Our choice, 16 times slower: it remembers four rounds of the highest limit.
"""

SLOW_RATIO: Final = 2.0
"""How many times the usual seconds recent answers must take to count as slow.

Our choice: captions differ in length by less than that.
"""

WARM_UP_REPLIES: Final = 32
"""Replies before one can count as slow: a quarter of those in `USUAL_WEIGHT`."""


class ConcurrencyLimit:
    """The limit of images under way.

    Not safe for threads: whoever shares it holds a lock.
    """

    def __init__(
        self, ceiling: int = MAX_CONCURRENCY, start: int = INITIAL_CONCURRENCY
    ) -> None:
        """Begin with `start` images, and never allow more than `ceiling`."""
        self._ceiling = max(1, ceiling)
        self._limit = float(min(max(1, start), self._ceiling))
        self._doubling = True
        self._epoch = 0
        self._answers = 0
        self._recent = 0.0
        self._usual = 0.0

    @property
    def value(self) -> int:
        """How many images may be under way, from 1 to the ceiling."""
        return int(self._limit)

    def start_request(self) -> int:
        """Return the token of a request that begins: the epoch, ended by a decrease."""
        return self._epoch

    def record_success(self, token: int, seconds: float) -> None:
        """Learn that a request was answered after `seconds`.

        Each answer raises the limit by 1 until the first decrease, which doubles it
        in every round; from then on by its reciprocal, which adds 1 in every round.
        """
        if self._is_slow(seconds) and token == self._epoch:
            self._decrease(SLOWDOWN_FACTOR)
            return
        raised = self._limit + (1.0 if self._doubling else 1.0 / self._limit)
        self._limit = min(raised, float(self._ceiling))

    def record_congestion(self, token: int) -> None:
        """Learn that the service was too busy for a request.

        One that began before the last decrease tells nothing new: a round that is
        refused as a whole counts once.
        """
        if token == self._epoch:
            self._decrease(CONGESTION_FACTOR)

    def _decrease(self, factor: float) -> None:
        self._limit = max(1.0, self._limit * factor)
        self._doubling = False
        self._epoch += 1

    def _is_slow(self, seconds: float) -> bool:
        """Add an answer to the averages, and return whether recent ones are slow."""
        if not self._answers:
            self._recent = self._usual = seconds
        self._answers += 1
        self._recent += (seconds - self._recent) * RECENT_WEIGHT
        self._usual += (seconds - self._usual) * USUAL_WEIGHT
        return (
            self._answers >= WARM_UP_REPLIES and self._recent > SLOW_RATIO * self._usual
        )

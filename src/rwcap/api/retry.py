"""How often to send a request again, and how long to wait in between."""

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_RETRY_AFTER: Final = 300.0
"""Seconds. If the service asks for a longer pause, it counts as unavailable."""

DEFAULT_GRACE: Final = 30.0
"""Seconds that a run which is stopping waits for the requests in flight."""

DEFAULT_RETRIES: Final = 4
"""Tries after the first."""

DEFAULT_TIMEOUT: Final = 120.0
"""Seconds. A task may run for 60 to 120 s before the service gives up."""


class RetryPolicy(NamedTuple):
    """How often and how long a purchase is retried. All times are in seconds."""

    retries: int = DEFAULT_RETRIES
    """Tries after the first, all with the same task UUID."""

    timeout: float = DEFAULT_TIMEOUT
    """Longest wait for one reply, and for the result of an accepted task."""

    await_result: bool = True
    """Whether to wait for the result of a task that the service delivers later."""

    wait_initial: float = 1.0
    """Upper bound of the first pause; it doubles with every try."""

    wait_max: float = 30.0
    """Upper bound of a pause that the service did not ask for."""

    poll_initial: float = 1.0
    """Pause before the first query for the result of an accepted task."""

    poll_max: float = 10.0
    """Longest pause between two queries for a result."""

    def delay(self, attempt: int, random: float, retry_after: float | None) -> float:
        """Return the seconds to wait before the next try.

        A `retry_after` of the service has precedence. Otherwise the pause has full
        jitter, so that clients refused at the same time do not return at the same
        time (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).

        Args:
            attempt: Number of the try that failed; the first is 1.
            random: A random number in [0, 1).
            retry_after: Seconds that the service asks for; 0 and None mean none.
        """
        if retry_after:
            return retry_after
        return random * min(
            self.wait_max, self.wait_initial * 2.0 ** min(attempt - 1, 60)
        )

    def poll_intervals(self) -> Iterator[float]:
        """Yield the pauses between queries for a result, each half as long again."""
        pause = self.poll_initial
        while True:
            yield pause
            pause = min(self.poll_max, pause * 1.5)

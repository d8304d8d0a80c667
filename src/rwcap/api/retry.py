"""How often to try, and how long to wait in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_RETRY_AFTER: Final = 300.0
"""Seconds: a service that asks for a longer pause is told as unavailable."""

DEFAULT_GRACE: Final = 30.0
"""Seconds that a run which is to stop waits for what is under way, unless the user
wants others."""

DEFAULT_RETRIES: Final = 4
"""Tries after the first, unless the user wants others."""

DEFAULT_TIMEOUT: Final = 120.0
"""Seconds, unless the user wants others; a task may run 60 to 120 s before the
service gives up waiting for it."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a purchase is. All times are in seconds."""

    retries: int = DEFAULT_RETRIES
    """Tries after the first, all under the same task UUID."""

    timeout: float = DEFAULT_TIMEOUT
    """Longest wait for one answer, and for the result of an accepted task."""

    await_result: bool = True
    """Whether to wait for a task that is answered later."""

    wait_initial: float = 1.0
    """Upper bound of the first pause; it doubles with every try."""

    wait_max: float = 30.0
    """Upper bound of any pause that the service did not ask for."""

    poll_initial: float = 1.0
    """Pause before the first question for an accepted task's result."""

    poll_max: float = 10.0
    """Longest pause between two such questions."""

    def delay(self, attempt: int, random: float, retry_after: float | None) -> float:
        """Return the pause after try number `attempt`, the first being 1.

        What the service asks for wins, unless it asks for nothing. Else full
        jitter: `random`, from [0, 1), is spread over the whole range, so that
        clients refused together do not return together
        (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
        """
        if retry_after:
            return retry_after
        return random * min(
            self.wait_max, self.wait_initial * 2.0 ** min(attempt - 1, 60)
        )

    def poll_intervals(self) -> Iterator[float]:
        """Yield the pauses between questions for a result, growing by half."""
        pause = self.poll_initial
        while True:
            yield pause
            pause = min(self.poll_max, pause * 1.5)

"""The requests in flight that each worker of a job may have."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from math import ceil


class Shares:
    """Divides a ceiling among workers. The sum of all shares never exceeds it.

    A worker keeps what it had until it confirms that it has less: its requests in
    flight do not end when its share falls.
    """

    def __init__(self, ceiling: int, running: Callable[[], AbstractSet[str]]) -> None:
        """Divide `ceiling`.

        Args:
            ceiling: The requests in flight of all workers.
            running: Return the workers that run. Those of a ledger that was started
                again have shares that it does not know until they call.
        """
        self._ceiling = ceiling
        self._running = running
        self._unheard = set(running())
        self._granted: dict[str, int] = {}

    def update(self, worker: str, share: int, used: int) -> int:
        """Return the new share of a worker.

        Args:
            worker: The worker.
            share: The share that it was last told of.
            used: Its requests in flight.
        """
        self._unheard.discard(worker)
        held = max(share, used)
        self._granted[worker] = held
        others = sum(self._granted.values()) - held
        fair = ceil(self._ceiling / len(self._granted))
        new = max(0, min(fair, self._ceiling - others))
        if self._unheard:
            self._unheard &= self._running()
            new = min(new, share)
        self._granted[worker] = max(new, held)
        return new

    def remove(self, worker: str) -> None:
        """Take back the share of a worker that has ended."""
        self._unheard.discard(worker)
        self._granted.pop(worker, None)

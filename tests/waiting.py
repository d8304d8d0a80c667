"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

PATIENCE = 30
"""Seconds after which a test that waits fails."""


def wait_until(happened: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds.

    It is first asked after a moment: every run then takes the same branches,
    however fast the other thread is.
    """
    deadline = time.monotonic() + seconds
    done: object = False
    while not done:
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.001)
        done = happened()

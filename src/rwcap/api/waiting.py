"""Waits that a signal can end.

Python runs a signal handler between two waits. A signal that arrives just before a wait
is handled after it, so long waits consist of short ones.
"""

import time
from typing import Final

WAKE_INTERVAL: Final = 0.5
"""The longest single wait, in seconds."""


def sleep(seconds: float) -> None:
    """Sleep; a signal handler runs at most `WAKE_INTERVAL` seconds late."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, WAKE_INTERVAL))

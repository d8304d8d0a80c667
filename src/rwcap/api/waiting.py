"""Waits that a signal can end.

Python runs a signal handler between two waits. A signal that arrives just before a wait
is handled after it, so long waits consist of short ones.
"""

import selectors
import time
from socket import socket
from typing import Final

WAKE_INTERVAL: Final = 0.5
"""The longest single wait, in seconds."""

_Selector: Final[type[selectors.BaseSelector]] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)
"""How to wait for a file: `select` refuses descriptors from 1024 on."""


def sleep(seconds: float) -> None:
    """Sleep; a signal handler runs at most `WAKE_INTERVAL` seconds late."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, WAKE_INTERVAL))


def is_ready(file: socket | int, event: int, seconds: float) -> bool:
    """Return whether a file can be read or written within some seconds.

    Args:
        file: A socket or a descriptor.
        event: `selectors.EVENT_READ` or `EVENT_WRITE`.
        seconds: The time limit.
    """
    with _Selector() as selector:
        selector.register(file, event)
        return bool(selector.select(seconds))

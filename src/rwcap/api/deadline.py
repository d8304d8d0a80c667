"""A time limit for a whole reply.

A timeout of httpx applies to one read: a server that sends a byte at a time, or one
`102 Processing` after the other, never exceeds it. `Deadline` limits the time from
the last byte of the request to the last byte of the reply.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Literal, Protocol, cast


class _Stream(Protocol):
    """A connection of httpcore."""

    def get_extra_info(self, info: Literal["socket"]) -> socket.socket:
        """Return the socket of the connection."""


class Deadline:
    """The time limit for the exchanges of one client, one at a time.

    It gets the connection from httpx's `trace` extension
    (https://www.python-httpx.org/advanced/extensions/#trace).
    """

    _connection: socket.socket
    """Set before the first request is sent."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._timer: Timer | None = None
        self._seconds = 0.0
        self.expired = False
        """Whether the last exchange was aborted because it took too long."""

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Abort the exchange in the block if its reply takes longer than `seconds`."""
        self._seconds = seconds
        self.expired = False
        try:
            yield
        finally:
            if self._timer:
                self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Handle an event of the exchange."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = cast("_Stream", info["return_value"])
            self._connection = stream.get_extra_info("socket")
        elif event.endswith(".send_request_body.complete"):
            self._timer = Timer(self._seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        """Shut down the connection, which unblocks the thread that reads from it."""
        self.expired = True
        with suppress(OSError):  # closed already
            self._connection.shutdown(socket.SHUT_RDWR)

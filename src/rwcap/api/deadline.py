"""An end to answers that trickle.

A timeout of httpx is for one read: a server that sends a byte now and then, or
one `102 Processing` after the other, is never late. The deadline bounds the
whole answer, from the last byte of the request on.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Literal, Protocol, cast


class _Stream(Protocol):
    """A connection of httpcore."""

    def get_extra_info(self, info: Literal["socket"]) -> socket.socket:
        """Return its socket."""


class Deadline:
    """Watches the exchanges of one client, one at a time.

    It learns of the connection through httpx's `trace` extension
    (https://www.python-httpx.org/advanced/extensions/#trace).
    """

    _connection: socket.socket
    """Known before the first request is out."""

    def __init__(self) -> None:
        """Wait for a connection to watch."""
        self._timer: Timer | None = None
        self._seconds = 0.0
        self.expired = False
        """Whether the last exchange was ended because it took too long."""

    @contextmanager
    def watch(self, seconds: float) -> Iterator[None]:
        """End the exchange inside when its answer takes longer than `seconds`."""
        self._seconds = seconds
        self.expired = False
        try:
            yield
        finally:
            if self._timer:
                self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of a step of the exchange."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = cast("_Stream", info["return_value"])
            self._connection = stream.get_extra_info("socket")
        elif event.endswith(".send_request_body.complete"):
            self._timer = Timer(self._seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        """Shut the connection down, which wakes whoever reads from it."""
        self.expired = True
        with suppress(OSError):  # gone already
            self._connection.shutdown(socket.SHUT_RDWR)

"""A small HTTP/1.1 client: one POST at a time on a connection that is kept alive.

It does what the API needs and nothing else. httpx takes two to three times the
processor time for an exchange, and most of the start-up of a caption. What this module
cannot do, such as proxies, `api.fallback` does with httpx.

A reply has a time limit from the last byte of the request to its own last byte, so a
server that sends a byte at a time cannot hold a caption up.
"""

import socket
from collections.abc import Mapping
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from rwcap.api.address import Address
from rwcap.api.connection import connect
from rwcap.api.http_response import ExchangeError, Incoming, Response
from rwcap.api.waiting import WAKE_INTERVAL, is_ready

if TYPE_CHECKING:
    import ssl

CONNECT_TIMEOUT: Final = 10.0
"""Seconds."""

WRITE_TIMEOUT: Final = 60.0
"""Seconds for one chunk of the request. It ends a stalled upload."""

_CHUNK: Final = 64 * 1024


class NotConnectedError(Exception):
    """There was no connection, so the server has not received the request."""


class Transport(Protocol):
    """Something that sends requests to one URL."""

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float) -> Response:
        """Send a request and return its reply.

        Args:
            headers: The headers, without those that describe the transfer.
            body: The body.
            timeout: Seconds from the last byte of the request to that of the reply.

        Raises:
            NotConnectedError: The server cannot have received the request.
            TimeoutError: The time is over.
            ExchangeError: The connection was lost.
        """

    def close(self) -> None:
        """Close the connection."""


class Stream:
    """An open connection on which each wait has a time limit."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over an open connection, encrypted or not."""
        connection.setblocking(False)  # noqa: FBT003  # its name in socket
        self._socket = connection
        self._blocked: tuple[type[Exception], ...] = (BlockingIOError,)
        if type(connection) is not socket.socket:
            import ssl

            self._blocked += (ssl.SSLWantReadError, ssl.SSLWantWriteError)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def is_idle(self) -> bool:
        """Return whether the connection is open and nothing has arrived."""
        try:
            self._socket.recv(1)
        except self._blocked:
            return True
        except OSError:
            return False
        return False

    def send(self, data: bytes) -> None:
        """Send bytes. A server may take them slowly, but must not stop."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except self._blocked:
                self._wait(EVENT_WRITE, WRITE_TIMEOUT)

    def receive(self, deadline: float) -> bytes:
        """Wait for bytes until a time of the monotonic clock. b"" is the end."""
        while True:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return self._socket.recv(_CHUNK)
            except self._blocked:
                self._wait(EVENT_READ, left)

    def _wait(self, event: int, seconds: float) -> None:
        end = monotonic() + seconds
        while not is_ready(self._socket, event, min(seconds, WAKE_INTERVAL)):
            seconds = end - monotonic()
            if seconds <= 0:
                raise TimeoutError


class DirectTransport:
    """A connection without a proxy. Not thread-safe."""

    def __init__(self, address: Address, context: "ssl.SSLContext | None") -> None:
        """Prepare a connection; the first request opens it.

        Args:
            address: Where to connect to.
            context: The trusted certificates; None for plain HTTP.
        """
        self._address = address
        self._context = context
        self._stream: Stream | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._stream:
            self._stream.close()
            self._stream = None

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float) -> Response:
        """Send a request and return its reply (see `Transport.post`)."""
        stream = self._connect(timeout)
        keep = False
        try:
            sent = self._send(stream, headers, body)
            incoming = Incoming(partial(stream.receive, monotonic() + timeout))
            response, keep = incoming.read_response()
            keep &= sent
        except TimeoutError:
            raise
        except OSError as error:
            raise ExchangeError(str(error)) from error
        finally:
            if not keep:
                self.close()
        return response

    def _connect(self, timeout: float) -> Stream:
        """Return the open connection, or a new one if the server has closed it."""
        if self._stream and self._stream.is_idle():
            return self._stream
        self.close()
        limit = min(timeout, CONNECT_TIMEOUT)
        try:
            connection = connect(self._address.host, self._address.port, limit)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = Stream(self._secured(connection))
        except (OSError, UnicodeError) as error:
            raise NotConnectedError(str(error)) from error
        return self._stream

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Return the connection, encrypted if there is a TLS context."""
        if self._context is None:
            return connection
        try:
            return self._context.wrap_socket(
                connection, server_hostname=self._address.host
            )
        except OSError:
            connection.close()
            raise

    def _send(self, stream: Stream, headers: Mapping[str, str], body: bytes) -> bool:
        """Send a request. Return whether the server took all of it.

        A server may refuse a request and close the connection before its end. Its
        reply is read in any case.
        """
        lines = [
            f"POST {self._address.target} HTTP/1.1",
            f"Host: {self._address.netloc}",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"Content-Length: {len(body)}",
        ]
        try:
            stream.send("\r\n".join((*lines, "", "")).encode("latin-1"))
            stream.send(body)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

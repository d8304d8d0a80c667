"""Exchanges by httpx, for what `api.transport` cannot do: proxies, other systems.

Exceptions of httpx repeat what a proxy or a server sends, which can be a password or
the key. Their messages are shortened, and `from None` keeps them out of tracebacks.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from threading import Timer
from typing import Literal, Protocol, cast

import httpx

from rwcap.api.connection import look_up
from rwcap.api.http_response import (
    MAX_BODY_BYTES,
    ExchangeError,
    Response,
    TooLongError,
)
from rwcap.api.transport import CONNECT_TIMEOUT, WRITE_TIMEOUT, NotConnectedError

# Errors before the service can have seen the request.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class ProxyTransport:
    """A connection that follows the proxy settings of the system. Not thread-safe."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        """Prepare a connection; the first request opens it.

        Raises:
            ValueError: The proxy of the environment cannot be used.
        """
        self._url = url
        self._deadline = Deadline()
        try:
            self._http = httpx.Client(follow_redirects=False, verify=context)
        except ImportError as error:
            raise ValueError(str(error)) from error
        except (httpx.InvalidURL, ValueError):  # its message can have the password
            raise ValueError("not the URL of an http or https proxy") from None

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float) -> Response:
        """Send a request and return its reply (see `Transport.post`)."""
        limits = httpx.Timeout(
            timeout, connect=min(timeout, CONNECT_TIMEOUT), write=WRITE_TIMEOUT
        )
        exchange = self._http.stream(
            "POST",
            self._url,
            content=body,
            headers=dict(headers),
            timeout=limits,
            extensions={"trace": self._deadline.trace},
        )
        with self._failures(), self._deadline.limit(timeout), exchange as response:
            received = bytearray()
            for chunk in response.iter_raw():  # decompressed, it could be a bomb
                received += chunk
                if len(received) > MAX_BODY_BYTES:
                    raise TooLongError
            names = {name.lower(): value for name, value in response.headers.items()}
            return Response(response.status_code, names, bytes(received))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Convert exceptions of httpx."""
        try:
            yield
        except httpx.ProxyError as error:
            reason = f"the proxy answered {_status(str(error)[:3])}"
            raise NotConnectedError(reason) from None
        except _NOT_SENT as error:
            raise NotConnectedError(_reason(error)) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            timed_out |= self._deadline.expired
            if not self._deadline.sent:  # the proxy failed, or the encryption
                reason = "timed out" if timed_out else _reason(error)
                raise NotConnectedError(reason) from None
            if timed_out:
                raise TimeoutError from None
            raise ExchangeError(_reason(error)) from None


def _reason(error: Exception) -> str:
    """Return the message of an exception of httpx without the bytes that arrived."""
    return re.sub("(?s): byte.*", "", str(error)) or type(error).__name__


def _status(code: str) -> str:
    """Return a status with its name in the standard, not with that of the proxy."""
    with suppress(ValueError):
        return f"{code} ({HTTPStatus(int(code)).phrase})"
    return code


class _Request(Protocol):
    """A request of httpcore."""

    method: bytes


class _Stream(Protocol):
    """A connection of httpcore."""

    def get_extra_info(self, info: Literal["socket"]) -> socket.socket:
        """Return the socket of the connection."""


class Deadline:
    """The time limit of a whole reply. A timeout of httpx applies to one read.

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
        self.sent = False
        """Whether a part of the last request may have reached the server."""

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Abort the exchange in the block if its reply takes longer than `seconds`."""
        self._seconds = seconds
        self.expired = self.sent = False
        try:
            yield
        finally:
            self._cancel()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Handle an event of the exchange.

        Before the request, a proxy gets a request for a tunnel. The time limit of its
        reply includes the encryption of the tunnel.
        """
        if event.endswith(".connect_tcp.started"):
            self._look_up(cast("str", info["host"]), cast("int", info["port"]))
        elif event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = cast("_Stream", info["return_value"])
            self._connection = stream.get_extra_info("socket")
        elif event.endswith(".send_request_headers.started"):
            self.sent = cast("_Request", info["request"]).method != b"CONNECT"
            self._cancel()
        elif event.endswith(".send_request_body.complete"):
            self._timer = Timer(self._seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _look_up(self, host: str, port: int) -> None:
        """Look up the name of a proxy before httpx does, which has no time limit."""
        try:
            look_up(host, port, min(self._seconds, CONNECT_TIMEOUT))
        except (OSError, UnicodeError) as error:
            raise NotConnectedError(str(error)) from None

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _expire(self) -> None:
        """Shut down the connection, which unblocks the thread that reads from it."""
        self.expired = True
        with suppress(OSError):  # closed already
            self._connection.shutdown(socket.SHUT_RDWR)

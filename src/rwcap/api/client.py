"""The HTTP client: one exchange at a time, with rwcap's exceptions."""

import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Final, Self

import httpx

from rwcap import __version__
from rwcap.api.deadline import Deadline
from rwcap.api.wire import API_URL, Reply
from rwcap.core.errors import (
    ConfigError,
    NoReplyError,
    NotSentError,
    UntrustedServerError,
)
from rwcap.core.text import redact

CONNECT_TIMEOUT: Final = 10.0
"""Seconds."""

QUERY_TIMEOUT: Final = 30.0
"""Seconds. Longest wait for the reply to a query."""

WRITE_TIMEOUT: Final = 60.0
"""Seconds for one chunk of the request. It ends a stalled upload."""

MAX_REPLY_BYTES: Final = 4 * 1024 * 1024
"""Bytes. A caption has a few hundred."""

MIN_KEY_LENGTH: Final = 8
"""Characters. Runware's keys have about 32."""

_HOST: Final = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PORTS: Final = range(1, 65536)
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}

_CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""https://www.python-httpx.org/environment_variables/"""

# Errors before the service can have seen the request.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Handler = Callable[[str | None, bytes], Reply]
"""A service in this process. It maps an Authorization header and a body to a reply."""


class Client:
    """A connection to the API, kept open between exchanges.

    Not thread-safe: each thread needs its own client.
    """

    def __init__(
        self,
        *,
        key: str,
        url: str = API_URL,
        timeout: float = 120.0,
        handler: Handler | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a connection. The first request opens it.

        Args:
            key: The API key.
            url: The URL of the API: https, or http on loopback.
            timeout: Longest wait for a reply, in seconds.
            handler: A service in this process that replaces the network.
            now: The current time, to read dates in headers.

        Raises:
            ConfigError: The URL is not allowed, or the proxy or the certificates of
                the environment cannot be used.
        """
        self._url = _check_url(url)
        self._key = key
        self._timeout = timeout
        self._deadline = Deadline()
        self._now = now
        secure = self._url.scheme == "https"
        try:
            self._http = httpx.Client(
                headers={
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                    # Captions are short, and compressed data can be a bomb.
                    "Accept-Encoding": "identity",
                    "User-Agent": f"rwcap/{__version__}",
                },
                follow_redirects=False,
                # Plain HTTP is for loopback only. It needs no proxy and no
                # certificates, so its TLS context trusts none.
                trust_env=secure,
                verify=_ssl_context(
                    secure, *map(os.environ.get, _CERTIFICATE_VARIABLES)
                ),
                transport=httpx.MockTransport(_serve(handler)) if handler else None,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise ConfigError(
                f"the proxy in the environment cannot be used: {error}",
                hint="check HTTPS_PROXY and ALL_PROXY (http and https proxies only)",
            ) from error
        except OSError as error:
            raise ConfigError(
                f"the TLS certificates cannot be loaded: {error}",
                hint="check SSL_CERT_FILE",
            ) from error

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()

    def post(self, body: bytes) -> Reply:
        """Send one request and return the reply, whatever its status.

        Raises:
            NotSentError: The service cannot have received the request.
            NoReplyError: The service may have received the request.
        """
        return self._exchange(body, self._timeout)

    def query(self, body: bytes) -> Reply:
        """Send a query, which needs no inference; otherwise like `post`."""
        return self._exchange(body, min(self._timeout, QUERY_TIMEOUT))

    def _exchange(self, body: bytes, timeout: float) -> Reply:
        limits = httpx.Timeout(
            timeout, connect=min(timeout, CONNECT_TIMEOUT), write=WRITE_TIMEOUT
        )
        exchange = self._http.stream(
            "POST",
            self._url,
            content=body,
            timeout=limits,
            extensions={"trace": self._deadline.trace},
        )
        with self._failures(), self._deadline.limit(timeout), exchange as response:
            received = bytearray()
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > MAX_REPLY_BYTES:
                    raise NoReplyError(
                        f"the reply has more than {MAX_REPLY_BYTES:,} bytes",
                        code="answerTooLong",
                        hint="check --api-url",
                    )
            return Reply(
                status=response.status_code,
                body=self._redacted(bytes(received)),
                retry_after=_retry_after(response.headers, self._now),
                clock_ahead=_seconds_until(response.headers.get("Date", ""), self._now),
            )

    def _redacted(self, body: bytes) -> bytes:
        """Return `body` without the key, in case the service repeats it.

        A shorter key than any real one stays, because it can be a common word.
        """
        if len(self._key) < MIN_KEY_LENGTH:
            return body
        return redact(self._key, body)

    def _redacted_text(self, error: httpx.HTTPError | httpx.StreamError) -> str:
        return self._redacted(str(error).encode()).decode()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Convert exceptions of httpx to rwcap's."""
        host = self._url.netloc.decode("ascii")
        try:
            yield
        except _NOT_SENT as error:
            raise _not_sent(host, error) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            if self._deadline.expired or isinstance(error, httpx.TimeoutException):
                raise NoReplyError(
                    f"{host} did not answer in time",
                    code="timeout",
                    hint="run the same command again, or increase --timeout",
                ) from error
            raise NoReplyError(
                f"lost the connection to {host}: {self._redacted_text(error)}",
                code="connectionLost",
                hint="run the same command again",
            ) from error


@cache
def _ssl_context(secure: bool, *_paths: str | None) -> ssl.SSLContext:  # noqa: FBT001  # part of the cache key
    """Return the TLS context, created once for all clients of a run.

    Args:
        secure: Whether it trusts any certificates.
        _paths: The paths that httpx reads from the environment.
    """
    if secure:
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check_url(url: str) -> httpx.URL:
    """Return `url` if the key may be sent there: https, or http on loopback.

    Error messages contain nothing of the URL but its host, because the rest can
    contain a password.
    """
    hint = f"--api-url {API_URL}"
    try:
        target = httpx.URL(url.strip())
        # A host that cannot be encoded would fail at name resolution.
        host = target.host.encode("idna").decode("ascii")
        port = 443 if target.port is None else target.port
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigError("the API URL is malformed", hint=hint) from error
    if not _HOST.fullmatch(host) or port not in _PORTS or target.userinfo:
        raise ConfigError(
            "the API URL needs a host, no user name, and a port from 1 to 65535",
            hint=hint,
        )
    if target.scheme == "https" or (target.scheme == "http" and host in _LOOPBACK):
        return target
    raise ConfigError(
        f"rwcap sends the API key over https only, not to {target.scheme}://{host}",
        hint=hint,
    )


def _not_sent(host: str, error: httpx.HTTPError) -> NotSentError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return UntrustedServerError(
            f"the certificate of {host} is not trusted",
            code="untrustedCertificate",
            hint="behind a company proxy, set SSL_CERT_FILE to its CA bundle",
        )
    return NotSentError(
        f"cannot connect to {host}: {str(error) or type(error).__name__}",
        code="connectionFailed",
        hint="check the network, then run the same command again",
    )


def _serve(handler: Handler) -> Callable[[httpx.Request], httpx.Response]:
    def serve(request: httpx.Request) -> httpx.Response:
        reply = handler(request.headers.get("Authorization"), request.read())
        return httpx.Response(reply.status, content=reply.body)

    return serve


def _retry_after(
    headers: Mapping[str, str], now: Callable[[], datetime]
) -> float | None:
    """Return the seconds in a `Retry-After` header, a number or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 1e9)
    seconds = _seconds_until(value, now)
    return None if seconds is None else max(0.0, seconds)


def _seconds_until(value: str, now: Callable[[], datetime]) -> float | None:
    """Return the seconds until the date in a header; None if it is not a date."""
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - now()).total_seconds()

"""The API over HTTP: one exchange at a time, every failure one of ours."""

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
"""Seconds, at most, for the answer to a question about a task."""

WRITE_TIMEOUT: Final = 60.0
"""Seconds for one piece of the request; a stalled upload ends there."""

MAX_REPLY_BYTES: Final = 4 * 1024 * 1024
"""Bytes. A caption is a few hundred; what is longer is not one."""

MIN_KEY_LENGTH: Final = 8
"""Characters. Runware's own keys have about 32."""

_HOST: Final = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PORTS: Final = range(1, 65536)
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}

_PLACES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""https://www.python-httpx.org/environment_variables/"""

# Never connected, or not far enough for the service to have seen the request.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Handler = Callable[[str | None, bytes], Reply]
"""A service inside this process: Authorization header and body to reply."""


class Client:
    """A connection to the API, kept open between exchanges.

    Not shared between threads.
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
        """Prepare to talk to `url`, or to `handler` in its place; connect later.

        `timeout` is the longest wait for an answer, in seconds. Raises
        `ConfigError` for a URL the key must not go to, or a proxy that cannot
        be used.
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
                    # A caption is short; what is packed could be a bomb.
                    "Accept-Encoding": "identity",
                    "User-Agent": f"rwcap/{__version__}",
                },
                follow_redirects=False,
                # Plain HTTP goes to loopback only, which no proxy should see and
                # which needs no certificates: a context that trusts nobody.
                trust_env=secure,
                verify=_trust(secure, *map(os.environ.get, _PLACES)),
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
        """Send one request and return the answer, whatever its status.

        Raises `NotSentError` or `NoReplyError`, by what is known of the request's fate.
        """
        return self._exchange(body, self._timeout)

    def query(self, body: bytes) -> Reply:
        """Send a question, for whose answer nobody has to look at an image."""
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
        with self._failures(), self._deadline.watch(timeout), exchange as got:
            received = bytearray()
            for chunk in got.iter_bytes():
                received += chunk
                if len(received) > MAX_REPLY_BYTES:
                    raise NoReplyError(
                        f"an answer of more than {MAX_REPLY_BYTES:,} bytes",
                        code="answerTooLong",
                        hint="check --api-url",
                    )
            return Reply(
                status=got.status_code,
                body=self._redacted(bytes(received)),
                retry_after=_retry_after(got.headers, self._now),
                clock_ahead=_until(got.headers.get("Date", ""), self._now),
            )

    def _redacted(self, body: bytes) -> bytes:
        """Return `body` without the key, should the service repeat it to us.

        What is shorter than any real key stays, for it may be a common word.
        """
        if len(self._key) < MIN_KEY_LENGTH:
            return body
        return redact(self._key, body)

    def _redacted_text(self, error: httpx.HTTPError | httpx.StreamError) -> str:
        return self._redacted(str(error).encode()).decode()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn the failures of an exchange into ours."""
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
                    hint="run the same command again, or raise --timeout",
                ) from error
            raise NoReplyError(
                f"the connection to {host} broke: {self._redacted_text(error)}",
                code="connectionLost",
                hint="run the same command again",
            ) from error


@cache
def _trust(secure: bool, *_places: str | None) -> ssl.SSLContext:  # noqa: FBT001  # a key
    """Return the certificates to trust, loaded once for all clients of a run.

    `_places` are those that httpx finds in the environment.
    """
    if secure:
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check_url(url: str) -> httpx.URL:
    """Return `url` if the key may be sent there: https, or http on loopback.

    What is wrong with it is told without repeating more than its host: there may
    be a password in it.
    """
    hint = f"--api-url {API_URL}"
    try:
        target = httpx.URL(url.strip())
        # What looking the host up would fail at, later, fails here.
        host = target.host.encode("idna").decode("ascii")
        port = 443 if target.port is None else target.port
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigError("the API URL is malformed", hint=hint) from error
    if not _HOST.fullmatch(host) or port not in _PORTS or target.userinfo:
        raise ConfigError(
            "the API URL needs a host, a real port if any, and no user name", hint=hint
        )
    if target.scheme == "https" or (target.scheme == "http" and host in _LOOPBACK):
        return target
    raise ConfigError(
        f"{target.scheme}://{host}: the API key is sent over https only", hint=hint
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
    """Return the seconds that a Retry-After header names, or names by a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 1e9)
    until = _until(value, now)
    return None if until is None else max(0.0, until)


def _until(value: str, now: Callable[[], datetime]) -> float | None:
    """Return the seconds until a date in a header; None where it is none."""
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - now()).total_seconds()

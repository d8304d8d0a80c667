"""The HTTP client: one exchange at a time, with rwcap's exceptions."""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from rwcap import __version__
from rwcap.api.address import Address, parse_url
from rwcap.api.http_response import (
    MAX_BODY_BYTES,
    ExchangeError,
    Response,
    TooLongError,
)
from rwcap.api.transport import DirectTransport, NotConnectedError, Transport
from rwcap.api.wire import API_URL, SET_KEY, Reply
from rwcap.core.errors import (
    MORE_FILES,
    ConfigError,
    NoReplyError,
    NotSentError,
    UntrustedServerError,
)
from rwcap.core.text import redact, redactable

if TYPE_CHECKING:
    import ssl

QUERY_TIMEOUT: Final = 30.0
"""Seconds. Longest wait for the reply to a query."""

CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""https://www.python-httpx.org/environment_variables/"""

PROXY_VARIABLES: Final = ("HTTPS_PROXY", "ALL_PROXY")
"""https://www.python-httpx.org/environment_variables/"""

_DATE: Final = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|[+-]0000)"
)
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

_SYSTEM_PROXIES: Final = {"darwin", "win32"}
"""Systems that have proxy settings besides the environment."""

Handler = Callable[[str | None, bytes], Reply]
"""A service in this process. It maps an Authorization header and a body to a reply."""


class Client:
    """A connection to the API, kept open between exchanges.

    Not thread-safe: each thread needs its own client.
    """

    def __init__(  # noqa: PLR0913  # most have defaults
        self,
        *,
        key: str,
        url: str = API_URL,
        timeout: float = 120.0,
        handler: Handler | None = None,
        secrets: Iterable[str] = (),
        key_hint: str = SET_KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a connection. The first request opens it.

        Args:
            key: The API key.
            url: The URL of the API: https, or http on loopback.
            timeout: Longest wait for a reply, in seconds.
            handler: A service in this process that replaces the network.
            secrets: What else a reply may repeat and nobody may read: URLs with tokens,
                and parts of them.
            key_hint: What to do if the service refuses the key.
            now: The current time, to read dates in headers.

        Raises:
            ConfigError: The URL is not allowed, or the proxy or the certificates of
                the environment cannot be used.
        """
        address = parse_url(url)
        self._host = address.netloc
        self._secrets = redactable((key, *secrets, address.target.partition("?")[2]))
        self._timeout = timeout
        self._key_hint = key_hint
        self._now = now
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            # Captions are short, and compressed data can be a bomb.
            "Accept-Encoding": "identity",
            "User-Agent": f"rwcap/{__version__}",
        }
        self._transport = InProcess(handler) if handler else _transport(address, url)

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
        self._transport.close()

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
        try:
            response = self._transport.post(self._headers, body, timeout)
        except NotConnectedError as error:
            raise _not_sent(self._host, _reason(str(error))) from error
        except TimeoutError as error:
            raise NoReplyError(
                f"{self._host} did not reply in time",
                code="timeout",
                hint="run the same command again, or increase --timeout",
            ) from error
        except TooLongError as error:
            raise NoReplyError(
                f"the reply has more than {MAX_BODY_BYTES:,} bytes",
                code="answerTooLong",
                hint="check --api-url",
            ) from error
        except ExchangeError as error:
            reason = self._redacted(_reason(str(error)).encode()).decode()
            raise NoReplyError(
                f"lost the connection to {self._host}: {reason}",
                code="connectionLost",
                hint="run the same command again",
            ) from error
        date = _date(response.headers.get("date", ""))
        return Reply(
            status=response.status,
            body=self._redacted(response.body),
            retry_after=_retry_after(response.headers, self._now),
            clock_ahead=(date - self._now()).total_seconds() if date else None,
            key_hint=self._key_hint,
        )

    def _redacted(self, body: bytes) -> bytes:
        """Return `body` without secrets, in case the service repeats them."""
        for secret in self._secrets:
            body = redact(secret, body)
        return body


class InProcess:
    """A transport to a service in this process."""

    def __init__(self, handler: Handler) -> None:
        """Pass requests to `handler`."""
        self._handler = handler

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float) -> Response:  # noqa: ARG002  # answers at once
        """Return the reply of the service."""
        reply = self._handler(headers["Authorization"], body)
        return Response(reply.status, {}, reply.body)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def ssl_context() -> "ssl.SSLContext":
    """Return the trusted certificates, loaded once for all clients of a run.

    Raises:
        ConfigError: They cannot be loaded.
    """
    try:
        return _load_certificates(*map(os.environ.get, CERTIFICATE_VARIABLES))
    except OSError as error:
        raise ConfigError(
            f"the TLS certificates cannot be loaded: {error}",
            hint="check SSL_CERT_FILE",
        ) from error


@cache
def _load_certificates(file: str | None, folder: str | None) -> "ssl.SSLContext":
    import ssl

    if file or folder:
        capath = None if file else folder
        return ssl.create_default_context(cafile=file or None, capath=capath)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _transport(address: Address, url: str) -> Transport:
    """Return a new connection: without httpx if it needs no proxy.

    Plain HTTP is for loopback only. It needs no proxy and no certificates.
    """
    if not address.secure:
        return DirectTransport(address, None)
    context = ssl_context()
    has_proxy = any(
        value for name, value in os.environ.items() if name.upper() in PROXY_VARIABLES
    )
    if not has_proxy and sys.platform not in _SYSTEM_PROXIES:
        return DirectTransport(address, context)
    from rwcap.api.fallback import ProxyTransport

    try:
        return ProxyTransport(url.strip(), context)
    except ValueError as error:
        raise ConfigError(
            f"the proxy in the environment cannot be used: {error}",
            hint="check HTTPS_PROXY and ALL_PROXY (http and https proxies only)",
        ) from error


def _reason(message: str) -> str:
    """Return the message of an error of the system without its number."""
    return re.sub(r"^\[Errno -?\d+\] ", "", message)


def _not_sent(host: str, reason: str) -> NotSentError:
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return UntrustedServerError(
            f"the certificate of {host} is not trusted",
            code="untrustedCertificate",
            hint="behind a company proxy, set SSL_CERT_FILE to its CA bundle",
        )
    too_many_files = os.strerror(errno.EMFILE) in reason
    network = "check the network, then run the same command again"
    return NotSentError(
        f"cannot connect to {host}: {reason}",
        code="connectionFailed",
        hint=MORE_FILES if too_many_files else network,
    )


def _retry_after(
    headers: Mapping[str, str], now: Callable[[], datetime]
) -> float | None:
    """Return the seconds in a `Retry-After` header, a number or a date.

    A date is of the server's clock, so it is compared with the date of the reply.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 1e9)
    if not (date := _date(value)):
        return None
    sent = _date(headers.get("date", "")) or now()
    return max(0.0, (date - sent).total_seconds())


def _date(value: str) -> datetime | None:
    """Return the date in a header; None if it is not a date.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    """
    if not (found := _DATE.fullmatch(value)):
        return None
    day, month, *rest = found.groups()
    try:
        year, hour, minute, second = map(int, rest)
        number = _MONTHS.index(month) + 1
        return datetime(year, number, int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None

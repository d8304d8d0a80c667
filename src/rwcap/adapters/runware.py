"""The API over HTTP: one exchange at a time, every failure one of ours.

The only module that knows httpx.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from rwcap import __version__
from rwcap.domain.errors import ConfigError, LostError, NotSentError, UntrustedError
from rwcap.domain.wire import Reply

URL: Final = "https://api.runware.ai/v1"
"""https://runware.ai/docs/en/getting-started/how-to-connect"""

CONNECT_TIMEOUT: Final = 10.0
"""Seconds."""

WRITE_TIMEOUT: Final = 60.0
"""Seconds for one piece of the request; a stalled upload ends there."""

REPLY_MAX: Final = 4 * 1024 * 1024
"""Bytes. A caption is a few hundred; what is longer is not one."""

KEY_MIN: Final = 16
"""Characters. Runware's own keys have about twice as many."""

_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}

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
        url: str = URL,
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
        self._now = now
        secure = self._url.startswith("https:")
        try:
            self._http = httpx.Client(
                headers={
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                    "User-Agent": f"rwcap/{__version__}",
                },
                timeout=httpx.Timeout(
                    timeout, connect=CONNECT_TIMEOUT, write=WRITE_TIMEOUT
                ),
                follow_redirects=False,
                # Plain HTTP goes to loopback only, which no proxy should see and
                # which needs no certificates: a context that trusts nobody.
                trust_env=secure,
                verify=True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
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
                hint="check SSL_CERT_FILE and SSL_CERT_DIR",
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

        Raises `NotSentError` or `LostError`, by what is known of the request's fate.
        """
        deadline = monotonic() + self._timeout
        with (
            self._failures(),
            self._http.stream("POST", self._url, content=body) as response,
        ):
            received = bytearray()
            for chunk in response.iter_bytes():
                received += chunk
                if monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer came too slowly")
                if len(received) > REPLY_MAX:
                    raise LostError(
                        f"an answer of more than {REPLY_MAX:,} bytes",
                        code="answerTooLong",
                        hint="check --api-url",
                    )
            return Reply(
                status=response.status_code,
                body=self._redacted(bytes(received)),
                retry_after=_retry_after(response.headers, self._now),
            )

    def _redacted(self, body: bytes) -> bytes:
        """Return `body` without the key, should the service repeat it to us.

        What is shorter than any real key stays, for it may be a common word.
        """
        if len(self._key) < KEY_MIN:
            return body
        return body.replace(self._key.encode(), b"[key]")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn the failures of an exchange into ours."""
        host = urlsplit(self._url).netloc
        try:
            yield
        except _NOT_SENT as error:
            raise _not_sent(host, error) from error
        except httpx.TimeoutException as error:
            raise LostError(
                f"{host} did not answer in time",
                code="timeout",
                hint="run the same command again, or raise --timeout",
            ) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise LostError(
                f"the connection to {host} broke: {error}",
                code="connectionLost",
                hint="run the same command again",
            ) from error


def _check_url(url: str) -> str:
    """Return `url` if the key may be sent there: https, or http on loopback."""
    hint = f"--api-url {URL}"
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ConfigError(f"{url}: not a URL", hint=hint) from error
    if not sound or parts.username or parts.password:
        raise ConfigError(f"{parts.scheme}://...: not an API URL", hint=hint)
    if parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK
    ):
        return url
    raise ConfigError(f"{url}: the API key is sent over https only", hint=hint)


def _not_sent(host: str, error: httpx.HTTPError) -> NotSentError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return UntrustedError(
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
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now()).total_seconds())

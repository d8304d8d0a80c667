"""Tests of the client against a server on loopback."""

import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from rwcap import __version__
from rwcap.api import client as client_module
from rwcap.api import fallback, transport
from rwcap.api.address import parse_url
from rwcap.api.client import Client, _retry_after
from rwcap.api.fallback import ProxyTransport
from rwcap.api.reply import CaptionResult, Pending, decode
from rwcap.api.wire import Reply, encode_query
from rwcap.core.errors import (
    ConfigError,
    NetworkError,
    NoReplyError,
    NotSentError,
    UntrustedServerError,
)
from tests import service as faults
from tests.service import Exchange, Fault, Service, plainly, running

KEY = "sentinel-key-that-nobody-may-print"
UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
CAPTION = (
    b'[{"taskType": "caption", "taskUUID": "%s", "model": "runware:152@1",'
    b' "includeCost": true, "inputs": {"image": "https://example.com/a.jpg"}}]'
) % UUID.encode()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the proxies and certificates of the machine from the environment."""
    for name in (
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def post(service: Service, *, timeout: float = 10.0) -> Reply:
    """Send one caption request."""
    with Client(key=KEY, url=service.url, timeout=timeout) as client:
        return client.post(CAPTION)


@pytest.fixture(params=["direct", "httpx"])
def _each_transport(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have clients use rwcap's own transport, or that of proxies."""
    if request.param == "httpx":
        monkeypatch.setattr(
            client_module,
            "_transport",
            lambda _, url: ProxyTransport(url, ssl.create_default_context()),
        )


each_transport = pytest.mark.usefixtures("_each_transport")


@each_transport
def test_a_request_has_the_key_and_the_version(service: Service) -> None:
    """The headers have bearer authorization, name and version, and JSON."""
    reply = post(service)

    assert isinstance(decode(reply.body, UUID), CaptionResult)
    (headers,) = service.headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"] == f"rwcap/{__version__}"
    assert headers["Content-Type"] == "application/json"


@each_transport
def test_the_connection_is_reused(service: Service) -> None:
    """Three requests use one connection."""
    seen = []

    def note(exchange: Exchange) -> None:
        seen.append(exchange.handler.client_address)
        exchange.send(200, b"{}")

    service.captions += [note] * 3
    with Client(key=KEY, url=service.url) as client:
        for _ in range(3):
            client.post(CAPTION)

    assert len(seen) == 3
    assert len(set(seen)) == 1


@each_transport
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.status(401, "invalidApiKey"), 401),
        (faults.status(402), 402),
        (faults.status(429, "rateLimitExceeded"), 429),
        (faults.status(500), 500),
        (faults.status(503), 503),
        (faults.status(504), 504),
        (faults.redirect, 302),
        (faults.web_page, 200),
    ],
)
def test_every_status_is_returned(service: Service, fault: Fault, status: int) -> None:
    """The client does not judge a reply, and it follows no redirect."""
    service.captions.append(fault)

    assert post(service).status == status
    assert len(service.requests) == 1


@each_transport
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.hang(accepted=False), "timeout"),
        (faults.hang(accepted=True), "timeout"),
        (faults.trickle, "timeout"),
        (faults.drip(b"HTTP/1.1 200 OK\r\n", b"X-Wait: longer\r\n"), "timeout"),
        (faults.drip(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), "timeout"),
        (faults.reset(accepted=False), "connectionLost"),
        (faults.reset(accepted=True), "connectionLost"),
        (faults.flood, "answerTooLong"),
    ],
)
def test_a_missing_reply_leaves_the_outcome_unknown(
    service: Service, fault: Fault, code: str
) -> None:
    """Silence, an endless slow reply, a reset and a huge reply raise `NoReplyError`."""
    service.captions.append(fault)

    with pytest.raises(NoReplyError) as lost:
        post(service, timeout=0.5)

    assert lost.value.code == code


def test_the_deadline_applies_to_tls_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next exchange opens a connection of its own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with (
        running(certificate=authority.issue_cert("127.0.0.1")) as service,
        Client(key=KEY, url=service.url, timeout=0.5) as client,
    ):
        service.captions.append(faults.trickle)
        with pytest.raises(NoReplyError, match="in time"):
            client.post(CAPTION)

        assert client.query(encode_query("getResponse", UUID)).status == 200


@each_transport
def test_a_slow_upload_does_not_count_against_the_timeout(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock starts when the whole request is sent.

    The service lets half a minute pass before it reads a request that is longer than
    the buffers in between.
    """
    is_read = threading.Event()
    service.begin_reading = is_read.set
    monkeypatch.setattr(
        transport, "monotonic", lambda: time.monotonic() + 30.0 * is_read.is_set()
    )
    started: list[bool] = []

    def start_timer(seconds: float, expire: Callable[[], None]) -> threading.Timer:
        started.append(is_read.is_set())
        return threading.Timer(seconds, expire)

    monkeypatch.setattr(fallback, "Timer", start_timer)

    with Client(key=KEY, url=service.url, timeout=20.0) as client:
        reply = client.post(CAPTION + b" " * 20_000_000)

    assert isinstance(decode(reply.body, UUID), CaptionResult)
    assert all(started)


@each_transport
def test_a_truncated_reply_is_returned_unchanged(service: Service) -> None:
    """The decoder handles truncated JSON."""
    service.captions.append(faults.truncate)

    assert post(service).body.startswith(b'{"data": [{')


@each_transport
def test_a_closed_port_raises_not_sent() -> None:
    """No request was sent, so nothing can be charged."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with (
        Client(key=KEY, url=f"http://127.0.0.1:{port}/v1") as client,
        pytest.raises(NotSentError, match="cannot connect") as failed,
    ):
        client.post(CAPTION)

    assert failed.value.retryable


@each_transport
def test_too_many_open_files_are_no_failure_of_the_network(service: Service) -> None:
    """The hint says what to do about them."""
    with Client(key=KEY, url=service.url) as client:
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, allowed[1]))
        try:
            with pytest.raises(NotSentError, match="Too many open files") as failed:
                client.post(CAPTION)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, allowed)

    assert failed.value.hint == "allow more open files: ulimit -n 256"


def test_a_server_without_tls_receives_no_request(service: Service) -> None:
    """The key is not sent."""
    url = service.url.replace("http:", "https:")
    with Client(key=KEY, url=url) as client, pytest.raises(NetworkError):
        client.post(CAPTION)

    assert service.requests == []


def test_an_untrusted_certificate_is_refused() -> None:
    """The key is not sent, and the request is not tried again."""
    authority = trustme.CA()
    with (
        running(certificate=authority.issue_cert("127.0.0.1")) as service,
        Client(key=KEY, url=service.url) as client,
        pytest.raises(UntrustedServerError, match="not trusted") as refused,
    ):
        client.post(CAPTION)

    assert service.requests == []
    assert refused.value.hint
    assert "SSL_CERT_FILE" in refused.value.hint
    assert not refused.value.retryable


def test_ssl_cert_file_adds_a_trusted_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company can use its own authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    seen = []

    def note(exchange: Exchange) -> None:
        seen.append(exchange.handler.client_address)
        plainly(exchange)

    with (
        running(certificate=authority.issue_cert("127.0.0.1")) as service,
        Client(key=KEY, url=service.url) as client,
    ):
        service.captions += [note] * 2
        large = CAPTION + b" " * 3_000_000
        replies = [client.post(large) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 400]  # the UUID is used
    assert len(seen) == 2
    assert len(set(seen)) == 1  # the connection is kept


def test_a_short_key_is_no_secret_in_replies(service: Service) -> None:
    """It can be a common word."""
    service.captions.append(faults.status(400, "x", message="a test"))
    with Client(key="test", url=service.url) as client:
        assert b"a test" in client.post(CAPTION).body


def test_the_key_is_removed_from_replies(service: Service) -> None:
    """Otherwise a message with the key would get into a record."""
    service.captions.append(faults.status(401, "invalidApiKey", message=f"Not {KEY}!"))

    body = post(service).body

    assert KEY.encode() not in body
    assert b"Not [secret]!" in body


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("9" * 400, 1e9),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        (" 7 ", 7.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 32 Nov 2026 12:00:30 GMT", None),
        ("soon", None),
        ("-7", None),
        ("7.5", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, seconds: float | None) -> None:
    """It is a number of seconds or a date. Anything else is ignored."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert _retry_after({"retry-after": header}, lambda: noon) == seconds


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_date_to_return_at_is_of_the_clock_of_the_server(days: int) -> None:
    """A machine whose clock is a day off waits as long as any other."""
    headers = {
        "date": "Sun, 22 Nov 2026 12:00:00 GMT",
        "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT",
    }

    assert (
        _retry_after(headers, lambda: datetime(2026, 11, 22 + days, tzinfo=UTC)) == 30
    )


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9 A-Za-z:+-]{0,30}"))
def test_any_retry_after_is_read(header: str) -> None:
    """No header raises an exception, and no pause is negative."""
    pause = _retry_after({"retry-after": header}, lambda: datetime.now(UTC))

    assert pause is None or pause >= 0


@each_transport
def test_retry_after_reaches_the_reply(service: Service) -> None:
    """The value of the header is in the reply."""
    service.captions.append(faults.status(429, headers={"retry-after": "3"}))

    assert post(service).retry_after == 3.0


@pytest.mark.parametrize(
    "url",
    [
        "http://api.runware.ai/v1",
        "http://127.0.0.1.example.com/v1",
        "ftp://127.0.0.1/",
        "api.runware.ai",
        "https://",
        "https://user:hunter2@example.com/",
        "https://user:hunter2@host:99999999/",
        "http://example.com/?key=hunter2",
        "https://a..b/",
        "https://a\tb/",
        "https://xn--/",
        "https://\u00df\u00df..example/",
        "https://\udcff/",
        "https://host:0/",
        "https://[bad",
        "http://localhost:99999999/",
        "",
    ],
)
def test_the_key_is_never_sent_without_encryption(url: str) -> None:
    """Only loopback needs none. The message does not repeat a password in the URL."""
    with pytest.raises(ConfigError) as refused:
        Client(key=KEY, url=url)

    assert "hunter2" not in refused.value.message
    assert refused.value.hint == "--api-url https://api.runware.ai/v1"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_is_allowed_on_loopback(host: str) -> None:
    """A test server or a local gateway can use it."""
    with Client(key=KEY, url=f"http://{host}:1/v1") as client:
        assert client is not None


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://b\u00fccher.example/v1", "xn--bcher-kva.example", "/v1"),
        ("https://EXAMPLE.com.", "example.com.", "/"),
        ("https://example.com?a=b", "example.com", "/?a=b"),
    ],
)
def test_any_host_can_be_named(url: str, host: str, target: str) -> None:
    """In any alphabet, with or without a path."""
    address = parse_url(url)

    assert (address.host, address.target) == (host, target)


def test_loopback_requests_bypass_the_proxy(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would see the key in plain text."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert post(service).status == 200


def test_hosts_without_a_proxy_are_reached_directly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY names them. The time limit applies there, too."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with (
        running(certificate=authority.issue_cert("127.0.0.1")) as service,
        Client(key=KEY, url=service.url, timeout=0.5) as client,
    ):
        service.captions.append(faults.trickle)
        with pytest.raises(NoReplyError, match="in time"):
            client.post(CAPTION)

        assert client.query(encode_query("getResponse", UUID)).status == 200


def test_a_proxy_is_used_for_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy in this test refuses the connection."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with Client(key=KEY) as client, pytest.raises(NotSentError, match="refused"):
        client.post(CAPTION)


@pytest.mark.parametrize(
    "proxy",
    [
        *("socks5://127.0.0.1:1", "nonsense://x"),
        *("http://user:hush/1@127.0.0.1:1", "nonsense://hush@x"),
    ],
)
def test_an_unsupported_proxy_is_an_error(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """Its password is not told, even where it makes the URL an invalid one."""
    monkeypatch.setenv("ALL_PROXY", proxy)

    with pytest.raises(ConfigError, match="proxy") as refused:
        Client(key=KEY)

    assert refused.value.hint
    assert "HTTPS_PROXY" in refused.value.hint
    assert "hush" not in "".join(format_exception(refused.value))


def test_missing_certificates_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE names a file that does not exist."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")

    with pytest.raises(ConfigError, match="TLS certificates"):
        Client(key=KEY)


def test_a_handler_in_the_process_replaces_the_network() -> None:
    """The sandbox gets the same headers and bodies, without a socket."""
    seen: list[tuple[str | None, bytes]] = []

    def handler(authorization: str | None, body: bytes) -> Reply:
        seen.append((authorization, body))
        return Reply(200, b'{"data": [{"taskUUID": "%s"}]}' % UUID.encode())

    with Client(key=KEY, handler=handler) as client:
        reply = client.post(encode_query("getResponse", UUID))

    assert isinstance(decode(reply.body, UUID), Pending)
    assert seen == [(f"Bearer {KEY}", encode_query("getResponse", UUID))]

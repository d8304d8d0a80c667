"""The real client over a real loopback server."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from rwcap import __version__
from rwcap.api.client import Client, _retry_after
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
from tests.service import Exchange, Fault, Service, running

KEY = "sentinel-key-that-nobody-may-print"
UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
CAPTION = (
    b'[{"taskType": "caption", "taskUUID": "%s", "model": "runware:152@1",'
    b' "includeCost": true, "inputs": {"image": "https://example.com/a.jpg"}}]'
) % UUID.encode()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies and certificates of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def post(service: Service, *, timeout: float = 10.0) -> Reply:
    """Send one request for a caption."""
    with Client(key=KEY, url=service.url, timeout=timeout) as client:
        return client.post(CAPTION)


def test_a_request_carries_the_key_and_says_who_sends_it(service: Service) -> None:
    """Bearer authorization, our name and version, JSON."""
    reply = post(service)

    assert isinstance(decode(reply.body, UUID), CaptionResult)
    (headers,) = service.headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"] == f"rwcap/{__version__}"
    assert headers["Content-Type"] == "application/json"


def test_the_connection_is_kept_for_the_next_request(service: Service) -> None:
    """A thousand captions do not need a thousand handshakes."""
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
def test_every_status_is_an_answer(service: Service, fault: Fault, status: int) -> None:
    """Judging is not the client's business; a redirection is not followed."""
    service.captions.append(fault)

    assert post(service).status == status
    assert len(service.requests) == 1


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
def test_an_answer_that_does_not_come_leaves_the_fate_unknown(
    service: Service, fault: Fault, code: str
) -> None:
    """Silence, a trickle that never ends, a reset, a flood."""
    service.captions.append(fault)

    with pytest.raises(NoReplyError) as lost:
        post(service, timeout=0.5)

    assert lost.value.code == code


def test_a_trickle_over_tls_ends_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next exchange finds a connection of its own."""
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


def test_a_slow_upload_is_not_held_against_the_answer(service: Service) -> None:
    """The clock starts when the whole request is out."""
    service.reading_pause = 1.0
    padding = b" " * 20_000_000  # more than the buffers between the two hold

    with Client(key=KEY, url=service.url, timeout=0.5) as client:
        reply = client.post(CAPTION + padding)

    assert isinstance(decode(reply.body, UUID), CaptionResult)


def test_a_cut_answer_is_passed_on_as_it_is(service: Service) -> None:
    """Half a JSON is for the codec to read, or not."""
    service.captions.append(faults.truncate)

    assert post(service).body.startswith(b'{"data": [{')


def test_a_closed_port_was_never_sent_to() -> None:
    """Nothing can have been charged."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with (
        Client(key=KEY, url=f"http://127.0.0.1:{port}/v1") as client,
        pytest.raises(NotSentError, match="cannot connect") as failed,
    ):
        client.post(CAPTION)

    assert failed.value.retryable


def test_a_server_that_does_not_speak_tls_was_never_sent_to(service: Service) -> None:
    """The key stays here."""
    url = service.url.replace("http:", "https:")
    with Client(key=KEY, url=url) as client, pytest.raises(NetworkError):
        client.post(CAPTION)

    assert service.requests == []


def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    """Before the key is sent, and without another try."""
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


def test_ssl_cert_file_names_who_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's own authority, for one."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with running(certificate=authority.issue_cert("127.0.0.1")) as service:
        assert post(service).status == 200


def test_the_key_is_taken_out_of_what_the_service_repeats(service: Service) -> None:
    """A message with the key in it would end up in a record."""
    service.captions.append(faults.status(401, "invalidApiKey", message=f"Not {KEY}!"))

    body = post(service).body

    assert KEY.encode() not in body
    assert b"Not [key]!" in body


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
        ("soon", None),
        ("-7", None),
        ("7.5", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, seconds: float | None) -> None:
    """Seconds, or a date; what is neither is ignored."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert _retry_after({"Retry-After": header}, lambda: noon) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9 A-Za-z:+-]{0,30}"))
def test_any_retry_after_is_read(header: str) -> None:
    """No header raises, and no pause is negative."""
    pause = _retry_after({"Retry-After": header}, lambda: datetime.now(UTC))

    assert pause is None or pause >= 0


def test_retry_after_reaches_the_reply(service: Service) -> None:
    """From the real header of a real answer."""
    service.captions.append(faults.status(429, headers={"Retry-After": "3"}))

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
        "https://\udcff/",
        "https://host:0/",
        "https://[bad",
        "http://localhost:99999999/",
        "",
    ],
)
def test_the_key_goes_nowhere_without_encryption(url: str) -> None:
    """Loopback excepted; a URL with a password in it is not repeated."""
    with pytest.raises(ConfigError) as refused:
        Client(key=KEY, url=url)

    assert "hunter2" not in refused.value.message
    assert refused.value.hint == "--api-url https://api.runware.ai/v1"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    """For a test server or a gateway of one's own."""
    with Client(key=KEY, url=f"http://{host}:1/v1") as client:
        assert client is not None


def test_a_proxy_never_sees_the_key_on_its_way_to_loopback(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain HTTP goes straight to the port, whatever the environment says."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert post(service).status == 200


def test_a_proxy_is_used_for_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is asked, and here refuses the connection."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with Client(key=KEY) as client, pytest.raises(NotSentError, match="refused"):
        client.post(CAPTION)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://x"])
def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """Kinds of proxies that need more than is installed, for one."""
    monkeypatch.setenv("ALL_PROXY", proxy)

    with pytest.raises(ConfigError, match="proxy") as refused:
        Client(key=KEY)

    assert refused.value.hint
    assert "HTTPS_PROXY" in refused.value.hint


def test_certificates_that_cannot_be_loaded_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE points nowhere."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")

    with pytest.raises(ConfigError, match="TLS certificates"):
        Client(key=KEY)


def test_a_service_in_the_process_is_reached_through_the_same_client() -> None:
    """That is how the sandbox is called: same headers, same codec, no socket."""
    seen: list[tuple[str | None, bytes]] = []

    def handler(authorization: str | None, body: bytes) -> Reply:
        seen.append((authorization, body))
        return Reply(200, b'{"data": [{"taskUUID": "%s"}]}' % UUID.encode())

    with Client(key=KEY, handler=handler) as client:
        reply = client.post(encode_query("getResponse", UUID))

    assert decode(reply.body, UUID) == Pending()
    assert seen == [(f"Bearer {KEY}", encode_query("getResponse", UUID))]

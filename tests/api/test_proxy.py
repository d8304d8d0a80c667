"""A proxy that fails: nothing hangs, and what was never sent is not in doubt."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trustme

from rwcap.api.client import Client
from rwcap.core.errors import NoReplyError, NotSentError
from tests import proxy
from tests import service as faults
from tests.api.test_client import CAPTION, KEY
from tests.proxy import Behaviour
from tests.service import Fault, Service, running
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

Connect: TypeAlias = Callable[[Behaviour, float], AbstractContextManager[Client]]


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Service]":
    """Return a service with TLS, whose authority is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("ALL_PROXY", "NO_PROXY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with running(certificate=authority.issue_cert("127.0.0.1")) as service:
        yield service


@pytest.fixture
def connect(secure: Service, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return a function that opens a client behind a proxy, with a time limit."""

    @contextmanager
    def through(behave: Behaviour, timeout: float) -> "Iterator[Client]":
        with proxy.running(behave) as url:
            monkeypatch.setenv("HTTPS_PROXY", url)
            with Client(key=KEY, url=secure.url, timeout=timeout) as client:
                yield client

    return through


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (proxy.hold, "timed out"),
        (proxy.say(b""), "disconnected"),
        (proxy.say(b"HTTP/1.1 2"), "disconnected"),
        (proxy.say(b"Welcome\r\n\r\n"), "illegal status line"),
        (
            proxy.say(b"HTTP/1.1 407 Credentials, please\r\n\r\n"),
            r"answered 407 \(Proxy Auth",
        ),
        (proxy.say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), r"answered 502 \(Bad Gateway"),
        (proxy.say(b"HTTP/1.1 200 OK\r\n\r\n"), "EOF|closed|reset"),
    ],
)
@pytest.mark.promises("errors")
def test_a_proxy_that_opens_no_tunnel_leaves_nothing_in_doubt(
    secure: Service, connect: Connect, behave: Behaviour, reason: str
) -> None:
    """Silent, closed, refusing or no proxy at all: the request was not sent."""
    with connect(behave, 1.0) as client, pytest.raises(NotSentError, match=reason):
        client.post(CAPTION)

    assert secure.requests == []


@pytest.mark.parametrize(
    "fault", [faults.hang(accepted=True), faults.reset(accepted=True), faults.trickle]
)
@pytest.mark.promises("once")
def test_a_reply_that_is_lost_in_a_tunnel_leaves_the_outcome_unknown(
    secure: Service, connect: Connect, fault: Fault
) -> None:
    """The task may be charged. The next request gets a tunnel of its own."""
    secure.captions.append(fault)
    with connect(proxy.tunnel, 2.0) as client:
        with pytest.raises(NoReplyError):
            client.post(CAPTION)
        again = client.post(CAPTION)

    assert b"conflictTaskUUID" in again.body
    assert secure.bills == 1


def test_the_time_limit_of_an_exchange_ends_with_it(connect: Connect) -> None:
    """That of the tunnel as well, which would cut a later exchange."""
    with connect(proxy.tunnel, 60.0) as client:
        first, second = client.post(CAPTION), client.post(CAPTION)
        wait_until(
            lambda: (
                not any(
                    isinstance(each, threading.Timer) for each in threading.enumerate()
                )
            )
        )

    assert (first.status, second.status) == (200, 400)

"""Connections are opened within a time limit, whatever the resolver does."""

import socket
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from rwcap.api.client import Client
from rwcap.api.connection import Found, connect
from rwcap.core.errors import NotSentError
from tests.api.test_client import CAPTION, KEY

Resolve: TypeAlias = Callable[[Callable[[], Sequence[Found]]], None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Return a function that sets what the system does with a name."""
    real = socket.getaddrinfo

    def set_answer(answer: Callable[[], Sequence[Found]]) -> None:
        def look_up(host: str, port: int, **options: int) -> Sequence[Found]:
            return real(host, port, **options) if "flags" in options else answer()

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return set_answer


def found(port: int) -> Found:
    """Return an address on loopback, as the system finds it."""
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))


def test_a_resolver_that_hangs_is_given_up(resolve: Resolve) -> None:
    """The request was not sent, and the next one looks the name up again."""
    ended = threading.Event()
    asked = []

    def hang() -> Sequence[Found]:
        asked.append(1)
        ended.wait(60)
        return []

    resolve(hang)
    with Client(key=KEY, url="https://api.example", timeout=0.1) as client:
        for _ in range(2):
            with pytest.raises(
                NotSentError, match=r"api\.example could not be looked up"
            ):
                client.post(CAPTION)
    ended.set()

    assert len(asked) == 2


def test_a_resolver_that_hangs_is_given_up_for_a_proxy_too(
    resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the proxy; a proxy without an address is an error at once."""
    ended = threading.Event()

    def hang() -> Sequence[Found]:
        ended.wait(60)
        raise socket.gaierror(-2, "Name or service not known")

    resolve(hang)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    with Client(key=KEY, url="https://api.example", timeout=0.1) as client:
        with pytest.raises(
            NotSentError, match=r"proxy\.example could not be looked up"
        ):
            client.post(CAPTION)
        ended.set()
        with pytest.raises(NotSentError, match=r"api\.example: Name or service not"):
            client.post(CAPTION)


def test_a_name_that_is_unknown_is_an_error(resolve: Resolve) -> None:
    """With the reason that the system gives."""

    def refuse() -> Sequence[Found]:
        raise socket.gaierror(-2, "Name or service not known")

    resolve(refuse)
    with (
        Client(key=KEY, url="https://api.example") as client,
        pytest.raises(NotSentError, match="Name or service not known"),
    ):
        client.post(CAPTION)


def test_the_first_address_that_accepts_is_used(resolve: Resolve) -> None:
    """A host can have several, and some of them can be out of reach."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed, port = unused.getsockname()[1], server.getsockname()[1]
        resolve(lambda: [found(closed), found(port)])
        with connect("api.example", 443, 1.0) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)
        resolve(lambda: [found(closed)] * 2)
        with pytest.raises(ConnectionRefusedError):
            connect("api.example", 443, 1.0)
        resolve(list)
        with pytest.raises(OSError, match="no address"):
            connect("api.example", 443, 1.0)

"""HTTP/1.1 without httpx: any reply of a server, in any pieces."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain, pairwise, repeat
from threading import Event, Thread
from time import monotonic

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.api import http_response
from rwcap.api.address import Address
from rwcap.api.http_response import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    ExchangeError,
    Incoming,
    Response,
    TooLongError,
)
from rwcap.api.transport import DirectTransport, NotConnectedError, Stream

OK = b"HTTP/1.1 200 OK\r\n"
PATIENCE = 10.0


def incoming(connection: socket.socket, deadline: float) -> Incoming:
    """Return what arrives on a connection until a time of the monotonic clock."""
    return Incoming(partial(Stream(connection).receive, deadline))


def read(reply: bytes, *cuts: int) -> tuple[Response, bool]:
    """Return the reply that a server sends in pieces before it closes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ends = sorted({0, *cuts, len(reply)})
        for start, end in pairwise(ends):
            theirs.sendall(reply[start:end])
        theirs.shutdown(socket.SHUT_WR)
        return incoming(ours, monotonic() + PATIENCE).read_response()


@pytest.mark.parametrize(
    ("reply", "status", "body", "keep"),
    [
        (OK + b"Content-Length: 3\r\n\r\nabc", 200, b"abc", True),
        (b"HTTP/1.1 200\nContent-Length:3\n\nabc", 200, b"abc", True),
        (OK + b"content-length: 3\r\nConnection: Close\r\n\r\nabc", 200, b"abc", False),
        (OK + b"Content-Length: 3\r\n\r\nabcd", 200, b"abc", False),
        (OK + b"\r\nto the end", 200, b"to the end", False),
        (OK + b"\r\n" + bytes(70_000), 200, bytes(70_000), False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n", 304, b"", True),
        (
            b"HTTP/1.1 100 Go\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
            200,
            b"",
            True,
        ),
        (
            OK
            + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
            200,
            b"abc",
            True,
        ),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n",
            200,
            b"",
            True,
        ),
    ],
)
def test_a_reply_is_read_in_every_form(
    reply: bytes,
    status: int,
    body: bytes,
    keep: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """With a length, in chunks, until the end, after interim replies."""
    response, kept = read(reply)

    assert (response.status, response.body, kept) == (status, body, keep)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        OK,
        OK + b"Content-Length: 3\r\n\r\nab",
        OK + b"Bad\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nab",
        OK + b"X: " + b"x" * (MAX_HEAD_BYTES + 70_000),
        OK + b"X: 1234567890\r\n" * (MAX_HEAD_BYTES // 10),
    ],
)
def test_what_is_not_a_whole_reply_is_an_error(reply: bytes) -> None:
    """The caption may have been charged, so nothing is guessed."""
    ours, theirs = socket.socketpair()

    def send() -> None:
        with theirs, suppress(OSError):  # the reader gives up early
            theirs.sendall(reply)

    sender = Thread(target=send)
    with ours:
        sender.start()
        with pytest.raises(ExchangeError):
            incoming(ours, monotonic() + PATIENCE).read_response()
    sender.join(PATIENCE)
    assert not sender.is_alive()


@pytest.mark.parametrize(
    "reply",
    [
        OK + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
        OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_BODY_BYTES + 1),
    ],
)
def test_a_body_that_is_too_long_is_not_read(reply: bytes) -> None:
    """A caption has a few hundred bytes."""
    with pytest.raises(TooLongError):
        read(reply)


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;a=bcdefgh\r\nx\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: trailer\r\n"),
    ],
)
def test_what_is_around_a_body_has_an_end(
    head: bytes, again: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a server could send for as long as the timeout."""
    monkeypatch.setattr(http_response, "MAX_REPLY_BYTES", 200_000)
    pieces = chain((head + again,), repeat(again * 1000))

    with pytest.raises(TooLongError):
        Incoming(lambda: next(pieces)).read_response()


def test_the_time_for_a_reply_ends() -> None:
    """Even if bytes are there."""
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        incoming(ours, monotonic() - 1).read_response()


def test_a_body_without_a_length_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other."""
    monkeypatch.setattr(http_response, "MAX_BODY_BYTES", 1000)

    with pytest.raises(TooLongError):
        read(OK + b"\r\n" + b"x" * 1001)


@given(
    body=st.binary(max_size=200),
    status=st.integers(200, 599).filter(lambda number: number not in {204, 304}),
    headers=st.dictionaries(
        st.from_regex(r"x-[a-z]{1,9}", fullmatch=True),
        st.from_regex(r"[!-~]{0,20}", fullmatch=True),
        max_size=4,
    ),
    chunks=st.lists(st.integers(1, 50), max_size=9),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
@example(body=b"abc", status=200, headers={"x-a": "b"}, chunks=[1], cuts=[3])
@example(body=b"abc", status=200, headers={}, chunks=[], cuts=[])
def test_a_reply_is_the_same_in_any_pieces(
    body: bytes,
    status: int,
    headers: dict[str, str],
    chunks: list[int],
    cuts: list[int],
) -> None:
    """Of the network and of the transfer encoding."""
    head = f"HTTP/1.1 {status} Reason\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if chunks:
        ends = sorted({0, *(end for end in chunks if end < len(body)), len(body)})
        parts = [body[a:b] for a, b in pairwise(ends)]
        coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
        head += "Transfer-Encoding: chunked\r\n\r\n"
        reply = head.encode() + coded + b"0\r\n\r\n"
    else:
        reply = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    within = [cut for cut in cuts if cut < len(reply)]

    response, keep = read(reply, *within)

    assert (response.status, response.body, keep) == (status, body, True)
    assert headers.items() <= response.headers.items()


@given(st.sampled_from([OK, b""]), st.binary(max_size=300))
@example(OK, b"\r\n")
@example(b"", b"x")
def test_any_bytes_are_a_reply_or_an_error(status: bytes, noise: bytes) -> None:
    """Nothing else is raised."""
    try:
        response, _ = read(status + noise)
    except ExchangeError:
        return
    assert 200 <= response.status <= 999


@contextmanager
def serving(*answers: Callable[[socket.socket], object]) -> Iterator[Address]:
    """Serve one connection for each answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

        thread = Thread(target=serve)
        thread.start()
        yield Address(False, "127.0.0.1", listener.getsockname()[1], "/v1?a=b")  # noqa: FBT003  # plain HTTP
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_request_names_target_host_and_length() -> None:
    """And has the headers of the caller."""
    received = bytearray()

    def answer(connection: socket.socket) -> None:
        while not received.endswith(b"body"):
            received.extend(connection.recv(1000))
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with serving(answer) as address:
        transport = DirectTransport(address, None)
        transport.post({"X-Own": "yes"}, b"body", PATIENCE)
        transport.close()

    assert bytes(received).split(b"\r\n") == [
        b"POST /v1?a=b HTTP/1.1",
        b"Host: 127.0.0.1:%d" % address.port,
        b"X-Own: yes",
        b"Content-Length: 4",
        b"",
        b"body",
    ]


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_the_server_closed_is_replaced(*, reset: bool) -> None:
    """Before anything is sent on it."""
    may_close, closed = Event(), Event()

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    def answer_and_close(connection: socket.socket) -> None:
        answer(connection)
        linger = struct.pack("ii", reset, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert may_close.wait(PATIENCE)
        connection.close()
        closed.set()

    with serving(answer_and_close, answer) as address:
        transport = DirectTransport(address, None)
        first = transport.post({}, b"", PATIENCE)
        may_close.set()
        assert closed.wait(PATIENCE)
        second = transport.post({}, b"", PATIENCE)
        transport.close()
        transport.close()

    assert (first.status, second.status) == (200, 200)


def test_a_refusal_before_the_end_of_the_request_is_read() -> None:
    """A gateway may answer 413 and close while the image is on its way."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"

    class Refusing(Stream):
        def send(self, _: bytes) -> None:
            raise BrokenPipeError

    ours, theirs = socket.socketpair()
    theirs.sendall(refusal)
    transport = DirectTransport(Address(False, "127.0.0.1", 1, "/"), None)  # noqa: FBT003  # plain HTTP
    transport._stream = Refusing(ours)
    transport._stream.is_idle = lambda: True  # type: ignore[method-assign]  # as before the refusal
    response = transport.post({}, b"x", PATIENCE)
    theirs.close()

    assert (response.status, response.body) == (413, b"no")


def test_a_server_that_speaks_no_tls_is_not_connected() -> None:
    """The socket is closed."""

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answer) as address:
        transport = DirectTransport(address, ssl.create_default_context())
        with pytest.raises(NotConnectedError):
            transport.post({}, b"", PATIENCE)


@pytest.mark.parametrize(
    ("address", "netloc"),
    [
        (Address(True, "example.com", 443, "/"), "example.com"),  # noqa: FBT003  # https
        (Address(True, "example.com", 444, "/"), "example.com:444"),  # noqa: FBT003  # https
        (Address(False, "::1", 80, "/"), "[::1]"),  # noqa: FBT003  # http
    ],
)
def test_the_host_is_named_without_a_default_port(
    address: Address, netloc: str
) -> None:
    """As RFC 9110 wants it."""
    assert address.netloc == netloc

"""Parse a reply of an HTTP/1.1 server (RFC 9112), with limits for its size."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

MAX_HEAD_BYTES: Final = 64 * 1024
"""Bytes of the status line and the headers."""

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Bytes. A caption has a few hundred."""

MAX_REPLY_BYTES: Final = 2 * MAX_BODY_BYTES
"""Bytes of a reply with everything around its body.

There is no other limit for the sizes of chunks, trailers and interim replies.
"""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: .*)?")
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")
_INTERIM: Final = range(100, 200)
_WITHOUT_BODY: Final = {204, 304}


class ExchangeError(Exception):
    """The connection was lost, or the server does not speak HTTP."""


class TooLongError(ExchangeError):
    """The body has more than `MAX_BODY_BYTES`, or the reply `MAX_REPLY_BYTES`."""


class Response(NamedTuple):
    """A reply of an HTTP server."""

    status: int
    headers: Mapping[str, str]
    """The names are in lower case."""
    body: bytes


class Incoming:
    """The bytes of a reply as they arrive."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        """Read a reply by `receive`, which waits for bytes; b"" is the end."""
        self._receive_some = receive
        self._bytes = bytearray()
        self._total = 0

    def read_response(self) -> tuple[Response, bool]:
        """Return the reply, and whether the connection can be used again."""
        status, headers = self._read_head()
        while status in _INTERIM:
            status, headers = self._read_head()
        keep = "close" not in headers.get("connection", "").lower()
        length = headers.get("content-length")
        if status in _WITHOUT_BODY:
            body = b""
        elif "chunked" in headers.get("transfer-encoding", "").lower():
            body = self._read_chunks()
        elif length is None:
            body, keep = self._read_to_end(), False
        elif _LENGTH.fullmatch(length):
            body = self._read(int(length))
        else:
            raise ExchangeError("the reply has an invalid length")
        return Response(status, headers, body), keep and not self._bytes

    def _read_head(self) -> tuple[int, dict[str, str]]:
        """Read the status and the headers."""
        line = _STATUS_LINE.fullmatch(self._read_line())
        if not line:
            raise ExchangeError("the reply is not HTTP")
        headers: dict[str, str] = {}
        size = 0
        while header := self._read_line():
            size += len(header)
            if size > MAX_HEAD_BYTES:
                raise ExchangeError("the headers of the reply are too long")
            name, colon, value = header.decode("latin-1").partition(":")
            if not colon:
                raise ExchangeError("the reply has an invalid header")
            headers[name.lower()] = value.strip()
        return int(line[1]), headers

    def _read_line(self) -> bytes:
        while (end := self._bytes.find(b"\n")) < 0:
            if len(self._bytes) > MAX_HEAD_BYTES:
                raise ExchangeError("the headers of the reply are too long")
            self._receive()
        return self._take(end + 1).rstrip(b"\r\n")

    def _read_chunks(self) -> bytes:
        """Return a body of unknown length (RFC 9112, section 7.1)."""
        body = bytearray()  # a list of small parts would have many times its size
        while True:
            size = _CHUNK_SIZE.fullmatch(self._read_line())
            if not size:
                raise ExchangeError("the reply has an invalid chunk")
            length = int(size[1], 16)
            if not length:
                break
            if len(body) + length > MAX_BODY_BYTES:
                raise TooLongError
            body += self._read(length)
            self._read_line()
        while self._read_line():
            pass  # trailers
        return bytes(body)

    def _read(self, length: int) -> bytes:
        if length > MAX_BODY_BYTES:
            raise TooLongError
        while len(self._bytes) < length:
            self._receive()
        return self._take(length)

    def _read_to_end(self) -> bytes:
        """Return what the server sends before it closes the connection."""
        while len(self._bytes) <= MAX_BODY_BYTES and self._received():
            pass
        if len(self._bytes) > MAX_BODY_BYTES:
            raise TooLongError
        return self._take(len(self._bytes))

    def _take(self, length: int) -> bytes:
        taken = bytes(self._bytes[:length])
        del self._bytes[:length]
        return taken

    def _receive(self) -> None:
        if not self._received():
            raise ExchangeError("the server closed the connection")

    def _received(self) -> bool:
        """Wait for bytes. Return False if the server has closed the connection."""
        received = self._receive_some()
        self._bytes += received
        self._total += len(received)
        if self._total > MAX_REPLY_BYTES:
            raise TooLongError
        return bool(received)

"""A stand-in for the API that is faster than any client: python -m tests.bench.service.

It reads requests without storing them, and answers after a fixed latency.
"""

import argparse
import heapq
import json
import random
import re
import selectors
import socket
import ssl
import time
from collections import deque
from typing import Final

_UUID: Final = re.compile(rb'"taskUUID": ?"([^"]+)"')
_LENGTH: Final = re.compile(rb"content-length: ?(\d+)", re.IGNORECASE)
_START: Final = 1024
"""Bytes that have the head and the UUID."""

_TEXT: Final = "A grey stone harbour wall with three small boats behind it. " * 5


class Connection:
    """The state of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        """Wait for a request."""
        self.socket = connection
        self.head = bytearray()
        self.left = -1
        """Bytes of the body that are not read; -1 before the headers are complete."""


class StandIn:
    """The service."""

    def __init__(
        self, latency: float, busy: float, rate: float, certificate: str
    ) -> None:
        """Answer after `latency` seconds.

        Args:
            latency: Seconds from a request to its reply.
            busy: The share of requests that are refused with 429.
            rate: The requests per second that are not refused. 0 means no limit.
            certificate: A file with a key and certificates for TLS; empty without TLS.
        """
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if certificate:
            self._tls.load_cert_chain(certificate)
        self._is_secure = bool(certificate)
        self._latency = latency
        self._busy = busy
        self._rate = rate
        self._accepted: deque[float] = deque()
        self._random = random.Random(7)  # noqa: S311  # not used for security
        self._buffer = bytearray(1024 * 1024)
        self._replies: list[tuple[float, int, Connection, bytes]] = []
        self._selector = selectors.DefaultSelector()
        self._answered = 0

    def serve(self) -> None:
        """Print the port and serve until the process is ended."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        listener.setblocking(False)  # noqa: FBT003  # its name in socket
        print(listener.getsockname()[1], flush=True)
        self._selector.register(listener, selectors.EVENT_READ)
        while True:
            wait = self._replies[0][0] - time.monotonic() if self._replies else None
            for key, _ in self._selector.select(wait if wait is None else max(0, wait)):
                if key.data is None:
                    self._accept(listener)
                else:
                    self._read(key.data)
            now = time.monotonic()
            while self._replies and self._replies[0][0] <= now:
                _, _, connection, reply = heapq.heappop(self._replies)
                connection.socket.sendall(reply)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._is_secure:
            connection = self._tls.wrap_socket(connection, server_side=True)
            connection.setblocking(False)  # noqa: FBT003  # as above
        self._selector.register(
            connection, selectors.EVENT_READ, Connection(connection)
        )

    def _read(self, connection: Connection) -> None:
        """Read what has arrived; of TLS, also what the socket has decrypted already."""
        self._read_some(connection)
        while self._is_secure and self._has_more(connection.socket):
            self._read_some(connection)

    @staticmethod
    def _has_more(connection: socket.socket) -> bool:
        return isinstance(connection, ssl.SSLSocket) and connection.pending() > 0

    def _read_some(self, connection: Connection) -> None:
        try:
            count = connection.socket.recv_into(self._buffer)
        except ssl.SSLWantReadError:
            return
        except ConnectionError:
            count = 0
        if not count:
            self._selector.unregister(connection.socket)
            connection.socket.close()
            return
        if connection.left >= 0:
            connection.left -= count
            if len(connection.head) < _START:  # the head came alone
                connection.head += self._buffer[: min(count, _START)]
        else:
            connection.head += self._buffer[:count]
            end = connection.head.find(b"\r\n\r\n")
            found = _LENGTH.search(connection.head)
            if end < 0 or not found:
                return
            connection.left = int(found[1]) - (len(connection.head) - end - 4)
        if connection.left <= 0:
            self._reply(connection)

    def _reply(self, connection: Connection) -> None:
        found = _UUID.search(connection.head)
        connection.head, connection.left = bytearray(), -1
        status, body = self._answer(found[1].decode() if found else "")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._answered += 1
        due = time.monotonic() + self._latency
        reply = head.encode() + body
        heapq.heappush(self._replies, (due, self._answered, connection, reply))

    def _answer(self, uuid: str) -> tuple[str, bytes]:
        now = time.monotonic()
        while self._accepted and self._accepted[0] < now - 1:
            self._accepted.popleft()
        over = self._rate and len(self._accepted) >= self._rate
        if over or self._random.random() < self._busy:
            error = {"code": "rateLimitExceeded", "message": "busy", "taskUUID": uuid}
            return "429 Too Many Requests", json.dumps({"errors": [error]}).encode()
        self._accepted.append(now)
        data = {"taskType": "caption", "taskUUID": uuid, "text": _TEXT, "cost": 0.0013}
        return "200 OK", json.dumps({"data": [data]}).encode()


def main() -> None:
    """Serve with the options of the command line."""
    parser = argparse.ArgumentParser()
    for option in ("--latency", "--busy", "--rate"):
        parser.add_argument(option, type=float, default=0.0)
    parser.add_argument("--certificate", default="")
    given = parser.parse_args()
    StandIn(given.latency, given.busy, given.rate, given.certificate).serve()


if __name__ == "__main__":
    main()

"""The sandbox behind a real HTTP server on loopback, with faults to order."""

import base64
import json
import socket
import ssl
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import Reply
from tests import draw


class Exchange:
    """One request under way, and what a fault can do with it."""

    def __init__(self, service: "Service", handler: BaseHTTPRequestHandler) -> None:
        """Read the request."""
        self.service = service
        self.handler = handler
        service.begin_reading()
        length = int(handler.headers["Content-Length"])
        self.body = handler.rfile.read(length)

    def accept(self) -> Reply:
        """Have the sandbox answer, which charges for a caption."""
        return self.service.sandbox.handle(
            self.handler.headers["Authorization"], self.body
        )

    def send(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send an answer."""
        self.handler.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.handler.send_header(key, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def reset(self) -> None:
        """Cut the connection so that the other side reads a reset."""
        self.handler.close_connection = True
        self.handler.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.handler.connection.close()


Fault = Callable[[Exchange], None]


def plainly(exchange: Exchange) -> None:
    """Have the sandbox answer in its own words."""
    reply = exchange.accept()
    exchange.send(reply.status, reply.body)


def status(
    code: int,
    error: str | None = None,
    *,
    message: str = "as ordered",
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Refuse with an HTTP status, with an error object or as a web page."""

    def fault(exchange: Exchange) -> None:
        if error is None:
            exchange.send(code, b"<html><h1>Sorry</h1></html>", headers)
        else:
            envelope = {"data": [], "errors": [{"code": error, "message": message}]}
            exchange.send(code, json.dumps(envelope).encode(), headers)

    return fault


def answer(change: Callable[[dict[str, Any]], object]) -> Fault:
    """Accept, and change the envelope before it is sent."""

    def fault(exchange: Exchange) -> None:
        envelope = json.loads(exchange.accept().body)
        change(envelope)
        exchange.send(200, json.dumps(envelope).encode())

    return fault


def caption(text: str, *, cost: object = 0.0013) -> Fault:
    """Accept, and answer with this text."""
    return answer(lambda envelope: envelope["data"][0].update(text=text, cost=cost))


def numbered(exchange: Exchange) -> None:
    """Accept, and answer with the number of the snapshot, and its prompt if any."""
    (task,) = json.loads(exchange.body)
    image = task["inputs"]["image"]
    if not image.startswith("http"):
        image = draw.number_of(base64.b64decode(image.partition(",")[2] or image))
    words = f"Picture {image}."
    if "prompt" in task:
        words += f" {task['prompt']}"
    reply = exchange.accept()
    envelope = json.loads(reply.body)
    for answered in envelope["data"]:
        answered["text"] = words
    exchange.send(reply.status, json.dumps(envelope).encode())


def pictured(*texts: str | tuple[str, ...]) -> Fault:
    """Accept, and answer each snapshot with its text, or its texts in turn.

    The first text belongs to the snapshot 1. After the last text of a snapshot, that
    comes again.
    """
    asked: Counter[int] = Counter()

    def fault(exchange: Exchange) -> None:
        (task,) = json.loads(exchange.body)
        image = base64.b64decode(task["inputs"]["image"].partition(",")[2])
        number = draw.number_of(image)
        found = texts[number - 1]
        turn = (found,) if isinstance(found, str) else found
        words = turn[min(asked[number], len(turn) - 1)]
        asked[number] += 1
        caption(words)(exchange)

    return fault


def hold(until: threading.Event) -> Fault:
    """Wait, and answer as `numbered` then."""

    def fault(exchange: Exchange) -> None:
        until.wait(60)
        numbered(exchange)

    return fault


def hang(*, accepted: bool) -> Fault:
    """Say nothing until the test ends."""

    def fault(exchange: Exchange) -> None:
        if accepted:
            exchange.accept()
        exchange.service.ended.wait(60)
        exchange.reset()

    return fault


def reset(*, accepted: bool) -> Fault:
    """Cut the connection before or after the task was accepted."""

    def fault(exchange: Exchange) -> None:
        if accepted:
            exchange.accept()
        exchange.reset()

    return fault


def truncate(exchange: Exchange) -> None:
    """Accept, and stop in the middle of the JSON."""
    body = exchange.accept().body
    exchange.send(200, body[: len(body) // 2])


def web_page(exchange: Exchange) -> None:
    """Accept, and answer like a portal or a gateway."""
    exchange.accept()
    exchange.send(200, b"<!doctype html><title>Welcome</title>")


def redirect(exchange: Exchange) -> None:
    """Send the client elsewhere."""
    exchange.send(302, b"", {"Location": "http://127.0.0.1:1/elsewhere"})


def trickle(exchange: Exchange) -> None:
    """Accept, and send the answer so slowly that it never ends."""
    exchange.accept()
    exchange.handler.send_response(200)
    exchange.handler.send_header("Content-Length", "100000")
    exchange.handler.end_headers()
    while not exchange.service.ended.wait(0.05):
        exchange.handler.wfile.write(b" ")


def drip(first: bytes, again: bytes) -> Fault:
    """Accept, and never come to the end of the headers."""

    def fault(exchange: Exchange) -> None:
        exchange.accept()
        exchange.handler.wfile.write(first)
        while not exchange.service.ended.wait(0.05):
            exchange.handler.wfile.write(again)

    return fault


def flood(exchange: Exchange) -> None:
    """Accept, and send more than any answer has."""
    exchange.accept()
    exchange.send(200, b" " * 5_000_000)


class Service:
    """What a test knows of the server: its address, its bills, what it was asked."""

    def __init__(self, url: str) -> None:
        """Serve at `url`."""
        self.url = url
        self.sandbox = Sandbox()
        self.ended = threading.Event()
        self.captions: deque[Fault] = deque()
        """Faults for the next requests for a caption, in order."""
        self.otherwise: Fault = plainly
        """What happens to every other request for a caption."""
        self.queries: deque[Fault] = deque()
        """Faults for the next requests that ask what became of one."""
        self.queried: Fault = plainly
        """What happens to every other request that asks what became of one."""
        self.requests: list[dict[str, Any]] = []
        """Every task received."""
        self.headers: list[dict[str, str]] = []
        self.begin_reading: Callable[[], object] = lambda: None
        """Called before the body of a request is read."""

    @property
    def bills(self) -> int:
        """How many captions were charged."""
        return self.sandbox.tasks.total_charged()[0]

    def serve(self, exchange: Exchange) -> None:
        """Answer a request, or do to it what was ordered."""
        (task,) = json.loads(exchange.body)
        self.requests.append(task)
        self.headers.append(dict(exchange.handler.headers))
        wanted = task["taskType"] == "caption"
        faults = self.captions if wanted else self.queries
        fault = self.otherwise if wanted else self.queried
        with suppress(IndexError):  # others are served at the same time
            fault = faults.popleft()
        fault(exchange)


@contextmanager
def running(certificate: trustme.LeafCert | None = None) -> Iterator[Service]:
    """Serve on a free port of loopback; ordered faults must all have happened."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the name that http.server calls
            service.serve(Exchange(service, self))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # theirs
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: a client that goes away is part of many tests."""

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        # The thread of a connection waits for its client, and not that of all.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    service = Service(f"{scheme}://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        service.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
        service.sandbox.tasks.close()
    assert not service.captions, "faults that were ordered did not happen"
    assert not service.queries, "faults that were ordered did not happen"

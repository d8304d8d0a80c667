"""A proxy on loopback that opens tunnels, or fails to."""

import random
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeAlias

Behaviour: TypeAlias = Callable[[socket.socket, socket.socket], None]
"""What is done with a client that has asked for a tunnel, and its destination."""


def tunnel(client: socket.socket, server: socket.socket) -> None:
    """Pass on all bytes in both directions."""
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
    back.start()
    _pass_on(client, server)
    back.join()


def say(reply: bytes) -> Behaviour:
    """Reply, and close the connection."""
    return lambda client, _: client.sendall(reply)


def lead_to(port: int) -> Behaviour:
    """Pass on all bytes to and from another server on loopback."""

    def elsewhere(client: socket.socket, _: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as other:
            tunnel(client, other)

    return elsewhere


def end_after(size: int) -> Behaviour:
    """Pass on this many bytes of the destination, and close the connection."""

    def limited(client: socket.socket, server: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        there = threading.Thread(target=_pass_on, args=(client, server), daemon=True)
        there.start()
        left = size
        while left and (data := server.recv(left)):
            client.sendall(data)
            left -= len(data)
        client.shutdown(socket.SHUT_RDWR)
        there.join()

    return limited


def by_chance(share: float, faults: Sequence[Behaviour], *, seed: int) -> Behaviour:
    """Do one of the faults to this share of the tunnels, by a seed."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    lock = threading.Lock()

    def behave(client: socket.socket, server: socket.socket) -> None:
        with lock:
            chosen = dice.choice(faults) if dice.random() < share else tunnel
        chosen(client, server)

    return behave


def hold(client: socket.socket, _: socket.socket) -> None:
    """Say nothing until the client goes away."""
    client.recv(1)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):  # after a reset, too: the other side waits for an end
        target.shutdown(socket.SHUT_WR)


@contextmanager
def running(behave: Behaviour) -> Iterator[str]:
    """Serve on a free port of loopback. Yield the URL of the proxy."""

    def serve(client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            _, address, _ = lines.readline().split()
            while lines.readline().strip():
                pass
            host, _, port = address.decode().rpartition(":")
            with (
                suppress(OSError),  # a client that goes away is part of many tests
                socket.create_connection((host, int(port))) as server,
            ):
                behave(client, server)

    def accept() -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                threading.Thread(target=serve, args=listener.accept()[:1]).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()

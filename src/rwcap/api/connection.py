"""Open a TCP connection, each step of it within a time limit.

The resolver of the system has a time limit of its own, which can be minutes. So a name
is looked up in a thread, and nobody waits for it after the limit.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from threading import Thread
from typing import TypeAlias

from rwcap.api.waiting import WAKE_INTERVAL

_Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Found: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Address]
"""A result of `socket.getaddrinfo`: family, type, protocol, name and address."""


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """Return a connection to the first address of a host that accepts one.

    Args:
        host: A name or an address.
        port: A port.
        seconds: The limit for the look-up, and for each address.

    Raises:
        OSError: There is no connection.
        UnicodeError: The name is not that of a host.
    """
    failure = OSError("the name has no address")
    for family, kind, protocol, _, address in look_up(host, port, seconds):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(seconds)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def look_up(host: str, port: int, seconds: float) -> Sequence[Found]:
    """Return the addresses of a host. Only a name can take time, not an address.

    Args:
        host: A name or an address.
        port: A port.
        seconds: The limit.

    Raises:
        OSError: The name has no address, or was not looked up in time.
        UnicodeError: The name is not that of a host.
    """
    with suppress(OSError):
        return socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    found: list[Found] = []
    failures: list[Exception] = []

    def ask_system() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = Thread(target=ask_system, daemon=True)
    thread.start()
    for _ in range(ceil(seconds / WAKE_INTERVAL)):  # so that a signal can end the wait
        thread.join(min(seconds, WAKE_INTERVAL))
    if thread.is_alive():
        raise TimeoutError(f"the name {host} could not be looked up in time")
    if failures:
        raise failures[0]
    return found

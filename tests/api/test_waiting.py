"""Long waits consist of short ones, so that signals are handled in time."""

import socket
from select import select
from typing import TypeAlias

import pytest

from rwcap.api import transport, waiting
from rwcap.api.transport import Stream
from rwcap.api.waiting import WAKE_INTERVAL

Sockets: TypeAlias = list[socket.socket]

LONG = 2.4 * WAKE_INTERVAL
"""Seconds: two whole waits, and a part of one."""

PARTS = [WAKE_INTERVAL, WAKE_INTERVAL, pytest.approx(0.4 * WAKE_INTERVAL)]


class Clock:
    """A clock that only waits move on."""

    def __init__(self) -> None:
        """Start at an hour like any other."""
        self.now = 1000.0
        self.waits: list[float] = []
        """The seconds of each wait."""

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait for this long."""
        self.waits.append(seconds)
        self.now += seconds


def test_a_sleep_consists_of_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes as long as it should."""
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)

    waiting.sleep(LONG)
    waiting.sleep(-1.0)

    assert clock.waits == PARTS


def test_waiting_for_a_reply_consists_of_short_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bytes that come between two of them are received; else the time limit holds."""
    clock = Clock()

    def noted(
        reading: Sockets, writing: Sockets, failing: Sockets, seconds: float
    ) -> tuple[Sockets, Sockets, Sockets]:
        clock.sleep(seconds)
        if len(clock.waits) == 3:
            theirs.sendall(b"late")
        return select(reading, writing, failing, 0)

    monkeypatch.setattr(transport, "select", noted)
    monkeypatch.setattr(transport, "monotonic", clock.monotonic)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(ours)
        assert stream.receive(clock.now + 30) == b"late"
        with pytest.raises(TimeoutError):
            stream.receive(clock.now + LONG)

    assert clock.waits == [WAKE_INTERVAL] * 3 + PARTS

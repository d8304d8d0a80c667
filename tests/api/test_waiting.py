"""Long waits consist of short ones, so that signals are handled in time."""

import fcntl
import os
import resource
import socket
from selectors import EVENT_READ, EVENT_WRITE

import pytest

from rwcap.api import transport, waiting
from rwcap.api.transport import Stream
from rwcap.api.waiting import WAKE_INTERVAL, is_ready

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

    def noted(file: socket.socket, event: int, seconds: float) -> bool:
        clock.sleep(seconds)
        if len(clock.waits) == 3:
            theirs.sendall(b"late")
        return is_ready(file, event, 0)

    monkeypatch.setattr(transport, "is_ready", noted)
    monkeypatch.setattr(transport, "monotonic", clock.monotonic)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(ours)
        assert stream.receive(clock.now + 30) == b"late"
        with pytest.raises(TimeoutError):
            stream.receive(clock.now + LONG)

    assert clock.waits == [WAKE_INTERVAL] * 3 + PARTS


@pytest.mark.promises("errors", "waits")
def test_any_number_of_files_can_be_open() -> None:
    """`select` refuses descriptors from 1024 on."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2_000, most), most))
    reader, writer = os.pipe()
    high = fcntl.fcntl(reader, fcntl.F_DUPFD, 1_500)
    try:
        assert not is_ready(high, EVENT_READ, 0)
        os.write(writer, b"x")
        assert is_ready(high, EVENT_READ, 0)
        assert is_ready(writer, EVENT_WRITE, 0)
    finally:
        for each in (reader, writer, high):
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))

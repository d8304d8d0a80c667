"""Long waits consist of short ones, so that signals are handled in time."""

import socket
import time
from select import select
from typing import TypeAlias

import pytest

from rwcap.api import transport, waiting
from rwcap.api.transport import Stream

Sockets: TypeAlias = list[socket.socket]


def test_a_sleep_consists_of_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes as long as it should."""
    parts: list[float] = []
    really = time.sleep

    def noted(seconds: float) -> None:
        parts.append(seconds)
        really(seconds)

    monkeypatch.setattr(time, "sleep", noted)
    monkeypatch.setattr(waiting, "WAKE_INTERVAL", 0.01)
    began = time.monotonic()

    waiting.sleep(0.05)
    waiting.sleep(-1.0)

    assert time.monotonic() - began >= 0.05
    assert len(parts) >= 3
    assert max(parts) <= 0.01


def test_waiting_for_a_reply_consists_of_short_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bytes that come between two of them are received; else the time limit holds."""
    waits: list[float] = []

    def noted(
        reading: Sockets, writing: Sockets, failing: Sockets, seconds: float
    ) -> tuple[Sockets, Sockets, Sockets]:
        waits.append(seconds)
        if len(waits) == 3:
            theirs.sendall(b"late")
        return select(reading, writing, failing, seconds)

    monkeypatch.setattr(transport, "select", noted)
    monkeypatch.setattr(transport, "WAKE_INTERVAL", 0.01)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(ours)
        assert stream.receive(time.monotonic() + 30) == b"late"
        with pytest.raises(TimeoutError):
            stream.receive(time.monotonic() + 0.05)

    assert len(waits) >= 6
    assert max(waits) <= 0.01

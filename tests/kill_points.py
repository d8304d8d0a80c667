"""Run rwcap, and end it at a chosen place, by SIGKILL or more gently.

`python -m tests.kill_points PLACE COUNT ENDING -- ARGUMENTS` runs `rwcap ARGUMENTS`, to
which ENDING happens when it reaches PLACE for the COUNT-th time. PLACE can be several
places, separated by commas, or NOWHERE. The pauses between attempts are shortened.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import repeat
from pathlib import Path
from sqlite3 import Connection
from threading import Lock
from types import ModuleType
from typing import Final, TypeAlias

from rwcap import __main__ as entry_point
from rwcap.api.client import Client
from rwcap.api.http_response import Incoming
from rwcap.api.retry import MAX_RETRY_AFTER, RetryPolicy
from rwcap.api.transport import DirectTransport
from rwcap.cli.terminal import messages
from rwcap.ledger.database import schema
from rwcap.ledger.database.connection import Write, Writer
from rwcap.ledger.purchases import Purchases
from rwcap.outputs import atomic, embedded
from rwcap.outputs.embedded import EmbeddedMetadata
from rwcap.outputs.records import record_file
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.text_files import TextFiles
from rwcap.outputs.xmp_files import XmpFiles
from rwcap.usecases.batch.pace import Pace

NOWHERE: Final = "nowhere"


def _raise_signal(number: int) -> None:  # pragma: no cover  # the process ends
    os.kill(os.getpid(), number)


def _interrupt_twice() -> None:  # pragma: no cover  # the process ends by a signal
    """Press Ctrl-C, and again after a second or more."""
    _raise_signal(signal.SIGINT)
    time.sleep(1.1)
    _raise_signal(signal.SIGINT)


def _close_stdout() -> None:  # pragma: no cover  # the process ends by SIGPIPE
    """Have nobody read what is printed from now on."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, sys.stdout.fileno())


CLOSED_STDOUT: Final = "closed stdout"

ENDINGS: Final[dict[str, Callable[[], None]]] = {
    "SIGKILL": partial(_raise_signal, signal.SIGKILL),
    "SIGTERM": partial(_raise_signal, signal.SIGTERM),
    "SIGINT": partial(_raise_signal, signal.SIGINT),
    "SIGINT twice": _interrupt_twice,
    "SIGHUP": partial(_raise_signal, signal.SIGHUP),
    CLOSED_STDOUT: _close_stdout,
}


class KillPoint:
    """Ends the process when it reaches a place for the COUNT-th time."""

    def __init__(self, count: int, ending: str) -> None:
        """Let the process pass the place `count - 1` times."""
        self._left = count
        self._end = ENDINGS[ending]
        self._lock = Lock()

    def reach(self) -> None:
        """Count one visit; at the last one, end the process."""
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last:  # pragma: no cover  # the process ends here
            self._end()


Target: TypeAlias = type | ModuleType


def _kill_before(owner: Target, name: str, kill_point: KillPoint) -> None:
    """Kill the process before a call of a function."""
    real = getattr(owner, name)

    def counted(*arguments: object, **named: object) -> object:
        kill_point.reach()
        return real(*arguments, **named)

    setattr(owner, name, counted)


def _kill_after(owner: Target, name: str, kill_point: KillPoint) -> None:
    """Kill the process after a call of a function."""
    real = getattr(owner, name)

    def counted(*arguments: object, **named: object) -> object:
        result = real(*arguments, **named)
        kill_point.reach()
        return result

    setattr(owner, name, counted)


def _kill_after_commit(owner: Target, name: str, kill_point: KillPoint) -> None:
    """Have death wait after the commit of a write."""
    real = getattr(owner, name)

    def doomed(*arguments: object) -> Write[object]:
        write: Write[object] = real(*arguments)
        write.result()
        kill_point.reach()
        return write

    setattr(owner, name, doomed)


def _kill_in_transaction(statement: str, kill_point: KillPoint) -> None:
    """Kill the process before an SQL statement that begins with `statement`."""
    real = schema.connect

    def counted(path: Path) -> Connection:
        def trace(sql: str) -> None:
            if sql.startswith(statement):
                kill_point.reach()

        connection = real(path)
        connection.set_trace_callback(trace)
        return connection

    _replace(schema, "connect", counted)


def _kill_half_way(owner: ModuleType, kill_point: KillPoint) -> None:
    """Kill the process after it has written the first half of some bytes."""
    real = atomic.write_all

    def counted(descriptor: int, data: bytes) -> None:
        half = len(data) // 2
        real(descriptor, data[:half])
        kill_point.reach()
        real(descriptor, data[half:])

    _replace(owner, "write_all", counted)


def _replace(owner: Target, name: str, value: object) -> None:
    setattr(owner, name, value)


KILL_POINTS: Final[dict[str, Callable[[KillPoint], None]]] = {
    "before the row": partial(_kill_before, Purchases, "begin_reserve"),
    "after the row": partial(_kill_after_commit, Purchases, "begin_reserve"),
    "before the request": partial(_kill_before, Client, "post"),
    "request sent": partial(_kill_after, DirectTransport, "_send"),
    "answer coming": partial(_kill_after, Incoming, "_read_head"),
    "after the answer": partial(_kill_after, Client, "post"),
    "before settling": partial(_kill_before, Purchases, "begin_settle"),
    "after settling": partial(_kill_after_commit, Purchases, "begin_settle"),
    "before the sidecar": partial(_kill_before, TextFiles, "write"),
    "half a sidecar": partial(_kill_half_way, atomic),
    "before the rename": partial(_kill_before, Path, "replace"),
    "after the sidecar": partial(_kill_after, TextFiles, "write"),
    "before the record": partial(_kill_before, RecordFile, "append"),
    "half a record": partial(_kill_half_way, record_file),
    "after the record": partial(_kill_after, RecordFile, "append"),
    "any statement": partial(_kill_in_transaction, ""),
    "before a commit": partial(_kill_in_transaction, "COMMIT"),
    "after a commit": partial(_kill_after, Writer, "_commit"),
}

LAST_POINTS: Final[dict[str, Callable[[KillPoint], None]]] = {
    "before the report of an error": partial(_kill_before, messages, "report_failure"),
    "before the end": partial(_kill_after, entry_point, "_stop_handling_signals"),
}
"""Places that a run reaches once, when its work is done."""

EMBED_KILL_POINTS: Final[dict[str, Callable[[KillPoint], None]]] = {
    "before embedding": partial(_kill_before, EmbeddedMetadata, "write"),
    "before the check": partial(_kill_before, embedded, "differs_only_in"),
    "after the check": partial(_kill_after, embedded, "differs_only_in"),
    "after the backup": partial(_kill_after, embedded, "write_backup"),
    "after embedding": partial(_kill_after, EmbeddedMetadata, "write"),
    "before the XMP file": partial(_kill_before, XmpFiles, "write"),
    "after the XMP file": partial(_kill_after, XmpFiles, "write"),
}
"""Places that only a run reaches that writes XMP and backups."""


def _shorten_pauses() -> None:
    """Wait for moments, but give up at once where the real wait would be too long."""
    delay, hold = RetryPolicy.delay, Pace.hold

    def moment(
        policy: RetryPolicy, attempt: int, random: float, retry_after: float | None
    ) -> float:
        seconds = delay(policy, attempt, random, retry_after)
        return seconds if seconds > MAX_RETRY_AFTER else 0.01

    _replace(RetryPolicy, "delay", moment)
    _replace(RetryPolicy, "poll_intervals", lambda _: repeat(0.01))
    _replace(Pace, "hold", lambda pace, seconds: hold(pace, min(seconds, 0.01)))


def main() -> None:
    """Run rwcap until it ends or is ended."""
    places, count, ending, _, *arguments = sys.argv[1:]
    kill_point = KillPoint(int(count), ending)
    for place in places.split(","):
        if place != NOWHERE:
            (KILL_POINTS | EMBED_KILL_POINTS | LAST_POINTS)[place](kill_point)
    _shorten_pauses()
    sys.argv = ["rwcap", *arguments]
    entry_point.main()


if __name__ == "__main__":
    main()

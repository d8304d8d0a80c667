"""Progress of a batch on standard error: a live display or periodic lines."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Final

from rwcap.cli.terminal import messages
from rwcap.core.money import format_price
from rwcap.core.record import Record, RecordStatus
from rwcap.core.text import display_name, for_terminal, one_line
from rwcap.outputs.report import RunStatistics

if TYPE_CHECKING:
    from rich.text import Text

LINE_INTERVAL: Final = 30.0
"""Seconds between two lines without a live display."""

REFRESH_INTERVAL: Final = 1 / 8
"""Seconds between two frames of the live display."""

RATE_WINDOW: Final = 30.0
"""Seconds over which the rate is measured."""

MAX_CAPTIONS: Final = 3
"""The number of captions in the live display."""


class ProgressView:
    """Shows records and messages of a run, on the live display if there is one."""

    def __init__(
        self, display: "LiveDisplay | None" = None, *, quiet: bool = False
    ) -> None:
        """Show captions on `display`; print no messages if `quiet`."""
        self._display = display
        self._quiet = quiet

    def add_record(self, record: Record) -> None:
        """Show a record that the statistics already count."""
        if self._display:
            self._display.add_record(record)

    @property
    def is_live(self) -> bool:
        """Whether there is a live display."""
        return self._display is not None

    def say(self, message: str) -> None:
        """Print a message above the display. Threadsafe."""
        if not self._quiet:
            with self.hidden():
                messages.say(message)

    def hidden(self) -> AbstractContextManager[None]:
        """Hide the display while lines are written to the terminal."""
        return self._display.hidden() if self._display else nullcontext()


@contextmanager
def show_progress(
    statistics: RunStatistics,
    *,
    now: Callable[[], float],
    total: Callable[[], int | None],
) -> Iterator[ProgressView]:
    """Show the progress of the run that `statistics` counts.

    Args:
        statistics: The counts of the run.
        now: A monotonic clock, in seconds. Called by another thread.
        total: Returns the expected number of records; None while it is unknown.
            Called by another thread.
    """
    if messages.verbosity.get() < 0:
        yield ProgressView(quiet=True)
        return
    line = ProgressLine(statistics, now, total)
    if not messages.is_live():
        with _repeat_every(LINE_INTERVAL, lambda: messages.say(line.format())):
            yield ProgressView()
        return
    with (
        closing(LiveDisplay(line)) as display,
        _repeat_every(REFRESH_INTERVAL, display.refresh),
    ):
        yield ProgressView(display)


class ProgressLine:
    """One line: images done, money spent, images per second and time left."""

    def __init__(
        self,
        statistics: RunStatistics,
        now: Callable[[], float],
        total: Callable[[], int | None],
    ) -> None:
        """Describe the run that `statistics` counts."""
        self._statistics = statistics
        self._now = now
        self._total = total
        self._samples = deque([(now(), statistics.bought)])

    def format(self) -> str:
        """Return the line."""
        statistics, total, rate = self._statistics, self._total(), self._rate()
        done = (
            f"{statistics.total:,}"
            if total is None
            else f"{statistics.total:,} of {total:,}"
        )
        parts = [f"{done} done"]
        if statistics.failed:
            parts.append(f"{statistics.failed:,} failed")
        parts.append(format_price(statistics.spent))
        if statistics.unknown_costs:
            parts.append(f"{statistics.unknown_costs:,} with unknown cost")
        if rate:
            parts.append(format_rate(rate))
            if total is not None and statistics.total < total:
                parts.append(
                    f"{format_duration((total - statistics.total) / rate)} left"
                )
        return ", ".join(parts)

    def _rate(self) -> float:
        """Return the number of captions bought per second; cached ones do not count."""
        now, bought = self._now(), self._statistics.bought
        self._samples.append((now, bought))
        while self._samples[1][0] <= now - RATE_WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        return (bought - before) / (now - since) if now > since else 0.0


class LiveDisplay:
    """The progress line and the newest captions, redrawn in place.

    `rich.live.Live` does not fit: it would have to stop and start for each message
    and each line of data on the same terminal.
    """

    def __init__(self, line: ProgressLine) -> None:
        """Show `line` above the newest captions."""
        self._line = line
        self._console = messages.console(sys.stderr)
        self._last: tuple[Record, ...] = ()
        self._frame = ""
        self._rows = 0  # of the frame on the terminal; the cursor is below
        self._lock = RLock()

    def add_record(self, record: Record) -> None:
        """Show a record in the next frame."""
        if record.status is not RecordStatus.SKIPPED:
            self._last = (*self._last[1 - MAX_CAPTIONS :], record)

    def refresh(self) -> None:
        """Replace the frame on the terminal with a new one."""
        frame = self._render()
        with self._lock:
            erase = self._erase_sequence()
            self._frame, self._rows = frame, frame.count("\n")
            messages.write(erase + frame)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Erase the frame, and restore it below the lines written meanwhile."""
        with self._lock:
            rows = self._rows
            self.close()
            try:
                yield
            finally:
                if rows:
                    self._rows = rows
                    messages.write(self._frame)

    def close(self) -> None:
        """Erase the frame."""
        with self._lock:
            messages.write(self._erase_sequence())
            self._rows = 0

    def _erase_sequence(self) -> str:
        """Return the sequence that moves to the first row and clears all below."""
        return f"\r\x1b[{self._rows}A\x1b[J" if self._rows else ""

    def _render(self) -> str:
        """Return the frame.

        Line wrap is switched off, because terminals differ on the width of emoji.
        """
        from rich.text import Text

        columns, rows = self._console.size
        room = max(0, min(MAX_CAPTIONS, rows - 2))
        last = self._last[max(0, len(self._last) - room) :]
        lines = [Text(self._line.format(), "bold")]
        lines += [_caption_line(record, columns) for record in last]
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, no_wrap=True, overflow="ellipsis")
        return f"\x1b[?7l{captured.get()}\x1b[?7h"


def _caption_line(record: Record, columns: int) -> "Text":
    """Return the name of an image and its caption or error.

    A name that does not fit is cut at the start, to a quarter of the line.
    """
    from rich.cells import cell_len
    from rich.text import Text

    source = display_name(record.source)
    if record.error:
        message, style = record.error.message.removeprefix(f"{source}: "), "red"
    else:
        message, style = record.text or "", ""
    words = for_terminal(one_line(message))
    room = max(columns - 2 - cell_len(words), columns // 4)
    title = for_terminal(source)
    if cell_len(title) > room:
        title = title[-columns:]
        while title and cell_len(title) >= room:
            title = title[1:]
        title = f"…{title}"
    return Text.assemble((title, "dim"), "  ", (words, style))


def format_rate(rate: float) -> str:
    """Return a number of images per second, or per minute if there are few."""
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"


def format_duration(seconds: float) -> str:
    """Return a duration in the largest unit of which it has at least two."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@contextmanager
def _repeat_every(seconds: float, action: Callable[[], None]) -> Iterator[None]:
    """Repeat an action in a thread, every `seconds` seconds."""
    stopped = Event()

    def run() -> None:
        while not stopped.wait(seconds):
            with suppress(OSError):  # rich flushes the stream
                action()

    thread = Thread(target=run, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()

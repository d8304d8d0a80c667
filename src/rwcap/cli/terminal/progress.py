"""Progress of a batch on standard error: a live display or periodic lines."""

from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.progress_line import ProgressLine
from rwcap.core.record import Record
from rwcap.outputs.report import RunStatistics

if TYPE_CHECKING:
    from rwcap.cli.terminal.live_display import LiveDisplay, Watched

LINE_INTERVAL: Final = 30.0
"""Seconds between two lines without a live display."""

DAY: Final = 86_400.0
"""Seconds between two lines of a run without an end that has nothing to do."""

REFRESH_INTERVAL: Final = 1 / 8
"""Seconds between two frames of the live display."""


class ProgressView:
    """Shows records and messages of a run, on the live display if there is one."""

    def __init__(
        self,
        display: "LiveDisplay | None" = None,
        lines: "WatchLines | None" = None,
        *,
        quiet: bool = False,
    ) -> None:
        """Show captions on `display`; print no messages if `quiet`.

        `lines` learn why the run waits.
        """
        self._display = display
        self._lines = lines
        self._quiet = quiet

    def add_record(self, record: Record) -> None:
        """Show a record that the statistics already count."""
        if self._display:
            self._display.add_record(record)

    def explain(self, message: str) -> None:
        """Show a message on the display while the run waits. Threadsafe."""
        if waiting := self._display or self._lines:
            waiting.explain(message)

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


class WatchLines:
    """Lines about a run without an end: when something is new, and once a day."""

    def __init__(
        self, line: ProgressLine, batch: "Watched", now: Callable[[], float]
    ) -> None:
        """Describe `line`, and the pauses of `batch`."""
        self._line = line
        self._batch = batch
        self._now = now
        self._reason = ""
        self._said: tuple[int, str] = (0, "")
        self._said_at = now()

    def explain(self, message: str) -> None:
        """Store why the run waits. Threadsafe."""
        self._reason = message

    def say(self) -> None:
        """Print the line, unless there is nothing new since the last one."""
        state = self._batch.state
        reason = self._reason if state.is_paused else ""
        text = self._line.format()  # in any case, because it measures the rate
        new, now = (self._line.done, reason), self._now()
        if new != self._said or now - self._said_at >= DAY:
            self._said, self._said_at = new, now
            messages.say(f"{text}; {reason}" if reason else text)


@contextmanager
def show_progress(
    statistics: RunStatistics,
    *,
    now: Callable[[], float],
    total: Callable[[], int | None],
    batch: "Watched",
    watched: str = "",
) -> Iterator[ProgressView]:
    """Show the progress of the run that `statistics` counts.

    Args:
        statistics: The counts of the run.
        now: A monotonic clock, in seconds. Called by another thread.
        total: Returns the expected number of records; None while it is unknown.
            Called by another thread.
        batch: The batch. Asked by another thread.
        watched: The folders that a run without an end watches.
    """
    if messages.verbosity.get() < 0:
        yield ProgressView(quiet=True)
        return
    line = ProgressLine(statistics, now, total, watched)
    if not messages.is_live():
        if watched:
            lines = WatchLines(line, batch, now)
            messages.say(f"watching {watched} until stopped")
            with _repeat_every(LINE_INTERVAL, lines.say):
                yield ProgressView(lines=lines)
            return
        with _repeat_every(LINE_INTERVAL, lambda: messages.say(line.format())):
            yield ProgressView()
        return
    from rwcap.cli.terminal.live_display import LiveDisplay

    with (
        closing(LiveDisplay(line, batch)) as display,
        _repeat_every(REFRESH_INTERVAL, display.refresh),
    ):
        yield ProgressView(display)


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

"""The live display of a batch: bars, counts and the newest captions."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from threading import RLock
from typing import TYPE_CHECKING, Final, Protocol

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.progress_line import OUTCOMES, ProgressLine
from rwcap.cli.terminal.titled_line import titled_line
from rwcap.core.errors import RwcapError
from rwcap.core.money import format_price
from rwcap.core.record import Record, RecordStatus
from rwcap.core.text import display_name, for_terminal, one_line
from rwcap.ledger.budget import Period
from rwcap.usecases.batch.limits import BatchState, LimitUsage
from rwcap.usecases.context import reason_of

if TYPE_CHECKING:
    from rich.text import Text


MAX_CAPTIONS: Final = 3
"""The number of captions in the live display."""

_PERIODS: Final = {
    Period.RUN: "for this run",
    Period.DAY: "today",
    Period.MONTH: "this month",
}

_BAR_MIN: Final = 5
_BAR_MAX: Final = 40
"""Widths of a bar, in columns."""


class Watched(Protocol):
    """The batch that a display watches."""

    @property
    def state(self) -> BatchState:
        """What the batch is doing now."""

    def first_limit(self) -> LimitUsage | None:
        """Return the spending limit that stops the run first."""


class LiveDisplay:
    """The state of a run and its newest captions, redrawn in place.

    `rich.live.Live` does not fit: it would have to stop and start for each message
    and each line of data on the same terminal.
    """

    def __init__(
        self,
        line: ProgressLine,
        batch: Watched,
    ) -> None:
        """Show `line` and the state of `batch` above the newest captions."""
        self._line = line
        self._batch = batch
        self._reason = ""
        self._failure: Record | None = None
        self._console = messages.console(sys.stderr)
        self._last: tuple[Record, ...] = ()
        self._frame = ""
        self._widths: list[int] = []
        """The widths of the lines on the terminal; the cursor is below them."""
        self._lock = RLock()

    def add_record(self, record: Record) -> None:
        """Show a record in the next frame."""
        if record.status is not RecordStatus.SKIPPED:
            self._last = (*self._last[1 - MAX_CAPTIONS :], record)
        if record.error:
            self._failure = record

    def explain(self, message: str) -> None:
        """Show the reason for a delay while the run waits. Threadsafe.

        What a message says of the next try is out of date a moment later.
        """
        self._reason = reason_of(message)

    def refresh(self) -> None:
        """Replace the frame on the terminal with a new one."""
        frame, widths = self._render()
        with self._lock:
            erase = self._erase_sequence()
            self._frame, self._widths = frame, widths
            messages.write(erase + frame)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Erase the frame, and restore it below the lines written meanwhile."""
        with self._lock:
            widths = self._widths
            self.close()
            try:
                yield
            finally:
                if widths:
                    self._widths = widths
                    messages.write(self._frame)

    def close(self) -> None:
        """Erase the frame."""
        with self._lock:
            messages.write(self._erase_sequence())
            self._widths = []

    def _erase_sequence(self) -> str:
        """Return the sequence that clears the lines and moves to the first.

        Lines are cleared one by one, because terminals may keep a screen that is
        cleared as a whole. A terminal that has become narrower has wrapped them.
        """
        columns = self._console.width
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        return "\r" + "\x1b[1A\x1b[2K" * rows if rows else ""

    def _render(self) -> tuple[str, list[int]]:
        """Return the frame and the widths of its lines.

        Line wrap is switched off, because terminals differ on the width of emoji.
        """
        columns, rows = self._console.size
        lines = self._status_lines(columns)[: max(1, rows - 1)]
        room = max(0, min(MAX_CAPTIONS, rows - 1 - len(lines)))
        last = self._last[max(0, len(self._last) - room) :]
        if self._failure and not any(each.error for each in last) and len(last) > 1:
            last = (self._failure, *last[1:])
        lines += [_caption_line(record, columns) for record in last]
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, no_wrap=True, overflow="ellipsis")
        widths = [min(line.cell_len, columns) for line in lines]
        return f"\x1b[?7l{captured.get()}\x1b[?7h", widths

    def _status_lines(self, columns: int) -> "list[Text]":
        """Return the lines above the captions, the most important first."""
        from rich.text import Text

        line, state, limit = self._line, self._batch.state, None
        with suppress(RwcapError):  # a busy ledger hides the limit
            limit = self._batch.first_limit()
        done = line.format_pace()
        lines = (
            list(Text(done, "bold").wrap(self._console, columns))
            if line.is_idle
            else self._bar(done, line.done, line.total, columns)
        )
        lines += _joined(self._counts(state), columns)
        if limit:
            used, most = format_price(limit.used), format_price(limit.limit)
            text = f"{used} of {most} limit {_PERIODS[limit.period]}"
            lines += self._bar(text, limit.used, limit.limit, columns, "cyan")
        if state.is_paused:
            parts = [f"paused for {ceil(state.pause)} s" if state.pause else "waiting"]
            parts += [for_terminal(one_line(self._reason))] if self._reason else []
            pause = Text(": ".join(parts), "magenta")
            lines += list(pause.wrap(self._console, columns))
        return lines

    def _bar(  # facts of one bar
        self,
        text: str,
        done: int,
        total: int | None,
        columns: int,
        style: str = "green",
    ) -> "list[Text]":
        """Return a bar, which pulses while the total is unknown, beside a text.

        If there is no room beside the text, the bar is below it.
        """
        from rich.cells import cell_len
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        room = columns - cell_len(text) - 2
        width = min(_BAR_MAX, room if room >= _BAR_MIN else columns)
        bar = ProgressBar(
            total=total,
            completed=done,
            width=width,
            style="bright_black",
            complete_style=style,
            finished_style=style,
            pulse_style=style,
        )
        parts = [(each.text, each.style or "") for each in self._console.render(bar)]
        # Without colour, the empty part of a bar has no characters.
        shown = Text.assemble(*((part, style) for part, style in parts if part != "\n"))
        if room < _BAR_MIN:
            return [Text(text, "bold"), shown]
        shown.pad_right(width - shown.cell_len)
        return [shown.append("  ").append(text, "bold")]

    def _counts(self, state: BatchState) -> "list[Text]":
        """Return the money, the number of images by outcome, and those in flight."""
        from rich.text import Text

        statistics = self._line.statistics
        parts = [(f"{format_price(statistics.spent)} spent", "")]
        if statistics.unknown_costs:
            parts.append((f"{statistics.unknown_costs:,} with unknown cost", ""))
        parts += [
            (
                f"{statistics.counts[status]:,} {OUTCOMES[status][0]}",
                OUTCOMES[status][1],
            )
            for status in reversed(RecordStatus)
            if statistics.counts[status]
        ]
        # The concurrency falls while requests are in flight.
        most = max(state.concurrency, state.in_flight)
        if not self._line.is_idle:
            parts.append((f"{state.in_flight} in flight (max {most})", "dim"))
        return [Text(*part) for part in parts]


def _joined(parts: "list[Text]", columns: int) -> "list[Text]":
    """Return the parts, separated by commas, in lines that fit."""
    lines = [parts[0]]
    for part in parts[1:]:
        lines[-1].append(",")
        if lines[-1].cell_len + part.cell_len + 2 <= columns:
            lines[-1].append(" ").append(part)
        else:
            lines.append(part)
    return lines


def _caption_line(record: Record, columns: int) -> "Text":
    """Return the name of an image and its caption or error."""
    source = display_name(record.source)
    if record.error:
        message, style = record.error.message.removeprefix(f"{source}: "), "red"
    else:
        message, style = record.text or "", ""
    return titled_line(source, message, columns, style=style)

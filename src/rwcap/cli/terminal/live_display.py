"""The live display of a batch: bars, counts and the newest captions."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Final, Protocol

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.progress_line import OUTCOMES, ProgressLine
from rwcap.core.errors import RwcapError
from rwcap.core.money import Micros, format_price
from rwcap.core.record import Record, RecordStatus
from rwcap.core.text import display_name, for_terminal, one_line
from rwcap.usecases.batch.limits import BatchState, LimitUsage

if TYPE_CHECKING:
    from rich.text import Text


MAX_CAPTIONS: Final = 3
"""The number of captions in the live display."""

_BAR_MIN: Final = 5
_BAR_MAX: Final = 40
"""Widths of a bar, in columns."""


class Watched(Protocol):
    """The batch that a display watches."""

    @property
    def state(self) -> BatchState:
        """What the batch is doing now."""

    def first_limit(self, spent: Micros, /) -> LimitUsage | None:
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
        self._notice = ""
        self._failure: Record | None = None
        self._console = messages.console(sys.stderr)
        self._last: tuple[Record, ...] = ()
        self._frame = ""
        self._rows = 0  # of the frame on the terminal; the cursor is below
        self._lock = RLock()

    def add_record(self, record: Record) -> None:
        """Show a record in the next frame."""
        if record.status is not RecordStatus.SKIPPED:
            self._last = (*self._last[1 - MAX_CAPTIONS :], record)
        if record.error:
            self._failure = record

    def explain(self, message: str) -> None:
        """Show a message while the run waits. Threadsafe."""
        self._notice = message

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
        return f"\x1b[?7l{captured.get()}\x1b[?7h"

    def _status_lines(self, columns: int) -> "list[Text]":
        """Return the lines above the captions, the most important first."""
        from rich.text import Text

        line, state, limit = self._line, self._batch.state, None
        with suppress(RwcapError):  # a busy ledger hides the limit
            limit = self._batch.first_limit(line.statistics.spent)
        done = line.format_pace()
        lines = [
            Text(done, "bold")
            if line.is_idle
            else self._bar(done, line.done, line.total, columns),
            self._counts(state),
        ]
        if limit:
            spent, most = format_price(limit.spent), format_price(limit.limit)
            text = f"{spent} of {most} per {limit.period}"
            lines.append(self._bar(text, limit.spent, limit.limit, columns, "cyan"))
        if state.is_paused:
            parts = [f"paused for {state.pause:.0f} s" if state.pause else "waiting"]
            reason = for_terminal(one_line(self._notice.removeprefix("waiting: ")))
            parts += [reason] if reason else []
            lines.append(Text(": ".join(parts), "yellow"))
        return lines

    def _bar(  # facts of one bar
        self,
        text: str,
        done: int,
        total: int | None,
        columns: int,
        style: str = "green",
    ) -> "Text":
        """Return a bar, which pulses while the total is unknown, and a text."""
        from rich.cells import cell_len
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        width = min(_BAR_MAX, columns - cell_len(text) - 2)
        if width < _BAR_MIN:
            return Text(text, "bold")
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
        shown.pad_right(width - shown.cell_len)
        return shown.append("  ").append(text, "bold")

    def _counts(self, state: BatchState) -> "Text":
        """Return the money, the number of images by outcome, and those in flight."""
        from rich.text import Text

        statistics = self._line.statistics
        parts = [(format_price(statistics.spent), "")]
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
            parts.append((f"{state.in_flight} of {most} in flight", "dim"))
        return Text(", ").join(Text(*part) for part in parts)


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

"""A terminal for the programs of the tests, and what its screen shows."""

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress
from threading import Lock, Thread
from typing import Final

import pyte
from pyte import graphics

from tests.waiting import wait_until

SIZES: Final = (40, 80, 120)
"""The widths at which displays are looked at, in columns."""

# pyte has no name for dim text. Nothing of rwcap blinks.
graphics.TEXT[2] = "+blink"


class Screen(pyte.Screen):
    """The screen of a terminal. A bell keeps a picture of it."""

    def __init__(self, columns: int, rows: int) -> None:
        """Be empty."""
        self.pictures: list[str] = []
        super().__init__(columns, rows)

    @property
    def text(self) -> str:
        """The lines down to the cursor, or to the last that is not empty."""
        lines = [line.rstrip() for line in self.display]
        filled = [number for number, line in enumerate(lines) if line]
        end = max(self.cursor.y, *filled, -1)
        return "\n".join(lines[: end + 1])

    def bell(self, *_: object) -> None:
        """Keep what the screen shows now."""
        self.pictures.append(self.text)

    def draw(self, data: str) -> None:
        """Show characters one by one: pyte drops what follows an invisible one."""
        for character in data:
            super().draw(character)


class Terminal:
    """A pseudo-terminal that collects what is written to it, and shows it."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        """Open it."""
        self.outside, self.inside = pty.openpty()
        self.screen = Screen(columns, rows)
        self._seen = bytearray()
        self._lock = Lock()
        self._stream = pyte.ByteStream(self.screen)
        self.resize(columns, rows)
        self._thread = Thread(target=self._collect, daemon=True)
        self._thread.start()

    def resize(self, columns: int, rows: int) -> None:
        """Give it another size. Lines that are too long are cut, not wrapped."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        with self._lock:
            self.screen.resize(rows, columns)
            fcntl.ioctl(self.outside, termios.TIOCSWINSZ, size)

    def _collect(self) -> None:
        with suppress(OSError):  # how Linux says that the last writer closed
            while True:
                written = os.read(self.outside, 65536)
                with self._lock:
                    self._seen += written
                    self._stream.feed(written)

    def wait_for(self, text: str = "") -> str:
        """Wait until the screen shows a text, or anything, and return what it shows."""
        seen = [""]

        def is_shown() -> bool:
            with self._lock:
                seen.append(self.screen.text)
            return bool(self._seen) and text in seen[-1]

        wait_until(is_shown)
        return seen[-1]

    def close(self) -> None:
        """Wait until the programs on it have ended."""
        self._thread.join(10)
        os.close(self.outside)

    @property
    def written(self) -> str:
        """All that was written, line ends as programs write them."""
        return self._seen.decode().replace("\r\n", "\n")

"""A spinner on a terminal, which shows what a caption waits for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from threading import Timer
from typing import TYPE_CHECKING, Final

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.titled_line import titled_line
from rwcap.core.text import display_name
from rwcap.usecases.context import reason_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.live import Live
    from rich.text import Text

    from rwcap.api.wire import Reply
    from rwcap.images.image import Image
    from rwcap.usecases.context import Context

DELAY: Final = 0.5
"""Seconds after which a command that waits shows a spinner."""


@contextmanager
def spinner(name: str, context: "Context") -> "Iterator[Context]":
    """Yield a context whose stages a spinner shows, if the block takes a while.

    On a terminal, the spinner also shows the reasons for delays; -v prints them, too.
    """
    if messages.verbosity.get() < 0 or not messages.is_live():
        yield context
        return
    stages = _Stages(name, context)
    shown: list[Live] = []

    def show() -> None:
        from rich.live import Live
        from rich.spinner import Spinner

        with suppress(OSError):
            live = Live(
                Spinner("dots", stages, style="green"),
                console=messages.console(sys.stderr),
                transient=True,
            )
            live.start(refresh=True)
            shown.append(live)

    timer = Timer(DELAY, show)
    timer.daemon = True
    timer.start()
    try:
        yield context._replace(
            read_image=stages.read_image,
            post=stages.post,
            notify=stages.notify,
            sleep=stages.sleep,
        )
    finally:
        timer.cancel()
        timer.join()
        for live in shown:
            live.stop()


class _Stages:
    """The stage of a caption, noted when a use case calls a function of its context."""

    def __init__(self, name: str, context: "Context") -> None:
        self._name = display_name(name)
        self._context = context
        self._stage = "reading"
        self._reason = ""  # for a delay
        self._until = 0.0  # the end of a delay

    def read_image(self, source: str) -> "Image":
        """Read an image."""
        self._enter("reading")
        return self._context.read_image(source)

    def post(self, body: bytes) -> "Reply":
        """Send a request."""
        self._enter("waiting for the service")
        return self._context.post(body)

    def notify(self, message: str) -> None:
        """Show the reason for a delay."""
        self._enter(message, reason_of(message))
        if messages.verbosity.get() > 0:
            self._context.notify(message)

    def sleep(self, seconds: float) -> None:
        """Sleep, and count down."""
        self._until = self._context.now() + seconds
        self._context.sleep(seconds)

    def _enter(self, stage: str, reason: str = "") -> None:
        self._stage, self._reason = stage, reason

    def __rich_console__(
        self, _: "Console", options: "ConsoleOptions"
    ) -> "Iterator[Text]":
        """Yield the name of the image and the stage, beside the spinner."""
        stage, left = self._stage, self._until - self._context.now()
        if self._reason and left > 0:
            stage = f"retrying in {ceil(left)} s: {self._reason}"
        yield titled_line(self._name, stage, options.max_width)

"""Messages on standard error, one line each."""

import io
import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Final, TextIO

from rwcap.core.errors import Interrupted, RwcapError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.text import display_name, for_terminal, one_line, redact_text

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.console import Console

TRACEBACK_VERBOSITY: Final = 2
"""The lowest verbosity that prints tracebacks."""

_CODES: Final = {
    "bold cyan": "1;36",
    "bold magenta": "1;35",
    "bold red": "1;31",
    "dim": "2",
}
"""The escape codes of the styles of messages. Yellow is illegible on white."""

_PAGE_BYTES: Final = 4096
"""A pipe that has room takes this much at once (PIPE_BUF, `man 7 pipe`)."""

verbosity: ContextVar[int] = ContextVar("verbosity", default=0)
"""-1 for -q, 0, 1 for -v, 2 for -vv."""


def say(message: str) -> None:
    """Print a message in one line, unless -q is given."""
    if verbosity.get() >= 0:
        print_line("", "", one_line(message), style="dim", wrap=True)


def error(message: str, hint: str | None) -> None:
    """Print an error and a hint."""
    print_line("error: ", "bold red", one_line(_without_keys(message)), wrap=True)
    if hint:
        _hint(hint)


def warn(message: str) -> None:
    """Print a message that something may be wrong, unless -q is given."""
    if verbosity.get() >= 0:
        warn_always(message)


def warn_always(message: str) -> None:
    """Print a message that data may be lost, even if -q is given."""
    print_line("warning: ", "bold magenta", one_line(message), wrap=True)


def confirm(question: str) -> bool:
    """Return whether the user at the terminal answers yes; False without a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    write(f"{question} [y/N] ")
    try:
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    except BaseException:  # a signal instead of an answer: end the line
        write("\n")
        raise


def report_failure(failure: BaseException) -> ExitStatus:
    """Print the error that ended the command, and return the exit status."""
    match failure:
        case RwcapError():
            error(failure.message, failure.hint)
            status = failure.status
        case Interrupted():
            _report_interruption(failure)
            status = failure.status
        case _:
            status = _report_internal_error(failure)
    if verbosity.get() >= TRACEBACK_VERBOSITY:
        _print_traceback(failure)
    return status


def _report_interruption(stop: Interrupted) -> None:
    """Print the signal and the purchase that it interrupted.

    A closed pipe gets no message: its reader closed it.
    """
    if stop.status is not ExitStatus.BROKEN_PIPE:
        state, command = _purchase_notes(stop)
        error(f"{stop}{state}", command)


def _report_internal_error(failure: BaseException) -> ExitStatus:
    """Print an unexpected exception and the purchase that it interrupted."""
    state, command = _purchase_notes(failure)
    error(f"internal error: {type(failure).__name__}: {failure}{state}", command)
    _hint("run the command again with -vv and report the output")
    return ExitStatus.AMBIGUOUS if command else ExitStatus.FAILED


def _print_traceback(failure: BaseException) -> None:
    import traceback

    with suppress(OSError):
        lines = "".join(traceback.format_exception(failure))
        sys.stderr.write(for_terminal(_without_keys(lines)))


def _purchase_notes(error: BaseException) -> tuple[str, str | None]:
    """Return the state of an interrupted purchase and the command that fetches it."""
    match getattr(error, "__notes__", []):
        case [state, command, *_]:
            return f"; {state}", command
        case _:
            return "", None


def _hint(hint: str) -> None:
    print_line("hint: ", "bold cyan", display_name(_without_keys(hint)))


def _without_keys(text: str) -> str:
    """Return a text without API keys: somebody may have typed one in a wrong place."""
    return redact_text(_known_keys(), text)


@cache
def _known_keys() -> list[str]:
    from rwcap.settings import credentials

    return credentials.known_keys(os.environ)


def print_line(
    label: str, label_style: str, message: str, *, style: str = "", wrap: bool = False
) -> None:
    """Print one line on standard error, in colour on a terminal.

    A failure to write is ignored, so that the command continues.

    Args:
        label: The text before the message.
        label_style: The style of the label.
        message: The message. Consecutive spaces are kept.
        style: The style of the message.
        wrap: Whether a terminal gets a line end between words, which a message that
            is a command must not have: people copy it.
    """
    words = for_terminal(message)
    with suppress(OSError):
        if not sys.stderr.isatty():
            if os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
                label, words = _coloured(label, label_style), _coloured(words, style)
            sys.stderr.write(f"{label}{words}\n")
            sys.stderr.flush()
            return
        from rich.text import Text

        line = Text.assemble((label, label_style), (words, style))
        console(sys.stderr).print(line, soft_wrap=not wrap)


def _coloured(text: str, style: str) -> str:
    """Return a text in one of the styles of messages. A pipe does not import rich."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and text else text


def console(file: TextIO) -> "Console":
    """Return a console of rich that does not interpret text.

    A broken pipe raises `OSError`. Rich would end the process and lose the data that
    is not yet written to standard output.
    """
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704  # called while the error is being handled

    return _Console(file=file, highlight=False, emoji=False, markup=False)


def is_live() -> bool:
    """Return whether standard error is a terminal whose cursor can move."""
    return sys.stderr.isatty() and not console(sys.stderr).is_dumb_terminal


def write(text: str) -> None:
    """Write to standard error; ignore failures."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def can_write(descriptor: int, seconds: float = 0.0) -> bool:
    """Return whether a pipe has room, at the latest in some seconds."""
    if sys.platform == "win32":
        return True  # only sockets can be waited for
    from selectors import EVENT_WRITE

    from rwcap.api.waiting import is_ready

    return is_ready(descriptor, EVENT_WRITE, seconds)


class _Unread(io.RawIOBase):
    """A file whose reader is waited for once. What does not fit then is dropped."""

    def __init__(self, descriptor: int) -> None:
        """Write to a descriptor, which stays open."""
        self._descriptor = descriptor
        self._patience = 1.0

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "ReadableBuffer") -> int:
        """Write up to a page, for which a pipe has room or not."""
        page = memoryview(data)[:_PAGE_BYTES]
        if can_write(self._descriptor, self._patience):
            return os.write(self._descriptor, page)
        self._patience = 0.0
        return len(page)


def discard_unread() -> None:
    """Wait no more than a second for the reader of messages from here on.

    A new stream replaces standard error: a thread can still be writing to the old one.
    """
    with suppress(OSError, ValueError):  # a stream of tests has no descriptor
        raw = _Unread(sys.stderr.fileno())
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(raw), sys.stderr.encoding, "replace", line_buffering=True
        )

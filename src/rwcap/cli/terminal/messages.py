"""Conversation on standard error: one clear line at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TextIO

from rwcap.core.errors import Interrupted, RwcapError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.text import display_name, for_terminal, one_line, short_name

if TYPE_CHECKING:
    from rich.console import Console

TRACEBACK_VERBOSITY: Final = 2
"""The verbosity from which on an error comes with its traceback."""

verbosity: ContextVar[int] = ContextVar("verbosity", default=0)
"""-1 for -q, 0, 1 for -v, 2 for -vv."""


def say(message: str) -> None:
    """Say in one line what goes on, unless -q."""
    if verbosity.get() >= 0:
        print_line("", "", one_line(message), style="dim")


def error(message: str, hint: str | None) -> None:
    """Say what went wrong, and what to type next."""
    print_line("error: ", "bold red", one_line(message))
    if hint:
        _hint(hint)


def confirm(question: str) -> bool:
    """Return whether somebody at the terminal says yes; without one, nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    write(f"{question} [y/N] ")
    try:
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    except BaseException:  # a signal, in place of an answer and its line end
        write("\n")
        raise


def report_failure(failure: BaseException) -> ExitStatus:
    """Say what ended the command, and return the status that it ends in."""
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
    """Say that a signal ended the command, and what was under way.

    The end of a pipe is no news: who closed it knows.
    """
    if stop.status is not ExitStatus.BROKEN_PIPE:
        state, command = _purchase_notes(stop)
        error(f"{stop}{state}", command)


def _report_internal_error(failure: BaseException) -> ExitStatus:
    """Say that rwcap itself is at fault, and what was under way."""
    state, command = _purchase_notes(failure)
    error(f"internal error: {type(failure).__name__}: {failure}{state}", command)
    _hint("run the command again with -vv and report the output")
    return ExitStatus.AMBIGUOUS if command else ExitStatus.FAILED


def _print_traceback(failure: BaseException) -> None:
    import traceback

    with suppress(OSError):
        sys.stderr.write(for_terminal("".join(traceback.format_exception(failure))))


def _purchase_notes(error: BaseException) -> tuple[str, str | None]:
    """Return what was under way when a purchase broke off, and how to get it."""
    match getattr(error, "__notes__", []):
        case [state, command, *_]:
            return f"; {state}", command
        case _:
            return "", None


@contextmanager
def spinner(text: str) -> Iterator[None]:
    """Show on a terminal that something is under way."""
    if verbosity.get() < 0 or not sys.stderr.isatty():
        yield
        return
    from rich.text import Text

    with console(sys.stderr).status(Text(for_terminal(short_name(text, 40)), "dim")):
        yield


def _hint(hint: str) -> None:
    # A command to be copied: two spaces in a name stay two.
    print_line("hint: ", "bold cyan", display_name(hint))


def print_line(label: str, label_style: str, message: str, *, style: str = "") -> None:
    """Print one line on standard error, coloured where colours are wanted.

    Where standard error cannot be written, there is nobody to tell; what was
    under way goes on.
    """
    words = for_terminal(message)
    with suppress(OSError):
        if not (sys.stderr.isatty() or os.environ.get("FORCE_COLOR")):
            sys.stderr.write(f"{label}{words}\n")
            sys.stderr.flush()
            return
        from rich.text import Text

        line = Text.assemble((label, label_style), (words, style))
        console(sys.stderr).print(line, soft_wrap=True)


def console(file: TextIO) -> "Console":
    """Return a console of rich that takes text as it is.

    A broken pipe is an `OSError` as any other. Rich itself would end the process,
    and throw away what is still to be written to standard output.
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
    """Write to standard error; where that fails, the run goes on."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()

"""Data to standard output, conversation to standard error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TextIO

from rwcap.domain import record as records
from rwcap.domain.errors import (
    ExitStatus,
    Interrupted,
    Kind,
    OutputError,
    RwcapError,
    overall,
)
from rwcap.domain.image import STDIN
from rwcap.domain.price import Micros, display
from rwcap.domain.record import Failure, Record, Status, fetch_command
from rwcap.domain.text import for_terminal, name, one_line

if TYPE_CHECKING:
    from rich.console import Console

TRACEBACKS: Final = 2
"""The verbosity from which on an error comes with its traceback."""

verbosity: ContextVar[int] = ContextVar("verbosity", default=0)
"""-1 for -q, 0, 1 for -v, 2 for -vv."""


class Form(Enum):
    """What goes to standard output."""

    TEXT = auto()
    JSON = auto()
    JSONL = auto()


class Screen:
    """Shows records as they land, and what they cost at the end."""

    def __init__(self, *, form: Form, several: bool) -> None:
        """Expect one record, or several."""
        self._form = form
        self._several = several
        self._shown: list[Record] = []
        self._writable = True

    def show(self, record: Record) -> None:
        """Print a record: its data, and its error if it failed."""
        self._shown.append(record)
        match self._form:
            case Form.JSONL:
                self._write(record.to_json() + "\n")
            case Form.TEXT if (answer := _answer(record)) is not None:
                self._write(self._text(record, answer))
            case _:
                pass
        if record.error:
            _complain(_named(record, record.error), record.error.hint)
        elif verbosity.get() > 0:
            details = [f"task {record.task_uuid}", f"tries {record.attempts}"]
            details += [f"sha256 {record.image_sha256}"] if record.image_sha256 else []
            _say(", ".join(details))

    def finish(self) -> None:
        """Print what had to wait for the last record, and the sum."""
        if not self._writable:
            return
        if self._form is Form.JSON and self._shown:
            document = (
                records.to_json(self._shown)
                if self._several
                else self._shown[0].to_json(indent=2)
            )
            self._write(document + "\n")
        if summary := _summary(self._shown):
            _say(summary)

    def status(self) -> ExitStatus:
        """Return the exit status that what was shown amounts to."""
        failures = [record.error.status for record in self._shown if record.error]
        return overall(failures, succeeded=len(self._shown) - len(failures))

    def _write(self, text: str) -> None:
        """Write, and say how to see again what was paid for and not written."""
        try:
            data(text)
        except Interrupted:
            self._writable = False
            raise
        except OutputError as failure:
            self._writable = False
            failure.hint = _fetch_hint(self._shown[-1])
            raise

    def _text(self, record: Record, answer: str) -> str:
        if sys.stdout.isatty():
            return _for_reading(record, answer, titled=self._several)
        if self._several:
            return f"{name(record.source)}\t{one_line(answer)}\n"
        return f"{answer}\n"


def data(text: str) -> None:
    """Print what the command was asked for, at once.

    Raises `OutputError`, or `Interrupted` where nobody reads it any more.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise Interrupted(ExitStatus.BROKEN_PIPE) from None
    except OSError as failure:
        raise OutputError(
            f"cannot write to standard output: {failure.strerror}"
        ) from failure


def notice(text: str) -> None:
    """Say in one line what goes on, unless -q."""
    _say(text)


def error(failure: RwcapError) -> None:
    """Say what ended the command."""
    _complain(failure.message, failure.hint)


def defect(failure: Exception) -> None:
    """Say that rwcap itself is at fault."""
    _complain(
        f"a defect in rwcap: {type(failure).__name__}: {failure}",
        "run it again with -vv and report what it prints",
    )


def traceback(failure: Exception) -> None:
    """Print where a failure came from, with -vv."""
    if verbosity.get() >= TRACEBACKS:
        import traceback as tracebacks

        sys.stderr.write(for_terminal("".join(tracebacks.format_exception(failure))))


def interrupted(stop: Interrupted) -> None:
    """Say that a signal ended the command, and what was under way.

    The end of a pipe is no news: who closed it knows.
    """
    if stop.status is ExitStatus.BROKEN_PIPE:
        return
    what, command = [*getattr(stop, "__notes__", ()), None, None][:2]
    _complain(f"{stop}; {what}" if what else str(stop), command)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on a terminal that something is under way."""
    if verbosity.get() < 0 or not sys.stderr.isatty():
        yield
        return
    from rich.text import Text

    with _console(sys.stderr).status(Text(for_terminal(name(what)), "dim")):
        yield


def _answer(record: Record) -> str | None:
    return record.task_uuid if record.status is Status.ACCEPTED else record.text


def _named(record: Record, failure: Failure) -> str:
    """Return the message of a failure with the name of its image in front."""
    shown = STDIN if record.source == "-" else name(record.source)
    about_account = failure.kind in {Kind.AUTH, Kind.CREDITS}
    if about_account or shown in failure.message:
        return failure.message
    return f"{shown}: {failure.message}"


def _summary(shown: list[Record]) -> str:
    """Return what was paid, and for what: "2 of 3 captioned, $0.0026, 1.7 s"."""
    paid = [record for record in shown if record.status is Status.OK]
    if not paid:
        return ""
    known = [record.cost for record in paid if record.cost is not None]
    cost = display(Micros(sum(known))) if known else "cost unknown"
    if known and len(known) < len(paid):
        cost += f" and the unknown cost of {len(paid) - len(known)}"
    mark = "[sandbox] " if paid[0].sandbox else ""
    count = f"{len(paid)} of {len(shown)} captioned, " if len(shown) > 1 else ""
    seconds = sum(record.seconds for record in shown)
    return f"{mark}{count}{cost}, {seconds:.1f} s"


def _for_reading(record: Record, answer: str, *, titled: bool) -> str:
    """Return a caption for a terminal: wrapped between words, its image above it."""
    from rich.text import Text

    console = _console(sys.stdout)
    with console.capture() as captured:
        if titled:
            console.print(Text(for_terminal(name(record.source)), "bold"))
        console.print(Text(for_terminal(answer)))
        if titled:
            console.print()
    return captured.get()


def _fetch_hint(record: Record) -> str | None:
    """Return how to see again what was paid for."""
    if record.task_uuid is None or record.error:
        return None
    return fetch_command(record.task_uuid, sandbox=record.sandbox)


def _complain(message: str, hint: str | None) -> None:
    _print("error: ", "bold red", message)
    if hint:
        _print("hint: ", "bold cyan", hint)


def _say(message: str) -> None:
    if verbosity.get() >= 0:
        _print("", "", message, style="dim")


def _print(label: str, label_style: str, message: str, *, style: str = "") -> None:
    """Print a line on standard error, coloured where colours are wanted."""
    words = for_terminal(one_line(message))
    if not (sys.stderr.isatty() or os.environ.get("FORCE_COLOR")):
        sys.stderr.write(f"{label}{words}\n")
        return
    from rich.text import Text

    line = Text.assemble((label, label_style), (words, style))
    _console(sys.stderr).print(line, soft_wrap=True)


def _console(file: TextIO) -> "Console":
    from rich.console import Console

    return Console(file=file, highlight=False, emoji=False, markup=False)

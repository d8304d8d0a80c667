"""Captions and records on standard output."""

import io
import os
import sys
from enum import Enum, auto
from typing import BinaryIO

from rwcap.cli.terminal import messages
from rwcap.core import record as records
from rwcap.core.errors import ErrorKind, Interrupted, OutputError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.money import Micros, format_price
from rwcap.core.record import (
    CostSource,
    ErrorDetails,
    Record,
    RecordStatus,
    fetch_command,
)
from rwcap.core.source import STDIN_NAME
from rwcap.core.text import display_name, for_terminal, one_line


class ResultFormat(Enum):
    """A format of records on standard output."""

    TEXT = auto()
    JSON = auto()
    JSONL = auto()


class ResultPrinter:
    """Prints each record, and the total cost at the end."""

    def __init__(
        self, *, output: ResultFormat, requested: int, service_options: str = ""
    ) -> None:
        """Check that standard output can be written, before anything is bought.

        Args:
            output: The format of the records.
            requested: The number of images of the command.
            service_options: The options with which a command reaches the service.

        Raises:
            OutputError: Standard output is closed.
        """
        check_stdout()
        self._output = output
        self._requested = requested
        self._service_options = service_options
        self._shown: list[Record] = []
        self._unwritten: list[Record] = []
        self._failed = False
        self._written = 0  # of the records shown

    def add_purchase(self, record: Record) -> None:
        """Note a purchase; `finish` names it if its record was not printed."""
        self._unwritten.append(record)

    def show(self, record: Record) -> None:
        """Print the data of a record, and its error if it failed."""
        self._shown.append(record)
        match self._output:
            case ResultFormat.JSONL:
                self._write(record.to_json() + "\n")
            case ResultFormat.TEXT if (printed := _printed_text(record)) is not None:
                self._write(self._text(record, printed))
            case _:
                pass
        if record.error:
            messages.error(error_message(record, record.error), record.error.hint)
        elif record.status is RecordStatus.SKIPPED:
            messages.say(
                f"{display_name(record.source)}: already has a caption; skipped"
            )
        elif messages.verbosity.get() > 0:
            details = [f"task {record.task_uuid}", f"tries {record.attempts}"]
            details += [f"sha256 {record.image_sha256}"] if record.image_sha256 else []
            messages.say(", ".join(details))

    def finish(self) -> None:
        """Print the JSON document and the total cost.

        For each purchase that was not printed, the message names the command that
        fetches it.
        """
        try:
            if self._output is ResultFormat.JSON and self._shown and not self._failed:
                document = (
                    records.records_to_json(self._shown)
                    if self._requested > 1
                    else self._shown[0].to_json(indent=2)
                )
                self._write(document + "\n")
        finally:
            for record in self._unwritten:
                if record.task_uuid and not record.error:
                    command = fetch_command(record.task_uuid, self._service_options)
                    messages.print_line(
                        "not written: ",
                        "bold magenta",
                        f"the caption is paid for; {command}",
                    )
        not_tried = self._requested - len(self._shown)
        if not_tried and self._shown and self._shown[-1].error:
            messages.say(f"{not_tried} of {self._requested} not tried")
        summary = _summary(self._shown, self._requested)
        if summary and not self._failed:
            messages.say(summary)

    def written_records(self) -> list[Record]:
        """Return the records that were written to standard output."""
        return self._shown[: self._written]

    def status(self) -> ExitStatus:
        """Return the exit status for the printed records."""
        failures = [record.error.status for record in self._shown if record.error]
        return overall_status(failures, succeeded=len(self._shown) - len(failures))

    def _write(self, text: str) -> None:
        try:
            write(text)
        except BaseException:  # a part of it may be written
            self._failed = True
            raise
        self._unwritten.clear()
        self._written = len(self._shown)

    def _text(self, record: Record, printed: str) -> str:
        return format_caption(record, printed, titled=self._requested > 1)


def print_batch_record(record: Record, output: ResultFormat) -> None:
    """Print the record or the caption of one image of a batch."""
    printed = _printed_text(record)
    if output is ResultFormat.JSONL:
        write(record.to_json() + "\n")
    elif printed is not None:
        write(format_caption(record, printed, titled=True))


def format_caption(record: Record, printed: str, *, titled: bool) -> str:
    """Return a caption for standard output, with the name of the image if `titled`."""
    if record.fields is not None:
        from rwcap.cli.terminal.fields_list import format_fields

        return format_fields(record.source, record.fields, titled=titled)
    if sys.stdout.isatty():
        return _format_for_terminal(record, printed, titled=titled)
    if titled:
        return f"{display_name(record.source)}\t{one_line(printed)}\n"
    return f"{printed}\n"


def error_message(record: Record, failure: ErrorDetails) -> str:
    """Return the message of a failure, preceded by the name of the image."""
    shown = STDIN_NAME if record.source == "-" else display_name(record.source)
    about_account = failure.kind in {
        ErrorKind.AUTH,
        ErrorKind.CREDITS,
        ErrorKind.BUDGET,
    }
    if about_account or failure.message.startswith(f"{shown}: "):
        return failure.message
    return f"{shown}: {failure.message}"


class ErrorLines:
    """Errors of images on standard error, with one hint for each error code."""

    def __init__(self) -> None:
        """Start without hints."""
        self._hinted: set[str] = set()

    def show(self, record: Record, failure: ErrorDetails) -> None:
        """Print the error of an image.

        Errors of the account concern all images and are printed once.
        """
        known = failure.code in self._hinted
        self._hinted.add(failure.code)
        if not (known and failure.kind in {ErrorKind.AUTH, ErrorKind.CREDITS}):
            hint = None if known else failure.hint
            messages.error(error_message(record, failure), hint)


def check_stdout() -> None:
    """Raise `OutputError` if standard output cannot be written."""
    try:
        os.write(sys.stdout.fileno(), b"")
    except io.UnsupportedOperation:
        pass  # not a file: a notebook
    except OSError as failure:
        raise OutputError.stdout(failure) from failure


def write(text: str) -> None:
    """Write data to standard output and flush it.

    Raises:
        OutputError: Standard output cannot be written.
        Interrupted: The reader closed the pipe.
    """
    try:
        _write_all(text)
    except BrokenPipeError:
        raise Interrupted(ExitStatus.BROKEN_PIPE) from None
    except OSError as failure:
        raise OutputError.stdout(failure) from failure


def _write_all(text: str) -> None:
    """Write all bytes; an unbuffered stream may accept only a part at a time.

    File names that are not UTF-8 are written as their original bytes.
    """
    stream: BinaryIO | None = getattr(sys.stdout, "buffer", None)
    if stream is None:  # not a file: a notebook
        sys.stdout.write(text)
        return
    rest = memoryview(text.encode("utf-8", "surrogateescape"))
    while rest:
        rest = rest[stream.write(rest) :]
    stream.flush()


def _printed_text(record: Record) -> str | None:
    return record.task_uuid if record.status is RecordStatus.ACCEPTED else record.text


def _summary(shown: list[Record], requested: int) -> str:
    """Return captions, cost and time: "2 of 3 captioned, $0.0026, 1.7 s"."""
    done = [record for record in shown if record.text is not None]
    paid = [each for each in shown if each.text is not None or each.long is not None]
    if not paid:
        return ""
    free = {RecordStatus.CACHED, RecordStatus.SKIPPED}
    earlier = CostSource.LEDGER
    bought = [
        record
        for record in paid
        if record.status not in free and record.cost_source is not earlier
    ]
    cost = _format_cost(bought or paid)
    if not bought:
        cost += ", paid earlier"
    elif len(bought) < len(paid):
        cost += f", {len(paid) - len(bought)} paid earlier"
    mark = "[sandbox] " if paid[0].sandbox else ""
    count = f"{len(done)} of {requested} captioned, " if requested > 1 else ""
    seconds = sum(record.seconds for record in shown)
    return f"{mark}{count}{cost}, {seconds:.1f} s"


def _format_cost(records: list[Record]) -> str:
    known = [record.cost for record in records if record.cost is not None]
    cost = format_price(Micros(sum(known))) if known else "cost unknown"
    if known and len(known) < len(records):
        cost += f" and the unknown cost of {len(records) - len(known)}"
    return cost


def _format_for_terminal(record: Record, printed: str, *, titled: bool) -> str:
    """Return a caption wrapped for the terminal, below the name of its image."""
    from rich.text import Text

    console = messages.console(sys.stdout)
    with console.capture() as captured:
        if titled:
            console.print(Text(for_terminal(display_name(record.source)), "bold"))
        console.print(Text(for_terminal(printed)))
        if titled:
            console.print()
    return captured.get()

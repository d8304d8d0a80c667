"""Run a batch: print records, handle signals, write summary and report."""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING, Final, NamedTuple

from rwcap import __version__
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.held import HeldCommand, say_held
from rwcap.cli.terminal.progress import ProgressView, show_progress
from rwcap.cli.terminal.stages import RunningBatch, Stage
from rwcap.cli.terminal.summary import Places, continue_command, show_summary
from rwcap.core.errors import (
    ErrorKind,
    Interrupted,
    NoInputError,
    NotWrittenError,
    OutputError,
    RwcapError,
)
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.text import display_name
from rwcap.outputs.report import RunStatistics
from rwcap.usecases.batch.limits import StopReason

if TYPE_CHECKING:
    from rwcap.cli.terminal.report_file import Report
    from rwcap.usecases.checking.run_checks import RunChecks
    from rwcap.usecases.writing.write import Outputs

_MORE_GRACE: Final = 5.0
"""Seconds that a run has after the grace period to write what it received."""

_SIGNAL_DEBOUNCE: Final = 1.0
"""Seconds in which two signals count as one: shell and wrapper may both send it."""


class ViewOptions(NamedTuple):
    """Options for the output of a run."""

    format: results.ResultFormat | None
    """The format of records on standard output; None prints none."""
    report: "Report | None"
    grace: float
    """Seconds to wait for requests in flight after a signal."""
    sandbox: bool
    fresh: bool
    """Whether the same command would buy the captions of this run again."""
    places: Places = Places()
    """The places where captions are written."""
    counted: str = "images"
    """What the run has one record for."""
    checks: "RunChecks | None" = None
    """The checks of captions; None for none."""
    held: HeldCommand | None = None
    """Returns the command that writes held captions; None without `--hold`."""


class RunView:
    """Runs the stages of a batch and shows them on the terminal."""

    _batch: RunningBatch

    def __init__(self, outputs: "Outputs", options: ViewOptions) -> None:
        """Append the records to `outputs` and show them according to `options`."""
        self._outputs = outputs
        self._options = options
        self._statistics = RunStatistics()
        self._errors = results.ErrorLines()
        self._signal: ExitStatus | None = None
        self._progress = ProgressView()
        self._remaining: int | None = None
        # Context variables do not reach other threads.
        self._is_verbose = messages.verbosity.get() > 0

    def notify_verbose(self, message: str) -> None:
        """Show a message while the run waits; print it if -v is given. Threadsafe."""
        self._progress.explain(message)
        if self._is_verbose:
            self._progress.say(message)

    def notify(self, message: str) -> None:
        """Print a message. Threadsafe."""
        self._progress.say(message)

    def run(self, stages: Iterable[Stage]) -> ExitStatus:
        """Run the stages, write summary and report, and return the exit status.

        A stage that stops early is the last one.

        Raises:
            RwcapError: An error ended the run.
            Interrupted: A signal ended the run.
        """
        began, started = time.monotonic(), datetime.now(UTC)
        try:
            for stage in stages:
                self._run_stage(stage)
                if self._signal or stage.batch.reason:
                    break
            end = self._final_error()
        except (RwcapError, Interrupted) as error:
            end = self._end_of_run(error)
        seconds = time.monotonic() - began
        status = end.status if end else self._exit_status()
        if status is not ExitStatus.BROKEN_PIPE:
            self._show_summary(seconds)
        if self._options.report:
            summary = self._statistics.report(
                version=__version__,
                sandbox=self._options.sandbox,
                started=started.isoformat(timespec="seconds"),
                seconds=seconds,
                concurrency=self._batch.state.concurrency,
                exit_status=status,
            )
            summary |= self._options.checks.to_json() if self._options.checks else {}
            try:
                self._options.report.write(summary)
            except OutputError as failure:
                if end or status:
                    messages.error(failure.message, failure.hint)
                else:
                    end = failure
        if end:
            raise end
        return status

    def _run_stage(self, stage: Stage) -> None:
        """Process the records of a stage and show the progress."""
        self._batch = stage.batch
        earlier = self._statistics.total

        def total() -> int | None:
            expected = stage.total()
            return None if expected is None else earlier + expected

        with (
            show_progress(
                self._statistics,
                now=time.monotonic,
                total=total,
                batch=stage.batch,
                watched=stage.watched,
            ) as view,
            self._stop_on_signal(),
            closing(stage.records),
        ):
            self._progress = view
            for record in stage.records:
                stage.add_record(self._process(record))
        expected = total()
        self._remaining = (
            None if expected is None else expected - self._statistics.total
        )

    def _final_error(self) -> RwcapError | Interrupted | None:
        """Return the error to raise after a run that was not broken off."""
        if self._signal:
            return Interrupted(self._signal)
        if not self._statistics.total and not self._batch.reason:
            return NoInputError("no image found", hint="rwcap batch --help")
        return None

    def _end_of_run(self, error: RwcapError | Interrupted) -> RwcapError | Interrupted:
        """Return the error to raise after a run that was broken off.

        After a signal, that is the signal: output can fail because of it, as that to
        a terminal that was closed.
        """
        if not (isinstance(error, OutputError) and self._signal):
            return error
        messages.error(error.message, error.hint)
        return Interrupted(self._signal)

    def _process(self, record: Record) -> Record:
        """Add a record to the files, to standard output and to the statistics.

        Returns:
            The record, with the error if it could not be added to a file.
        """
        try:
            self._outputs.append(record)
        except NotWrittenError as failure:
            unwritten = ErrorDetails.from_error(failure)
            if record.error:
                self._errors.show(record, unwritten)
            else:
                record = record._replace(status=RecordStatus.FAILED, error=unwritten)
        if self._options.report:
            self._options.report.add(record)
        self._statistics.add(record)
        self._progress.add_record(record)
        checks = self._options.checks
        faults = checks.add(record) if checks else None
        is_shown = self._is_verbose or not self._progress.is_live
        if is_shown and (record.error or faults):
            with self._progress.hidden():
                if record.error:
                    self._errors.show(record, record.error)
                else:
                    messages.warn(f"{display_name(record.source)}: {faults}")
        if self._options.format:
            with self._progress.hidden():
                results.print_batch_record(record, self._options.format)
        is_delivered = bool(self._options.format) or self._outputs.have_caption(record)
        self._batch.note_result(record, is_delivered=is_delivered)
        return record

    def _exit_status(self) -> ExitStatus:
        failures = set(self._statistics.exit_statuses)
        limited = self._batch.reason in {
            StopReason.MAX_DURATION,
            StopReason.BUDGET,
            StopReason.PILOT,
        }
        if limited or self._batch.refusal:
            failures.add(ExitStatus.LIMIT)
        return overall_status(
            failures, succeeded=self._statistics.total - self._statistics.failed
        )

    def _show_summary(self, seconds: float) -> None:
        """Print the summary and the command that continues the run."""
        reason = self._batch.reason
        refusal = self._batch.refusal
        if refusal and ErrorKind.BUDGET not in self._statistics.errors:
            messages.error(refusal.message, refusal.hint)
        if reason:
            messages.say(f"stopped: {reason.value}")
        if not self._batch.is_over:
            messages.say("the next run recovers the requests in flight")
        unfinished = reason or self._statistics.is_unfinished
        resumable = unfinished and not self._options.fresh
        if unfinished and not resumable:
            messages.say(
                "to continue, list the images that are left: --fresh would buy the"
                " others again, and without it all keep their captions"
            )
        if self._statistics.total:
            show_summary(
                self._statistics,
                checks=self._check_rows(),
                left=self._remaining if reason else None,
                seconds=seconds,
                places=self._options.places,
                counted=self._options.counted,
                sandbox=self._options.sandbox,
                command=continue_command(reason) if resumable else None,
            )
            if self._options.held and not reason:
                records = self._outputs.record_file
                say_held(
                    self._statistics,
                    self._options.held,
                    has_outputs=bool(self._outputs.targets),
                    rows=records.count if records else 0,
                )

    def _check_rows(self) -> list[tuple[str, str]]:
        """Return what the checks found, for the summary."""
        if self._options.checks is None:
            return []
        from rwcap.cli.terminal.check_rows import check_rows

        return check_rows(self._options.checks, sandbox=self._options.sandbox)

    @contextmanager
    def _stop_on_signal(self) -> Iterator[None]:
        """Stop the run on the first signal; raise `Interrupted` on the second.

        Or raise it when the run has not ended some seconds after the grace period:
        nobody may be reading what it prints. Signals that the parent process ignores
        stay ignored.
        """
        first: list[float] = []
        # A handler must not write where the main thread may be writing.
        message = Thread(target=self._say_stopping, daemon=True)

        def stop(number: int, _frame: FrameType | None) -> None:
            now = time.monotonic()
            if number not in handled:  # a tick
                limit = self._options.grace + _MORE_GRACE
                if self._signal and first and now - first[0] > limit:
                    raise Interrupted(self._signal)
                return
            first.append(now)
            if self._signal is None:
                self._signal = ExitStatus(128 + number)
                self._batch.stop(self._options.grace)
                message.start()
            elif now - first[0] > _SIGNAL_DEBOUNCE:
                raise Interrupted(ExitStatus(128 + number))

        names = {"SIGHUP", "SIGINT", "SIGTERM"}  # not every system has all of them
        numbers = [each for each in signal.Signals if each.name in names]
        handled = [each for each in numbers if signal.getsignal(each) != signal.SIG_IGN]
        before = {number: signal.signal(number, stop) for number in handled}
        try:
            with _ticks(stop):
                yield
        finally:
            # After a first signal, the next one ends what the process may wait for.
            is_over = first and time.monotonic() - first[0] > _SIGNAL_DEBOUNCE
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if is_over else handler)
            if message.ident:
                message.join(_SIGNAL_DEBOUNCE)  # before the summary is printed
                messages.discard_unread()

    def _say_stopping(self) -> None:
        grace = f"{self._options.grace:g} s"
        self._progress.say(f"stopping: waiting at most {grace} for requests in flight")


@contextmanager
def _ticks(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call a handler of SIGALRM each second.

    Each tick also ends a write that waits for a reader, so that Python calls the
    handler of a signal that came just before the write, or to another thread.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

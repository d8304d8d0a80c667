"""Signals, full disks and closed pipes during a run, in the process of the test."""

import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.cli.settings.limit_variables import LIMITS
from rwcap.cli.terminal import messages, results, run_view
from rwcap.cli.terminal.report_file import JsonReport
from rwcap.cli.terminal.run_view import RunView, ViewOptions
from rwcap.cli.terminal.stages import Stage
from rwcap.cli.terminal.typed_command import typed_command
from rwcap.core.errors import AmbiguousError, Interrupted, NotWrittenError, OutputError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.usecases.batch.limits import BatchState, LimitUsage, StopReason
from rwcap.usecases.writing.write import Outputs

if TYPE_CHECKING:
    from rwcap.outputs.records.record_file import RecordFile


class Run:
    """A run in which signals arrive."""

    state = BatchState(concurrency=4)
    is_over = False
    reason: StopReason | None = None
    refusal: ErrorDetails | None = None
    grace: float | None = None

    def __init__(self, *signals: int) -> None:
        """Raise the signals one after the other."""
        self._signals = signals

    def first_limit(self) -> LimitUsage | None:
        """Return no limit."""

    def stop(self, grace: float) -> None:
        """Note the grace period."""
        self.grace = grace
        self.reason = StopReason.REQUESTED

    def note_result(self, _: Record, *, is_delivered: bool) -> None:
        """Do nothing."""

    def run(self) -> Generator[Record, None, None]:
        """Yield one record, raise the signals, and end."""
        yield Record(source="a.jpg", status=RecordStatus.OK, text="A cat.")
        for number in self._signals:
            signal.raise_signal(number)


def alone(run: Run) -> Stage:
    """Return a stage for the run."""
    return Stage(run, run.run(), lambda: None)


def interrupted(
    run: Run, *, result_format: results.ResultFormat | None = None
) -> ExitStatus:
    """Return the exit status of the interrupted run."""
    view = ViewOptions(
        format=result_format, report=None, grace=9.0, sandbox=False, fresh=False
    )
    with pytest.raises(Interrupted) as stopped:
        RunView(Outputs(), view).run([alone(run)])
    return stopped.value.status


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_stops_the_run_and_is_raised_at_its_end(
    number: int, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary is printed before the process ends."""
    before = signal.getsignal(number)
    run = Run(number, number)  # twice at once: one Ctrl-C

    assert interrupted(run) == status
    assert run.grace == 9.0
    assert signal.getsignal(number) == before
    told = capsys.readouterr().err
    assert told.startswith("stopping: waiting at most 9 s for requests in flight\n")
    assert (
        "stopped: interrupted\nthe next run recovers the requests in flight\n" in told
    )
    assert "ok: 1\n" in told


def test_the_second_signal_ends_the_run_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exit status is that of the second signal. A third one is not handled."""
    monkeypatch.setattr(run_view, "_SIGNAL_DEBOUNCE", -1.0)
    before = signal.getsignal(signal.SIGINT)

    try:
        assert interrupted(Run(signal.SIGINT, signal.SIGTERM)) == 143
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stopped_run_ends_some_seconds_after_the_grace_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the status of the signal. A tick before that, or without one, is nothing."""
    ticks = (signal.SIGALRM, signal.SIGINT, signal.SIGALRM)
    patient = Run(*ticks, *ticks)
    assert interrupted(patient) == 130
    monkeypatch.setattr(run_view, "_MORE_GRACE", -10.0)
    hasty = Run(*ticks, signal.SIGALRM)

    assert interrupted(hasty) == 130
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_messages_that_nobody_reads_are_discarded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread that says that the run is stopping still waits for a reader."""
    read, discarded = threading.Event(), threading.Event()
    monkeypatch.setattr(RunView, "_say_stopping", lambda _: read.wait(30))
    monkeypatch.setattr(run_view, "_SIGNAL_DEBOUNCE", 0.01)
    monkeypatch.setattr(messages, "discard_unread", discarded.set)

    assert interrupted(Run(signal.SIGINT)) == 130
    read.set()

    assert discarded.is_set()


def test_a_closed_pipe_ends_the_run_without_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reader that closed the pipe needs none."""

    def closed(*_: object) -> None:
        raise Interrupted(ExitStatus.BROKEN_PIPE)

    monkeypatch.setattr(results, "print_batch_record", closed)

    assert interrupted(Run(), result_format=results.ResultFormat.TEXT) == 141
    assert capsys.readouterr().err == ""


class Kept:
    """A report that keeps what it gets."""

    def __init__(self) -> None:
        """Start without records."""
        self.records: list[Record] = []
        self.summaries: list[dict[str, object]] = []

    def add(self, record: Record) -> None:
        """Keep a record."""
        self.records.append(record)

    def write(self, summary: dict[str, object]) -> None:
        """Keep the summary."""
        self.summaries.append(summary)


def test_an_interrupted_run_has_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    """With all that was done until then."""
    report = Kept()
    view = ViewOptions(
        format=None, report=report, grace=9.0, sandbox=False, fresh=False
    )

    with pytest.raises(Interrupted):
        RunView(Outputs(), view).run([alone(Run(signal.SIGINT))])

    assert [each.text for each in report.records] == ["A cat."]
    assert [each["exit_status"] for each in report.summaries] == [130]


class FullFile:
    """A record file on a full disk."""

    def has_record(self, _: Record) -> bool:
        """Return False: the file is empty."""
        return False

    def append(self, _: Record) -> None:
        """Fail."""
        raise NotWrittenError("out.jsonl: No space left on device", code="outputFailed")


class AmbiguousRun(Run):
    """A run with one ambiguous purchase."""

    is_over = True

    def run(self) -> Generator[Record, None, None]:
        """Yield the ambiguous record."""
        doubt = ErrorDetails.from_error(
            AmbiguousError("may be charged", code="ambiguous")
        )
        yield Record(source="a.jpg", status=RecordStatus.AMBIGUOUS, error=doubt)


def test_a_full_disk_does_not_hide_an_ambiguous_purchase(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Both errors are printed; the exit status is that of the ambiguous purchase."""
    report = tmp_path / "folder"
    report.mkdir()
    view = ViewOptions(
        format=None,
        report=JsonReport(report),
        grace=9.0,
        sandbox=False,
        fresh=False,
    )
    outputs = Outputs(record_file=cast("RecordFile", FullFile()))

    status = RunView(outputs, view).run([alone(AmbiguousRun())])

    told = capsys.readouterr().err
    assert status == 10
    assert "No space left on device" in told
    assert "a.jpg: may be charged" in told
    assert "folder: Is a directory" in told


def test_output_that_fails_after_a_signal_does_not_hide_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A terminal that was closed cannot be written any more."""
    options = ViewOptions(
        format=None, report=None, grace=9.0, sandbox=False, fresh=False
    )
    view = RunView(Outputs(), options)
    failure = OutputError("cannot write", hint="make room")
    before = view._end_of_run(failure)
    view._signal = ExitStatus.HANGUP

    after = view._end_of_run(failure)

    assert before is failure
    assert after.status is ExitStatus.HANGUP
    assert "error: cannot write" in capsys.readouterr().err


def test_a_command_to_type_has_all_limits_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values are quoted for a shell."""
    for name in LIMITS:
        monkeypatch.setenv(name, "0.5 ")

    shown = typed_command(["rwcap", "batch", "my photos"])

    assert shown == " ".join(
        [*(f"{name}='0.5 '" for name in LIMITS), "rwcap batch 'my photos'"]
    )

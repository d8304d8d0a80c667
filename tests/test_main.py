"""The entry point: signals, unexpected exceptions, and interrupted imports."""

import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rwcap import __main__ as program
from rwcap.cli import app
from rwcap.cli.terminal import messages
from rwcap.core.errors import Interrupted
from rwcap.core.exit_status import ExitStatus

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the program and returns its exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["rwcap", *arguments])
        with pytest.raises(SystemExit) as ended:
            program.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the signals that would have ended the process."""
    noted: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", noted.append)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return noted


def fails(error: BaseException) -> Callable[[list[str]], ExitStatus]:
    """Return a command line that ends in `error`."""

    def run(_: list[str]) -> ExitStatus:
        raise error

    return run


@pytest.mark.parametrize(
    ("status", "number"),
    [
        (ExitStatus.INTERRUPTED, signal.SIGINT),
        (ExitStatus.TERMINATED, signal.SIGTERM),
        (ExitStatus.BROKEN_PIPE, signal.SIGPIPE),
    ],
)
def test_a_signal_ends_the_process(
    run: Run,
    raised: list[int],
    monkeypatch: pytest.MonkeyPatch,
    status: ExitStatus,
    number: int,
) -> None:
    """The exit status is 128 + the signal if the signal cannot be raised."""
    monkeypatch.setattr(app, "run", fails(Interrupted(status)))

    assert run("caption") == status == 128 + number
    assert raised == [number]


def test_a_signal_reports_the_purchase_in_flight_and_a_closed_pipe_nothing(
    run: Run,
    raised: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The notes of the exception become the message and the hint."""
    noted = Interrupted(ExitStatus.TERMINATED)
    noted.add_note("task U may have been accepted")
    noted.add_note("rwcap caption --fetch U")
    told = []
    for stop in (noted, Interrupted(ExitStatus.INTERRUPTED)):
        monkeypatch.setattr(app, "run", fails(stop))
        run("caption")
        told.append(capsys.readouterr().err)
    monkeypatch.setattr(app, "run", fails(Interrupted(ExitStatus.BROKEN_PIPE)))
    run("caption")

    assert told[0].splitlines() == [
        "error: terminated; task U may have been accepted",
        "hint: rwcap caption --fetch U",
    ]
    assert told[1] == "error: interrupted\n"
    assert capsys.readouterr().err == ""
    assert len(raised) == 3


def test_an_unexpected_exception_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hint says how to report it."""
    monkeypatch.setattr(app, "run", fails(ZeroDivisionError("division by zero")))

    assert run("caption") == 1
    assert capsys.readouterr().err == (
        "error: internal error: ZeroDivisionError: division by zero\n"
        "hint: run the command again with -vv and report the output\n"
    )


def test_an_unexpected_exception_during_a_purchase_is_ambiguous(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 10; the notes name the task that may have been accepted."""
    defect = ZeroDivisionError("division by zero")
    defect.add_note("task U may have been accepted")
    defect.add_note("rwcap caption --fetch U")
    monkeypatch.setattr(app, "run", fails(defect))

    assert run("caption") == 10
    told, *hints = capsys.readouterr().err.splitlines()
    assert told.endswith("division by zero; task U may have been accepted")
    assert hints == [
        "hint: rwcap caption --fetch U",
        "hint: run the command again with -vv and report the output",
    ]


def test_a_defect_in_a_report_is_no_interruption(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python shows it, with status 1."""
    monkeypatch.setattr(app, "run", fails(OSError()))
    monkeypatch.setattr(messages, "report_failure", lambda _: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        run("caption", "p.jpg")


@pytest.mark.usefixtures("raised")
def test_a_signal_during_a_report_gives_its_status(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else of the error is printed."""
    stop = Interrupted(ExitStatus.TERMINATED)
    monkeypatch.setattr(app, "run", fails(OSError()))
    monkeypatch.setattr(messages, "report_failure", fails(stop))

    assert run("caption", "p.jpg") == ExitStatus.TERMINATED


def test_standard_streams_can_be_other_objects(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Notebooks and editors replace the standard streams."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)

    assert run("--help") == 0
    assert stdout.getvalue().startswith("Usage: rwcap")
    assert run("caption", "missing.jpg", "--jsonl") == 1
    assert '"code": "fileNotFound"' in stdout.getvalue()


def test_an_early_interruption_prints_nothing(
    run: Run,
    raised: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The handlers of signals are not installed yet."""

    def interrupted(_: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "_run", interrupted)

    assert run("caption") == 130
    assert raised == [signal.SIGINT]
    assert capsys.readouterr().err == ""


def test_an_interruption_during_imports_prints_nothing(
    run: Run, raised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handlers are installed, and nothing was sent."""

    class Interrupting:
        def find_spec(self, *_: object) -> None:
            sys.meta_path = others  # one signal interrupts one import
            raise Interrupted(ExitStatus.TERMINATED)

    others = sys.meta_path
    monkeypatch.delitem(sys.modules, "rwcap.cli.app")
    monkeypatch.delattr("rwcap.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *others])

    assert run("caption") == 143
    assert raised == [signal.SIGTERM]


def test_a_pipe_that_nobody_reads_cannot_be_written_when_it_is_full() -> None:
    """Unlike one that has room."""
    reader, writer = os.pipe()
    had_room = messages.can_write(writer)
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    has_room = messages.can_write(writer)
    os.close(reader)
    os.close(writer)

    assert (had_room, has_room) == (True, False)


def test_messages_are_discarded_if_nobody_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as fit are there for a reader that comes later."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        messages.discard_unread()
        assert (sys.stderr.fileno(), sys.stderr.isatty()) == (writer, False)
        for number in range(5_000):
            messages.say(f"message {number:04} {'x' * 80}")
        messages.write("x" * 100_000)
    with os.fdopen(reader, encoding="utf-8") as file:
        lines = file.read().splitlines()

    assert 100 < len(lines) < 5_000
    assert lines[:2] == [f"message {number:04} {'x' * 80}" for number in range(2)]


def test_after_a_signal_output_is_not_waited_for(
    run: Run, raised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may be reading it. Otherwise it is."""

    class Output(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(messages, "can_write", lambda _: False)
    monkeypatch.setattr(app, "run", fails(Interrupted(ExitStatus.TERMINATED)))

    assert run("caption") == 143
    assert (output.flushed, raised) == (0, [signal.SIGTERM])
    assert run("--version") == 0
    assert output.flushed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_only_the_first_signal_raises_interrupted(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A second signal within one second is ignored; a later one ends the process."""
    clock = iter([10.0, 10.5, 11.5])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(each) for each in numbers]
    ended: list[int] = []
    try:
        program._handle_signals()
        with pytest.raises(Interrupted) as stopped:
            signal.raise_signal(number)
        signal.raise_signal(number)
        handler = signal.getsignal(number)
        assert callable(handler)
        monkeypatch.setattr(signal, "raise_signal", ended.append)
        handler(number, None)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        for each, handler in zip(numbers, before, strict=True):
            signal.signal(each, handler)

    assert stopped.value.status == 128 + number
    assert ended == [number]

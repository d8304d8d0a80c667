"""Pipes that close, disks that are full, signals: nothing lies about them."""

import json
import os
import signal

import pytest

from rwcap.cli.terminal.results import ResultFormat, ResultPrinter
from rwcap.core.errors import Interrupted
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import Record, RecordStatus
from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Service
from tests.waiting import wait_until

PHOTO, SECOND, THIRD = (
    str(draw.FOLDER / f"harbour.{end}") for end in ("jpg", "png", "webp")
)


def wait_for_requests(service: Service, count: int) -> None:
    """Wait until the service has received `count` requests."""
    wait_until(lambda: len(service.requests) >= count)


def test_a_pipe_that_closes_ends_the_run(connected: Rwcap, service: Service) -> None:
    """`rwcap caption a b c | head -1`: one line, 141, and no more is bought."""
    service.captions.append(faults.caption("x" * 1_000_000))
    script = f"rwcap caption {'{0} ' * 9} | head -c 1; echo $PIPESTATUS".format(PHOTO)

    result = connected.shell(script)

    uuid = service.requests[0]["taskUUID"]
    assert result.out.endswith("141\n")
    assert (
        result.err
        == f"not written: the caption is paid for; rwcap caption --fetch {uuid}\n"
    )
    assert len(service.requests) == 1


# Files may have so many blocks (of 1024 bytes, as bash counts), and the output has
# all but a few bytes of them: enough for the ledger, not for a text more.
CUT = "ulimit -f 400; head -c 409590 /dev/zero > out"
LONG = faults.caption("A harbour at dusk, with three boats.")


def test_a_caption_that_cannot_be_written_can_be_fetched(
    connected: Rwcap, service: Service
) -> None:
    """The exit status is 1; the message has the command that fetches the caption."""
    service.captions.append(LONG)
    result = connected.shell(f"{CUT}; rwcap caption {PHOTO} >> out")
    uuid = service.requests[0]["taskUUID"]

    assert result.status == 1
    assert result.err == (
        f"not written: the caption is paid for; rwcap caption --fetch {uuid}\n"
        "error: cannot write to standard output: File too large\n"
        "hint: make room if the disk is full, and run it again\n"
    )
    assert connected.run("caption", "--fetch", uuid).out.startswith("A harbour")
    assert service.bills == 1


def test_nothing_is_bought_for_a_full_disk(connected: Rwcap, service: Service) -> None:
    """`> /dev/full` is detected before the first purchase."""
    result = connected.shell(f"rwcap caption {PHOTO} > /dev/full")

    assert result.status == 1
    assert "No space left on device" in result.err
    assert service.bills == 0


@pytest.mark.parametrize("option", ["--json", "--jsonl", "--dry-run", "--help"])
def test_no_output_is_lost_silently(rwcap: Rwcap, option: str) -> None:
    """Every format reports the error."""
    result = rwcap.shell(f"rwcap caption --sandbox {PHOTO} {option} > /dev/full")

    assert result.status == 1
    assert "No space left on device" in result.err
    assert "Traceback" not in result.err


def test_every_caption_of_an_unwritten_document_is_named(
    connected: Rwcap, service: Service
) -> None:
    """`--json` prints at the end, when all captions are paid for."""
    service.captions += [LONG, LONG]
    command = f"rwcap caption {PHOTO} {SECOND} no.jpg --json"

    result = connected.shell(f"{CUT}; {command} >> out")

    told = [line for line in result.err.splitlines() if line.startswith("not written")]
    assert result.status == 1
    assert [line.split()[-1] for line in told] == [
        request["taskUUID"] for request in service.requests
    ]
    assert len(told) == service.bills == 2


def test_a_partly_written_caption_is_an_error(
    connected: Rwcap, service: Service
) -> None:
    """An unbuffered stream of Python drops the rest without an error."""
    service.captions.append(LONG)
    unbuffered = connected.with_environment(PYTHONUNBUFFERED="1")

    result = unbuffered.shell(f"{CUT}; rwcap caption {PHOTO} >> out")

    assert result.status == 1
    assert "File too large" in result.err
    assert "--fetch" in result.err


@pytest.mark.parametrize("thrown", ["2>/dev/full", "2> >(true)"])
def test_messages_that_cannot_be_written_do_not_stop_the_command(
    connected: Rwcap, service: Service, thrown: str
) -> None:
    """A lost reply and a missing file, with standard error closed."""
    service.captions.append(faults.reset(accepted=True))
    command = f"rwcap caption {PHOTO} missing.jpg {SECOND} --jsonl {thrown}"

    result = connected.shell(f"{command}; echo $?")

    *records, status = result.out.splitlines()
    assert [json.loads(record)["status"] for record in records] == [
        *("ok", "failed", "ok")
    ]
    assert status == "3"
    assert service.bills == 2


@pytest.mark.parametrize("arguments", ["--version", "caption --help", "config path"])
@pytest.mark.parametrize("target", ["> /dev/full", ">&-"])
def test_an_answer_that_cannot_be_written_is_one_line(
    rwcap: Rwcap, arguments: str, target: str
) -> None:
    """The error is the same for captions, reports and help."""
    result = rwcap.shell(f"rwcap {arguments} {target}")

    assert result.status == 1
    assert result.err.startswith("error: cannot write to standard output: ")
    assert result.err.count("error: ") == 1
    assert result.err.count("\n") <= 2  # with the hint


@pytest.mark.parametrize("thrown", ["", "2>/dev/full"])
def test_the_version_that_cannot_be_written_is_status_1(
    rwcap: Rwcap, thrown: str
) -> None:
    """An unbuffered stream of Python fails at once, not at the end."""
    unbuffered = rwcap.with_environment(PYTHONUNBUFFERED="1")

    result = unbuffered.shell(f"rwcap --version > /dev/full {thrown}")

    message = "error: cannot write to standard output: No space left on device\n"
    assert (result.status, result.err) == (1, "" if thrown else message)


def test_a_printer_with_a_closed_pipe_writes_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON document at the end is not written, either."""
    reading, writing = os.pipe()
    os.close(reading)
    printer = ResultPrinter(
        output=ResultFormat.JSONL, requested=1, service_options="--sandbox"
    )
    record = Record(
        source="a.jpg", status=RecordStatus.OK, text="A cat.", task_uuid="U"
    )
    with os.fdopen(writing, "w", closefd=False) as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        printer.add_purchase(record)
        with pytest.raises(Interrupted) as stopped:
            printer.show(record)
        printer.finish()
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)

    assert stopped.value.status is ExitStatus.BROKEN_PIPE
    assert capsys.readouterr().err == (
        "not written: the caption is paid for; rwcap caption --fetch U --sandbox\n"
    )


def test_a_closed_standard_error_does_not_lose_data(
    connected: Rwcap, service: Service
) -> None:
    """Coloured messages, which rich writes, behave the same."""
    service.captions.append(faults.reset(accepted=True))
    coloured = connected.with_environment(FORCE_COLOR="1")

    result = coloured.shell(f"rwcap caption {PHOTO} 2> >(true); echo $?")

    assert result.out.startswith("[sandbox]")
    assert result.out.endswith("\n0\n")


def test_standard_error_can_be_discarded(connected: Rwcap) -> None:
    """`2>/dev/null` leaves the text, `>file` holds the text alone."""
    result = connected.shell(f"rwcap caption {PHOTO} 2>/dev/null >f; cat f")

    assert result.status == 0
    assert result.out.startswith("[sandbox] A JPEG image")
    assert len(result.out.splitlines()) == 1


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_closed_input_and_error_streams_are_accepted(
    connected: Rwcap, closed: str
) -> None:
    """Daemons start programs without standard input or error."""
    result = connected.shell(f"rwcap caption {PHOTO} {closed}")

    assert result.status == 0
    assert result.out.startswith("[sandbox]")


def test_a_closed_standard_output_is_a_failure(
    connected: Rwcap, service: Service
) -> None:
    """No caption is bought that cannot be written."""
    result = connected.shell(f"rwcap caption {PHOTO} >&-")

    assert result.status == 1
    assert result.err == (
        "error: cannot write to standard output: Bad file descriptor\n"
        "hint: leave out >&-, which closes it\n"
    )
    assert service.bills == 0


def test_the_text_is_utf8_whatever_the_locale(
    connected: Rwcap, service: Service
) -> None:
    """Cron has no locale; file names keep their bytes."""
    service.captions.append(faults.caption("caf\u00e9 \U0001f408"))
    cron = connected.with_environment(LC_ALL="POSIX", PYTHONIOENCODING="ascii")

    one = cron.shell(f"rwcap caption {PHOTO}")
    two = cron.shell(f"rwcap caption {PHOTO} $'caf\\xe9.jpg'")

    assert one.out == "caf\u00e9 \U0001f408\n"
    assert two.out == f"{PHOTO}\tcaf\u00e9 \U0001f408\n"
    assert two.status == 3


@pytest.mark.parametrize(
    ("number", "status", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hangup"),
    ],
)
def test_a_signal_reports_the_purchase_in_flight(
    connected: Rwcap, service: Service, number: signal.Signals, status: int, word: str
) -> None:
    """The signal ends the process, so that a loop of the shell stops, too."""
    service.captions.append(faults.hang(accepted=True))
    process = connected.start("caption", PHOTO)
    wait_for_requests(service, 1)

    process.send_signal(number)
    _, told = process.communicate(timeout=30)

    uuid = service.requests[0]["taskUUID"]
    assert process.returncode == -number == 128 - status
    assert told.decode() == (
        f"error: {word}; task {uuid} may have been accepted\n"
        f"hint: rwcap caption --fetch {uuid}\n"
    )
    assert connected.run("caption", "--fetch", uuid).status == 0
    assert service.bills == 1


ASKED = "until [ -e asked ]; do sleep 0.1; done"
"""What a script does until the service has received a request."""


def said_by_shell(connected: Rwcap, service: Service, script: str) -> list[str]:
    """Return the lines that a script prints; it may wait for a request by `ASKED`."""
    process = connected.start_shell(script)
    wait_for_requests(service, 1)
    (connected.home / "asked").touch()
    out, _ = process.communicate(timeout=60)
    return out.decode().splitlines()


def test_a_shell_sees_143(connected: Rwcap, service: Service) -> None:
    """`$?` is 128 + SIGTERM."""
    service.captions.append(faults.hang(accepted=False))
    script = f"rwcap caption {PHOTO} & {ASKED}; kill -TERM $!; wait $!; echo $?"

    assert said_by_shell(connected, service, script) == ["143"]


def test_records_before_a_signal_are_in_the_document(
    connected: Rwcap, service: Service
) -> None:
    """`--json` prints the captions that are paid for."""
    service.captions += [faults.caption("First."), faults.hang(accepted=False)]
    process = connected.start("caption", PHOTO, SECOND, "--json")
    wait_for_requests(service, 2)

    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)

    assert b'"text": "First."' in out


def test_a_signal_and_a_full_disk_report_both_tasks(
    connected: Rwcap, service: Service
) -> None:
    """One caption cannot be written; one purchase is in flight."""
    service.captions += [LONG, faults.hang(accepted=True)]
    command = f"rwcap caption {PHOTO} {SECOND} --json"
    script = f"{CUT}; exec {command} >> out"
    process = connected.start_shell(script)
    wait_for_requests(service, 2)

    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)

    assert process.returncode == -signal.SIGTERM
    for request in service.requests:
        assert f"--fetch {request['taskUUID']}" in told.decode()


def test_an_ignored_signal_stays_ignored(connected: Rwcap, service: Service) -> None:
    """A parent process ignores SIGINT on purpose."""
    service.captions.append(faults.hang(accepted=False))
    command = f"rwcap caption {PHOTO} --timeout=3"
    script = f"trap '' INT; {command} & {ASKED}; kill -INT $!; wait $!; echo $?"

    assert said_by_shell(connected, service, script)[-1] == "0"

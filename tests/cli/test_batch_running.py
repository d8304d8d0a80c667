"""`rwcap batch` while it runs: signals, limits, full disks, what is seen of it."""

import json
import os
import pty
import re
import signal
import threading
import time
from collections import Counter
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rwcap.cli.terminal import messages
from rwcap.core.exit_status import ExitStatus
from rwcap.usecases.batch.limits import MAX_CONSECUTIVE_FAILURES
from tests import draw
from tests import service as faults
from tests.conftest import KEY
from tests.process import Rwcap, visible
from tests.service import Exchange, Service
from tests.terminal import SIZES, Terminal
from tests.waiting import wait_until

if TYPE_CHECKING:
    import subprocess


@pytest.fixture(autouse=True)
def pictures_are_told_apart(service: Service) -> None:
    """Have every caption say which picture it is of."""
    service.otherwise = faults.numbered


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Return a folder of eight pictures."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 9)))
    return tmp_path / "p"


ALL = {f"{number}.txt": f"Picture {number}.\n" for number in range(1, 9)}


def texts(folder: Path) -> dict[str, str]:
    """Return what the sidecars in a folder hold."""
    return {path.name: path.read_text() for path in sorted(folder.glob("*.txt"))}


def wait_for_line(process: "subprocess.Popen[bytes]", beginning: bytes) -> None:
    """Read standard error up to a line."""
    assert process.stderr
    assert any(line.startswith(beginning) for line in process.stderr)


# Signals.


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "terminated"),
        (signal.SIGHUP, "hangup"),
    ],
)
@pytest.mark.promises("waits")
def test_a_signal_ends_the_run_after_the_requests_in_progress(
    connected: Rwcap, service: Service, album: Path, number: signal.Signals, word: str
) -> None:
    """No new request; the summary has the command that continues."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start(
        *("batch", "p", "--write", "txt", "--jsonl", "--report", "report.json")
    )
    wait_until(lambda: len(service.requests) == 4)

    process.send_signal(number)
    wait_for_line(process, b"stopping: waiting at most 30 s for requests in flight\n")
    answered.set()
    out, told = process.communicate(timeout=30)
    written = len(texts(album))
    again = connected.run("batch", "p", "--write", "txt")

    report = json.loads((album.parent / "report.json").read_text())
    assert process.returncode == -number
    assert len(out.splitlines()) == written == 4
    assert re.fullmatch(
        "stopped: interrupted\nok: 4\nspent: .*"
        "continue with: rwcap batch p --write txt --jsonl --report report.json\n"
        f"error: {word}\n",
        told.decode(),
        re.DOTALL,
    )
    assert (report["counts"]["ok"], report["exit_status"]) == (4, 128 + number)
    assert again.status == 0
    assert texts(album) == ALL
    assert service.bills == len(service.requests) == 8


def test_two_signals_at_once_are_one(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """A shell and a wrapper may both forward the same Ctrl-C."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start("batch", "p", "--write", "txt")
    wait_until(lambda: len(service.requests) == 4)

    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    wait_for_line(process, b"stopping")
    answered.set()
    process.communicate(timeout=30)

    assert process.returncode in {-signal.SIGINT, -signal.SIGTERM}
    assert len(texts(album)) == 4


@pytest.mark.promises("waits", "once")
def test_a_second_signal_ends_the_run_at_once(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The next run recovers the requests in progress."""
    service.otherwise = faults.hang(accepted=True)
    process = connected.start("batch", "p", "--write", "txt")
    wait_until(lambda: service.bills == 4)

    process.send_signal(signal.SIGINT)
    wait_for_line(process, b"stopping")
    time.sleep(1.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    service.otherwise = faults.numbered
    again = connected.run("batch", "p", "--write", "txt")

    assert process.returncode == -signal.SIGINT
    assert again.status == 0
    assert texts(album).keys() == ALL.keys()
    assert service.bills == 8


@pytest.mark.parametrize("grace", ["0", "0.5"])
@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.promises("waits", "once")
def test_grace_limits_the_wait(
    connected: Rwcap, service: Service, album: Path, grace: str, *, accepted: bool
) -> None:
    """The next run recovers accepted tasks, and sends the others."""
    service.otherwise = faults.hang(accepted=accepted)
    process = connected.start("batch", "p", "--write", "txt", "--grace", grace)
    wait_until(lambda: len(service.requests) == 4)
    wait_until(lambda: service.bills == 4 * accepted)

    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    sent = Counter(request["taskUUID"] for request in service.requests)
    service.otherwise = faults.numbered
    again = connected.run("batch", "p", "--write", "txt")

    assert process.returncode == -signal.SIGTERM
    assert b"the next run recovers the requests in flight\n" in told
    assert again.status == 0
    assert texts(album).keys() == ALL.keys()
    assert service.bills == 8
    assert sent.keys() <= {request["taskUUID"] for request in service.requests[4:]}


@pytest.mark.usefixtures("album")
@pytest.mark.promises("waits")
def test_output_that_nobody_reads_does_not_keep_a_run_from_ending(
    connected: Rwcap, service: Service
) -> None:
    """One signal is enough, as `timeout` and service managers send it."""
    service.otherwise = faults.caption("A quay. " * 20_000)
    process = connected.start("batch", "p", "--jsonl", "--grace", "0")
    wait_until(lambda: service.bills == 8)

    process.send_signal(signal.SIGTERM)
    status = process.wait(30)
    process.communicate()

    assert status == -signal.SIGTERM


@pytest.mark.promises("waits")
def test_errors_that_nobody_reads_do_not_keep_a_run_from_ending(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Neither the summary nor the note that the run is stopping waits for a reader."""
    (tmp_path / "p").mkdir()
    for number in range(2_000):
        (tmp_path / "p" / f"{number:0200}.jpg").write_text("no image")
    reader, writer = os.pipe()
    with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123  # no path
        streams = [nowhere.fileno(), nowhere.fileno(), writer]
        process = connected.fork(("batch", "p", "--grace", "0"), streams)
    wait_until(lambda: not messages.can_write(writer))

    os.kill(process.pid, signal.SIGTERM)
    status = process.wait(30)
    os.close(reader)
    os.close(writer)

    assert status == -signal.SIGTERM


@pytest.mark.promises("statuses", "texts")
def test_a_terminal_that_is_closed_ends_the_run_as_its_signal_does(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """What cannot be printed any more does not hide the hangup, and is kept."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    outside, inside = pty.openpty()
    process = connected.fork(("batch", "p", "-c", "4"), [inside] * 3, session=True)
    os.close(inside)
    wait_until(lambda: len(service.requests) == 4)

    os.close(outside)
    os.kill(process.pid, signal.SIGHUP)
    answered.set()
    status = process.wait(60)
    again = connected.run("batch", "p", "--write", "txt")

    assert (status, again.status, service.bills) == (-signal.SIGHUP, 0, 8)
    assert texts(album).keys() == ALL.keys()


def test_signals_that_are_ignored_stay_ignored(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """As with `nohup` and in shells without job control."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start_shell(
        "trap '' INT TERM HUP; exec rwcap batch p --write txt"
    )
    wait_until(lambda: len(service.requests) == 4)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    answered.set()
    _, told = process.communicate(timeout=30)

    assert process.returncode == 0
    assert b"stopping" not in told
    assert texts(album) == ALL


def test_a_signal_during_a_pause_ends_the_pause(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The run does not wait for the rest of Retry-After."""
    service.otherwise = faults.status(
        429, "rateLimitExceeded", headers={"Retry-After": "200"}
    )
    process = connected.start("batch", "p", "-v", "--write", "txt")
    wait_for_line(process, b"Runware is too busy")

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    service.otherwise = faults.numbered
    again = connected.run("batch", "p", "--write", "txt")

    assert process.returncode == -signal.SIGINT
    assert again.status == 0
    assert texts(album) == ALL
    assert service.bills == 8


@pytest.mark.promises("waits")
def test_a_long_pause_is_not_waited_for(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The run ends with status 6 and names the pause; a later one goes on."""
    service.otherwise = faults.status(
        429, "rateLimitExceeded", headers={"Retry-After": "86400"}
    )

    stopped = connected.run("batch", "p", "--write", "txt", "-c", "1")
    service.otherwise = faults.numbered
    again = connected.run("batch", "p", "--write", "txt")

    assert stopped.status == ExitStatus.UNREACHABLE
    assert "hint: run the same command again in 86400 s\n" in stopped.err
    assert "stopped: Runware asks for a pause of more than 300 s\n" in stopped.err
    assert "failed: 1\n" in stopped.err
    assert again.status == ExitStatus.OK
    assert service.bills == 8


def test_a_closed_pipe_ends_the_run(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """`rwcap batch p | head -1`: 141, and nothing is paid twice later."""
    answered = threading.Event()
    service.captions.append(faults.numbered)
    service.otherwise = faults.hold(answered)
    process = connected.start("batch", "p")
    assert process.stdout
    assert process.stderr

    line = process.stdout.readline()  # it comes while others are under way
    process.stdout.close()
    answered.set()
    told = process.stderr.read()
    process.wait(30)
    process.stderr.close()
    again = connected.run("batch", "p")

    assert re.fullmatch(rb"p/(\d).jpg\tPicture \1.\n", line)
    assert (process.returncode, told) == (-signal.SIGPIPE, b"")
    assert again.status == 0
    assert len(again.out.splitlines()) == 8
    assert service.bills == 8


def test_head_gets_one_line_and_the_shell_status_141(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """With more captions than the pipe buffer holds."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 31)))
    service.otherwise = faults.caption("x" * 10_000)
    script = "rwcap batch p -c 1 | head -c 5; ended=$PIPESTATUS; echo; echo $ended"

    result = connected.shell(script)
    connected.run("batch", "p", "-q")

    assert result.out == "p/1.j\n141\n"
    assert result.err == ""
    assert service.bills == 30


# Limits.


@pytest.mark.promises("statuses")
def test_max_duration_ends_the_run_with_status_8(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """A cron job sees that work is left."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start("batch", "p", "--write", "txt", "--max-duration", "0.5")
    wait_until(lambda: len(service.requests) == 4)
    time.sleep(1)
    answered.set()
    _, told = process.communicate(timeout=30)
    again = connected.run("batch", "p", "--write", "txt", "--max-duration", "99")

    assert process.returncode == 8
    assert b"stopped: --max-duration is reached\n" in told
    assert b"ok: 4\n" in told
    assert b"continue with: rwcap batch p " in told
    assert again.status == 0
    assert texts(album) == ALL
    assert service.bills == 8


@pytest.mark.parametrize("limit", [[], ["--limit", "1"]])
def test_max_duration_without_work_left_is_success(
    connected: Rwcap, service: Service, tmp_path: Path, limit: list[str]
) -> None:
    """All images were in progress when the time was up."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start("batch", "p", "--max-duration", "0.5", *limit)
    wait_until(lambda: len(service.requests) == (1 if "1" in limit else 2))
    time.sleep(1)
    answered.set()
    _, told = process.communicate(timeout=30)

    assert process.returncode == 0
    assert b"--max-duration" not in told.replace(b"batch p --max-duration", b"")
    assert (b"stopped: --limit is reached" in told) == ("1" in limit)


@pytest.mark.promises("waits")
def test_max_duration_ends_the_pauses_of_a_busy_service(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """A pause would outlast the test. The next run buys what is left."""
    headers = {"Retry-After": "250"}
    service.otherwise = faults.status(429, "rateLimitExceeded", headers=headers)
    busy = connected.run("batch", "p", "--write", "txt", "--max-duration", "0.5")
    service.otherwise = faults.numbered
    again = connected.run("batch", "p", "--write", "txt")

    assert busy.status == 8, busy.err
    assert "stopped: --max-duration is reached\n" in busy.err
    assert again.status == 0
    assert texts(album) == ALL
    assert service.bills == 8


@pytest.mark.promises("once", "statuses")
def test_two_runs_do_not_write_to_one_file(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Status 75 at once; a run to another file works, and nothing is paid twice."""
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    first = connected.start("batch", "p", "-o", "out.jsonl")
    wait_until(lambda: len(service.requests) == 4)

    (album.parent / "link.jsonl").symlink_to("out.jsonl")
    second = connected.run("batch", "p", "-o", "./p/../out.jsonl")
    linked = connected.run("batch", "p", "-o", "link.jsonl")
    requests = len(service.requests)
    other = connected.start("batch", "p", "-o", "other.jsonl")
    answered.set()
    first.communicate(timeout=30)
    other.communicate(timeout=30)
    after = connected.run("batch", "p", "-o", "out.jsonl")

    assert (second.status, linked.status) == (75, 75)
    assert "another run is writing to it" in second.err
    assert "hint: wait for it" in second.err
    assert requests == 4
    assert (first.returncode, other.returncode, after.status) == (0, 0, 0)
    assert len((album.parent / "out.jsonl").read_text().splitlines()) == 8
    assert len((album.parent / "other.jsonl").read_text().splitlines()) == 8
    assert service.bills == 8


@pytest.mark.promises("texts")
def test_each_caption_is_written_at_once(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """A later crash does not lose it."""
    answered = threading.Event()
    service.captions += [faults.numbered] * 6
    service.otherwise = faults.hold(answered)
    file = album.parent / "out.jsonl"
    process = connected.start(
        *("batch", "p", "-o", "out.jsonl", "--write", "txt", "-c", "1")
    )

    wait_until(lambda: len(service.requests) == 7)
    wait_until(lambda: file.read_bytes().count(b"\n") == 6)
    written = texts(album)
    answered.set()
    process.communicate(timeout=30)

    assert len(written) == 6
    assert process.returncode == 0
    assert texts(album) == ALL


def test_a_busy_service_gets_retries_until_all_is_done(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The service or a gateway refuses; each image is charged once."""
    names = [f"{number:02}.jpg" for number in range(1, 31)]
    draw.album(tmp_path / "p", *names)
    service.captions += [
        *[faults.numbered] * 5,
        *[faults.status(429, "rateLimitExceeded", headers={"Retry-After": "1"})] * 6,
        *[faults.status(429, headers={"Retry-After": "1"})] * 3,
        *[faults.numbered] * 5,
        *[faults.status(503, "serviceUnavailable")] * 3,
    ]

    result = connected.run("batch", "p", "--jsonl", "--report", "report.json")

    found = [json.loads(line) for line in result.out.splitlines()]
    report = json.loads((tmp_path / "report.json").read_text())
    assert result.status == 0
    assert {each["source"]: each["text"] for each in found} == {
        f"p/{name}": f"Picture {number}." for number, name in enumerate(names, 1)
    }
    assert service.bills == 30
    assert sum(each["attempts"] for each in found) == 42
    assert 1 <= report["concurrency"] < 32


# Outputs that cannot be written.


@pytest.mark.promises("disk", "statuses")
def test_a_run_stops_buying_when_nothing_can_be_written(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Although each purchase succeeds."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(10, 70)))
    (tmp_path / "out.jsonl").write_text(f'{{"note": "{"x" * 9_000_000}"}}\n')

    full = connected.shell("ulimit -f 8000; rwcap batch p -c 2 -o out.jsonl")
    bought = service.bills
    again = connected.run("batch", "p", "-o", "out.jsonl")

    assert full.status == 1
    assert "stopped: 20 failures in a row\n" in full.err
    assert f"error (output): {bought}\n" in full.err
    assert MAX_CONSECUTIVE_FAILURES <= bought < 40
    assert f"ok: {60 - bought}\ncached: {bought}\n" in again.err


@pytest.mark.promises("disk")
def test_a_full_disk_loses_no_record(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 1; the file keeps its lines, and the missing ones are free."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    file = tmp_path / "out.jsonl"
    old = b'{"note": "' + b"x" * 1_000_000 + b'"}\n'
    file.write_bytes(old)

    full = connected.shell("ulimit -f 600; rwcap batch p -o out.jsonl")
    left = file.read_bytes()
    again = connected.run("batch", "p", "-o", "out.jsonl")

    assert full.status == 1
    assert "error: p/1.jpg: out.jsonl: File too large\n" in full.err
    assert full.err.count("hint: once it can be written, run the same command") == 1
    assert "error (output): 2\n" in full.err
    assert "spent: $0.0026\n" in full.err
    assert "continue with: rwcap batch p -o out.jsonl\n" in full.err
    assert left == old
    assert again.status == 0
    added = file.read_bytes().removeprefix(old).decode()
    assert sorted(json.loads(line)["text"] for line in added.splitlines()) == [
        *("Picture 1.", "Picture 2.")
    ]
    assert len(service.requests) == service.bills == 2


@pytest.mark.promises("disk", "texts")
def test_a_full_disk_loses_no_sidecar(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 3; the old text stays, no partial file is left, and the record says so."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    old = "x" * 1_000_000 + "\n"
    (tmp_path / "p" / "1.txt").write_text(old)
    command = "rwcap batch p --write txt --mode append --jsonl"

    full = connected.shell(f"ulimit -f 600; {command}")
    left = texts(tmp_path / "p")
    files = len(list((tmp_path / "p").iterdir()))
    again = connected.shell(command)

    assert full.status == 3
    assert "error: p/1.jpg: p/1.txt: File too large\n" in full.err
    failed, written = sorted(
        map(json.loads, full.out.splitlines()), key=itemgetter("source")
    )
    assert (failed["error"]["kind"], failed["outputs"]) == ("output", [])
    assert (written["error"], written["outputs"]) == (None, ["p/2.txt"])
    assert left == {"1.txt": old, "2.txt": "Picture 2.\n"}
    assert files == 4
    assert again.status == 0
    assert texts(tmp_path / "p")["1.txt"] == f"{old}Picture 1.\n"
    assert len(service.requests) == service.bills == 2


@pytest.mark.promises("hostile")
def test_an_image_that_does_not_fit_into_memory_fails_alone(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Memory is reserved for the size of a file, not for the largest size allowed."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    os.truncate(tmp_path / "p" / "1.jpg", 250_000_000)

    result = connected.shell("ulimit -v 300000; rwcap batch p --write txt")

    assert result.status == 3
    assert "error: p/1.jpg: not enough memory\n" in result.err
    assert "hint: ulimit -v (prints a limit on memory, in KiB)\n" in result.err
    assert texts(tmp_path / "p") == {"2.txt": "Picture 2.\n"}
    assert service.bills == 1


def test_a_folder_that_cannot_be_created_costs_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 3 while a file is in its place; the caption is bought afterwards."""
    draw.album(tmp_path / "p", "1.jpg", "sub/2.jpg")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("in the way")
    command = ["batch", "p", "--write", "txt", "--out-dir", "out"]

    failed = connected.run(*command, "--jsonl")
    bills_before = service.bills
    (tmp_path / "out" / "sub").unlink()
    again = connected.run(*command)

    (record,) = [
        record
        for record in map(json.loads, failed.out.splitlines())
        if record["status"] == "failed"
    ]
    assert failed.status == 3
    assert "error: p/sub/2.jpg: out/sub/2.txt: " in failed.err
    assert (record["error"]["kind"], record["text"]) == ("input", None)
    assert again.status == 0
    assert (tmp_path / "out" / "sub" / "2.txt").read_text() == "Picture 2.\n"
    assert (bills_before, service.bills) == (1, 2)


@pytest.mark.promises("texts")
def test_a_name_that_is_too_long_fails_alone(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """An error line; with a shorter suffix it is written free."""
    name = "x" * 247
    draw.album(tmp_path / "p", f"{name}.jpg", "2.jpg")
    command = ["batch", "p", "--write", "txt"]

    failed = connected.run(*command, "--ext", ".longer-than-jpg")
    again = connected.run(*command)

    assert failed.status == 3
    assert "File name too long" in failed.err
    assert again.status == 0
    assert texts(tmp_path / "p") == {
        f"{name}.txt": "Picture 1.\n",
        "2.txt": "Picture 2.\n",
    }
    assert service.bills == 2


@pytest.mark.parametrize("target", [">&-", "> /dev/full"])
def test_the_run_stops_if_standard_output_cannot_be_written(
    connected: Rwcap, service: Service, album: Path, target: str
) -> None:
    """It is checked first, and the run stops at the first failure."""
    result = connected.shell(f"rwcap batch p -c 1 {target}")

    assert result.status == 1
    assert "error: cannot write to standard output: " in result.err
    assert service.bills <= 2


def test_a_report_that_cannot_be_written_is_a_failure(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Status 1, though the captions are written."""

    def block(exchange: Exchange) -> None:
        (album.parent / "report").mkdir()
        faults.numbered(exchange)

    service.captions.append(block)

    result = connected.run("batch", "p", "--write", "txt", "--report", "report")

    assert result.status == 1
    assert "error: report: Is a directory\n" in result.err
    assert texts(album) == ALL


# What is seen.


@pytest.mark.promises("reports")
def test_the_report_has_the_figures_of_the_summary(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """As JSON, with the count of each status and the exit status."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg", "3.jpg", "4.jpg")
    (tmp_path / "p" / "3.txt").write_text("Mine.")
    (tmp_path / "p" / "5.jpg").write_text("no image")
    connected.run("batch", "p/2.jpg")
    service.captions.append(faults.status(400, "contentPolicyViolation"))

    result = connected.run(
        *("batch", "p", "--write", "txt", "-c", "1", "--report", "report.json")
    )

    report = json.loads((tmp_path / "report.json").read_text())
    summary = dict(
        line.split(": ", 1) for line in result.err.splitlines() if ": " in line
    )
    assert result.status == report["exit_status"] == 3
    assert report["counts"] == {
        "ok": 1,
        "cached": 1,
        "accepted": 0,
        "skipped": 1,
        "failed": 2,
        "ambiguous": 0,
        "edited": 0,
    }
    assert [summary[key] for key in ("ok", "cached", "skipped", "failed")] == [
        *("1", "1", "1", "2")
    ]
    assert report["errors"] == {"input": 1, "safety": 1}
    assert summary["error (input)"] == summary["error (safety)"] == "1"
    assert (report["spent_usd"], summary["spent"]) == ("0.001300", "$0.0013")
    assert (report["saved_usd"], summary["saved"]) == ("0.001300", "$0.0013")
    assert float(summary["seconds"]) == pytest.approx(report["seconds"], abs=0.1)
    assert float(summary["p95 seconds"]) == pytest.approx(
        report["p95_seconds"], abs=0.01
    )
    assert report["v"] == 1
    assert report["sandbox"] is False


def test_a_pipe_gets_plain_lines_and_nothing_before_the_end(
    connected: Rwcap, album: Path
) -> None:
    """As in the log of a cron job."""
    result = connected.run("batch", "p", "--write", "txt")

    assert "\x1b" not in result.err
    assert "\r" not in result.err
    assert [line.split(":")[0] for line in result.err.splitlines()] == [
        *("ok", "spent", "saved", "seconds", "p50 seconds", "p95 seconds")
    ]


def test_quiet_prints_only_errors(connected: Rwcap, album: Path) -> None:
    """Cron then sends mail only about errors."""
    good = connected.run("batch", "p", "-q", "--write", "txt")
    (album / "9.jpg").write_text("no image")
    bad = connected.run("batch", "p", "-q", "--write", "txt")
    seen = connected.on_terminal("batch", "p/1.jpg", "-q", "--write", "txt")

    assert (good.status, good.out, good.err) == (0, "", "")
    assert (seen.status, seen.out, seen.err) == (0, "", "")
    assert bad.status == 3
    assert re.fullmatch(r"error: p/9.jpg: not an image.*\nhint: .*\n", bad.err)


@pytest.mark.parametrize("columns", SIZES)
def test_a_terminal_shows_progress_and_a_final_table(
    connected: Rwcap, service: Service, album: Path, columns: int
) -> None:
    """The progress display is removed; no line is wider than the terminal."""
    (album / "0.jpg").write_text("no image")
    answered = threading.Event()
    service.captions += [faults.numbered] * 2
    service.otherwise = faults.hold(answered)
    terminal = Terminal(columns, rows=50)

    process = connected.start_on([terminal] * 3, "batch", "p", "--write", "txt")
    shown = terminal.wait_for("3 of 9 done")
    answered.set()
    status = process.wait(60)
    terminal.close()

    screen = terminal.screen.text
    assert status == 3
    assert "$0.0026 spent, 1 failed, 2 captioned," in shown
    assert re.search(r"p/\d.jpg  Picture \d\.", shown)
    assert screen.startswith("1 failed: unusable input\n  p/0.jpg: not an image")
    assert re.search(r"^captioned +8 +\$0\.0104$", screen, re.MULTILINE)
    assert re.search(r"\nwritten +8 \.txt files beside the\s+images\ntime +", screen)
    hint, *lines = screen[screen.index("  hint: ") :].splitlines()
    assert hint
    assert all(len(line) <= columns for line in lines)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(401, (4, "API key missing or refused")), (402, (5, "account out of credit"))],
)
def test_the_summary_of_a_run_that_ends_early_lists_its_failures(
    connected: Rwcap,
    service: Service,
    album: Path,
    code: int,
    expected: tuple[int, str],
) -> None:
    """On a terminal, where no error was printed before."""
    (album / "0.jpg").write_bytes(b"")
    service.otherwise = faults.status(code, "refused")

    result = connected.on_terminal("batch", "p", "--write", "txt", "-c", "1")

    told = visible(result.err)
    assert "1 failed: unusable input\n  p/0.jpg: empty (0 bytes)" in told
    failure = re.search(r"1 failed: (.*)\n.* \(refused\): .*\n  hint: ", told)
    assert (result.status, failure and failure[1]) == expected


def test_a_verbose_run_prints_each_failure_above_the_display(
    connected: Rwcap, album: Path
) -> None:
    """The summary groups them, too."""
    (album / "0.jpg").write_text("no image")

    status, terminal = connected.on_screen("batch", "p", "-v", "--write", "txt")

    assert status == 3
    assert "error: p/0.jpg: not an image" in terminal.screen.text
    assert "1 failed: unusable input\n" in terminal.screen.text


def test_captions_on_a_terminal_stand_under_their_images(
    connected: Rwcap, album: Path
) -> None:
    """On standard output, as `rwcap caption` shows them."""
    result = connected.on_terminal("batch", "p/1.jpg", "p/2.jpg", columns=40)

    shown = visible(result.out).split("\n\n")
    assert sorted(shown) == ["", "p/1.jpg\nPicture 1.", "p/2.jpg\nPicture 2."]


# Secrets.


@pytest.mark.promises("secrets")
def test_the_key_appears_nowhere(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Not in outputs, ledger, messages or `ps`."""
    secret = "hush-hush"
    url = f"{service.url}?token={secret}"
    (album / "9.jpg").write_text("no image")
    answered = threading.Event()
    service.captions += [
        faults.status(400, "oddity", message=f"key {KEY} is odd"),
        faults.reset(accepted=True),
    ]
    service.otherwise = faults.hold(answered)
    process = connected.with_environment(RWCAP_API_URL=url).start(
        *("batch", "p", "-vv", "--jsonl", "--write", "txt", "-o", "out.csv"),
        *("--report", "report.json"),
    )
    wait_until(lambda: len(service.requests) >= 6)
    seen = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    answered.set()
    out, told = process.communicate(timeout=30)

    home = album.parent
    files = [path for path in home.rglob("*") if path.is_file()]
    assert process.returncode == 3
    assert b"[secret] is odd" in told
    assert any(path.name == "ledger.sqlite3" for path in files)
    for found in (seen, out, told, *(path.read_bytes() for path in files)):
        assert KEY.encode() not in found
        assert secret.encode() not in found
    assert not [path for path in home.rglob("*") if secret in str(path)]


@pytest.mark.promises("secrets")
def test_secrets_of_the_command_line_are_not_stored(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """URLs may have tokens; the other words are in the ledger."""
    for number, words in enumerate(
        (["--api-url", f"{service.url}?t=hush"], [f"--api-url={service.url}?t=hush"]), 1
    ):
        result = connected.run("batch", f"p/{number}.jpg", *words)

        assert result.status == 0
    remembered = b"".join(
        path.read_bytes()
        for path in (album.parent / ".local").rglob("*")
        if path.is_file()
    )
    assert b"rwcap batch p/1.jpg --api-url" in remembered
    assert b"hush" not in remembered


@pytest.mark.parametrize(
    "script",
    [
        "rwcap batch p -q --report /dev/stderr",
        "cat report & rwcap batch p -q --report report; wait",
    ],
)
def test_a_report_can_go_to_a_pipe(
    connected: Rwcap, tmp_path: Path, script: str
) -> None:
    """The pipe is written to, not replaced."""
    draw.album(tmp_path / "p", "1.jpg")
    os.mkfifo(tmp_path / "report")

    result = connected.shell(script)

    assert '"exit_status": 0' in result.out + result.err
    assert (tmp_path / "report").is_fifo()


def test_a_report_to_a_pipe_without_a_reader_does_not_hang(
    connected: Rwcap, tmp_path: Path
) -> None:
    """The captions are bought and written; the error has a hint."""
    draw.album(tmp_path / "p", "1.jpg")
    os.mkfifo(tmp_path / "report")

    result = connected.run("batch", "p", "--write", "txt", "--report", "report")

    assert result.status == 1
    assert "error: report: No such device or address\nhint: start the program" in (
        result.err
    )
    assert texts(tmp_path / "p") == {"1.txt": "Picture 1.\n"}


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
@pytest.mark.parametrize("replaced", [True, False])
def test_records_in_a_file_that_is_replaced_meanwhile_are_missed(
    connected: Rwcap, service: Service, album: Path, name: str, *, replaced: bool
) -> None:
    """An editor saves it, or it is removed; the next run has them all."""
    table = album.parent / name

    def replace(exchange: Exchange) -> None:
        if replaced:
            (album.parent / "saved").write_bytes(table.read_bytes())
            (album.parent / "saved").replace(table)
        else:
            table.unlink()
        faults.numbered(exchange)

    service.captions.append(replace)
    order = ["batch", "p", "-o", name]

    result = connected.run(*order)
    again = connected.run(*order)

    assert f"error: {name}: another program has replaced or removed it" in result.err
    assert "hint: run the same command again" in result.err
    assert (result.status, again.status) == (1, 0)
    assert all(f"Picture {number}." in table.read_text() for number in range(1, 9))
    assert service.bills == 8

"""`rwcap batch --watch`: real processes, a folder that changes, kills."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.cli.commands.watch import open_stage
from rwcap.cli.terminal.progress import DAY, WatchLines
from rwcap.cli.terminal.progress_line import ProgressLine
from rwcap.core.errors import UsageError
from rwcap.core.money import Micros
from rwcap.core.record import Record, RecordStatus
from rwcap.outputs.report import RunStatistics
from rwcap.sources.sources import Sources
from rwcap.usecases.batch.limits import BatchState
from tests import draw
from tests import service as faults
from tests.cli.test_batch_running import wait_for_line
from tests.process import Rwcap, Started, visible
from tests.service import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from rwcap.usecases.batch.pipeline import Batch


@pytest.fixture(autouse=True)
def pictures_are_told_apart(service: Service) -> None:
    """Have every caption say which picture it is of."""
    service.otherwise = faults.numbered


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Return a folder of two old pictures, one of them in a subfolder."""
    draw.album(tmp_path / "p", "1.jpg", "sub/2.jpg")
    for path in (tmp_path / "p").rglob("*.jpg"):
        os.utime(path, (0, 0))
    return tmp_path / "p"


@contextmanager
def watching(rwcap: Rwcap, *arguments: str) -> Iterator[Started]:
    """Yield a process that watches, and kill it if the test has not ended it."""
    process = rwcap.start("batch", "p", "--watch", *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: Started, number: signal.Signals = signal.SIGTERM) -> str:
    """Stop a process, and return what it told on standard error."""
    process.send_signal(number)
    return process.communicate(timeout=30)[1].decode()


def add(folder: Path, name: str, number: int) -> None:
    """Copy a picture into a folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(draw.snapshot(number))


def texts(folder: Path) -> dict[str, str]:
    """Return the captions beside the pictures in a folder and its subfolders."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*.txt")
    }


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")]
)
@pytest.mark.promises("watch")
def test_new_pictures_are_captioned_until_a_signal(
    connected: Rwcap, service: Service, album: Path, number: signal.Signals, word: str
) -> None:
    """First those that are there; then new ones, renamed ones free; each one once."""
    with watching(connected, "--write", "txt", "--exclude", "no*") as process:
        wait_until(lambda: len(texts(album)) == 2)
        add(album, "new/3.jpg", 3)
        add(album, "no.jpg", 4)
        (album / "1.jpg").rename(album / "new/1.jpg")
        wait_until(lambda: len(texts(album)) == 4)
        told = stop(process, number)

    assert process.returncode == -number
    assert texts(album) == {
        "1.txt": "Picture 1.\n",
        "sub/2.txt": "Picture 2.\n",
        "new/1.txt": "Picture 1.\n",
        "new/3.txt": "Picture 3.\n",
    }
    assert told.startswith("watching 1 folder until stopped\nstopping: ")
    assert "stopped: interrupted\nok: 3\ncached: 1\n" in told
    assert "continue with: rwcap batch p --watch --write txt " in told
    assert told.endswith(f"error: {word}\n")
    assert service.bills == len(service.requests) == 3


@pytest.mark.promises("watch")
def test_a_picture_written_in_steps_is_captioned_once(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """By a camera under its own name, by an editor under another one first."""
    whole = draw.snapshot(3)
    with watching(connected, "--write", "txt") as process:
        wait_until(lambda: len(texts(album)) == 2)
        with (album / "3.jpg").open("wb") as camera:
            for step in range(0, len(whole), len(whole) // 3):
                camera.write(whole[step : step + len(whole) // 3])
                camera.flush()
                time.sleep(0.7)
        add(album, ".editor", 4)
        (album / ".editor").rename(album / "4.jpg")
        wait_until(lambda: len(texts(album)) == 4)
        told = stop(process)

    assert "ok: 4\nspent" in told
    assert service.bills == len(service.requests) == 4


@pytest.mark.promises("watch", "once")
def test_a_killed_run_is_continued_with_one_bill_for_each_picture(
    connected: Rwcap, service: Service, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while requests are in flight, before and after their acceptance."""
    # As if the model had answered: captions of a sandbox count as none.
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")
    arguments = ("--write", "embed")
    with watching(connected, *arguments) as process:
        wait_until(lambda: service.bills == 2)
        service.captions += [
            faults.hang(accepted=True),
            faults.hang(accepted=False),
        ]
        add(album, "3.jpg", 3)
        add(album, "4.jpg", 4)
        wait_until(lambda: len(service.requests) == 4)
        wait_until(lambda: service.bills == 3)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    add(album, "5.jpg", 5)
    with watching(connected, *arguments) as process:
        wait_until(lambda: service.bills == 5)
        wait_until(
            lambda: all(b"rwcap" in each.read_bytes() for each in album.rglob("*.jpg"))
        )
        told = stop(process)
    again = connected.run("batch", "p", "--write", "embed")

    assert "error (" not in told
    assert again.status == 0
    assert "skipped: 5\n" in again.err
    assert service.bills == 5


@pytest.mark.promises("watch")
def test_captions_in_pictures_do_not_bring_them_again(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Neither do text files, XMP files, records and backups in the same folder."""
    outputs = ("--write", "embed", "--write", "txt", "--backup", "-o", "p/all.jsonl")
    with watching(connected, *outputs) as process:
        wait_until(lambda: len(texts(album)) == 2)
        add(album, "3.jpg", 3)
        wait_until(lambda: len(texts(album)) == 3)
        add(album, "4.jpg", 4)
        wait_until(lambda: len(texts(album)) == 4)
        told = stop(process)

    assert "ok: 4\nwritten" in told
    assert service.bills == 4


@pytest.mark.promises("watch")
def test_a_folder_may_go_and_come_back(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """As with a disk that is not mounted for a while."""
    with watching(connected, "--write", "txt") as process:
        wait_until(lambda: len(texts(album)) == 2)
        album.rename(album.parent / "elsewhere")
        time.sleep(3)
        add(album, "3.jpg", 3)
        wait_until(lambda: len(texts(album)) == 1)
        told = stop(process)

    assert "ok: 3\nspent" in told
    assert service.bills == 3


@pytest.mark.promises("watch", "limits")
def test_a_spent_budget_is_waited_for(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The run does not end, and a new day buys the rest."""
    limited = connected.with_environment(RWCAP_BUDGET_DAY="0.003")
    with watching(limited, "--write", "txt", "-v", "-c", "1") as process:
        wait_for_line(process, b"waiting: the limit of $0.0030 per day is reached")
        bills = service.bills
        (ledger,) = album.parent.rglob("ledger.sqlite3")
        with closing(sqlite3.connect(ledger)) as database, database:
            database.execute("UPDATE day SET day = '2000-01-01'")
        wait_until(lambda: len(texts(album)) == 2)
        told = stop(process)

    assert (bills, service.bills) == (1, 2)
    assert "ok: 2\n" in told
    assert process.returncode == -signal.SIGTERM


def test_a_terminal_says_why_a_run_waits(connected: Rwcap, album: Path) -> None:
    """The limit that is reached, and when it goes on."""
    limited = connected.with_environment(RWCAP_BUDGET_DAY="0.003")

    result = limited.on_terminal(
        *("batch", "p", "--watch", "--write", "txt", "-c", "1", "--max-duration", "2"),
        columns=100,
    )

    reason = "the limit of $0.0030 per day is reached; the run goes on tomorrow"
    assert result.status == 8
    assert f"\nwaiting: {reason}" in visible(result.err)
    assert "not done yet  1" in visible(result.err)


@pytest.mark.promises("limits")
def test_a_limit_of_the_run_ends_it(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """No later day frees it."""
    with watching(connected, "--write", "txt", "--max-cost", "0.003") as process:
        told = process.communicate(timeout=30)[1].decode()

    assert process.returncode == 8
    assert "stopped: a spending limit is reached\n" in told
    assert service.bills == 1


def test_a_terminal_shows_that_there_is_nothing_to_do(
    connected: Rwcap, album: Path
) -> None:
    """Without a bar that seems to move; the time limit ends the run as any other."""
    result = connected.on_terminal(
        *("batch", "p", "--watch", "--write", "txt", "--max-duration", "2")
    )

    frames = visible(result.err).replace("\r", "\n").split("watching 1 folder\n")
    assert result.status == 8
    assert len(frames) > 2
    assert frames[-2].startswith("$0.0026 spent, 2 captioned\np/")
    assert "stopped: --max-duration is reached\n" in frames[-1]
    assert len(texts(album)) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--limit", "1"], "--watch and --limit exclude each other"),
        (["--sample", "1"], "--watch and --sample exclude each other"),
        (["--pilot", "1"], "--watch and --pilot exclude each other"),
        (["--files-from", "-"], "--watch and --files-from exclude each other"),
        (["--fresh"], "--watch and --fresh exclude each other"),
        (["--dry-run"], "--watch and --dry-run exclude each other"),
        (
            ["--mode", "remove", "--write", "txt"],
            "--watch and --mode remove exclude each other",
        ),
        (["p/1.jpg"], "p/1.jpg: not a folder, which --watch needs"),
        (["list.csv"], "list.csv: not a folder, which --watch needs"),
        (["https://a.b/c.jpg"], "https://a.b/c.jpg: not a folder, which --watch needs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_has_an_end_is_refused(
    connected: Rwcap, service: Service, album: Path, arguments: list[str], message: str
) -> None:
    """In one line, with status 2."""
    result = connected.run("batch", "p", "--watch", *arguments)

    assert result.status == 2
    assert result.err == f"error: {message}\nhint: rwcap batch --help\n"
    assert not service.requests


def test_an_estimate_needs_an_end(connected: Rwcap, album: Path) -> None:
    """Nobody knows what will come."""
    result = connected.run("cost", "estimate", "p", "--watch")

    assert result.status == 2
    assert result.err.startswith(
        "error: --watch has no estimate, because the run has no end\n"
    )


def test_without_watchfiles_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.delitem(sys.modules, "rwcap.sources.folder_changes", raising=False)
    sources = Sources(["p"], stdin=pytest.fail, notice=pytest.fail)

    with pytest.raises(UsageError) as refused:
        open_stage(cast("Batch", None), sources, ["p"])

    assert refused.value.message == "--watch requires the package watchfiles"
    assert refused.value.hint == (
        'pipx inject rwcap watchfiles (or pip install "rwcap[watch]")'
    )


class Paused:
    """A batch, as progress sees it."""

    state = BatchState(4)

    def first_limit(self) -> None:
        """Return no limit."""


@pytest.mark.promises("watch")
def test_a_line_says_what_is_new_and_one_each_day_that_nothing_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever reads the journal sees that it still runs."""
    statistics, batch, clock = RunStatistics(), Paused(), [0.0]
    line = ProgressLine(statistics, lambda: clock[-1], lambda: 2, "2 folders")
    lines = WatchLines(line, batch, lambda: clock[-1])
    record = Record("a.jpg", RecordStatus.OK, text="A cat.", cost=Micros(1300))

    def say_at(time: float) -> str:
        clock.append(time)
        lines.say()
        return capsys.readouterr().err

    assert say_at(30) == ""
    statistics.add(record)
    assert say_at(60) == "1 of 2 done, $0.0013, 2.0/min, 30 s left\n"
    assert say_at(90) == ""
    lines.explain("waiting: 20 failures in a row")
    batch.state = BatchState(4, waiting=1)
    assert say_at(120) == "1 of 2 done, $0.0013; waiting: 20 failures in a row\n"
    batch.state = BatchState(4)
    statistics.add(record)
    assert say_at(150).startswith("watching 2 folders, $0.0026")
    assert say_at(180 + DAY / 2) == ""
    assert say_at(180 + DAY) == "watching 2 folders, $0.0026\n"

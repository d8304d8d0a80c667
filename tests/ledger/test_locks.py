"""Locks end with whoever holds them, and only then."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rwcap.core.errors import LedgerError
from rwcap.core.exit_status import ExitStatus
from rwcap.ledger.locks import FileLocks

HOLD = """
import sys
from pathlib import Path
from rwcap.ledger.locks import FileLocks
print(FileLocks(Path(sys.argv[1])).acquire("one"), flush=True)
sys.stdin.read()
"""

# A marker that can only be made where there is none shows that nobody else is in.
TAKE_TURNS = """
import os, sys
from pathlib import Path
from rwcap.ledger.locks import FileLocks
locks, marker = FileLocks(Path(sys.argv[1])), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
turns = 0
while turns < 40:
    if locks.acquire("one"):
        marker.touch(exist_ok=False)
        marker.unlink()
        locks.release("one")
        turns += 1
    locks.is_held("one")
print("done", flush=True)
"""


@contextmanager
def another(script: str, *arguments: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a script in a process that has said its first word."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_word(process: "subprocess.Popen[str]") -> str:
    """Return the first line that a process prints."""
    assert process.stdout
    return process.stdout.readline().strip()


def test_what_another_process_holds_cannot_be_taken(tmp_path: Path) -> None:
    """Until it gives it up, here by coming to its end."""
    locks = FileLocks(tmp_path)

    with another(HOLD, tmp_path) as process:
        assert first_word(process) == "True"
        assert locks.is_held("one")
        assert not locks.acquire("one")
        process.communicate("")

    assert not locks.is_held("one")
    assert locks.acquire("one")


def test_a_process_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    """Its file is left, and is removed by whoever asks first."""
    locks = FileLocks(tmp_path)

    with another(HOLD, tmp_path) as process:
        first_word(process)
        process.kill()
        process.wait()

    assert (tmp_path / "one").exists()
    assert not locks.is_held("one")
    assert not (tmp_path / "one").exists()


def test_what_a_dead_process_left_can_be_taken_at_once(tmp_path: Path) -> None:
    """Without anybody asking whether it is held."""
    with another(HOLD, tmp_path) as process:
        first_word(process)
        process.kill()
        process.wait()

    assert FileLocks(tmp_path).acquire("one")


def test_what_nobody_ever_held_is_free(tmp_path: Path) -> None:
    """Asking makes neither file nor folder."""
    folder = tmp_path / "locks"

    assert not FileLocks(folder).is_held("one")
    assert not folder.exists()


def test_what_is_held_here_is_held(tmp_path: Path) -> None:
    """For other users of the folder in the same process, too."""
    mine, yours = FileLocks(tmp_path), FileLocks(tmp_path)

    assert mine.acquire("one")
    assert mine.is_held("one")
    assert yours.is_held("one")
    assert not yours.acquire("one")
    assert not mine.acquire("one")
    assert yours.acquire("two")


def test_what_is_given_up_is_free_and_leaves_no_file(tmp_path: Path) -> None:
    """As often as it is taken."""
    locks = FileLocks(tmp_path)

    for _ in range(3):
        assert locks.acquire("one")
        locks.release("one")
        assert not locks.is_held("one")

    assert list(tmp_path.iterdir()) == []


def test_giving_up_works_though_the_file_is_gone(tmp_path: Path) -> None:
    """Somebody has cleaned up."""
    locks = FileLocks(tmp_path)
    locks.acquire("one")
    (tmp_path / "one").unlink()

    locks.release("one")

    assert not locks.is_held("one")


def test_only_the_owner_may_read_folder_and_files(tmp_path: Path) -> None:
    """Nobody else can hold up a run by holding its lock."""
    FileLocks(tmp_path / "locks").acquire("one")

    modes = [
        path.stat().st_mode & 0o777
        for path in (tmp_path / "locks", tmp_path / "locks/one")
    ]

    assert modes == [0o700, 0o600]


def test_processes_that_want_the_same_lock_take_turns(tmp_path: Path) -> None:
    """Four of them take, ask and give up as fast as they can; none ever fails."""
    marker = tmp_path / "marker"
    with (
        another(TAKE_TURNS, tmp_path / "locks", marker) as a,
        another(TAKE_TURNS, tmp_path / "locks", marker) as b,
        another(TAKE_TURNS, tmp_path / "locks", marker) as c,
        another(TAKE_TURNS, tmp_path / "locks", marker) as d,
    ):
        processes = [a, b, c, d]
        for process in processes:
            first_word(process)
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        ends = [process.communicate(timeout=90) for process in processes]

    assert ends == [("done\n", "")] * 4


def test_threads_that_ask_after_the_same_dead_holder_agree(tmp_path: Path) -> None:
    """None takes another's question for a holder."""
    locks = FileLocks(tmp_path)

    def ask(_: int) -> bool:
        tmp_path.joinpath("one").touch()
        return locks.is_held("one")

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(ask, range(200)))

    assert not locks.is_held("one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statements", [0, 1, 2])
@pytest.mark.parametrize("again", [False, True])
def test_a_file_that_is_removed_while_we_come_is_not_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, statements: int, again: bool
) -> None:
    """What counts is the file that others will find, made again or not."""
    path = tmp_path / "one"
    opened: list[sqlite3.Connection] = []
    executed: list[str] = []

    def remove() -> None:
        path.unlink()
        if again:
            path.with_name("other").touch()
            path.with_name("other").rename(path)

    class Late(sqlite3.Connection):
        def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401  # sqlite3's
            super().__init__(*arguments, **more)
            opened.append(self)

        def execute(self, sql: str, *_: object) -> sqlite3.Cursor:
            if len(executed) == statements:
                remove()
            executed.append(sql)
            done = super().execute(sql)
            if len(executed) == statements == 2:
                remove()
                executed.append("removed")
            return done

    connect = partial(sqlite3.connect, factory=Late)
    monkeypatch.setattr("rwcap.ledger.locks.sqlite3.connect", connect)
    assert FileLocks(tmp_path).acquire("one")
    monkeypatch.undo()

    assert len(opened) == 2
    assert not FileLocks(tmp_path).acquire("one")


def test_a_failure_because_the_file_was_removed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite may call it a disk error, as it did when it looked for a journal."""
    failures: list[sqlite3.Error] = []

    class Puzzled(sqlite3.Connection):
        def execute(self, sql: str, *_: object) -> sqlite3.Cursor:
            if not failures:
                (tmp_path / "one").unlink()
                failure = sqlite3.OperationalError("disk I/O error")
                failure.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSTAT
                failures.append(failure)
                raise failure
            return super().execute(sql)

    connect = partial(sqlite3.connect, factory=Puzzled)
    monkeypatch.setattr("rwcap.ledger.locks.sqlite3.connect", connect)

    assert FileLocks(tmp_path).acquire("one")
    assert len(failures) == 1


def test_a_file_that_vanishes_before_it_is_opened_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its making and the first look at it."""
    touch = Path.touch
    touched: list[Path] = []

    def vain(path: Path, mode: int = 0o666) -> None:
        touched.append(path)
        if len(touched) > 1:
            touch(path, mode)

    monkeypatch.setattr(Path, "touch", vain)

    assert FileLocks(tmp_path).acquire("one")
    assert len(touched) == 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Not as if another process held the lock."""
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError, match="Not a directory") as failed:
        FileLocks(tmp_path / "file/locks").acquire("one")

    assert failed.value.status is ExitStatus.CONFIG
    assert failed.value.hint


def test_a_file_that_is_something_else_is_told(tmp_path: Path) -> None:
    """Nothing in it is touched."""
    (tmp_path / "one").write_bytes(os.urandom(5000))
    before = (tmp_path / "one").read_bytes()

    with pytest.raises(LedgerError, match="not a database"):
        FileLocks(tmp_path).acquire("one")

    assert (tmp_path / "one").read_bytes() == before


def test_a_lock_that_is_passed_on_keeps_its_file(tmp_path: Path) -> None:
    """Whoever waits for it has opened that very file."""
    first, second = FileLocks(tmp_path), FileLocks(tmp_path)
    assert first.acquire("one")
    assert not second.acquire("one")

    first.hand_over("one")

    assert (tmp_path / "one").exists()
    assert second.acquire("one")
    second.release("one")

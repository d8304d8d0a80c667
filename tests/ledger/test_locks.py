"""A lock is held until its process releases it or ends."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from rwcap.core.errors import LedgerError
from rwcap.core.exit_status import ExitStatus
from rwcap.ledger.locks import FileLocks
from rwcap.settings.new_files import ensure_file
from tests.sources.batch import NOBODY, unprivileged

HOLD = """
import sys
from pathlib import Path
from rwcap.ledger.locks import FileLocks
print(FileLocks(Path(sys.argv[1])).acquire("one"), flush=True)
sys.stdin.read()
"""

# Creating the marker fails if another process holds the lock.
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
    """Run a script in another process until its block ends."""
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


def first_line(process: "subprocess.Popen[str]") -> str:
    """Return the first line that a process prints."""
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_lock_of_another_process_cannot_be_acquired(tmp_path: Path) -> None:
    """It is free when the other process ends."""
    locks = FileLocks(tmp_path)

    with another(HOLD, tmp_path) as process:
        assert first_line(process) == "True"
        assert locks.is_held("one")
        assert not locks.acquire("one")
        process.communicate("")

    assert not locks.is_held("one")
    assert locks.acquire("one")


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    """Its file remains until the next check removes it."""
    locks = FileLocks(tmp_path)

    with another(HOLD, tmp_path) as process:
        first_line(process)
        process.kill()
        process.wait()

    assert (tmp_path / "one").exists()
    assert not locks.is_held("one")
    assert not (tmp_path / "one").exists()


def test_the_lock_of_a_killed_process_can_be_acquired_at_once(tmp_path: Path) -> None:
    """No check is needed before."""
    with another(HOLD, tmp_path) as process:
        first_line(process)
        process.kill()
        process.wait()

    assert FileLocks(tmp_path).acquire("one")


def test_an_unused_lock_is_free(tmp_path: Path) -> None:
    """The check creates neither file nor folder."""
    folder = tmp_path / "locks"

    assert not FileLocks(folder).is_held("one")
    assert not folder.exists()


def test_a_lock_of_this_process_is_held(tmp_path: Path) -> None:
    """Other users of the folder in this process see it, too."""
    mine, yours = FileLocks(tmp_path), FileLocks(tmp_path)

    assert mine.acquire("one")
    assert mine.is_held("one")
    assert yours.is_held("one")
    assert not yours.acquire("one")
    assert not mine.acquire("one")
    assert yours.acquire("two")


def test_a_released_lock_is_free_and_leaves_no_file(tmp_path: Path) -> None:
    """It can be acquired again."""
    locks = FileLocks(tmp_path)

    for _ in range(3):
        assert locks.acquire("one")
        locks.release("one")
        assert not locks.is_held("one")

    assert list(tmp_path.iterdir()) == []


def test_a_lock_can_be_released_after_its_file_is_deleted(tmp_path: Path) -> None:
    """Another program may have deleted it."""
    locks = FileLocks(tmp_path)
    locks.acquire("one")
    (tmp_path / "one").unlink()

    locks.release("one")

    assert not locks.is_held("one")


def test_only_the_owner_may_read_folder_and_files(tmp_path: Path) -> None:
    """Another user cannot block a run by holding its lock."""
    FileLocks(tmp_path / "locks").acquire("one")

    modes = [
        path.stat().st_mode & 0o777
        for path in (tmp_path / "locks", tmp_path / "locks/one")
    ]

    assert modes == [0o700, 0o600]


@pytest.mark.root
def test_a_lock_of_root_counts_for_the_owner_of_its_folder() -> None:
    """It is held or free, as any other one, and not without rights."""
    with TemporaryDirectory() as folder:  # the folder of pytest is root's
        os.chown(folder, NOBODY, NOBODY)
        roots, users = FileLocks(Path(folder, "a")), FileLocks(Path(folder, "a"))
        roots.acquire("one")

        with unprivileged():
            assert users.is_held("one")
            roots.hand_over("one")
            assert users.acquire("one")
            users.release("one")


def test_processes_that_want_the_same_lock_take_turns(tmp_path: Path) -> None:
    """Four processes acquire, check and release it without an error."""
    marker = tmp_path / "marker"
    with (
        another(TAKE_TURNS, tmp_path / "locks", marker) as a,
        another(TAKE_TURNS, tmp_path / "locks", marker) as b,
        another(TAKE_TURNS, tmp_path / "locks", marker) as c,
        another(TAKE_TURNS, tmp_path / "locks", marker) as d,
    ):
        processes = [a, b, c, d]
        for process in processes:
            first_line(process)
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        ends = [process.communicate(timeout=90) for process in processes]

    assert ends == [("done\n", "")] * 4


def test_threads_that_check_the_same_lock_agree(tmp_path: Path) -> None:
    """No check counts as a holder."""
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
def test_a_file_deleted_while_it_is_opened_is_not_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, statements: int, again: bool
) -> None:
    """The lock is the file that other processes find, created again or not."""
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


def test_an_error_because_the_file_was_deleted_is_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite can report a disk error when it looks for the journal."""
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


def test_a_file_deleted_before_it_is_opened_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is deleted between its creation and the first check."""
    created: list[Path] = []

    def vain(path: Path) -> None:
        created.append(path)
        if len(created) > 1:
            ensure_file(path)

    monkeypatch.setattr("rwcap.ledger.locks.ensure_file", vain)

    assert FileLocks(tmp_path).acquire("one")
    assert len(created) == 2


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    """The lock does not count as held by another process."""
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError, match="Not a directory") as failed:
        FileLocks(tmp_path / "file/locks").acquire("one")

    assert failed.value.status is ExitStatus.CONFIG
    assert failed.value.hint


def test_a_lock_that_cannot_be_looked_for_is_an_error(tmp_path: Path) -> None:
    """It does not count as free: its owner could be running."""
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError, match="Not a directory"):
        FileLocks(tmp_path / "file").is_held("one")


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    """It is not changed."""
    (tmp_path / "one").write_bytes(os.urandom(5000))
    before = (tmp_path / "one").read_bytes()

    with pytest.raises(LedgerError, match="not a database"):
        FileLocks(tmp_path).acquire("one")

    assert (tmp_path / "one").read_bytes() == before


def test_a_lock_that_is_handed_over_keeps_its_file(tmp_path: Path) -> None:
    """The next holder may have opened that file already."""
    first, second = FileLocks(tmp_path), FileLocks(tmp_path)
    assert first.acquire("one")
    assert not second.acquire("one")

    first.hand_over("one")

    assert (tmp_path / "one").exists()
    assert second.acquire("one")
    second.release("one")


def test_a_file_that_sqlite_cannot_open_may_be_one_without_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that was created under `umask 777`."""

    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr("rwcap.ledger.locks.sqlite3.connect", refuse)
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(LedgerError, match="unable to open") as refused:
        FileLocks(tmp_path).acquire("one")

    assert str(refused.value.hint).startswith("chmod u+rwX ")

"""Tests of temporary files: those of killed writers are removed, others are kept."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rwcap.outputs import temporary
from rwcap.outputs.atomic import replace_file
from rwcap.outputs.temporary import Folders, leftovers, remove_leftovers

NAME = ".rwcap-0123456789abcdef"

WRITER = """
import sys
from rwcap.outputs.atomic import atomic_replacement

with atomic_replacement(sys.argv[1], b"theirs"):
    print("writing", flush=True)
    sys.stdin.readline()
"""
"""A process that waits for input in the middle of a write."""

EARLIER = """
import sys
from rwcap.outputs.atomic import replace_file

replace_file(sys.argv[1], b"theirs")
print("written", flush=True)
sys.stdin.readline()
"""
"""A process that waits for input after a write."""


@contextmanager
def process(program: str, target: Path) -> Iterator["subprocess.Popen[str]"]:
    """Yield a process that waits for input."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout
        assert started.stdout.readline()
        yield started


def finish(started: "subprocess.Popen[str]") -> None:
    """Let a process continue, and wait until it ends."""
    started.communicate("\n", timeout=60)
    assert started.returncode == 0


def kill_a_writer(target: Path) -> None:
    """Leave the temporary file of a killed process in the folder of `target`."""
    with process(WRITER, target) as writer:
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_the_first_write_to_a_folder_removes_leftovers(
    tmp_path: Path,
) -> None:
    """The name of the written file does not matter."""
    kill_a_writer(tmp_path / "a.txt")
    left = names(tmp_path)

    replace_file(str(tmp_path / "b.txt"), b"ours")

    assert len(left) == 1
    assert names(tmp_path) == ["b.txt"]


def test_the_end_of_a_process_removes_newer_leftovers(
    tmp_path: Path,
) -> None:
    """Another process was killed after the first write."""
    path = tmp_path / "a.txt"
    with process(WRITER, path) as killed, process(EARLIER, path) as earlier:
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=60)
        left = names(tmp_path)
        finish(earlier)

    assert len(left) == 2
    assert names(tmp_path) == ["a.txt"]


def test_two_processes_can_write_the_same_file(tmp_path: Path) -> None:
    """Neither removes the temporary file of the other, and the last one wins."""
    path = tmp_path / "a.txt"
    with process(WRITER, path) as writer:
        replace_file(str(path), b"ours")
        remove_leftovers(str(tmp_path))
        between = path.read_bytes()
        finish(writer)

    assert between == b"ours"
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.txt"]


def test_similar_names_are_not_leftovers(tmp_path: Path) -> None:
    """Only regular files with one link and the exact pattern are removed."""
    similar = [".rwcap-notes", f"{NAME}.jpg", NAME.upper(), NAME[1:], f"{NAME}-0"]
    for name in similar:
        (tmp_path / name).touch()
    (tmp_path / f"{NAME[:-1]}0").mkdir()
    (tmp_path / f"{NAME[:-1]}1").symlink_to(".rwcap-notes")
    (tmp_path / f"{NAME[:-1]}2").hardlink_to(tmp_path / ".rwcap-notes")
    os.mkfifo(tmp_path / f"{NAME[:-1]}3")
    before = names(tmp_path)

    remove_leftovers(str(tmp_path))

    assert names(tmp_path) == before


def test_temporary_files_of_other_users_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several users can write to one folder."""
    (tmp_path / NAME).touch()
    user = os.geteuid()

    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    others = list(leftovers(str(tmp_path)))
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert others == []
    assert list(leftovers(str(tmp_path))) == [str(tmp_path / NAME)]


def test_leftovers_of_rwcap_0_1_are_removed(tmp_path: Path) -> None:
    """Their names can have a second part."""
    (tmp_path / f"{NAME}-01234567").touch()

    remove_leftovers(str(tmp_path))

    assert names(tmp_path) == []


def test_a_read_only_leftover_is_removed() -> None:
    """It has the permissions of a read-only file that it should replace."""
    user = os.geteuid()
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        os.seteuid(user or 65534)
        try:
            Path(folder, NAME).touch(mode=0o400)
            remove_leftovers(folder)
            assert names(Path(folder)) == []
        finally:
            os.seteuid(user)


def test_a_missing_folder_has_no_leftovers(tmp_path: Path) -> None:
    """It can be removed after a write."""
    assert list(leftovers(str(tmp_path / "missing"))) == []


def test_a_leftover_that_another_process_removes_is_skipped(
    tmp_path: Path,
) -> None:
    """Two processes can clean one folder."""
    (tmp_path / NAME).touch()
    (tmp_path / f"{NAME[:-1]}0").touch()

    found = []
    for path in leftovers(str(tmp_path)):
        found.append(path)
        remove_leftovers(str(tmp_path))  # it is locked, the other one is not

    assert names(tmp_path) == [Path(path).name for path in found]
    assert len(found) == 1


def test_a_file_that_its_writer_renames_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer finishes between the opening and the locking of the file."""
    lock = fcntl.flock
    (tmp_path / NAME).touch()

    def late(descriptor: int, operation: int) -> None:
        (tmp_path / NAME).rename(tmp_path / "a.txt")
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)

    assert list(leftovers(str(tmp_path))) == []
    assert names(tmp_path) == ["a.txt"]


def test_a_new_file_that_is_removed_before_it_is_locked_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is locked, it looks like a leftover."""
    lock = fcntl.flock
    created: list[str] = []

    def late(descriptor: int, operation: int) -> None:
        created.extend(names(tmp_path))
        if len(created) == 1:
            (tmp_path / created[0]).unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)

    replace_file(str(tmp_path / "a.txt"), b"new")

    assert len(set(created)) == 2
    assert names(tmp_path) == ["a.txt"]


def test_a_new_file_that_another_process_locks_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process checks whether it is a leftover."""
    lock = fcntl.flock
    created: list[str] = []

    def late(descriptor: int, operation: int) -> None:
        created.extend(names(tmp_path))
        if len(created) == 1:
            raise BlockingIOError
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)

    replace_file(str(tmp_path / "a.txt"), b"new")

    assert len(set(created)) == 2
    assert names(tmp_path) == ["a.txt"]


def test_without_locks_no_file_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems cannot show whether a writer still runs."""

    def missing(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (tmp_path / NAME).touch()
    monkeypatch.setattr(fcntl, "flock", missing)

    replace_file(str(tmp_path / "a.txt"), b"new")

    assert names(tmp_path) == [NAME, "a.txt"]


def test_a_remembered_folder_is_cleaned_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cleaned again when it is forgotten, and when the process ends."""
    cleaned: list[str] = []
    monkeypatch.setattr(temporary, "remove_leftovers", cleaned.append)
    folders = Folders(limit=2)

    for folder in ("a", "b", "a", "b", "c", "b"):
        folders.enter(folder)
    before = [*cleaned]
    folders.leave()

    assert before == ["a", "b", "c", "a"]
    assert cleaned == [*before, "b", "c"]


def test_the_file_of_a_killed_writer_is_a_leftover(tmp_path: Path) -> None:
    """Its name shows that rwcap has created it."""
    descriptor, draft = temporary.create(tmp_path)
    while_written = [*leftovers(str(tmp_path))]
    os.close(descriptor)

    assert while_written == []
    assert [*leftovers(str(tmp_path))] == [str(draft)]


def test_a_leftover_that_cannot_be_removed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process removes it at the same moment. The others are removed."""
    (tmp_path / NAME).touch()
    found = [str(tmp_path / "gone"), str(tmp_path / NAME)]
    monkeypatch.setattr(temporary, "leftovers", lambda _: found)

    remove_leftovers(str(tmp_path))

    assert names(tmp_path) == []

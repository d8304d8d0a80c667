"""Temporary files of killed writers are removed; those of living ones are not."""

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
"""A process that writes a file, and ends the write when it is told to."""

EARLIER = """
import sys
from rwcap.outputs.atomic import replace_file

replace_file(sys.argv[1], b"theirs")
print("written", flush=True)
sys.stdin.readline()
"""
"""A process that has written a file, and ends when it is told to."""


@contextmanager
def process(program: str, target: Path) -> Iterator["subprocess.Popen[str]"]:
    """Yield a process that has begun, as it tells."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout
        assert started.stdout.readline()
        yield started


def tell(started: "subprocess.Popen[str]") -> None:
    """Have a process go on, and wait for its end."""
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


def test_the_first_write_to_a_folder_removes_what_a_killed_writer_left(
    tmp_path: Path,
) -> None:
    """Whichever file it was to become."""
    kill_a_writer(tmp_path / "a.txt")
    left = names(tmp_path)

    replace_file(str(tmp_path / "b.txt"), b"ours")

    assert len(left) == 1
    assert names(tmp_path) == ["b.txt"]


def test_the_end_of_a_process_removes_what_was_left_in_the_meantime(
    tmp_path: Path,
) -> None:
    """Also where both wrote the same file."""
    path = tmp_path / "a.txt"
    with process(WRITER, path) as killed, process(EARLIER, path) as earlier:
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=60)
        left = names(tmp_path)
        tell(earlier)

    assert len(left) == 2
    assert names(tmp_path) == ["a.txt"]


def test_two_processes_write_the_same_file_at_once(tmp_path: Path) -> None:
    """Neither removes the other's temporary file; the last one has its way."""
    path = tmp_path / "a.txt"
    with process(WRITER, path) as writer:
        replace_file(str(path), b"ours")
        remove_leftovers(str(tmp_path))
        between = path.read_bytes()
        tell(writer)

    assert between == b"ours"
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.txt"]


def test_files_of_similar_names_are_left_alone(tmp_path: Path) -> None:
    """Only a regular file with one name, the exact pattern and this owner is ours."""
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


def test_temporary_files_of_another_user_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that several people write to."""
    (tmp_path / NAME).touch()
    user = os.geteuid()

    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    others = list(leftovers(str(tmp_path)))
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert others == []
    assert list(leftovers(str(tmp_path))) == [str(tmp_path / NAME)]


def test_what_rwcap_0_1_left_is_removed(tmp_path: Path) -> None:
    """Its names have a second part where two processes wrote the same file."""
    (tmp_path / f"{NAME}-01234567").touch()

    remove_leftovers(str(tmp_path))

    assert names(tmp_path) == []


def test_a_read_only_leftover_is_removed() -> None:
    """It has the permissions of the file that it was to replace."""
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


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    """It may have been removed since it was written to."""
    assert list(leftovers(str(tmp_path / "missing"))) == []


def test_a_leftover_that_another_process_removes_first_is_passed_over(
    tmp_path: Path,
) -> None:
    """Two may look at the same folder."""
    (tmp_path / NAME).touch()
    (tmp_path / f"{NAME[:-1]}0").touch()

    found = []
    for path in leftovers(str(tmp_path)):
        found.append(path)
        remove_leftovers(str(tmp_path))  # it is locked, the other one is not

    assert names(tmp_path) == [Path(path).name for path in found]
    assert len(found) == 1


def test_a_file_that_its_writer_renames_first_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer ends after the file was opened and before it is locked."""
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
    """For a moment nothing tells it from a leftover."""
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


def test_a_new_file_that_another_process_looks_at_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has it locked for that moment."""
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


def test_without_locks_files_are_written_and_none_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network file systems: nobody knows whether a writer lives."""

    def missing(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (tmp_path / NAME).touch()
    monkeypatch.setattr(fcntl, "flock", missing)

    replace_file(str(tmp_path / "a.txt"), b"new")

    assert names(tmp_path) == [NAME, "a.txt"]


def test_a_folder_is_looked_through_once_as_long_as_it_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked through again when it is forgotten, and when the process ends."""
    looked: list[str] = []
    monkeypatch.setattr(temporary, "remove_leftovers", looked.append)
    folders = Folders(limit=2)

    for folder in ("a", "b", "a", "b", "c", "b"):
        folders.enter(folder)
    folders.leave()

    assert looked == ["a", "b", "c", "a", "b", "c"]

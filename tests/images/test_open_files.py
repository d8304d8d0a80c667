"""Tests of files that another program is writing."""

import errno
import fcntl
import sys
from pathlib import Path

import pytest

from rwcap.images import open_files
from rwcap.images.open_files import is_being_written

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


@pytest.fixture(autouse=True)
def forget() -> None:
    """Ask anew what a file system tells."""
    open_files._grants_leases.cache_clear()


@pytest.mark.promises("files")
def test_a_file_is_being_written_while_a_program_has_it_open(tmp_path: Path) -> None:
    """Reading it is no reason."""
    path = tmp_path / "a.jpg"
    with path.open("wb"):
        assert is_being_written(str(path))
    with path.open("rb"):
        assert not is_being_written(str(path))
    assert not is_being_written(str(tmp_path / "gone.jpg"))


@pytest.mark.promises("texts")
def test_a_disk_that_refuses_all_leases_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network file systems without delegations do, with the same error."""

    def refused(descriptor: int, command: int, argument: int) -> int:
        if command == fcntl.F_SETLEASE:
            raise BlockingIOError(errno.EAGAIN, "")
        return 0

    monkeypatch.setattr(fcntl, "fcntl", refused)
    path = tmp_path / "a.jpg"
    with path.open("wb"):
        assert not is_being_written(str(path))


def test_a_folder_that_takes_no_file_tells_nothing(tmp_path: Path) -> None:
    """A read-only disk, for example; the answer cannot be compared there."""
    assert not open_files._grants_leases(str(tmp_path / "gone"))

"""Whatever the disk refuses, nothing is bought twice and no text is lost.

A library that is loaded before the C library makes the faults: tests/disk_faults.c.
`pytest -m soak` tries each call, the short form one in some.
"""

import errno
import os
from collections.abc import Iterator
from itertools import cycle, product
from pathlib import Path

import pytest
from PIL import Image

from tests import preloaded
from tests.process import Result, Rwcap
from tests.service import Service

CALLS = {
    "open": (40, 40, (errno.EACCES, errno.EMFILE, errno.EROFS)),
    "write": (190, 95, (errno.ENOSPC, errno.EDQUOT, errno.EIO)),
    "sync": (36, 36, (errno.EIO, errno.ENOSPC, errno.EINVAL)),
    "rename": (3, 3, (errno.EROFS, errno.EACCES, errno.EXDEV)),
    "truncate": (3, 3, (errno.EIO,)),
}
"""The number of calls of each kind in a run, the step of the short form, and errors."""


def faults() -> Iterator[object]:
    """Yield each fault, once and to stay; the short form has one of both."""
    short = cycle([True, False])
    for calls, (count, step, errors) in CALLS.items():
        for error, place in product(errors, range(1, count + 1)):
            chosen = next(short) if place % step == 1 else None
            for stays in (False, True):
                yield pytest.param(
                    calls,
                    error,
                    place,
                    stays,
                    marks=() if stays == chosen else pytest.mark.soak,
                    id=f"{calls}-{errno.errorcode[error]}-{place}-{stays}",
                )


POWER_CUTS = [
    pytest.param(place, marks=() if place % 48 == 1 else pytest.mark.soak)
    for place in range(1, 191)
]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library, compiled."""
    return preloaded.build("disk_faults", tmp_path_factory.mktemp("faults"))


class Disk:
    """A home on a disk with faults, with three photos to caption."""

    def __init__(self, connected: Rwcap, service: Service, library: Path) -> None:
        """Draw the photos."""
        self.rwcap = connected
        self.service = service
        self.library = library
        self.photos = connected.home / "photos"
        self.records = connected.home / "records.jsonl"
        self.log = connected.home / "faults"
        self.photos.mkdir()
        for number in range(3):
            Image.new("RGB", (32 + number, 32)).save(self.photos / f"{number}.jpg")
        self.order = ["batch", str(self.photos), "--write", "txt"]
        self.order += ["-o", str(self.records)]

    def run(self, calls: str, place: int, **fault: object) -> Result:
        """Run a batch with a fault at one of its calls."""
        variables = {
            "LD_PRELOAD": str(self.library),
            "FAULT_FOLDER": str(self.rwcap.home),
            "FAULT_LOG": str(self.log),
            "FAULT_CALLS": calls,
            "FAULT_AT": str(place),
            **{f"FAULT_{name.upper()}": str(value) for name, value in fault.items()},
        }
        process = self.rwcap.with_environment(**variables).start(*self.order)
        with process:
            out, err = process.communicate(timeout=60)
        return Result(process.returncode, out.decode(), err.decode())

    def check(self) -> None:
        """Run the same command without a fault; it pays for nothing twice."""
        again = self.rwcap.run(*self.order)
        told = self.rwcap.run("config", "doctor", "--offline")

        assert again.status == 0, again.err
        assert self.service.bills == 3
        names = sorted(each.name for each in self.photos.iterdir())
        assert names == ["0.jpg", "0.txt", "1.jpg", "1.txt", "2.jpg", "2.txt"]
        assert "3 purchases; file and totals are correct" in told.out


@pytest.fixture
def disk(connected: Rwcap, service: Service, library: Path) -> Disk:
    """Return a disk without a fault."""
    return Disk(connected, service, library)


@pytest.mark.program("cc")
@pytest.mark.parametrize(("calls", "error", "place", "stays"), [*faults()])
@pytest.mark.promises("disk")
def test_a_call_that_fails(
    disk: Disk, calls: str, error: int, place: int, *, stays: bool
) -> None:
    """Once or from then on: the run ends as documented, and can be repeated."""
    result = disk.run(calls, place, errno=error, **({"stays": 1} if stays else {}))

    assert disk.log.exists() or place > 1
    assert result.status in {0, 1, 2, 3, 78}, result.err
    assert result.status != 2 or not disk.service.bills  # the file of -o is unusable
    assert "internal error" not in result.err
    assert (result.status == 0) or "error: " in result.err
    disk.check()


@pytest.mark.program("cc")
@pytest.mark.parametrize(
    ("calls", "error"),
    [
        ("open", errno.EEXIST),
        ("write", errno.ENOSPC),
        ("sync", errno.EINVAL),
        ("rename", errno.EXDEV),
    ],
)
@pytest.mark.promises("files")
def test_a_setting_that_cannot_be_stored_leaves_the_file_as_it_was(
    disk: Disk, calls: str, error: int
) -> None:
    """It says why, in one line."""
    disk.rwcap.run("config", "set", "timeout", "60")
    disk.order = ["config", "set", "timeout", "70"]

    result = disk.run(calls, 1, errno=error, stays=1)

    assert (result.status, result.err.count("\n")) == (78, 1)
    assert result.err.endswith(f"config.toml: {os.strerror(error)}\n")
    assert disk.rwcap.run("config", "get", "timeout").out == "60\n"
    assert len(list((disk.rwcap.home / ".config/rwcap").iterdir())) == 1


@pytest.mark.program("cc")
@pytest.mark.parametrize("place", POWER_CUTS)
@pytest.mark.promises("disk")
def test_the_power_is_cut_at_a_write(disk: Disk, place: int) -> None:
    """Of what is not synced, the disk has some sectors; nothing needs a repair."""
    disk.run("write", place, cut=place)

    disk.check()

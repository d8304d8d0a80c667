"""Disks that are tiny or read-only: nothing is bought in vain, bought twice or lost."""

import errno
from pathlib import Path

import pytest

from tests import draw, preloaded
from tests import service as faults
from tests.mounts import mounted
from tests.process import Rwcap
from tests.service import Service

COUNT = 8


@pytest.fixture
def disk(connected: Rwcap, service: Service) -> Path:
    """Return a folder to mount a disk on, beside a folder with images."""
    draw.album(connected.home / "p", *(f"{number}.jpg" for number in range(COUNT)))
    service.otherwise = faults.numbered
    folder = connected.home / "disk"
    folder.mkdir()
    return folder


@pytest.mark.root
@pytest.mark.parametrize("options", [["txt"], ["xmp"]])
@pytest.mark.promises("disk")
def test_a_read_only_folder_costs_nothing(
    connected: Rwcap, service: Service, disk: Path, options: list[str]
) -> None:
    """It is noticed before anything is bought; the hint names the way on."""
    order = ["batch", "p", "--out-dir", "disk/texts", "--write", *options]
    with mounted(disk, "size=1m") as change:
        change("size=1m", read_only=True)
        refused = connected.run(*order)
        bills = service.bills
        change("size=1m")
        done = connected.run(*order)

    assert (refused.status, bills) == (1, 0)
    assert refused.err.count("files cannot be created in disk\n") == COUNT
    assert "hint: allow it, or choose another folder with --out-dir" in refused.err
    assert (done.status, service.bills) == (0, COUNT)


@pytest.mark.root
@pytest.mark.promises("disk")
def test_images_on_a_read_only_disk_cost_nothing(
    connected: Rwcap, service: Service, disk: Path
) -> None:
    """Their own metadata and files beside them cannot be written."""
    with mounted(disk, "size=1m") as change:
        draw.album(disk, "1.jpg", "2.jpg")
        change("size=1m", read_only=True)
        results = [
            connected.run("batch", "disk", "--write", output)
            for output in ("embed", "metadata", "txt")
        ]

    assert [result.status for result in results] == [1, 1, 1]
    assert service.requests == []


@pytest.mark.root
@pytest.mark.promises("disk", "texts", "once")
def test_a_tiny_disk_for_texts_loses_none(
    connected: Rwcap, service: Service, disk: Path
) -> None:
    """What did not fit is written free when there is room."""
    order = ["batch", "p", "--write", "txt", "--out-dir", "disk"]
    with mounted(disk, "size=16k") as change:
        full = connected.run(*order)
        some = len(list(disk.glob("*.txt")))
        change("size=1m")
        done = connected.run(*order)
        texts = [path.read_text() for path in disk.glob("*.txt")]

    assert full.status == 3
    assert "No space left on device" in full.err
    assert 0 < some < COUNT
    assert (done.status, service.bills, len(texts)) == (0, COUNT, COUNT)
    assert all(text.startswith("Picture ") for text in texts)


@pytest.mark.root
@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(pages, marks=() if pages in {22, 64, 88} else pytest.mark.soak)
        for pages in range(10, 130, 6)
    ],
)
@pytest.mark.promises("disk", "texts", "once")
def test_a_tiny_disk_for_the_ledger_buys_nothing_twice(
    connected: Rwcap, service: Service, disk: Path, pages: int
) -> None:
    """It stops with a reason; with more room, the same command goes on."""
    there = connected.with_environment(XDG_DATA_HOME=str(disk))
    order = ["batch", "p", "--write", "txt"]
    with mounted(disk, f"size={4 * pages}k") as change:
        full = there.run(*order)
        change("size=8m")
        done = there.run(*order)
        again = there.run(*order)

    assert full.status in {0, 3, 10, 78}, full.err
    assert "internal error" not in full.err
    assert full.status != 78 or "\nhint: " in full.err
    assert done.status == again.status == 0, done.err
    assert service.bills == COUNT
    assert len(list((connected.home / "p").glob("*.txt"))) == COUNT


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library that makes calls fail, compiled."""
    return preloaded.build("disk_faults", tmp_path_factory.mktemp("faults"))


def faulty_home(
    connected: Rwcap, library: Path, calls: str, error: int, place: int
) -> Rwcap:
    """Return the program with a home whose disk refuses calls from some place on."""
    return connected.with_environment(
        LD_PRELOAD=str(library),
        FAULT_FOLDER=str(connected.home / ".local"),
        FAULT_LOG=str(connected.home / "log"),
        FAULT_CALLS=calls,
        FAULT_AT=str(place),
        FAULT_ERRNO=str(error),
        FAULT_STAYS="1",
    )


@pytest.mark.parametrize(
    ("calls", "error", "place"),
    [
        pytest.param(
            *(calls, error, place),
            marks=()
            if error in {errno.ENODEV, errno.EINVAL, errno.EOPNOTSUPP} and place == 1
            # A lock that others seem to have is waited for.
            else pytest.mark.soak,
            id=f"{calls}-{errno.errorcode[error]}-{place}",
        )
        for calls, error in (
            *(("map", errno.ENODEV), ("map", errno.EACCES)),
            *(("lock", errno.EINVAL), ("lock", errno.ENOLCK), ("lock", errno.ENOSYS)),
            *(("share", errno.EOPNOTSUPP), ("share", errno.EACCES)),
        )
        for place in (1, 2, 5, 9)
    ],
)
@pytest.mark.program("cc")
@pytest.mark.promises("disk", "once")
def test_a_disk_that_processes_cannot_share_buys_nothing_twice(  # noqa: PLR0913, PLR0917  # one fault, and fixtures
    connected: Rwcap,
    service: Service,
    disk: Path,
    library: Path,
    calls: str,
    error: int,
    place: int,
) -> None:
    """As network disks without locks or shared memory, which the ledger needs."""
    faulty = faulty_home(connected, library, calls, error, place)
    order = ["batch", "p", "--write", "txt"]

    with faulty.start(*order) as process:
        _, err = process.communicate(timeout=100)
    bills = service.bills
    again = connected.run(*order)

    assert (process.returncode, bills) in {(78, 0), (0, COUNT)}, err
    assert process.returncode == 0 or b" local " in err.partition(b"\nhint: ")[2]
    assert (again.status, service.bills) == (0, COUNT)


@pytest.mark.program("cc")
@pytest.mark.promises("disk", "statuses")
def test_a_disk_without_locks_is_not_taken_for_one_with_another_run(
    connected: Rwcap, service: Service, disk: Path, library: Path
) -> None:
    """The reason is that of the system, and nothing is bought."""
    faulty = faulty_home(connected, library, "lock", errno.ENOLCK, 1)

    with faulty.start("batch", "p", "-o", str(disk / "records.jsonl")) as process:
        _, err = process.communicate(timeout=100)

    assert (process.returncode, service.bills) == (78, 0)
    assert b": No locks available\nhint: move " in err

"""Whatever the disk does not read, rwcap says so and buys nothing beyond a limit.

`pytest -m soak` tries each call, the short form one in some: tests/disk_faults.c.
"""

import errno
import os
from pathlib import Path

import pytest
from PIL import Image

from rwcap.core.exit_status import ExitStatus
from rwcap.outputs.text_files import MAX_BYTES
from tests import draw, preloaded
from tests.process import Rwcap
from tests.service import Service

PLACES = {
    ("photos", "look"): 5,
    ("photos", "read"): 12,
    ("photos", "stat"): 30,
    ("photos", "list"): 5,
    ("table.csv", "look"): 4,
    ("table.csv", "read"): 4,
    ("table.csv", "stat"): 9,
    (".config", "look"): 1,
    (".config", "read"): 2,
    (".local", "look"): 3,
    (".local", "read"): 40,
}
"""The number of calls of a kind in a run, by the files that are concerned."""

SHORT = {
    ("photos", "look", 1),
    ("photos", "stat", 11),
    ("table.csv", "read", 2),
    (".config", "look", 1),
    (".local", "read", 5),
}

FAULTS = [
    pytest.param(
        files,
        calls,
        place,
        error,
        marks=()
        if (files, calls, place) in SHORT and error == errno.EIO
        else pytest.mark.soak,
        id=f"{files}-{calls}-{place}-{errno.errorcode[error]}",
    )
    for (files, calls), count in PLACES.items()
    for place in range(1, count + 1)
    for error in (errno.EIO, errno.ESTALE, errno.EACCES, errno.ENFILE)
]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library, compiled."""
    return preloaded.build("disk_faults", tmp_path_factory.mktemp("faults"))


@pytest.mark.program("cc")
@pytest.mark.parametrize(("files", "calls", "place", "error"), FAULTS)
@pytest.mark.promises("disk")
def test_a_call_that_reads_fails(  # noqa: PLR0913, PLR0917  # one fault, and fixtures
    files: str,
    calls: str,
    place: int,
    error: int,
    connected: Rwcap,
    service: Service,
    library: Path,
) -> None:
    """No limit is passed, no text of a person is replaced; then all is as ever."""
    home, photos, table = connected.home, connected.home / "photos", "table.csv"
    photos.mkdir()
    for number in range(3):
        Image.new("RGB", (32 + number, 32)).save(photos / f"{number}.jpg")
    (photos / "1.txt").write_text("by hand\n")
    (home / table).write_text("image\nphotos/0.jpg\nphotos/1.jpg\nphotos/2.jpg\n")
    (home / ".config/rwcap").mkdir(parents=True)
    limit, affordable = ("0.0001", 0) if files == ".config" else ("0.01", 2)
    (home / ".config/rwcap/config.toml").write_text(f'[budget]\nday = "{limit}"\n')
    sources = str(home / table) if files == table else str(photos)
    order = ["batch", sources, "--write", "txt"]
    faulty = connected.with_environment(
        LD_PRELOAD=str(library),
        FAULT_FOLDER=str(home / files),
        FAULT_LOG=str(home / "faults"),
        FAULT_CALLS=calls,
        FAULT_AT=str(place),
        FAULT_ERRNO=str(error),
    )

    with faulty.start(*order) as process:
        _, err = process.communicate(timeout=60)
    bills = service.bills
    unlimited = connected.with_environment(RWCAP_BUDGET_DAY="1")
    again = unlimited.run(*order)

    assert (home / "faults").exists() or place > 1
    assert process.returncode in {0, 1, 2, 3, 8, 78}, err
    assert b"defect" not in err
    assert process.returncode == 0 or b"error: " in err
    assert bills <= affordable, "the limit was passed"
    assert again.status == 0, again.err
    assert service.bills == 2
    assert (photos / "1.txt").read_text() == "by hand\n"
    assert len(list(photos.glob("*.txt"))) == 3


@pytest.mark.promises("free")
def test_text_files_that_take_no_caption_are_refused_before_it_is_bought(
    connected: Rwcap, service: Service
) -> None:
    """Text in UTF-16, a folder, a pipe, a link, a large file; all stay as they are."""
    folder = connected.home / "p"
    draw.album(folder, "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg")
    old = "Möwen\r\n".encode("utf-16")
    (folder / "1.txt").write_bytes(old)
    (folder / "2.txt").mkdir()
    os.mkfifo(folder / "3.txt")
    (folder / "4.txt").symlink_to("1.txt")
    (folder / "5.txt").write_bytes(b"x" * (MAX_BYTES + 1))

    result = connected.run("batch", "p", "--write", "txt", "--mode", "append", "-v")
    kept = connected.run("batch", "p", "--write", "txt", "-v")

    reasons = [
        *("1.txt: not in UTF-8, so no caption can be added", "2.txt: not a regular"),
        *("3.txt: not a regular file", "4.txt: a symbolic link"),
        "5.txt: more than 4,194,304 bytes",
    ]
    assert [each for each in reasons if each not in result.err] == []
    assert "hint: save the text as UTF-8, or choose another --ext" in result.err
    assert [each for each in reasons[1:3] if each not in kept.err] == []
    assert (result.status, kept.status) == (ExitStatus.FAILED, ExitStatus.PARTIAL)
    assert (folder / "1.txt").read_bytes() == old
    assert service.bills == 0

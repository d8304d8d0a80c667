"""Images that vanish or change while they are read: no caption goes to another image.

A library that is loaded before the C library changes a file before one of the calls
that concern it: tests/disk_faults.c.
"""

import shlex
from pathlib import Path

import pytest

from rwcap.metadata.properties import Property
from rwcap.outputs.existing_captions import read_caption
from tests import draw, preloaded
from tests import service as faults
from tests.process import Rwcap
from tests.service import Service

ACTS = {
    "vanishes": 'rm -f "$1"',
    "is emptied": ': > "$1"',
    "is a folder": 'rm -f "$1"; mkdir "$1"',
    "is a pipe": 'rm -f "$1"; mkfifo "$1"',
    "is another": 'cat OTHER > "$1"',
    "is replaced": 'cp OTHER "$1.new"; mv "$1.new" "$1"',
    "is cut": 'head -c 900 OTHER > "$1"',
}
SHORT = {
    ("vanishes", "read", 3),
    ("is replaced", "read", 5),
    ("is replaced", "stat", 16),
    ("is cut", "read", 11),
    ("is emptied", "read", 11),
}
CHANGES = [
    pytest.param(
        *(act, calls, place),
        id=f"{name}-{calls}-{place}",
        marks=() if (name, calls, place) in SHORT else pytest.mark.soak,
    )
    for name, act in ACTS.items()
    for calls in ("read", "stat")
    for place in range(1, 26, 2 if calls == "read" else 3)
]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library, compiled."""
    return preloaded.build("disk_faults", tmp_path_factory.mktemp("faults"))


@pytest.mark.program("cc")
@pytest.mark.parametrize(("act", "calls", "place"), CHANGES)
@pytest.mark.promises("disk", "files")
def test_an_image_changes_while_it_is_read(  # noqa: PLR0913, PLR0917  # one change, and fixtures
    connected: Rwcap,
    service: Service,
    library: Path,
    act: str,
    calls: str,
    place: int,
) -> None:
    """It fails with a reason or is captioned as it is; the others have their own."""
    home, photos = connected.home, connected.home / "p"
    draw.album(photos, "1.jpg", "2.jpg", "3.jpg")
    draw.album(home / "other", "7.jpg")
    other = shlex.quote(str(home / "other/7.jpg"))
    service.otherwise = faults.numbered
    changing = connected.with_environment(
        LD_PRELOAD=str(library),
        FAULT_FOLDER=str(photos),
        FAULT_LOG=str(home / "log"),
        FAULT_CALLS=calls,
        FAULT_AT=str(place),
        FAULT_ACT=f'case "$1" in */[123].jpg) {act.replace("OTHER", other)} ;; esac',
    )
    order = ["batch", "p", "--write", "embed"]

    with changing.start(*order) as process:
        _, err = process.communicate(timeout=60)
    again = connected.run(*order)

    assert process.returncode in {0, 3}, err
    assert again.status in {0, 3}, again.err
    assert b"internal error" not in err
    assert service.bills <= 4
    for path in photos.glob("[123].jpg"):
        if path.is_file() and (data := path.read_bytes()) and again.status == 0:
            expected = f"Picture {draw.number_of(data)}."
            assert read_caption(str(path), Property.DESCRIPTION, ()) == expected

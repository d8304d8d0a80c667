"""Images that vanish or change while they are read: no caption goes to another image.

A library that is loaded before the C library changes a file before one of the calls
that concern it: tests/disk_faults.c.
"""

import json
import os
import shlex
from pathlib import Path

import pytest

from rwcap.core.exit_status import ExitStatus
from rwcap.metadata.properties import Property
from rwcap.outputs.existing_captions import read_caption
from tests import draw, preloaded
from tests import service as faults
from tests.process import Rwcap
from tests.service import Exchange, Service

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
@pytest.mark.promises("files")
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


@pytest.mark.parametrize("place", ["txt", "xmp", "embed"])
@pytest.mark.promises("files")
def test_another_picture_does_not_get_the_caption_of_the_first(
    connected: Rwcap, service: Service, place: str
) -> None:
    """It takes its place while the caption is bought; the next run captions it."""
    photo, other = connected.home / "p/1.jpg", connected.home / "2.jpg"
    draw.album(connected.home, "p/1.jpg", "2.jpg")

    def replace(exchange: Exchange) -> None:
        other.replace(photo)
        faults.numbered(exchange)

    service.captions.append(replace)
    service.otherwise = faults.numbered
    order = ["batch", "p", "--write", place, "--jsonl"]

    result = connected.run(*order)
    files = [*photo.parent.iterdir()]
    again = connected.run(*order)

    record = json.loads(result.out)
    assert files == [photo]
    assert (record["status"], record["text"], record["error"]["code"]) == (
        *("failed", "Picture 1."),
        "changedImage",
    )
    assert "changed since it was captioned" in result.err
    assert "hint: run the same command again" in result.err
    assert (result.status, again.status) == (ExitStatus.FAILED, ExitStatus.OK)
    assert json.loads(again.out)["text"] == "Picture 2."
    assert service.bills == 2


@pytest.mark.parametrize("place", ["txt", "xmp"])
def test_a_text_that_a_person_writes_meanwhile_stays(
    connected: Rwcap, service: Service, place: str
) -> None:
    """Neither the report nor the ledger says that the caption is in its place."""
    draw.album(connected.home, "p/1.jpg", "2.jpg")
    service.otherwise = faults.numbered
    connected.run("caption", "2.jpg", "--write", place)
    draft, text = connected.home / f"2.{place}", connected.home / f"p/1.{place}"

    def appear(exchange: Exchange) -> None:
        draft.replace(text)
        faults.numbered(exchange)

    service.captions.append(appear)
    words = draft.read_bytes()

    result = connected.run("batch", "p", "--write", place, "--report", "report.json")

    report = json.loads((connected.home / "report.json").read_text())
    assert (report["counts"]["ok"], report["written"]) == (1, {})
    assert (result.status, service.bills) == (ExitStatus.OK, 2)
    assert "never written  1" in connected.run("cost").out
    assert text.read_bytes() == words


@pytest.mark.parametrize("place", ["txt", "xmp"])
def test_a_picture_that_is_only_touched_gets_its_caption(
    connected: Rwcap, service: Service, place: str
) -> None:
    """One that is removed gets none: a file beside it would wait for another one."""
    draw.album(connected.home, "p/1.jpg", "q/2.jpg")
    touched, removed = connected.home / "p/1.jpg", connected.home / "q/2.jpg"

    def touch(exchange: Exchange) -> None:
        os.utime(touched, (1, 1))
        faults.numbered(exchange)

    def remove(exchange: Exchange) -> None:
        removed.unlink()
        faults.numbered(exchange)

    service.captions.extend([touch, remove])

    first = connected.run("batch", "p", "--write", place)
    second = connected.run("batch", "q", "--write", place)

    assert first.status == ExitStatus.OK
    assert "Picture 1." in touched.with_suffix(f".{place}").read_text()
    assert "2.jpg: removed since it was captioned" in second.err
    assert not [*removed.parent.iterdir()]

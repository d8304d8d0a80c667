"""Images as people have them, through the whole program."""

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import corpus, draw
from tests import service as faults
from tests.images.test_raw import RAWS
from tests.process import Result, Rwcap
from tests.service import Service


def records(result: Result) -> dict[str, dict[str, Any]]:
    """Return the records that were printed, by the names of their files."""
    found = map(json.loads, result.out.splitlines())
    return {Path(record["source"]).name: record for record in found}


def told(rwcap: Rwcap, *arguments: str) -> str:
    """Return what a dry run says of the picture."""
    (request,) = json.loads(rwcap.run("caption", "--dry-run", *arguments).out)
    image = re.search(r"\((.*)\)$", request["inputs"]["image"])
    assert image
    return re.sub(r"[\d,]+ bytes, digest \w+", "...", image[1])


@pytest.fixture
def scan(rwcap: Rwcap) -> Path:
    """Return a TIFF that is larger than what is sent."""
    path = rwcap.home / "scan.tif"
    draw.harbour().resize((2400, 1600)).save(path)
    return path


@pytest.mark.promises("free", "errors")
def test_good_files_are_captioned_and_bad_ones_named(
    rwcap: Rwcap, tmp_path: Path
) -> None:
    """A thousand files, each with its own fate, and no traceback."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    fates = corpus.write(folder)

    result = rwcap.run("batch", "corpus", "--include=*", "--sandbox", "--jsonl")

    found = records(result)
    codes = {
        name: record["error"]["code"] if record["error"] else corpus.GOOD
        for name, record in found.items()
    }
    assert result.status == 3
    assert codes == fates
    assert {record["status"] for record in found.values()} == {"ok", "cached", "failed"}
    for name, record in found.items():
        if error := record["error"]:
            assert error["kind"] == "input"
            assert error["message"].startswith(f"corpus/{name}: ")
            assert error["hint"], name
    assert "Traceback" not in result.err
    assert result.err.count("only the first frame") == 1
    captions = json.loads(rwcap.run("cost", "--sandbox", "--json").out)["total"]
    assert (
        captions["captions"]
        == Counter(record["status"] for record in found.values())["ok"]
    )


@pytest.mark.promises("pixels")
def test_a_dry_run_tells_what_would_leave(rwcap: Rwcap, scan: Path) -> None:
    """Format, size and bytes, what is removed, and what is changed."""
    exif = Image.Exif()
    exif[0x0112] = 6
    draw.harbour().save(rwcap.home / "photo.jpg", exif=exif)

    assert told(rwcap, "photo.jpg") == (
        "JPEG, 320 by 480 pixels, ...; removed: Exif (36 bytes);"
        " re-encoded without metadata: orientation 6"
    )
    assert told(rwcap, str(scan)) == (
        "JPEG, 1536 by 1024 pixels, ...;"
        " re-encoded without metadata: from TIFF, side 1536"
    )
    assert told(rwcap, "scan.tif", "--max-side=300").startswith("JPEG, 300 by 200")
    assert told(rwcap, "scan.tif", "--max-side=0").startswith("JPEG, 2400 by 1600")
    habit = rwcap.with_environment(RWCAP_MAX_SIDE="600")
    assert told(habit, "scan.tif").startswith("JPEG, 600 by 400")
    photo = str(draw.FOLDER / "harbour.png")
    assert told(rwcap, photo) == "PNG, 480 by 320 pixels, ..."
    assert told(rwcap, photo, "--prepare=always").endswith("encoded again")


@pytest.mark.promises("free")
def test_what_would_have_to_change_can_be_refused(rwcap: Rwcap, scan: Path) -> None:
    """With a way out; so can pictures of many pixels."""
    never = rwcap.run("caption", "--sandbox", "--prepare=never", scan.name)
    huge = rwcap.run("batch", "--sandbox", "--max-pixels=3000000", scan.name)

    assert (never.status, huge.status) == (1, 1)
    assert never.err.startswith(
        "error: scan.tif: with --prepare never, rwcap cannot convert TIFF to JPEG\n"
        "hint: leave out --prepare never\n"
    )
    assert "hint: if you trust the file: --max-pixels 3840000\n" in huge.err
    assert "total         0" in rwcap.run("cost", "--sandbox").out


SIDES = "allowed: 0 (never), or at least 28 and less than 1000000000"
PIXELS = "allowed: more than 0, less than 1000000000"


@pytest.mark.parametrize("command", ["caption", "batch"])
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--max-side=27", f"--max-side is 27; {SIDES}"),
        ("--max-side=-1", f"--max-side is -1; {SIDES}"),
        (f"--max-side={10**400}", f"--max-side is {10**400}; {SIDES}"),
        (f"--max-pixels={10**400}", f"--max-pixels is {10**400}; {PIXELS}"),
        ("--max-pixels=0", f"--max-pixels is 0; {PIXELS}"),
    ],
)
def test_limits_that_cannot_be_meant_are_a_mistake(
    rwcap: Rwcap, command: str, option: str, message: str
) -> None:
    """Before anything is read."""
    result = rwcap.run(command, "missing.jpg", option)

    assert result.status == 2
    assert result.err.startswith(f"error: {message}\n")


def test_a_known_file_is_known_for_the_same_preparation(
    connected: Rwcap, service: Service, scan: Path
) -> None:
    """Neither read nor bought again; prepared otherwise, it is another image."""

    def run(*options: str) -> dict[str, Any]:
        return records(connected.run("batch", scan.name, "--jsonl", *options))[
            scan.name
        ]

    first, again = run(), run()
    small, small_again = run("--max-side=300"), run("--max-side=300")
    large = run("--max-side=5000")
    back = run()

    known = [first, again, small, small_again, large, back]
    assert [each["status"] for each in known] == [
        *("ok", "cached", "ok", "cached", "ok", "cached")
    ]
    assert first["image_sha256"] == again["image_sha256"] == back["image_sha256"]
    assert len({str(each["image_sha256"]) for each in known}) == 3
    assert service.bills == 3


def test_a_second_run_does_not_decode(
    connected: Rwcap, scan: Path, tmp_path: Path
) -> None:
    """What has become unreadable is known all the same."""
    connected.run("batch", scan.name)
    status = scan.stat()
    damaged = bytes(status.st_size)
    with scan.open("r+b") as file:
        file.write(damaged)
    os.utime(scan, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert connected.run("batch", scan.name).status == 0
    assert connected.run("batch", scan.name, "--max-side=99").status == 1


@pytest.mark.promises("free")
def test_a_photo_that_needs_nothing_is_one_for_any_preparation(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """It is bought once, though it is read for each."""
    for options in ([], ["--max-side=1000"], ["--max-side=0"], ["--prepare=never"]):
        assert connected.run("batch", str(photo), *options).status == 0

    assert service.bills == 1


@pytest.mark.promises("free")
def test_a_retagged_file_is_free_where_readme_and_man_say_so(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Other formats are another image then; a new name costs nothing anywhere."""
    service.otherwise = faults.caption("A harbour.")
    folder, picture = tmp_path / "p", draw.harbour().resize((64, 48))

    def save(name: str, artist: str) -> None:
        exif = Image.Exif()
        exif[0x013B] = artist
        for ending in ("jpeg", "png", "webp", "tiff"):
            picture.save(folder / f"{name}.{ending}", exif=exif)
        picture.save(folder / f"{name}.gif", comment=artist)
        (folder / f"{name}.cr2").write_bytes(RAWS["CR2"] + artist.encode())

    folder.mkdir()
    save("old", "Ada")
    connected.run("batch", "p")
    for path in folder.iterdir():
        path.rename(path.with_stem("new"))
    renamed = records(connected.run("batch", "p", "--jsonl"))
    save("new", "Eve")
    retagged = records(connected.run("batch", "p", "--jsonl"))

    assert {each["status"] for each in renamed.values()} == {"cached"}
    assert {name: each["status"] for name, each in sorted(retagged.items())} == {
        "new.cr2": "cached",
        "new.gif": "ok",
        "new.jpeg": "cached",
        "new.png": "cached",
        "new.tiff": "ok",
        "new.webp": "cached",
    }
    readme, manual = (
        (draw.FOLDER.parents[1] / name).read_text("utf-8")
        for name in ("README.md", "man/rwcap.1")
    )
    assert "renamed or moved; a JPEG, PNG or WebP even retagged" in readme
    assert "A JPEG, PNG or WebP is recognized by its stored pixels" in manual
    assert "(GIF, BMP, TIFF, AVIF, HEIC) is recognized by all of its bytes" in manual

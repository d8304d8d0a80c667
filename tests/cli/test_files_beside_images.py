"""Files that are no images, beside the images that have the same names."""

import os
from pathlib import Path

import pytest

from tests import draw
from tests import service as faults
from tests.process import Result, Rwcap
from tests.service import Service

OTHERS = {
    "IMG_1.AAE": (b'<?xml version="1.0" encoding="UTF-8"?>', "not an image"),
    "IMG_2.AVI": (b"RIFF\0\0\0\0AVI LIST", "not an image"),
    "IMG_3.HEIC": (b"", "empty"),
    "IMG_4.JPEG": (draw.snapshot(9)[:-400], "truncated"),
    "IMG_5.BMP": (b"BM\x46\0\0\0\0\0\0\0", "cannot be decoded"),
    "IMG_6.PSD": (b"8BPS\0\1", "unsupported format"),
}
"""What stands beside photos, and why it cannot be captioned."""
PHOTOS = [f"IMG_{number}.jpg" for number in range(1, 7)]


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """Return a folder with photos, and with a file before each that is no image."""
    service.otherwise = faults.numbered
    folder = tmp_path / "p"
    draw.album(folder, *PHOTOS)
    for name, (data, _) in OTHERS.items():
        (folder / name).write_bytes(data)
    return folder


def names(folder: Path, suffix: str) -> list[str]:
    """Return the names of the files with a suffix."""
    return sorted(path.name for path in folder.glob(f"*{suffix}"))


def glob(folder: Path) -> list[str]:
    """Return the files of a folder as a shell lists them for `p/*`."""
    return [f"p/{name}" for name in names(folder, "") if name in {*OTHERS, *PHOTOS}]


def errors(result: Result) -> dict[str, str]:
    """Return the reason for which each file failed."""
    lines = [each[9:] for each in result.err.splitlines() if each[:9] == "error: p/"]
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize("place", ["txt", "xmp", "metadata"])
@pytest.mark.promises("texts")
def test_a_file_that_is_no_image_takes_no_text_from_a_photo(
    connected: Rwcap, service: Service, folder: Path, place: str
) -> None:
    """The same command says the same again, and buys nothing."""
    command = ["batch", *glob(folder), "--write", place]

    first = connected.run(*command)
    again = connected.run(*command)

    assert (first.status, again.status) == (3, 3)
    assert errors(first).keys() == errors(again).keys() == OTHERS.keys()
    for name, (_, reason) in OTHERS.items():
        assert errors(first)[name].startswith(reason)
        if reason not in {"truncated", "cannot be decoded"}:  # they begin like images
            assert errors(again)[name] == errors(first)[name]
    assert service.bills == len(PHOTOS)
    assert "skipped: 6" in again.err
    if place != "metadata":  # which writes into the photos
        texts = [f"{Path(name).stem}.{place}" for name in PHOTOS]
        assert names(folder, f".{place}") == texts


@pytest.mark.promises("texts")
def test_a_text_that_a_file_without_an_image_has_taken_goes_to_the_photo(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """As ledgers of older versions have it, and without a change by a dry run."""
    taken = connected.run("batch", *(f"p/{name}" for name in OTHERS), "--write", "txt")
    photos = [f"p/{name}" for name in PHOTOS]

    told = connected.run("batch", *glob(folder), "--write", "txt", "--dry-run")
    done = connected.run("batch", *photos, "--write", "txt")

    assert (taken.status, done.status) == (1, 0)
    assert told.out.splitlines() == photos
    assert service.bills == len(PHOTOS)
    assert len(names(folder, ".txt")) == len(PHOTOS)


def test_a_dry_run_in_a_new_ledger_plans_what_the_run_does(
    connected: Rwcap, folder: Path
) -> None:
    """A file that is no image does not stand in the way of its photo."""
    told = connected.run("batch", *glob(folder), "--write", "txt", "--dry-run")

    assert told.out.splitlines() == [f"p/{name}" for name in PHOTOS]
    assert errors(told).keys() == OTHERS.keys()


def test_a_file_without_an_image_leaves_the_common_name_of_an_xmp_file(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Adobe's programs read that name alone."""
    draw.album(tmp_path / "p", "a.tif")
    (tmp_path / "p/a.AAE").write_bytes(b"<?xml")

    connected.run("batch", "p/a.AAE", "p/a.tif", "--write", "metadata")

    assert names(tmp_path / "p", ".xmp") == ["a.xmp"]


def test_an_image_that_is_damaged_later_keeps_its_text(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The text is about it, and not about the image beside it."""
    draw.album(tmp_path / "p", "a.jpg")
    connected.run("batch", "p", "--write", "txt")
    (tmp_path / "p/a.jpg").write_bytes(b"")
    draw.album(tmp_path / "p", "a.png")

    result = connected.run("batch", "p/a.png", "--write", "txt")

    assert result.status == 1
    assert "p/a.png: the output p/a.txt belongs to" in result.err
    assert service.bills == 1


def test_a_row_about_a_file_without_an_image_takes_no_text_from_a_photo(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Each row has its own prompt."""
    rows = [f"{name},What is {number}?" for number, name in enumerate(glob(folder))]
    (folder.parent / "m.csv").write_text("\n".join(["image,prompt", *rows, ""]))

    result = connected.run("batch", "m.csv", "--write", "txt")

    assert errors(result).keys() == OTHERS.keys()
    assert service.bills == len(PHOTOS)
    assert len(names(folder, ".txt")) == len(PHOTOS)


def test_with_suffixes_each_photo_keeps_the_name_of_its_text(
    connected: Rwcap, folder: Path
) -> None:
    """A photo has the long name of earlier runs, and no second text."""
    command = ["batch", *glob(folder), "--write", "txt", "--collide", "suffix"]

    connected.run(*command)
    again = connected.run(*command)

    assert "skipped: 6" in again.err
    assert names(folder, ".txt") == [f"{name}.txt" for name in PHOTOS]


@pytest.mark.parametrize("source", ["a.pipe", "https://host.example/a.jpg"])
def test_a_source_whose_content_is_unknown_keeps_its_text(
    connected: Rwcap, service: Service, tmp_path: Path, source: str
) -> None:
    """The second one is refused, whatever it is."""
    os.mkfifo(tmp_path / "a.pipe")
    draw.album(tmp_path, "a.png")
    order = ["--write", "txt", "--out-dir", "out"]

    connected.run("batch", source, *order)
    bills = service.bills
    result = connected.run("batch", "a.png", "https://other.example/a.jpg", *order)

    assert result.status == 1
    assert "error: a.png: the output out/a.txt belongs to" in result.err
    assert "error: https://other.example/a.jpg: the output" in result.err
    assert service.bills == bills

"""`rwcap batch --check-only --report run.html`: a contact sheet of what exists."""

import os
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from pyarrow.parquet import write_table  # type: ignore[import-untyped]  # as above

from rwcap.core.exit_status import ExitStatus
from tests import draw, sheets
from tests.cli.test_embed import described
from tests.process import Rwcap

CHECK = ["batch", "p", "--check-only", "--report", "run.html"]
REFUSAL = "I'm sorry, but I cannot help."
HARBOUR = "A boat lies in a harbour."


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return the path of the page of a folder with two photos and their captions."""
    draw.album(tmp_path / "p", "a.jpg", "b.png")
    (tmp_path / "p/a.txt").write_text(REFUSAL)
    (tmp_path / "p/b.txt").write_text(f"{HARBOUR}\n")
    return tmp_path / "run.html"


@pytest.mark.promises("offline")
def test_a_sheet_has_all_pictures_with_captions_and_faults(
    rwcap: Rwcap, page: Path
) -> None:
    """Its size is stated; it costs nothing, and what is printed stays the same."""
    before = sorted(rwcap.home.rglob("*"))

    result = rwcap.run(*CHECK)

    assert (result.status, result.out) == (
        ExitStatus.QUALITY,
        f"p/a.jpg\trefusal\t{REFUSAL}\n",
    )
    size = round(page.stat().st_size / 1000)
    assert f"contact sheet: run.html (2 pictures, {size} kB)\n" in result.err
    assert sheets.pictures(page) == [
        {
            "name": "p/a.jpg",
            "captions": [
                {
                    "status": "captioned",
                    "text": REFUSAL,
                    "label": "p/a.txt",
                    "checks": {"refusal": REFUSAL},
                }
            ],
        },
        {
            "name": "p/b.png",
            "captions": [{"status": "captioned", "text": HARBOUR, "label": "p/b.txt"}],
        },
    ]
    assert all(each[8:12] == b"WEBP" for each in sheets.thumbnails(page))
    assert sheets.facts(page)["title"] == "p"
    assert sorted(rwcap.home.rglob("*")) == sorted([*before, page])


def test_faults_of_the_set_stand_with_their_captions(rwcap: Rwcap, page: Path) -> None:
    """Also between images without a caption and images that cannot be read."""
    draw.album(page.parent / "p", *(f"{number:02}.jpg" for number in range(14)))
    for number in (*range(1, 6), *range(7, 14)):
        text = f"A lighthouse with a red lamp stands on a rock by the sea, no {number}."
        (page.parent / f"p/{number:02}.txt").write_text(text)
    (page.parent / "p/06.jpg").write_bytes(b"no image")

    result = rwcap.run(*CHECK, "gone.jpg", "--check", "near-identical", "-q")

    found = sheets.pictures(page)
    failed = [
        *(picture["name"] for picture in found if "checks" in picture["captions"][0])
    ]
    numbers = (*range(1, 6), *range(7, 14))
    assert failed == [f"p/{number:02}.jpg" for number in numbers]
    statuses = {each["name"]: each["captions"][0]["status"] for each in found}
    assert (statuses["p/00.jpg"], statuses["gone.jpg"]) == ("no caption", "unreadable")
    assert found[-1] == {
        "name": "gone.jpg",
        "captions": [{"status": "unreadable", "error": "gone.jpg: no such file"}],
    }
    assert sheets.thumbnails(page)[6] == b""
    assert "contact sheet" not in result.err
    phrases = sheets.facts(rwcap.home / "run.html")["phrases"]
    assert phrases == {}


def test_the_command_writes_where_the_captions_are(rwcap: Rwcap, page: Path) -> None:
    """As `--write` says, or as they were found; not into a table or other folders."""
    photo = page.parent / "p/a.jpg"

    def command(*options: str) -> str:
        rwcap.run(*CHECK, *options)
        return " ".join(sheets.facts(page)["command"])

    again = "--mode overwrite --fresh"
    assert command() == f"{again} --write txt"
    assert command("--write", "txt", "--collide", "suffix", "--sandbox") == (
        f"{again} --write txt --collide suffix --sandbox"
    )
    photo.write_bytes(described(photo.read_bytes(), HARBOUR))
    (page.parent / "p/b.txt").rename(page.parent / "p/b.cap tion")
    assert command() == f"{again} --write txt --write embed"
    rwcap.run("batch", "p", "--sandbox", "--alt", "--write", "xmp")
    assert command("--write", "xmp", "--alt", "--max-chars", "99") == (
        f"{again} --write xmp --alt --max-chars 99"
    )
    assert command("--write", "txt", "--ext", ".cap tion") == (
        f"{again} --write txt --ext '.cap tion'"
    )
    (page.parent / "o").mkdir()
    (page.parent / "o/a.txt").write_text(HARBOUR)
    assert command("--write", "txt", "--out-dir", "o") == ""


def test_rows_of_a_table_are_pictures(rwcap: Rwcap, page: Path) -> None:
    """The images of their paths, or those in the table; there is no command."""
    (page.parent / "t.jsonl").write_text(
        '{"source": "p/a.jpg", "text": "A boat."}\n{"source": "gone.jpg", "text": ""}\n'
        '{"source": "https://example.com/a.jpg", "text": "A cat."}\n'
    )

    rwcap.run("batch", "t.jsonl", "--check-only", "--report", "run.html")

    assert sheets.facts(page)["command"] == []
    assert [bool(each) for each in sheets.thumbnails(page)] == [True, False, False]
    labels = [each["captions"][0].get("label") for each in sheets.pictures(page)]
    assert labels == ["in the table", None, "in the table"]
    (page.parent / "t.jsonl").write_text('{"source": "p/a.jpg", "text": "A boat."}\n{')
    rwcap.run("batch", "t.jsonl", "--check-only", "--report", "run.html")
    assert [each.get("unnamed") for each in sheets.pictures(page)] == [None, True]


def test_an_image_in_a_table_has_a_thumbnail(rwcap: Rwcap, page: Path) -> None:
    """A list cannot name it."""
    image = {"bytes": draw.snapshot(1), "path": "x.jpg"}
    rows = pa.table({"image": [image], "text": [HARBOUR]})
    write_table(rows, page.parent / "t.parquet")

    rwcap.run("batch", "t.parquet", "--check-only", "--report", "run.html")

    (picture,) = sheets.pictures(page)
    assert picture["unnamed"]
    assert all(sheets.thumbnails(page))


def test_a_raw_file_is_shown_by_its_jpeg(rwcap: Rwcap, page: Path) -> None:
    """Unless the two are separate images."""
    (page.parent / "p/a.nef").write_bytes(b"no preview")
    (page.parent / "p/b.png").unlink()

    rwcap.run("batch", "p/a.nef", *CHECK[2:])
    together = sheets.thumbnails(page)
    rwcap.run("batch", "p/a.nef", *CHECK[2:], "--pairs", "separate")

    assert all(together)
    assert not any(sheets.thumbnails(page))


def test_a_name_that_is_not_utf_8_keeps_its_bytes(rwcap: Rwcap, page: Path) -> None:
    """For the list and the table of edited texts."""
    name = os.fsdecode(b"p/caf\xe9.jpg")
    (page.parent / name).write_bytes(draw.snapshot(7))
    (page.parent / name).with_suffix(".txt").write_text(HARBOUR)

    rwcap.run(*CHECK)

    found = sheets.pictures(page)[-1]
    assert found["name"] == "p/caf\ufffd.jpg"
    assert (found["path64"], found["cell"]) == ("cC9jYWbpLmpwZw==", r"$'p/caf\xe9.jpg'")


@pytest.mark.promises("files")
def test_a_sheet_replaces_a_sheet_and_nothing_else(rwcap: Rwcap, page: Path) -> None:
    """What it refuses costs nothing and stays."""
    rwcap.run(*CHECK)
    first = page.stat().st_ino
    assert rwcap.run(*CHECK).status == ExitStatus.QUALITY
    assert page.stat().st_ino != first

    page.write_text("<!doctype html><p>mine")
    refused = rwcap.run(*CHECK)
    assert "--report run.html: the file exists and is not a report" in refused.err
    assert page.read_text() == "<!doctype html><p>mine"

    page.unlink()
    os.mkfifo(page)
    device = rwcap.run(*CHECK)
    assert "a contact sheet needs a regular file" in device.err


def test_a_sheet_is_refused_where_none_is_made(rwcap: Rwcap, page: Path) -> None:
    """JSON needs a run."""
    result = rwcap.run("batch", "p", "--check-only", "--report", "r.json")

    assert result.status == ExitStatus.USAGE
    assert "--check-only and --report FILE.json exclude each other" in result.err


def test_no_caption_at_all_writes_no_sheet(rwcap: Rwcap, page: Path) -> None:
    """The error says what writes some."""
    result = rwcap.run(*CHECK, "--write", "xmp")

    assert result.status == ExitStatus.NO_INPUT
    assert not page.exists()

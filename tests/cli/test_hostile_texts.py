"""Captions, names, tables and folders of strangers: they stay text, and stay inside."""

import csv
import json
import os
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from tests import service as faults
from tests.process import Rwcap, visible
from tests.service import Service

NAMES = (
    "a\nerror: b.jpg",
    "=cmd|' C calc'!A0.jpg",
    "\x1b]0;title\x07\x1b[2J.jpg",
    "\u202egpj.exe.jpg",
    "[red]bold :smile:.jpg",
    "<img src=x onerror=alert(1)>.jpg",
    "a\tb\r.jpg",
    "-rf.jpg",
    "$(touch made) `touch made`.jpg",
    "\udcff\udcfe.jpg",
    "a\\..\\..\\b.jpg",
    "{caption}.jpg",
    "\u2028line.jpg",
)
TEXT = (
    "=1+1|\x1b]0;title\x07\x1b[31mred\x1b[0m [bold]x[/bold] \u202eevil <script>1"
    "</script>\r\nerror: second line {name} \x00\x9b2J\u2028third"
)


@pytest.fixture
def album(connected: Rwcap, service: Service) -> Path:
    """Return a folder with an image of each name; the service answers with the text."""
    folder = connected.home / "p"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        Image.new("L", (30 + number, 30)).save(folder / "made.png")
        (folder / "made.png").rename(folder / name)
    service.otherwise = faults.caption(TEXT)
    return folder


def controls(text: str) -> set[str]:
    """Return the control characters in a text."""
    return {each for each in text if unicodedata.category(each) == "Cc"}


@pytest.mark.promises("hostile")
def test_names_and_captions_are_text_wherever_they_are_written(
    connected: Rwcap, album: Path
) -> None:
    """One line is one line, and a cell is no formula."""
    order = ["batch", "p", "-vv", "--report", "report.json"]
    written = connected.run(*order, "--write", "txt", "-o", "out.csv")
    lines = connected.run("batch", "p", "-v")
    records = connected.run("batch", "p", "--jsonl")
    checked = connected.run("batch", "p", "--check-only", "--check", "markup")
    failed = connected.run("batch", "p", "--fresh", "--max-cost", "0.0001")

    with (connected.home / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [written.status, lines.status, records.status] == [0, 0, 0]
    for result in (written, lines, records, checked, failed):
        assert controls(result.out) <= {"\n", "\t"}
        assert controls(result.err) <= {"\n"}
        assert "\nerror: second" not in result.out + result.err
    assert len(lines.out.split("\n")) == len(checked.out.split("\n")) == len(NAMES) + 1
    assert len(list(map(json.loads, records.out.splitlines()))) == len(NAMES)
    assert len(rows) == len(NAMES)
    for cell in (cell for row in rows for cell in row.values()):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert controls(cell) == set()
    texts = [path.read_text() for path in album.glob("*.txt")]
    assert len(texts) == len(NAMES)
    assert all(controls(text) == {"\n"} and text.count("\n") == 1 for text in texts)
    assert not (connected.home / "made").exists()


@pytest.mark.promises("hostile")
def test_names_and_captions_do_nothing_to_a_terminal(
    connected: Rwcap, album: Path
) -> None:
    """No title, no colour, no direction, no markup of theirs."""
    status, shown = connected.on_screen("batch", "p", columns=120)
    captions = connected.on_terminal("caption", *map(str, sorted(album.iterdir())))

    for written in (shown.written, captions.out, captions.err):
        assert "\x1b]0;" not in written
        assert "\x1b[2J" not in written
        assert not {"\u202e", "\x07", "\x9b", "\x00"} & set(written)
        assert "\x1b[31mred" not in written
    assert (status, captions.status) == (0, 0)
    assert "[bold]x[/bold]" in " ".join(visible(captions.out).split())


@pytest.mark.promises("hostile")
def test_a_table_writes_nothing_outside_of_the_output_folder(
    connected: Rwcap, service: Service
) -> None:
    """Whatever paths and columns it has; no row is run, and no link is followed."""
    inside, outside = connected.home / "in", connected.home / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "kept.txt").write_text("by hand")
    for number, name in enumerate(("a.jpg", "../out/b.jpg", "../c.jpg")):
        Image.new("L", (30 + number, 30)).save(inside / name)
    (inside / "texts").mkdir()
    (inside / "texts/a.txt").symlink_to(outside / "kept.txt")
    (inside / "table.csv").write_text(
        "image,prompt\na.jpg,{image}\n../out/b.jpg,$(touch made)\n"
        f"{connected.home}/c.jpg,\x1b[2J\n/etc/passwd,x\n../../../../etc/hosts,x\n,\n"
    )
    before = sorted(outside.iterdir())

    result = connected.run(
        *("batch", "table.csv", "--write", "txt", "--out-dir", "texts"),
        *("--mode", "overwrite"),
        folder=inside,
    )

    assert result.status == 3
    assert sorted(outside.iterdir()) == before
    assert (outside / "kept.txt").read_text() == "by hand"
    prompts = {request["prompt"] for request in service.requests}
    assert prompts == {"{image}", "$(touch made)", "\x1b[2J"}
    assert not (inside / "texts/a.txt").is_symlink()
    assert {path.name for path in connected.home.iterdir()} <= {
        *("in", "out", "c.jpg", ".local", ".config"),
    }


@pytest.mark.promises("hostile")
def test_a_folder_of_a_stranger_holds_nothing_up(
    connected: Rwcap, service: Service
) -> None:
    """Links in circles, pipes and devices are passed over or refused, with a reason."""
    folder = connected.home / "p"
    (folder / "deep").mkdir(parents=True)
    Image.new("L", (30, 30)).save(folder / "a.png")
    (folder / "deep/up").symlink_to("..")
    (folder / "self.jpg").symlink_to("self.jpg")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "home.jpg").symlink_to(connected.home / ".ssh/id")
    os.mkfifo(folder / "pipe.jpg")
    os.mkfifo(folder / "a.txt")

    result = connected.run("batch", ".", "--write", "txt", folder=folder)
    os.mkfifo(folder / "rwcap.toml")
    refused = connected.run("batch", ".", folder=folder)

    assert service.bills <= 1
    assert result.status in {1, 3}
    assert refused.status == 78
    assert "rwcap.toml: not a regular file" in refused.err


@pytest.mark.promises("hostile")
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("caption a.png --write txt --mode append", 1, "a.txt: more than 4,194,304"),
        ("caption a.png --write txt --mode remove", 1, "a.txt: more than 4,194,304"),
        ("caption a.png --prompt '{sidecar|x}' --dry-run", 1, "a.xmp: unusable XMP"),
        ("batch . --check-only", 1, "a.txt: more than 4,194,304"),
        ("batch . --write txt --report run.html", 0, "contact sheet: run.html"),
        ("batch . --report a.txt", 2, "exists and is not a report"),
    ],
)
def test_a_large_file_beside_an_image_does_not_fill_the_memory(
    connected: Rwcap, service: Service, command: str, status: int, said: str
) -> None:
    """It takes no room on the disk, and has more bytes than the memory may have."""
    folder = connected.home / "p"
    folder.mkdir()
    Image.new("L", (30, 30)).save(folder / "a.png")
    beside = folder / "a.txt", folder / "a.xmp"
    for each in beside:
        each.touch()
        os.truncate(each, 1_000_000_000)

    result = connected.shell(f"cd p; ulimit -v 400000; rwcap {command}")

    for each in beside:
        each.unlink()  # tests read all that a command has written
    assert said in result.err
    assert "magick" not in result.err, "a hint for images"
    assert result.status == status
    assert service.bills == 0

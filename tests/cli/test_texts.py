"""`rwcap batch --texts FILE`: texts that exist, written to their images for free."""

import csv
import io
import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests import service as faults
from tests.cli.test_batch import summed, texts, tree
from tests.cli.test_embed import descriptions
from tests.cli.test_killed import KillTest
from tests.exiftool import exiftool
from tests.exiv2 import metadata
from tests.process import Result, Rwcap
from tests.service import Service

METADATA = ("--write", "metadata")
PERSON = "Anna's boat, before she sold it."


class Album:
    """Three pictures with bought captions, and a program without a key."""

    def __init__(self, connected: Rwcap, service: Service, folder: Path) -> None:
        """Draw the pictures."""
        service.otherwise = faults.numbered
        self.connected = connected
        self.service = service
        self.keyless = Rwcap(connected.home).with_environment(RWCAP_API_URL=service.url)
        self.folder = folder
        draw.album(folder / "p", "a.jpg", "b.png", "sub/c.webp")

    def buy(self, *options: str) -> Result:
        """Run a batch with a key."""
        result = self.connected.run("batch", "p", *options)
        assert result.status == 0, result.err
        return result

    def write(self, table: str, *options: str, source: str = "p") -> Result:
        """Write the texts of a table; nothing is asked, and there is no key."""
        before = len(self.service.requests)
        result = self.keyless.run("batch", source, "--texts", table, *options)
        assert len(self.service.requests) == before
        return result

    def edit(
        self, name: str, *rows: tuple[str, ...], columns: str = "source,text"
    ) -> str:
        """Write a table; return its name."""
        written = io.StringIO()
        csv.writer(written).writerows([columns.split(","), *rows])
        (self.folder / name).write_text(written.getvalue(), "utf-8", "surrogateescape")
        return name

    @property
    def captions(self) -> dict[str, str | None]:
        """The descriptions in all pictures."""
        return descriptions(self.folder / "p")

    def wasted(self) -> str:
        """Return how many captions were paid for and never written."""
        shown = self.connected.run("cost").out
        found = re.search(r"never written +(\d+)", shown)
        return found[1] if found else "0"

    def state(self) -> dict[str, tuple[bytes, int]]:
        """Return the bytes and the time of each file."""
        files = [each for each in (self.folder / "p").rglob("*") if each.is_file()]
        return {
            str(each): (each.read_bytes(), each.stat().st_mtime_ns) for each in files
        }


@pytest.fixture
def album(connected: Rwcap, service: Service, tmp_path: Path) -> Album:
    """Return three pictures."""
    return Album(connected, service, tmp_path)


@pytest.mark.promises("persons")
@pytest.mark.parametrize(
    "style",
    [
        ("--prefix", "photo of TOKEN, ", "--suffix", " [AI]"),
        ("--template", "photo of TOKEN, {caption} [AI]"),
        ("--prefix", "photo of ", "--template", "{who|TOKEN},  {caption} [AI]"),
    ],
)
def test_a_prefix_that_a_text_has_is_not_added_again(
    album: Album, style: tuple[str, ...]
) -> None:
    """A contact sheet shows the texts of files, and those of new captions without."""
    style = ("--write", "txt", *style)
    album.buy(*style)
    written = texts(album.folder / "p")
    table = album.edit(
        "e.csv",
        ("p/a.jpg", "photo of TOKEN, a boat. [AI]"),
        ("p/b.png", "a boat."),
        ("p/sub/c.webp", written["sub/c.txt"].strip()),
    )

    result = album.write(table, *style)

    assert result.status == 0, result.err
    now = texts(album.folder / "p")
    assert {now["a.txt"], now["b.txt"]} == {"photo of TOKEN, a boat. [AI]\n"}
    assert now["sub/c.txt"] == written["sub/c.txt"]
    assert (summed(result)["edited"], summed(result)["skipped"]) == ("2", "1")


@pytest.mark.promises("persons")
def test_a_caption_that_ends_as_a_suffix_does_is_still_of_the_model(
    album: Album,
) -> None:
    """A record has the caption alone."""
    service = album.service
    service.otherwise = faults.caption("A boat.")
    style = ("--write", "txt", "--suffix", ".")
    album.buy(*style, "-o", "t.csv")

    result = album.write("t.csv", *style)

    assert (result.status, summed(result)["skipped"]) == (0, "3"), result.err
    assert set(texts(album.folder / "p").values()) == {"A boat..\n"}


@pytest.mark.promises("persons")
def test_an_edited_text_replaces_the_caption_of_rwcap(album: Album) -> None:
    """It is marked as a person's, as other programs read it; the rest stays."""
    album.buy(*METADATA, "-o", "t.csv")
    before = album.state()
    with (album.folder / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    machine = next(row["text"] for row in rows if row["source"] == "p/a.jpg")
    table = album.edit(
        "e.csv",
        *(
            (row["source"], PERSON if row["text"] == machine else row["text"])
            for row in rows
        ),
    )

    result = album.write(table, *METADATA, "--report", "r.json")

    after = album.state()
    assert (result.status, summed(result)["edited"]) == (0, "1"), result.err
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {str(album.folder / "p/a.jpg")}
    found = metadata((album.folder / "p/a.jpg").read_bytes())
    assert found.texts["Description"] == PERSON
    assert after[changed.pop()][1] == before[str(album.folder / "p/a.jpg")][1]
    report = json.loads((album.folder / "r.json").read_text())
    assert (report["counts"]["edited"], report["counts"]["skipped"]) == (1, 2)
    assert report["spent_usd"] == "0.000000"


@pytest.mark.program("exiftool")
@pytest.mark.promises("persons")
def test_a_mark_tells_that_a_person_wrote_the_text(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """For exiftool; `--show` names the author."""
    album = Album(connected, service, tmp_path)
    album.write(album.edit("e.csv", ("p/a.jpg", PERSON)), *METADATA)

    shown = connected.run("caption", "--show", "p/a.jpg")
    tags = exiftool("-j", "-XMP-rwcap:all", album.folder / "p/a.jpg")

    assert shown.out == f"p/a.jpg\tXMP-dc:description\tperson\t{PERSON}\n"
    assert "DescriptionEdited" in tags
    assert "CaptionModel" not in tags


@pytest.mark.parametrize("write", ["metadata", "embed", "xmp", "txt"])
@pytest.mark.promises("persons")
def test_a_persons_text_is_never_taken_for_that_of_rwcap(
    album: Album, write: str
) -> None:
    """Not by `remove`, not by a later run, not by a table that is older."""
    album.buy("--write", write, "-o", "t.csv")
    album.write(album.edit("e.csv", ("p/a.jpg", PERSON)), "--write", write)
    edited = album.state()

    older = album.write("t.csv", "--write", write)
    bought = album.buy("--write", write)
    kept = album.state()
    removed = album.buy("--write", write, "--mode", "remove")

    assert kept == edited
    assert "1 image keeps the text of a person" in older.err
    assert summed(bought)["skipped"] == "3"
    assert "changed since and left: 1" in removed.err
    assert "removed: 2" in removed.err
    assert PERSON.encode() in b"".join(tree(album.folder / "p").values()).replace(
        b"&#39;", b"'"
    )


@pytest.mark.parametrize("mode", ["append", "prepend"])
@pytest.mark.parametrize("write", ["metadata", "embed", "xmp"])
@pytest.mark.promises("persons")
def test_a_text_with_words_of_a_person_counts_as_a_persons(
    album: Album, write: str, mode: str
) -> None:
    """A caption was added to them. Other outputs count them, too."""
    words = f"{PERSON}\nShe misses it."
    album.write(album.edit("w.csv", ("p/a.jpg", words)), "--write", write)
    album.buy("--write", write, "--mode", mode, "-o", "t.csv")
    other = "xmp" if write != "xmp" else "metadata"
    before = album.state()

    kept = album.write(
        album.edit("e.csv", ("p/a.jpg", "A red boat.")), "--write", write
    )
    skipped = album.buy("--write", other, "--include", "a.jpg")

    assert "1 image keeps the text of a person" in kept.err
    assert summed(skipped)["skipped"] == "1"
    assert album.state() == before
    added = [PERSON, "She misses it.", "Picture 1."]
    name = "a.xmp" if write == "xmp" else "a.jpg"
    lines = (album.captions[name] or "").splitlines()
    assert lines == (added if mode == "append" else [added[2], *added[:2]])


@pytest.mark.promises("persons", "undo")
def test_overwrite_keeps_a_persons_text_until_remove_brings_it_back(
    album: Album,
) -> None:
    """As any text of a person that a run with `overwrite` replaces."""
    album.write(album.edit("e.csv", ("p/a.jpg", PERSON)), *METADATA)

    album.buy(*METADATA, "--mode", "overwrite")
    bought = album.captions["a.jpg"]
    album.buy(*METADATA, "--mode", "remove")

    assert bought == "Picture 1."
    assert album.captions["a.jpg"] == PERSON


@pytest.mark.parametrize("write", ["metadata", "xmp", "txt"])
@pytest.mark.promises("persons")
def test_a_row_that_nobody_edited_overwrites_no_text_of_a_person(
    album: Album, write: str
) -> None:
    """An edited one does, and one of the model replaces another one of the model."""
    album.buy("-o", "t.csv")
    album.buy("--write", write, "-p", "Name it.")
    people = album.edit(
        "e.csv", *((f"p/{name}", PERSON) for name in ("a.jpg", "b.png"))
    )
    album.write(people, "--write", write)
    table = (album.folder / "t.csv").read_text()
    one, *_ = (line for line in table.splitlines() if line.startswith("p/a.jpg"))
    text = one.split(",")[3]
    (album.folder / "t.csv").write_text(table.replace(text, "By Ben."))

    result = album.write("t.csv", "--write", write, "--mode", "overwrite")
    again = album.write("t.csv", "--write", write, "--mode", "overwrite")

    counts = summed(result)
    assert (counts["edited"], counts["skipped"], counts["cached"]) == ("1", "1", "1")
    assert summed(again)["skipped"] == "3"
    for each in (result, again):
        assert "1 image keeps the text of a person: the table has that" in each.err


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.promises("files")
def test_a_table_that_nobody_changed_changes_no_byte(album: Album, suffix: str) -> None:
    """Whatever its format; a run after it does nothing either."""
    album.buy(*METADATA, "-o", f"t.{suffix}")
    before = album.state()

    results = [album.write(f"t.{suffix}", *METADATA) for _ in range(2)]
    results.append(album.write(f"t.{suffix}", *METADATA, "--mode", "overwrite"))

    assert album.state() == before
    assert [summed(each)["skipped"] for each in results] == ["3"] * 3


@pytest.mark.promises("persons")
def test_an_unchanged_text_is_written_as_that_of_the_model(album: Album) -> None:
    """With its marks, as if the batch had written it: `remove` takes it out again."""
    album.buy("-o", "t.csv")
    before = tree(album.folder / "p")

    result = album.write("t.csv", *METADATA)
    album.buy(*METADATA, "--mode", "remove")

    assert summed(result)["cached"] == "3"
    assert tree(album.folder / "p") == before


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\ufeffsource;text\r\np/a.jpg;Été; un bateau\r\n", "utf-8"),
        ("source\ttext\r\np/a.jpg\tÉté; un bateau\r\n", "utf-16"),
        ('"Source","TEXT"\n"p/a.jpg","Été; un bateau"\n', "utf-8"),
        ("SourceFile,Description\n./p/a.jpg,Été; un bateau\n", "utf-8"),
    ],
    ids=["Excel", "Excel's Unicode text", "LibreOffice", "exiftool"],
)
def test_tables_of_spreadsheets_are_read(
    album: Album, content: str, encoding: str
) -> None:
    """With their marks, separators, line ends and encodings."""
    quoted = content.replace(";Été; un", ';"Été; un').replace("teau\r", 'teau"\r')
    content = quoted if content.startswith("\ufeff") else content
    (album.folder / "e.csv").write_bytes(content.encode(encoding))

    result = album.write("e.csv", *METADATA)

    assert (result.status, album.captions["a.jpg"]) == (0, "Été; un bateau")


@pytest.mark.promises("persons", "statuses")
def test_an_empty_text_wipes_nothing(album: Album) -> None:
    """Nor does white space; a table of nothing else is no input."""
    album.buy(*METADATA)
    before = album.state()

    some = album.write(
        album.edit("e.csv", ("p/a.jpg", " \n"), ("p/b.png", ""), ("p/sub/c.webp", "C")),
        *METADATA,
        "--mode",
        "overwrite",
    )
    middle = album.state()
    none = album.write(album.edit("e.csv", ("p/a.jpg", "")), *METADATA)

    assert "2 rows have no text, and change nothing" in some.err
    assert {key for key in before if before[key] != middle[key]} == {
        str(album.folder / "p/sub/c.webp")
    }
    assert (none.status, album.state()) == (ExitStatus.NO_INPUT, middle)
    assert "no row has a text" in none.err


@pytest.mark.promises("persons")
def test_rows_find_their_images_by_name_and_digest(album: Album) -> None:
    """After the folder was moved, and after a picture was renamed, too."""
    album.buy("-o", "t.jsonl")
    shutil.move(album.folder / "p", album.folder / "q")
    (album.folder / "q/a.jpg").rename(album.folder / "q/new.jpg")

    result = album.write("t.jsonl", *METADATA, source="q")

    assert (result.status, summed(result)["cached"]) == (0, "3")
    found = descriptions(album.folder / "q")
    assert found.keys() == {"new.jpg", "b.png", "sub/c.webp"}
    assert sorted(map(str, found.values())) == [
        "Picture 1.",
        "Picture 2.",
        "Picture 3.",
    ]


@pytest.mark.promises("persons")
def test_the_name_of_a_picture_does_not_stand_for_another_one(album: Album) -> None:
    """A digest in the row shows that the picture of this name is not the same."""
    row = ("old/a.jpg", PERSON, "00")
    table = album.edit("e.csv", row, columns="source,text,image_sha256")

    result = album.write(table, *METADATA)

    assert (result.status, album.captions["a.jpg"]) == (ExitStatus.NO_INPUT, None)


@pytest.mark.promises("persons")
def test_rows_without_an_image_of_their_own_are_errors(album: Album) -> None:
    """The others are written; the next run says the same of the bad rows alone."""
    draw.album(album.folder / "p", "sub/b.png")
    table = album.edit(
        "e.csv",
        ("p/a.jpg", PERSON),
        ("p/a.jpg", f" {PERSON}  "),
        ("gone.jpg", "Gone."),
        ("b.png", "Which?"),
        ("p/sub/c.webp", "One."),
        ("p/sub/c.webp", "Two."),
    )

    first = album.write(table, *METADATA)
    before = album.state()
    second = album.write(table, *METADATA)
    nothing = album.write(
        album.edit("f.csv", *[("p/a.jpg", x) for x in "12"]), *METADATA
    )

    assert album.captions == {
        "a.jpg": PERSON,
        "b.png": None,
        "sub/b.png": None,
        "sub/c.webp": None,
    }
    assert "e.csv:4: gone.jpg: no image of the sources" in first.err
    assert "e.csv:5: b.png: several images have this name" in first.err
    for line in (6, 7):
        assert f"e.csv:{line}: p/sub/c.webp: several rows have other texts" in first.err
    assert (first.status, second.status) == (ExitStatus.PARTIAL, ExitStatus.PARTIAL)
    assert (nothing.status, album.state()) == (ExitStatus.FAILED, before)


@pytest.mark.promises("statuses")
def test_a_table_for_other_images_is_no_input(album: Album) -> None:
    """And one with other columns, or that is none, is a wrong command."""
    for_others = album.write(album.edit("e.csv", ("x.jpg", "X")), *METADATA)
    columns = album.write(
        album.edit("f.csv", ("p/a.jpg", "A"), columns="source,Beschreibung"), *METADATA
    )
    photo = album.write("p/a.jpg", *METADATA)
    missing = album.write("g.csv", *METADATA)
    nowhere = album.write("e.csv")
    onto_itself = album.write("e.csv", *METADATA, "-o", "./e.csv")

    assert for_others.status == ExitStatus.NO_INPUT
    assert "e.csv:2: x.jpg: no image of the sources" in for_others.err
    for result, reason in (
        (columns, "no column with texts"),
        (photo, "not a table"),
        (missing, "No such file"),
        (nowhere, "--texts needs --write"),
        (onto_itself, "-o ./e.csv: this file is that of --texts"),
    ):
        assert (result.status, reason in result.err) == (ExitStatus.USAGE, True)


def test_a_pipe_is_refused_before_it_is_opened(album: Album) -> None:
    """Opening it could wait for a writer forever. A folder is no table either."""
    os.mkfifo(album.folder / "e.csv")
    (album.folder / "f.csv").mkdir()

    for table in ("e.csv", "f.csv"):
        result = album.write(table, *METADATA)

        assert result.status == ExitStatus.USAGE
        assert f"error: --texts {table}: not a regular file\n" in result.err


def test_a_dry_run_prints_what_would_be_written(album: Album) -> None:
    """And the rows that cannot be used; nothing changes."""
    album.buy(*METADATA)
    before = album.state()
    table = album.edit("e.csv", ("p/a.jpg", PERSON), ("x.jpg", "X"))

    result = album.write(table, *METADATA, "--dry-run")
    same = album.captions["b.png"] or ""
    good = album.edit("f.csv", ("p/a.jpg", PERSON), ("p/b.png", same))
    alone = album.write(good, *METADATA, "--dry-run")

    assert "would write 1 text; done earlier or kept: 1; unusable: 0" in alone.err
    assert (result.out, result.status) == (f"p/a.jpg\t{PERSON}\n", ExitStatus.PARTIAL)
    assert "would write 1 text; done earlier or kept: 0; unusable: 1" in result.err
    assert (alone.status, album.state()) == (0, before)


@pytest.mark.promises("rules")
def test_an_edited_alternative_text_is_checked_and_not_shortened(album: Album) -> None:
    """Too long is an error of quality; a short one goes to its own place alone."""
    long = "A boat. " * 30
    table = album.edit("e.csv", ("p/a.jpg", PERSON), ("p/b.png", long))

    result = album.write(table, *METADATA, "--alt")

    found = metadata((album.folder / "p/a.jpg").read_bytes())
    assert result.status == ExitStatus.QUALITY
    assert "p/b.png: too long: 239 characters; allowed: 150" in result.err
    assert "--max-chars 239" in result.err
    assert found.texts == {"AltTextAccessibility": PERSON}
    assert b"x:xmpmeta" not in (album.folder / "p/b.png").read_bytes()


def test_edited_texts_are_checked_on_request(album: Album) -> None:
    """One that fails is named, or not written; none is bought or shortened."""
    bad = "The image shows a boat."
    table = album.edit("e.csv", ("p/a.jpg", bad), ("p/b.png", PERSON))
    checked = ("--write", "txt", "--check", "preamble")

    failed = album.write(table, *checked, "--on-fail", "fail")
    written = texts(album.folder / "p")
    warned = album.write(table, *checked)
    again = album.write(table, *checked)
    only = album.buy(*checked, "--only", "failed-checks", "--include", "a.jpg")
    album.buy(*checked, "--on-fail", "retry", "--include", "a.jpg")

    assert (failed.status, warned.status) == (ExitStatus.QUALITY, 0)
    assert written == {"b.txt": f"{PERSON}\n"}
    assert "hint: --on-fail warn writes it all the same" in failed.err
    assert "cost unknown" not in failed.err
    assert f"warning: p/a.jpg: preamble: {bad}" in warned.err
    assert texts(album.folder / "p")["a.txt"] == f"{bad}\n"
    assert "preamble" not in again.err
    assert "p/a.jpg: kept, because it is not of rwcap" in only.err
    assert album.service.bills == 0


def test_outputs_have_their_style(album: Album) -> None:
    """A template can have the columns of the table; a folder takes the files."""
    table = album.edit("e.csv", ("p/a.jpg", PERSON, "sea"), columns="source,text,topic")
    options = ("--write", "txt", "--out-dir", "out", "--template", "{topic}: {caption}")

    first = album.write(table, *options)
    second = album.write(table, *options, "-o", "r.jsonl")

    assert texts(album.folder / "out") == {"a.txt": f"sea: {PERSON}\n"}
    assert (first.status, summed(second)["skipped"]) == (0, "1")
    assert json.loads((album.folder / "r.jsonl").read_text())["text"] == PERSON


@pytest.mark.promises("persons")
def test_other_lines_of_a_text_file_stay(album: Album) -> None:
    """A file with a line of a person is a person's, unless `overwrite` is asked for."""
    album.buy("--write", "txt")
    file = album.folder / "p/a.txt"
    file.write_text(file.read_text() + "my tag\n")
    before = file.read_text()
    table = album.edit("e.csv", ("p/a.jpg", PERSON), ("p/b.png", "B"))

    album.write(table, "--write", "txt")
    kept = file.read_text()
    album.write(table, "--write", "txt", "--mode", "append")
    appended = file.read_text()
    album.write(table, "--write", "txt", "--mode", "overwrite")

    assert (kept, appended) == (before, f"{before}{PERSON}\n")
    assert file.read_text() == f"{PERSON}\n"
    assert (album.folder / "p/b.txt").read_text() == "B\n"


def test_names_that_are_not_utf_8_come_back(album: Album) -> None:
    """From the records of rwcap: `source_b64`, or quoted as in a shell."""
    name = os.fsdecode(b"caf\xe9.jpg")
    (album.folder / "p/a.jpg").rename(album.folder / "p" / name)
    for table in ("t.jsonl", "t.csv"):
        album.buy("-o", table)

        result = album.write(table, "--write", "txt", "--out-dir", table[2:])

        assert summed(result)["cached"] == "3"
        assert (album.folder / table[2:] / os.fsdecode(b"caf\xe9.txt")).exists()


def test_a_text_that_cannot_be_written_is_an_error_and_no_purchase(
    album: Album,
) -> None:
    """The other output has it; blank rows of a spreadsheet are none."""
    long = "A boat. " * 9_000
    table = album.edit("e.csv", ("p/a.jpg", long), ("", ""), (" ", ""), ("", "X"))

    result = album.write(table, "--write", "embed", "--write", "txt")

    assert result.status == ExitStatus.FAILED
    assert "more than 65,502 bytes" in result.err
    assert "e.csv:5: column source: empty" in result.err
    assert (summed(result)["failed"], "cost unknown" in result.err) == ("2", False)
    assert (album.folder / "p/a.txt").read_text() == f"{long.strip()}\n"


def test_a_run_stops_at_its_limits_and_by_a_signal(album: Album) -> None:
    """What is done stays done; the same command does the rest."""
    table = album.edit(
        "e.csv", ("x.jpg", "X"), ("y.jpg", "Y"), ("p/a.jpg", "A"), ("p/b.png", "B")
    )
    errors = album.write(table, *METADATA, "--max-errors", "1")
    slow = album.write(table, *METADATA, "--max-duration", "0.000001")
    killed = KillTest(album.keyless, album.service, images=0)
    command = ("batch", "p", "--texts", table, "--write", "embed")
    signalled = killed.run("before embedding", 1, *command, ending="SIGTERM")

    assert "stopped: --max-errors is reached" in errors.err
    assert "stopped: --max-duration is reached" in slow.err
    assert signalled.status == -signal.SIGTERM
    assert "edited: 1" in signalled.err
    assert album.captions == {"a.jpg": "A", "b.png": None, "sub/c.webp": None}


def test_sources_that_are_no_images_are_errors(album: Album) -> None:
    """Others get their texts, and so does a URL in a folder of its own."""
    url = "https://example.com/z.jpg"
    (album.folder / "list.txt").write_text(f"p/a.jpg\np/gone.jpg\n-\n{url}\n")
    (album.folder / "p/b.png").write_bytes(b"no picture")
    table = album.edit("e.csv", ("p/a.jpg", "A"), ("p/gone.jpg", "G"), (url, "Z"))

    result = album.write(table, "--write", "txt", "--out-dir", "out", source="list.txt")
    damaged = album.write(album.edit("f.csv", ("p/b.png", "B")), *METADATA)

    assert texts(album.folder / "out") == {"a.txt": "A\n", "z.txt": "Z\n"}
    assert "-: a batch does not accept standard input" in result.err
    assert "p/gone.jpg: " in result.err
    assert (result.status, damaged.status) == (ExitStatus.PARTIAL, ExitStatus.FAILED)


def test_a_picture_that_cannot_be_read_has_no_digest(album: Album) -> None:
    """The row of another one is an error, and the run goes on."""
    album.buy("-o", "t.jsonl")
    (album.folder / "p/a.jpg").rename(album.folder / "p/new.jpg")
    (album.folder / "p/b.png").write_bytes(b"no picture")
    (album.folder / "p/b.png").rename(album.folder / "p/damaged.png")

    result = album.write("t.jsonl", *METADATA)

    assert "p/b.png: no image of the sources" in result.err
    assert (result.status, summed(result)["cached"]) == (ExitStatus.PARTIAL, "2")


@pytest.mark.parametrize("write", ["metadata", "xmp", "txt"])
@pytest.mark.promises("persons")
def test_the_text_of_the_table_replaces_another_caption_of_rwcap(
    album: Album, write: str
) -> None:
    """Both are of the model, and so is the mark: `remove` takes it out again."""
    before = tree(album.folder / "p")
    album.buy("--write", write, "-o", "t.csv")
    wanted = album.captions | texts(album.folder / "p")
    album.buy("--write", write, "--mode", "remove")
    album.buy("--write", write, "-p", "Name it.")

    result = album.write("t.csv", "--write", write)
    written = album.captions | texts(album.folder / "p")
    again = album.write("t.csv", "--write", write)
    album.buy("--write", write, "--mode", "remove")

    assert (summed(result)["cached"], summed(again)["skipped"]) == ("3", "3")
    assert written == wanted
    assert tree(album.folder / "p") == before


@pytest.mark.parametrize(
    ("write", "columns"), [("metadata", "source,text,long"), ("xmp", "source,text")]
)
@pytest.mark.parametrize(
    ("caption", "edited"),
    [
        ("A boat lies here. It is possibly old.", "A boat lies here."),
        (
            f"A {'red ' * 33}boat. A man. {'A cat. ' * 9}",
            f"A {'red ' * 33}boat. A man.",
        ),
        ("The image shows a boat.", "A boat."),
    ],
    ids=["drop-sentence", "alt", "lead-in"],
)
@pytest.mark.promises("persons")
def test_a_person_can_leave_out_what_rwcap_could(
    album: Album, write: str, caption: str, edited: str, columns: str
) -> None:
    """The text is the person's, and no later run takes it for that of the model."""
    album.service.captions.append(faults.caption(caption))
    album.buy("--write", write, "--write", "txt", "--include", "a.jpg")
    row = ("p/a.jpg", edited, "")[: columns.count(",") + 1]
    table = album.edit("e.csv", row, columns=columns)

    result = album.write(table, "--write", write, "--write", "txt")
    removed = album.buy("--write", write, "--mode", "remove")

    assert summed(result)["edited"] == "1"
    assert "changed since and left: 1" in removed.err
    assert texts(album.folder / "p") == {"a.txt": f"{edited}\n"}
    assert {each for each in album.captions.values() if each} == {edited}


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        (("--alt",), f"The image shows a boat at sea. {'It is old. ' * 20}"),
        (("--fields", "title,description"), '{"title": "A", "description": "B."}'),
    ],
    ids=["alt", "fields"],
)
def test_a_part_of_a_reply_is_of_the_model_in_other_runs_too(
    album: Album, service: Service, options: tuple[str, ...], reply: str
) -> None:
    """A table of alternative text, written as captions, has no text of a person."""
    service.captions += [faults.caption(reply) for _ in range(3)]
    album.buy(*options, *METADATA, "--write", "txt", "-o", "t.csv")
    before = album.state()

    shorter = album.write("t.csv", *METADATA, "--write", "txt")
    unchanged = album.state()
    edited = album.edit("e.csv", ("p/a.jpg", PERSON))
    result = album.write(edited, *METADATA, "--write", "txt")

    assert (shorter.status, unchanged) == (0, before)
    assert "keep" not in shorter.err + result.err
    assert (album.folder / "p/a.txt").read_text() == f"{PERSON}\n"
    assert album.captions["a.jpg"] == PERSON


@pytest.mark.promises("persons")
def test_a_caption_without_a_sentence_is_still_of_the_model(
    album: Album, service: Service
) -> None:
    """A run with `--on-fail drop-sentence` has left it out."""
    service.captions.append(faults.caption("A boat at sea. It is possibly old."))
    check = ("--check", "hedging", "--on-fail", "drop-sentence")
    album.buy(*check, "-o", "t.csv")
    assert '"A boat at sea."' in (album.folder / "t.csv").read_text().replace(
        ",A boat at sea.,", ',"A boat at sea.",'
    )

    result = album.write("t.csv", *METADATA)

    assert summed(result)["cached"] == "3"


@pytest.mark.parametrize("write", ["xmp", "metadata"])
def test_a_text_beside_a_caption_of_rwcap_stays(album: Album, write: str) -> None:
    """In an XMP file beside a picture, whether or not the picture has a caption."""
    draw.album(album.folder / "p", "d.jpg")
    (album.folder / "p/d.jpg").rename(album.folder / "p/e.jpg")
    album.edit("f.csv", *((f"p/{name}.jpg", PERSON) for name in "ae"))
    album.write("f.csv", "--write", "xmp")
    album.buy("--write", "embed", "--include", "a.jpg", "--include", "b.png")
    rows = [(f"p/{name}", "By Ben.") for name in ("a.jpg", "e.jpg", "b.png")]

    result = album.write(album.edit("e.csv", *rows), "--write", write)

    assert (album.captions["a.xmp"], album.captions["e.xmp"]) == (PERSON, PERSON)
    assert album.captions["b.png" if write == "metadata" else "b.xmp"] == "By Ben."
    assert "2 images keep the text of a person" in result.err


def test_a_picture_that_cannot_have_a_caption_has_an_xmp_file(album: Album) -> None:
    """A text in it is that of rwcap until a person changes it."""
    Image.new("RGB", (32, 32)).save(album.folder / "p/d.tif")
    album.service.otherwise = faults.plainly
    album.buy(*METADATA, "--include", "d.tif")
    first = album.write(album.edit("e.csv", ("p/d.tif", PERSON)), *METADATA)
    second = album.write(album.edit("e.csv", ("p/d.tif", "By Ben.")), *METADATA)

    assert (first.status, album.captions) == (
        0,
        {"a.jpg": None, "b.png": None, "d.xmp": PERSON, "sub/c.webp": None},
    )
    assert "1 image keeps the text of a person" in second.err


@pytest.mark.parametrize("write", ["txt", "metadata"])
def test_texts_follow_pictures_whose_names_are_swapped(
    album: Album, write: str
) -> None:
    """Rows of rwcap have digests; texts of the model stay those of the model."""
    (album.folder / "p/d.jpg").write_bytes(draw.snapshot(9, "JPEG"))
    album.buy("--hold", "-o", "t.csv")
    with (album.folder / "t.csv").open(newline="") as file:
        bought = {row["source"]: row["text"] for row in csv.DictReader(file)}
    folder = album.folder / "p"
    (folder / "a.jpg").rename(folder / "e.jpg")
    (folder / "d.jpg").rename(folder / "a.jpg")
    (folder / "e.jpg").rename(folder / "d.jpg")

    result = album.write("t.csv", "--write", write)

    assert (result.status, summed(result)["cached"]) == (0, "4"), result.err
    swapped = {"a": bought["p/d.jpg"], "d": bought["p/a.jpg"]}
    if write == "txt":
        written = texts(folder)
        assert {name: written[f"{name}.txt"] for name in "ad"} == {
            name: f"{text}\n" for name, text in swapped.items()
        }
    else:
        found = album.captions
        assert {name: found[f"{name}.jpg"] for name in "ad"} == swapped


@pytest.mark.promises("persons")
def test_a_picture_that_was_changed_in_place_gets_no_old_text(album: Album) -> None:
    """The row is an error until its digest is cleared."""
    album.buy("--hold", "-o", "t.csv")
    Image.new("RGB", (64, 64)).save(album.folder / "p/a.jpg")

    refused = album.write("t.csv", *METADATA)
    before = album.captions["a.jpg"]
    table = (album.folder / "t.csv").read_text()
    digest = re.findall(r"p/a.jpg.*,([0-9a-f]{64}),", table)[0]
    (album.folder / "t.csv").write_text(table.replace(digest, ""))
    written = album.write("t.csv", *METADATA)

    assert (refused.status, before) == (ExitStatus.PARTIAL, None)
    assert "p/a.jpg: its picture has another image_sha256: changed" in refused.err
    assert "hint: if the text is still right, clear image_sha256" in refused.err
    assert (written.status, album.captions["a.jpg"] is None) == (0, False)


@pytest.mark.parametrize(
    "options",
    [
        ("--hold", "--texts", "t.csv", *METADATA),
        ("--hold", "--check-only"),
        ("--texts", "t.csv", *METADATA, "--check", "all", "--on-fail", "retry"),
        ("--texts", "t.csv", *METADATA, "--prompt", "What?"),
    ],
    ids=" ".join,
)
def test_contradictions_are_refused(rwcap: Rwcap, options: tuple[str, ...]) -> None:
    """Before anything is read."""
    result = rwcap.run("batch", "p", *options)

    assert result.status == ExitStatus.USAGE
    assert "exclude each other" in result.err


CELLS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip()
)


@given(captions=st.lists(CELLS, max_size=15), suffix=st.sampled_from(["csv", "jsonl"]))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.promises("files")
def test_any_caption_survives_the_table(
    album: Album, service: Service, captions: list[str], suffix: str
) -> None:
    """A table that rwcap wrote and nobody changed changes no byte."""
    shutil.rmtree(album.folder / "p")
    table = f"{len(service.requests)}.{suffix}"
    texts = ["=1+1", "'-x", "a\nb", '"', "\u2028 \xa0\u0301", "word " * 60, *captions]
    draw.album(album.folder / "p", *(f"{number}.jpg" for number in range(len(texts))))
    service.captions.extend(faults.caption(text) for text in texts)
    everywhere = (*METADATA, "--write", "txt")
    album.buy(*everywhere, "-o", table, "--fresh", "--mode", "overwrite")
    before = album.state()

    result = album.write(table, *everywhere)

    assert album.state() == before, result.err
    assert result.status == 0

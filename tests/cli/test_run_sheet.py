"""`rwcap batch --report run.html`: the contact sheet of a run."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from rwcap.core.errors import OutputError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import Record, RecordStatus
from rwcap.images.limits import DEFAULT_OPTIONS
from rwcap.outputs.sheet.page import About
from rwcap.outputs.text_files import TextFiles
from rwcap.usecases.run_sheet import RunSheet
from rwcap.usecases.sheet import ContactSheet
from tests import draw, sheets
from tests.process import Rwcap
from tests.service import Service, pictured

GOOD = "Two boats lie at the quay."
HEDGE = "A man, possibly a fisherman, mends a net."
RUN = ("batch", "p", "--report", "run.html")
ABOUT = About("p", "now", "1", {}, {})


@pytest.fixture
def page(connected: Rwcap, service: Service) -> Path:
    """Return the path of the page of a folder with two images and a broken one."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg")
    (connected.home / "p/3.jpg").write_bytes(b"no image")
    service.otherwise = pictured(GOOD, HEDGE)
    return connected.home / "run.html"


def captions(page: Path) -> dict[str, dict[str, Any]]:
    """Return the caption of each picture by its name."""
    return {each["name"]: each["captions"][0] for each in sheets.pictures(page)}


def new(page: Path) -> ContactSheet:
    """Return a sheet without pictures."""
    return ContactSheet(page, DEFAULT_OPTIONS)


def test_a_sheet_has_the_result_of_each_image(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """Its status, cost, prompt and error; a second run costs nothing and shows it."""
    run = (*RUN, "--write", "txt", "-p", "What is it?")
    result = connected.run(*run)
    bought = captions(page)
    (page.parent / "p/2.txt").write_text("Edited.")
    connected.run(*run)
    again = captions(page)

    assert result.status == ExitStatus.PARTIAL
    assert "contact sheet: run.html (3 pictures, " in result.err
    assert bought["p/1.jpg"] == {
        "status": "ok",
        "text": GOOD,
        "label": "p/1.txt",
        "cost": "0.001300",
        "prompt": 0,
    }
    assert bought["p/2.jpg"]["checks"] == {"hedging": HEDGE}
    assert sheets.facts(page)["prompts"] == ["What is it?"]
    assert "not an image" in bought["p/3.jpg"]["error"]
    assert bought["p/3.jpg"]["status"] == "failed"
    assert [bool(each) for each in sheets.thumbnails(page)].count(True) == 2
    assert again["p/1.jpg"] == bought["p/1.jpg"] | {"status": "skipped"}
    assert again["p/2.jpg"]["text"] == "Edited."
    assert service.bills == 2


def test_a_text_that_was_there_is_shown(connected: Rwcap, page: Path) -> None:
    """Whoever wrote it, where it is; a file that cannot be read has none."""
    (page.parent / "p/1.txt").write_text("Mine.")
    (page.parent / "p/2.xmp").write_text("no XMP")

    connected.run(*RUN, "--write", "txt")
    text = captions(page)["p/1.jpg"]
    connected.run(*RUN, "--write", "txt", "--write", "xmp", "--mode", "skip")

    assert (text["status"], text["text"]) == ("skipped", "Mine.")


def test_the_texts_of_a_record_file_are_shown(connected: Rwcap, page: Path) -> None:
    """They are in the ledger, and nowhere beside the images."""
    for _ in range(2):
        connected.run(*RUN, "-o", "r.csv")

    found = captions(page)["p/1.jpg"]
    assert (found["status"], found["text"]) == ("skipped", GOOD)


def test_the_command_buys_the_marked_captions_again(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """With the same options, and no others."""
    connected.run(
        *(*RUN, "--limit", "2", "-p", "It's what?", "--write", "txt", "--ext", ".cap"),
        *("-c4", "--yes", "--pilot", "1", "--max-cost=1", "--include", "*.jpg", "-q"),
    )
    command = " ".join(sheets.facts(page)["command"])
    (page.parent / "marked.txt").write_text("p/1.jpg\n")
    service.otherwise = pictured("A new text.")

    words = shlex.split(f"batch --files-from marked.txt {command}")
    result = connected.run(*words)

    assert command == (
        "--mode overwrite --fresh -p 'It'\"'\"'s what?' --write txt --ext .cap"
        " -c4 --max-cost=1 -q"
    )
    assert (result.status, result.out) == (0, "")
    assert (page.parent / "p/1.cap").read_text() == "A new text.\n"
    assert service.bills == 3


@pytest.mark.promises("persons")
def test_the_command_adds_to_texts_if_the_run_does(
    connected: Rwcap, page: Path
) -> None:
    """It keeps what people wrote there."""
    (page.parent / "p/1.txt").write_text("Mine.\n")

    connected.run(*RUN, "--write", "txt", "--mode", "append")

    command = " ".join(sheets.facts(page)["command"])
    assert command == "--mode append --fresh --write txt"


@pytest.mark.parametrize(
    "arguments",
    [
        "batch t.csv",
        "batch p --write txt --out-dir o",
        "batch p --write txt --texts t.csv",
        "batch p --write txt --prompt-file -",
    ],
)
def test_a_run_that_a_list_does_not_repeat_has_no_command(
    connected: Rwcap, page: Path, arguments: str
) -> None:
    """Rows, folders, texts and standard input."""
    (page.parent / "t.csv").write_text("image,text\np/1.jpg,A boat.\n")

    connected.run(*arguments.split(), "--report", "run.html", stdin=b"Name it.")

    assert sheets.facts(page)["command"] == []


def test_printed_captions_are_bought_again_without_a_mode(
    connected: Rwcap, page: Path
) -> None:
    """Nothing is overwritten. The limit of the run holds for them, too."""
    connected.with_environment(RWCAP_BUDGET_DAY="9").run(*RUN)

    assert sheets.facts(page)["command"] == ["--fresh"]
    assert sheets.facts(page)["variables"] == ["RWCAP_BUDGET_DAY=9"]


def test_fields_are_shown_and_not_edited(connected: Rwcap, page: Path) -> None:
    """A table of texts has no columns for them."""
    reply = '{"title": "A boat", "keywords": ["boat", "sea"]}'
    connected.run("batch", "p/1.jpg", *RUN[2:], "--sandbox", "--fields", "title,alt")

    found = captions(page)["p/1.jpg"]["text"].splitlines()
    assert [line.partition(":")[0] for line in found] == ["title", "alt"]
    assert not sheets.facts(page)["is_editable"]
    assert reply


def test_a_reply_that_is_not_written_is_shown(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """With the reason."""
    connected.run(*RUN, "--check", "all", "--on-fail", "fail", "--write", "txt")

    found = captions(page)["p/2.jpg"]
    assert (found["status"], found["text"]) == ("failed", HEDGE)
    assert found["error"] == f"hedging: {HEDGE}"


def test_the_reply_around_a_text_is_shown(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """If a sentence was dropped."""
    service.otherwise = pictured(f"{GOOD} {HEDGE}", GOOD)
    mend = ("--check", "hedging", "--on-fail", "drop-sentence")

    connected.run(*RUN, *mend, "--write", "txt")

    found = captions(page)["p/1.jpg"]
    assert (found["text"], found["reply"]) == (GOOD, f"{GOOD} {HEDGE}")
    assert "reply" not in captions(page)["p/2.jpg"]


@pytest.mark.parametrize("place", ["txt", "embed"])
def test_the_text_that_was_there_before_is_shown(
    connected: Rwcap, service: Service, page: Path, place: str
) -> None:
    """If it was another one; a run that changes nothing knows of none."""
    run = (*RUN, "--write", place, "--mode", "overwrite")
    connected.run(*run)
    first = captions(page)["p/1.jpg"]
    service.otherwise = pictured(HEDGE, HEDGE)
    connected.run(*run, "-p", "Once more.")
    second = captions(page)["p/1.jpg"]
    connected.run(*run, "-p", "Once more.")

    assert "before" not in first
    assert (second["text"], second["before"]) == (HEDGE, GOOD)
    assert "before" not in captions(page)["p/1.jpg"]


def test_what_has_no_sheet_is_refused_or_leaves_none(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """Before anything is bought."""
    refused = connected.run(*RUN, "--engine", "ray", "-o", "o/")
    (page.parent / "empty").mkdir()

    connected.run("batch", "empty", *RUN[2:])
    connected.run(*RUN, "--dry-run")

    assert refused.status == ExitStatus.USAGE
    assert "--report FILE.html and --engine ray exclude each other" in refused.err
    assert not page.exists()
    assert service.bills == 0


def test_a_trial_has_the_texts_of_each_prompt_side_by_side(
    connected: Rwcap, service: Service, page: Path
) -> None:
    """In the order of the prompts; nothing to edit, and no command."""
    for name in ("b", "a", "c"):
        (page.parent / f"{name}.txt").write_text(f"Name {name}.")
    files = [word for name in "bac" for word in ("--prompt-file", f"{name}.txt")]

    connected.run(*RUN, "--sample", "3", *files)

    found = {each["name"]: each["captions"] for each in sheets.pictures(page)}
    assert len(found) == 3
    assert [each["label"] for each in found["p/1.jpg"]] == ["b.txt", "a.txt", "c.txt"]
    assert len(found["p/2.jpg"]) == 3
    assert [each["status"] for each in found["p/3.jpg"]] == ["failed"]  # no image
    texts = [each["text"] for name in ("1", "2") for each in found[f"p/{name}.jpg"]]
    assert {*texts} == {GOOD, HEDGE}
    facts = sheets.facts(page)
    assert {*facts["prompts"]} == {"Name a.", "Name b.", "Name c."}
    assert (facts["is_editable"], facts["command"]) == (False, [])
    assert sum(map(bool, sheets.thumbnails(page))) == 2


def test_an_unusable_source_of_a_trial_is_one_picture(tmp_path: Path) -> None:
    """It has no prompt."""
    page = tmp_path / "r.html"
    failed = Record("t.csv:2", RecordStatus.FAILED)

    with RunSheet(new(page), [], (), prompts=["a.txt", "b.txt"]) as sheet:
        for record in (failed, Record("a.jpg", RecordStatus.OK, "A."), failed):
            sheet.add(record)
        assert sheet.count == 2
        sheet.write(ABOUT)

    assert {*captions(page)} == {"t.csv:2", "a.jpg"}


def test_faults_of_the_set_are_shown(tmp_path: Path) -> None:
    """Unless the run has no end."""
    text = "A lighthouse with a red lamp stands on a rock by the sea in the sun."
    found = []
    for is_endless in (False, True):
        page = tmp_path / f"{is_endless}.html"
        names = ["near-identical"]
        with RunSheet(new(page), names, (), is_endless=is_endless) as sheet:
            for number in range(12):
                sheet.add(Record(f"{number}.jpg", RecordStatus.OK, text))
            sheet.write(ABOUT)
        found.append(sum("checks" in each for each in captions(page).values()))

    assert found == [12, 0]


def test_texts_of_several_outputs_are_read_from_the_first_that_has_one(
    tmp_path: Path,
) -> None:
    """If each has its file."""
    (tmp_path / "a.txt").write_text(GOOD)
    file, gone = str(tmp_path / "a.txt"), str(tmp_path)
    outputs = [TextFiles(ext=".txt"), TextFiles(ext=".txt")]

    with RunSheet(new(tmp_path / "r.html"), [], outputs) as sheet:
        for name, files in (
            ("both", (gone, file)),
            ("one", (file,)),
            ("none", (gone,) * 2),
        ):
            sheet.add(Record(name, RecordStatus.SKIPPED, outputs=files))
        sheet.write(ABOUT)

    texts = [each.get("text") for each in captions(tmp_path / "r.html").values()]
    assert texts == [GOOD, None, None]


def test_a_full_disk_ends_the_sheet_and_not_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error comes at the end, when all is bought."""
    with (
        Path("/dev/full").open("w", encoding="ascii") as full,
        RunSheet(new(tmp_path / "r.html"), ["script"], ()) as sheet,
    ):
        monkeypatch.setattr(sheet._checking, "_file", full)
        for number in range(2):
            sheet.add(Record(f"{number}.jpg", RecordStatus.OK, "word " * 5_000))

        with pytest.raises(OutputError, match="a temporary file: No space left"):
            sheet.write(ABOUT)
        monkeypatch.undo()

    assert not (tmp_path / "r.html").exists()

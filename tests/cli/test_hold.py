"""`rwcap batch --hold`: captions that are bought now and written later."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests import service as faults
from tests.cli.test_batch import summed, texts
from tests.cli.test_embed import descriptions
from tests.cli.test_killed import KILLED, KillTest
from tests.cli.test_texts import METADATA, PERSON, Album
from tests.process import Result, Rwcap
from tests.service import Service


@pytest.fixture
def album(connected: Rwcap, service: Service, tmp_path: Path) -> Album:
    """Return three pictures."""
    return Album(connected, service, tmp_path)


@pytest.mark.promises("files", "texts", "free")
def test_held_captions_are_written_later_for_nothing(
    album: Album, service: Service
) -> None:
    """By the command in the summary; until then, the pictures are as they were."""
    before = album.state()

    held = album.buy(*METADATA, "--hold")
    wasted = album.wasted()
    again = album.buy(*METADATA, "--hold", "-o", "t.csv", "--report", "r.json")
    unchanged = album.state()
    command = held.err.rpartition(" with: ")[2].split()
    written = album.buy(*command[3:])

    assert (held.out, unchanged, service.bills) == ("", before, 3)
    assert "held: 3 captions, not written yet" in held.err
    assert command == ["rwcap", "batch", "p", *METADATA]
    assert "write them unchanged with: rwcap batch p" in held.err
    assert (wasted, album.wasted()) == ("3", "0")
    assert summed(again)["cached"] == "3"
    assert json.loads((album.folder / "r.json").read_text())["written"] == {}
    assert summed(written)["written to images"] == "3"
    assert sorted(map(str, album.captions.values())) == [
        "Picture 1.",
        "Picture 2.",
        "Picture 3.",
    ]


@pytest.mark.promises("free")
def test_held_captions_can_be_edited_first(album: Album, service: Service) -> None:
    """Without `--write`, the command in the summary names one."""
    held = album.buy("--hold", "-o", "t.jsonl", "--fresh")
    table = (album.folder / "t.jsonl").read_text()
    (album.folder / "t.jsonl").write_text(table.replace("Picture 2.", PERSON))

    result = album.write("t.jsonl", *METADATA)

    assert (
        "write them with: rwcap batch p --texts t.jsonl --write metadata\n" in held.err
    )
    assert (summed(result)["cached"], summed(result)["edited"]) == ("2", "1")
    assert sorted(map(str, album.captions.values())) == sorted(
        [PERSON, "Picture 1.", "Picture 3."]
    )
    assert service.bills == 3


def test_captions_of_the_sandbox_are_not_written_as_texts_of_people(
    album: Album,
) -> None:
    """Only with `--sandbox`, as the samples that they are."""
    album.buy("--sandbox", "--hold", "-o", "t.csv")

    result = album.write("t.csv", *METADATA)
    unwritten = set(album.captions.values())
    album.buy("--sandbox", "--texts", "t.csv", *METADATA)
    bought = album.buy(*METADATA)

    assert "p/a.jpg: a sample of the sandbox" in result.err
    assert (result.status, unwritten) == (ExitStatus.FAILED, {None})
    assert summed(bought)["written to images"] == "3"
    assert set(album.captions.values()) == {f"Picture {n}." for n in (1, 2, 3)}


def test_captions_that_are_held_already_are_named_again(
    album: Album, service: Service
) -> None:
    """With the command that writes them, though they may have been written since."""
    first = album.buy("--hold", "-o", "t.csv")
    again = album.buy("--hold", "-o", "t.csv")

    assert summed(again)["skipped"] == "3"
    assert "held: 3 captions, 3 of them since earlier runs" in again.err
    assert again.err.rpartition(" with: ")[2] == first.err.rpartition(" with: ")[2]
    assert service.bills == 3


def test_an_estimate_takes_the_options_of_a_run_that_holds(album: Album) -> None:
    """Its cost is that of any run."""
    result = album.keyless.run("cost", "estimate", "p", "--hold", "-o", "t.csv")

    assert (result.status, result.out.startswith("images")) == (0, True), result


@pytest.mark.promises("free")
@pytest.mark.parametrize("options", [(), ("-o", "t.csv")])
def test_images_with_a_caption_are_not_bought_to_be_held(
    album: Album, service: Service, options: tuple[str, ...]
) -> None:
    """Nor are those of other runs held again; -q prints nothing."""
    album.write(album.edit("e.csv", ("p/a.jpg", PERSON)), *METADATA)

    held = album.buy(*METADATA, "--hold", "-q", *options)
    album.buy(*METADATA)
    nothing = album.buy(*METADATA, "--hold", *options)

    assert (held.err, service.bills) == ("", 2)
    assert "held" not in nothing.err


@pytest.mark.promises("free")
@pytest.mark.parametrize("options", ["-o parts/", "-o t.csv --columns source,text"])
def test_the_command_buys_no_caption_for_images_that_have_one(
    album: Album, service: Service, options: str
) -> None:
    """They were left out, so the records do not have them."""
    album.write(album.edit("e.csv", ("p/a.jpg", PERSON)), *METADATA)
    held = album.buy(*METADATA, "--hold", *options.split())

    written = album.buy(*command_of(held)[2:])

    assert summed(written)["written to images"] == "2"
    assert summed(written)["skipped"] == "1"
    assert service.bills == 2


TXT = ("--write", "txt")
DROPS = ("--check", "hedging", "--on-fail", "drop-sentence")
SEEMS = "A red boat lies here.\n\nIt seems to be old. Two men wave."


def command_of(result: Result) -> list[str]:
    """Return the words of the command in the summary, without the program."""
    words = shlex.split(result.err.rpartition(" with: ")[2])
    assert words[:3] == ["rwcap", "batch", "p"]
    return words[1:]


@pytest.mark.promises("free", "texts")
@pytest.mark.parametrize(
    "options",
    [
        ("-o", "t.csv", "--prompt-file", "-", "--limit", "9", "--max-cost=1", "-c1"),
        ("-o", "t.tsv", "-p", "Say --hold.", "--retries=0", "--rebuy-ambiguous"),
        ("-o", "t.jsonl", *TXT, "--prefix", "TOKEN, ", "--suffix", ".", "--sample=3"),
        ("-o", "t.csv", *TXT, *METADATA, "--template", "{stem|it}: {caption}", "--bom"),
        ("--output=t.parquet", "--alt", "--retry-quality", "1", "--max-chars", "40"),
        ("-o", "t.csv", "--delimiter", ";", *DROPS, *METADATA, "--mode", "append"),
    ],
)
def test_the_command_with_a_table_writes_what_the_same_run_would(
    album: Album, service: Service, options: tuple[str, ...]
) -> None:
    """It needs no key and no input, and buys no image that has come since."""
    service.otherwise = faults.caption(SEEMS)
    asked = b"What is it?"
    held = album.connected.run("batch", "p", "--hold", *options, stdin=asked)
    shutil.copytree(album.folder / "p", album.folder / "other/p")
    (album.folder / "p/d.jpg").write_bytes(draw.snapshot(7))

    written = album.keyless.run(*command_of(held))

    assert "--texts" in command_of(held)
    assert (written.status, summed(written)["cached"]) == (0, "3"), written.err
    place = () if "--write" in options else METADATA
    other = album.folder / "other"
    album.connected.run("batch", "p", *options, *place, stdin=asked, folder=other)
    (album.folder / "p/d.jpg").unlink()
    assert descriptions(album.folder / "p") == descriptions(other / "p")
    assert texts(album.folder / "p") == texts(other / "p")
    assert service.bills == 3


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "t.csv", "--fields", "title"),
        ("-o", "t.csv", "--columns", "source,text"),
        ("-o", "parts/"),
        ("-o", "t.csv", *METADATA, "--mode", "overwrite"),
        ("-o", "old.csv"),
    ],
)
def test_the_command_is_the_same_run_where_a_table_is_not_enough(
    album: Album, service: Service, options: tuple[str, ...]
) -> None:
    """It costs nothing as long as no image has come, and needs no records."""
    service.otherwise = faults.caption('{"title": "A boat"}')
    album.buy("--hold", "-o", "old.csv", "-p", "Another prompt.", "--limit", "1")
    held = album.buy("--hold", *options, "--rebuy-ambiguous")

    others = ["--fields", "title", *METADATA] if "--fields" in options else [*METADATA]
    others += ["--mode", "overwrite"] * ("overwrite" in options)
    assert command_of(held) == ["batch", "p", *others]
    assert summed(album.buy(*command_of(held)[2:]))["written to images"] == "3"
    assert service.bills == 4


def test_a_command_that_would_wait_for_input_is_not_printed(album: Album) -> None:
    """A list that was piped in is needed again, and so is a prompt without a table."""
    listed = album.connected.run(
        "batch", "--files-from", "-", "--hold", "-o", "t.csv", stdin=b"p/a.jpg\n"
    )
    asked = album.connected.run(
        "batch", "p", "--hold", "--prompt-file", "-", stdin=b"What is it?"
    )

    for result in (listed, asked):
        assert "rwcap batch" not in result.err
        assert "the same input and options without --hold write them\n" in result.err


def test_images_after_two_dashes_stay_there(album: Album) -> None:
    """Their names can begin with one."""
    (album.folder / "p/a.jpg").rename(album.folder / "-a.jpg")
    held = album.connected.run("batch", "--hold", "-o", "t.csv", "--", "-a.jpg", "p")

    words = shlex.split(held.err.rpartition(" with: rwcap ")[2])
    written = album.keyless.run(*words)

    assert words[-3:] == ["--", "-a.jpg", "p"]
    assert (written.status, summed(written)["cached"]) == (0, "3")


@pytest.mark.promises("once")
def test_a_killed_run_that_holds_goes_on(connected: Rwcap, service: Service) -> None:
    """Each caption is paid for once, and none is beside its image."""
    kill_test = KillTest(connected, service, images=3)
    held = [*kill_test.sidecars, "--hold"]

    killed = kill_test.run("after settling", 2, *held)
    rest = connected.run(*held)
    before = sorted(kill_test.folder.iterdir())
    connected.run(*kill_test.sidecars)

    assert (killed.status, rest.status) == (KILLED, 0)
    assert before == sorted(kill_test.images)
    kill_test.check(recorded=False)


@pytest.mark.parametrize("table", ["t.csv", "t.tsv"])
@pytest.mark.promises("persons")
def test_a_last_row_that_is_edited_without_a_line_end_is_kept(
    album: Album, service: Service, table: str
) -> None:
    """A run without an image changes no byte; one with another image adds its row."""
    album.buy("--hold", "-o", table, "--bom")
    file = album.folder / table
    last = file.read_text().splitlines()[-1]
    text = re.findall(r"Picture \d.", last)[0]
    edited = file.read_text().replace(text, "By Ann.").removesuffix("\n")
    file.write_text(edited)

    (album.folder / "empty").mkdir()
    without = album.keyless.run("batch", "empty", "-o", table)
    unchanged = file.read_text()
    draw.album(album.folder / "p", "d.jpg")
    again = album.buy("--hold", "-o", table)

    assert (without.status, unchanged) == (ExitStatus.NO_INPUT, edited)
    assert file.read_text().startswith(f"{edited}\np/d.jpg")
    assert ("held: 4 captions" in again.err, "last row" in again.err) == (True, False)


@pytest.mark.promises("texts")
def test_a_last_row_that_is_cut_off_is_told_even_to_a_quiet_run(album: Album) -> None:
    """With its text, because a person may have written it."""
    album.buy("--hold", "-o", "t.csv")
    file = album.folder / "t.csv"
    whole = file.read_text()
    file.write_text(f"{whole}p/x.jpg,,ok,{PERSON}")

    result = album.buy("--hold", "-o", "t.csv", "-q")

    assert result.err == (
        "warning: t.csv: the last row is cut off; the next one replaces it:"
        f" p/x.jpg,,ok,{PERSON}\n"
    )

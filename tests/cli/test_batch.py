"""`rwcap batch` as people and scripts use it: sources, outputs, money, statuses."""

import base64
import csv
import json
import os
import re
import shutil
import socket
import sqlite3
from collections import Counter
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests import draw
from tests import service as faults
from tests.conftest import KEY
from tests.faults import EMPTY, instead
from tests.process import Result, Rwcap
from tests.service import Service


@pytest.fixture(autouse=True)
def pictures_are_told_apart(service: Service) -> None:
    """Have every caption say which picture it is of."""
    service.otherwise = faults.numbered


def texts(folder: Path, suffix: str = ".txt") -> dict[str, str]:
    """Return what the sidecars below a folder hold, by their path in it."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob(f"*{suffix}"))
    }


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, but for what rwcap remembers."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".local" not in path.parts
    }


def records(lines: str) -> list[dict[str, Any]]:
    """Return the records in lines of JSON, in the order of their sources."""
    found = [json.loads(line) for line in lines.splitlines()]
    return sorted(found, key=lambda record: str(record["source"]))


def lines(result: Result) -> list[str]:
    """Return the lines of standard output, sorted: they come as they land."""
    return sorted(result.out.splitlines())


def summed(result: Result) -> dict[str, str]:
    """Return the lines of the summary on a pipe."""
    told = [line.partition(": ") for line in result.err.splitlines()]
    return {key: value for key, separator, value in told if separator}


def asked(service: Service) -> list[dict[str, Any]]:
    """Return the requests for captions; questions about them are free."""
    return [each for each in service.requests if each["taskType"] == "caption"]


def swap(path: Path, number: int) -> None:
    """Put another picture into a file that looks unchanged from outside."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(draw.snapshot(number))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# What comes out, and where.


def test_a_folder_becomes_lines_of_path_and_caption(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A tab between them; messages are on standard error."""
    draw.album(tmp_path / "p", "a.jpg", "b/c.png", "d e.JPEG")
    (tmp_path / "p" / "notes.md").write_text("no image")

    result = connected.run("batch", "p")

    assert result.status == 0
    assert lines(result) == [
        "p/a.jpg\tPicture 1.",
        "p/b/c.png\tPicture 2.",
        "p/d e.JPEG\tPicture 3.",
    ]
    assert summed(result)["ok"] == "3"
    assert summed(result)["spent"] == "$0.0039"
    assert service.bills == 3


def test_a_caption_of_many_lines_is_one_line_in_the_list(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A script would take the second line for a path."""
    draw.album(tmp_path, "a.jpg")
    service.captions.append(faults.caption("A cat.\n\nIt\tsleeps. \x1b[31m"))

    assert connected.run("batch", "a.jpg").out == "a.jpg\tA cat. It sleeps. [31m\n"


def test_jsonl_has_a_record_for_every_image(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Also for failures, with the error."""
    draw.album(tmp_path / "p", "a.jpg")
    (tmp_path / "p" / "broken.jpg").write_text("no image")

    result = connected.run("batch", "p", "--jsonl", "-p", "Why?")

    good, bad = records(result.out)
    assert result.status == 3
    assert (good["status"], good["text"]) == ("ok", "Picture 1. Why?")
    assert (good["prompt"], good["cost_usd"]) == ("Why?", "0.001300")
    assert (good["attempts"], good["sandbox"]) == (1, False)
    assert good["task_uuid"] == service.requests[0]["taskUUID"]
    assert (bad["status"], bad["error"]["kind"]) == ("failed", "input")
    assert bad["source"] == "p/broken.jpg"
    assert service.bills == 1


def test_captions_are_written_beside_their_images(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Standard output is empty."""
    draw.album(tmp_path / "p", "a.jpg", "b/c.d.jpg")

    result = connected.run("batch", "p", "--write", "txt")

    assert (result.status, result.out) == (0, "")
    assert texts(tmp_path / "p") == {
        "a.txt": "Picture 1.\n",
        "b/c.d.txt": "Picture 2.\n",
    }


@pytest.mark.parametrize("ext", [".caption", "caption"])
def test_sidecars_can_have_another_suffix(
    connected: Rwcap, tmp_path: Path, ext: str
) -> None:
    """With and without its dot."""
    draw.album(tmp_path / "p", "a.jpg")

    connected.run("batch", "p", "--write", "txt", "--ext", ext)

    assert texts(tmp_path / "p", ".caption") == {"a.caption": "Picture 1.\n"}
    assert len(tree(tmp_path / "p")) == 2


def test_sidecars_can_go_to_a_folder_of_their_own(
    connected: Rwcap, tmp_path: Path
) -> None:
    """In the same folder structure; the folder is created."""
    draw.album(tmp_path / "p", "1.jpg", "a/1.jpg", "a/b/1.jpg")
    before = tree(tmp_path / "p")

    connected.run("batch", "p", "--write", "txt", "--out-dir", "new/out")

    assert tree(tmp_path / "p") == before
    assert texts(tmp_path / "new/out") == {
        "1.txt": "Picture 1.\n",
        "a/1.txt": "Picture 2.\n",
        "a/b/1.txt": "Picture 3.\n",
    }


def test_a_sidecar_is_one_line(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Training tools read only the first line."""
    draw.album(tmp_path, "a.jpg")
    service.captions.append(faults.caption("A cat.\n\nIt sleeps."))

    connected.run("batch", "a.jpg", "--write", "txt")

    assert texts(tmp_path) == {"a.txt": "A cat. It sleeps.\n"}


def test_trigger_words_stand_around_the_caption(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A later change of style is free: the ledger has the caption."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    command = ["batch", "p", "--write", "txt", "--prefix", "<", "--suffix", ">"]
    template = ["--template", "{stem}: {caption}", "--mode", "overwrite"]

    connected.run(*command)
    before = texts(tmp_path / "p")
    connected.run(*command, *template)

    assert before == {"a.txt": "<Picture 1.>\n", "b.txt": "<Picture 2.>\n"}
    assert texts(tmp_path / "p") == {
        "a.txt": "<a: Picture 1.>\n",
        "b.txt": "<b: Picture 2.>\n",
    }
    assert len(service.requests) == service.bills == 2


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("skip", "By a person.\n"),
        ("overwrite", "Picture 1.\n"),
        ("append", "By a person.\nPicture 1.\n"),
        ("prepend", "Picture 1.\nBy a person.\n"),
    ],
)
def test_the_mode_decides_about_existing_text(
    connected: Rwcap, service: Service, tmp_path: Path, mode: str, text: str
) -> None:
    """Appending keeps both, and a second run does not append again."""
    draw.album(tmp_path / "p", "a.jpg")
    (tmp_path / "p" / "a.txt").write_text("By a person.\n")
    command = ["batch", "p", "--write", "txt", "--mode", mode]

    first = connected.run(*command)
    second = connected.run(*command)

    assert (first.status, second.status) == (0, 0)
    assert texts(tmp_path / "p") == {"a.txt": text}
    assert len(service.requests) == service.bills == int(mode != "skip")


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_one_file_takes_all_records(
    connected: Rwcap, service: Service, tmp_path: Path, suffix: str
) -> None:
    """Only new images and other prompts add records."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    file = tmp_path / f"captions.{suffix}"
    command = ["batch", "p", "-o", file.name]

    first = connected.run(*command)
    before = file.read_bytes()
    second = connected.run(*command)
    unchanged = file.read_bytes() == before
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "c.jpg")
    third = connected.run(*command)
    fourth = connected.run(*command, "-p", "Why?")

    rows = (
        list(csv.DictReader(file.read_text().splitlines()))
        if suffix == "csv"
        else [json.loads(line) for line in file.read_text().splitlines()]
    )
    assert unchanged
    assert {first.out, second.out, third.out, fourth.out} == {""}
    assert summed(second)["skipped"] == "2"
    assert sorted((row["source"], row["text"]) for row in rows) == [
        ("p/a.jpg", "Picture 1."),
        ("p/a.jpg", "Picture 1. Why?"),
        ("p/b.jpg", "Picture 2."),
        ("p/b.jpg", "Picture 2. Why?"),
        ("p/c.jpg", "Picture 3."),
        ("p/c.jpg", "Picture 3. Why?"),
    ]
    assert len(service.requests) == service.bills == 6


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
@pytest.mark.promises("errors")
def test_failures_have_a_row(connected: Rwcap, tmp_path: Path, suffix: str) -> None:
    """The file shows what is missing, and an identical failure only once."""
    draw.album(tmp_path / "p", "a.jpg")
    (tmp_path / "p" / "b.jpg").write_bytes(b"")
    file = tmp_path / f"captions.{suffix}"

    results = [connected.run("batch", "p", "-o", file.name) for _ in range(2)]
    lines = file.read_text().splitlines()
    (tmp_path / "p" / "b.jpg").write_bytes(b"text")
    connected.run("batch", "p", "-o", file.name)

    assert [result.status for result in results] == [3, 3]
    assert len([line for line in lines if "failed" in line and "0 bytes" in line]) == 1
    (added,) = file.read_text().splitlines()[len(lines) :]
    assert "failed" in added
    assert "0 bytes" not in added


@pytest.mark.promises("texts")
def test_an_incomplete_line_is_repaired(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """After a power failure; the caption is written again free."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    file = tmp_path / "out.jsonl"
    connected.run("batch", "p", "-o", "out.jsonl")
    whole = records(file.read_text())
    file.write_bytes(file.read_bytes()[:-30])

    connected.run("batch", "p", "-o", "out.jsonl")

    mended = records(file.read_text())
    assert [each["text"] for each in mended] == [each["text"] for each in whole]
    assert service.bills == 2


def test_all_outputs_can_be_combined(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """One purchase is enough, and a lost output is written again free."""
    draw.album(tmp_path / "p", "a.jpg")
    command = ["batch", "p", "--write", "txt", "-o", "out.jsonl", "--jsonl"]

    first = connected.run(*command)
    (tmp_path / "out.jsonl").unlink()
    second = connected.run(*command)
    (tmp_path / "p" / "a.txt").unlink()
    third = connected.run(*command)

    (record,) = records((tmp_path / "out.jsonl").read_text())
    assert [records(each.out)[0]["status"] for each in (first, second, third)] == [
        *("ok", "cached", "cached")
    ]
    assert records(first.out)[0]["outputs"] == ["p/a.txt"]
    assert record["text"] == "Picture 1."
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}
    assert len(service.requests) == 1


# Two images, one place.


@pytest.mark.parametrize(
    ("one", "other"), [("A.png", "a.png"), ("e\u0301.png", "\xe9.png")]
)
@pytest.mark.promises("texts")
def test_names_that_are_one_where_case_is_ignored_do_not_share_a_sidecar(
    connected: Rwcap, service: Service, tmp_path: Path, one: str, other: str
) -> None:
    """As on a memory card: here, a file is found by both names, a hard link."""
    draw.album(tmp_path / "p", one, other)
    (tmp_path / "card").mkdir()
    (tmp_path / "card/found").touch()
    (tmp_path / "card/FOUND").hardlink_to(tmp_path / "card/found")
    order = ["batch", "p", "--write", "txt", "--out-dir"]

    refused = connected.run(*order, "card")
    bills = service.bills
    both = connected.run(*order, "disk")

    assert (refused.status, bills) == (3, 1)
    assert "belongs to" in refused.err
    assert (both.status, service.bills) == (0, 2)
    assert len(list((tmp_path / "disk").iterdir())) == 2


@pytest.mark.promises("free")
def test_two_images_do_not_share_a_sidecar(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The second fails free of charge, with a hint."""
    draw.album(tmp_path / "p", "a.jpg", "a.png", "b.jpg")
    command = ["batch", "p", "--write", "txt"]

    refused = connected.run(*command)
    bills = service.bills
    before = texts(tmp_path / "p")
    done = connected.run(*command, "--collide", "suffix")
    again = connected.run(*command, "--collide", "suffix")

    assert refused.status == 3
    assert "error: p/a.png: the output p/a.txt belongs to " in refused.err
    assert "hint: rwcap batch --collide suffix" in refused.err
    assert bills == 2
    assert before == {"a.txt": "Picture 1.\n", "b.txt": "Picture 3.\n"}
    assert (done.status, again.status) == (0, 0)
    assert texts(tmp_path / "p") == before | {"a.png.txt": "Picture 2.\n"}
    assert service.bills == 3


def test_the_first_image_keeps_its_sidecar(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A later image does not get it, though it sorts before."""
    draw.album(tmp_path / "p", "a.png")
    command = ["batch", "p", "--write", "txt", "--collide", "suffix"]
    connected.run(*command)
    (tmp_path / "p" / "a.jpg").write_bytes(draw.snapshot(2))

    result = connected.run(*command)

    assert result.status == 0
    assert texts(tmp_path / "p") == {
        "a.jpg.txt": "Picture 2.\n",
        "a.txt": "Picture 1.\n",
    }


def test_two_folders_into_one_do_not_overwrite_each_other(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Both folders have a file of the same name."""
    draw.album(tmp_path, "a/1.jpg", "b/1.jpg")
    command = ["batch", "a", "b", "--write", "txt", "--out-dir", "out"]

    refused = connected.run(*command)
    bills = service.bills
    done = connected.run(*command, "--collide", "suffix")

    assert (refused.status, bills) == (3, 1)
    assert "error: b/1.jpg: the output out/1.txt belongs to " in refused.err
    assert done.status == 0
    assert texts(tmp_path / "out") == {
        "1.jpg.txt": "Picture 2.\n",
        "1.txt": "Picture 1.\n",
    }


def test_the_same_name_in_two_folders_is_no_collision(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Neither beside the images nor below another folder."""
    draw.album(tmp_path / "p", "a/1.jpg", "b/1.jpg", "1.png")

    connected.run("batch", "p", "--write", "txt")
    connected.run("batch", "p", "--write", "txt", "--out-dir", "out")

    expected = {
        "1.txt": "Picture 3.\n",
        "a/1.txt": "Picture 1.\n",
        "b/1.txt": "Picture 2.\n",
    }
    assert texts(tmp_path / "p") == texts(tmp_path / "out") == expected


# What is done is done.


@pytest.mark.promises("persons")
def test_text_written_by_a_person_is_kept_free(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The ledger does not know the image."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    (tmp_path / "p" / "a.txt").write_text("My cat Minka")

    result = connected.run("batch", "p", "--write", "txt")

    assert texts(tmp_path / "p") == {"a.txt": "My cat Minka", "b.txt": "Picture 2.\n"}
    assert (summed(result)["skipped"], summed(result)["ok"]) == ("1", "1")
    assert service.bills == 1


@pytest.mark.parametrize(
    "options", [["--mode", "append"], ["--out-dir", "p/../p"], ["-o", "a.jsonl"]]
)
@pytest.mark.promises("once", "free")
def test_a_prompt_does_not_read_the_text_file_that_the_run_writes(
    connected: Rwcap, service: Service, tmp_path: Path, options: list[str]
) -> None:
    """After a kill, the text would be another one, and a caption paid for again."""
    draw.album(tmp_path / "p", "a.jpg")
    order = ["batch", "p", "--write", "txt", "-p", "{sidecar|None}?", *options]

    refused = connected.run(*order)
    bills = service.bills
    done = connected.run(*order, "--ext", "caption")

    assert (refused.status, bills, refused.err.splitlines()) == (
        2,
        0,
        [
            "error: prompt: {sidecar} reads p/a.txt, which this command writes",
            "hint: --ext .caption (writes captions to other files)",
        ],
    )
    assert (done.status, service.requests[0]["prompt"]) == (0, "None?")


@pytest.mark.parametrize("left", [None, "", " \n\n"])
@pytest.mark.promises("texts", "free")
def test_a_lost_or_empty_sidecar_is_written_again_free(
    connected: Rwcap, service: Service, tmp_path: Path, left: str | None
) -> None:
    """From the ledger, without a request and without a key."""
    draw.album(tmp_path / "p", "a.jpg")
    sidecar = tmp_path / "p" / "a.txt"
    connected.run("batch", "p", "--write", "txt")
    sidecar.unlink()
    if left is not None:
        sidecar.write_text(left)
    keyless = Rwcap(tmp_path).with_environment(RWCAP_API_URL=service.url)

    result = keyless.run("batch", "p", "--write", "txt")

    assert result.status == 0
    assert (summed(result)["cached"], summed(result)["spent"]) == ("1", "$0.0000")
    assert summed(result)["saved"] == "$0.0013"
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}
    assert len(service.requests) == 1


@pytest.mark.promises("free")
def test_moved_and_copied_images_are_free(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Their content is known."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    connected.run("batch", "p", "--write", "txt")
    (tmp_path / "p" / "a.jpg").rename(tmp_path / "p" / "z.jpg")
    shutil.move(tmp_path / "p" / "b.jpg", tmp_path / "elsewhere.jpg")
    shutil.copy(tmp_path / "elsewhere.jpg", tmp_path / "p" / "copy.jpg")

    result = connected.run("batch", "p", "elsewhere.jpg", "--write", "txt")

    assert result.status == 0
    assert texts(tmp_path / "p")["z.txt"] == "Picture 1.\n"
    assert texts(tmp_path / "p")["copy.txt"] == "Picture 2.\n"
    assert (tmp_path / "elsewhere.txt").read_text() == "Picture 2.\n"
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "outputs", [["--write", "txt"], ["-o", "out.jsonl"], ["--jsonl"]]
)
@pytest.mark.promises("free")
def test_a_second_run_sends_nothing_and_reads_no_image(
    connected: Rwcap, service: Service, tmp_path: Path, outputs: list[str]
) -> None:
    """It does not notice that the content changed."""
    names = [f"{number}.jpg" for number in range(1, 10)]
    draw.album(tmp_path / "p", *names)
    connected.run("batch", "p", *outputs)
    before = tree(tmp_path)
    for number, name in enumerate(reversed(names), 1):
        swap(tmp_path / "p" / name, number)
    images = tree(tmp_path / "p")

    result = connected.run("batch", "p", *outputs)

    assert result.status == 0
    assert tree(tmp_path) == before | {
        f"p/{path}": data for path, data in images.items()
    }
    assert len(service.requests) == 9
    for record in records(result.out):
        assert record["status"] == "cached"
        assert record["source"] == f"p/{record['text'][8]}.jpg"


@pytest.mark.promises("free")
def test_checksum_finds_changes_that_time_and_size_do_not_show(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Images with known content are still free."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    command = ["batch", "p", "--write", "txt", "--mode", "overwrite"]
    connected.run(*command)
    swap(tmp_path / "p" / "2.jpg", 9)

    trusting = connected.run(*command)
    before = texts(tmp_path / "p")
    careful = connected.run(*command, "--checksum")

    assert summed(trusting)["cached"] == "2"
    assert before["2.txt"] == "Picture 2.\n"
    assert (summed(careful)["cached"], summed(careful)["ok"]) == ("1", "1")
    assert texts(tmp_path / "p") == {"1.txt": "Picture 1.\n", "2.txt": "Picture 9.\n"}
    assert service.bills == 3


@pytest.mark.promises("free")
def test_an_image_that_was_touched_is_read_and_not_bought(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Same content, new time; an edited image is a new image."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    connected.run("batch", "p")
    os.utime(tmp_path / "p" / "1.jpg", (0, 0))
    (tmp_path / "p" / "2.jpg").write_bytes(draw.snapshot(33))

    result = connected.run("batch", "p")

    assert lines(result) == ["p/1.jpg\tPicture 1.", "p/2.jpg\tPicture 33."]
    assert service.bills == 3


# Where images come from.


def test_a_table_names_images_and_prompts(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Columns fill the prompt, unless a row has its own."""
    draw.album(tmp_path / "shop", "a.jpg", "more/b.jpg")
    (tmp_path / "shop" / "products.csv").write_text(
        "image,prompt,id,colour,article\n"
        "a.jpg,,sku-1,red,shoe\n"
        'more/b.jpg,"What is it, and why?",sku-2,,\n'
        "https://example.com/c.jpg,,sku-3,green,bag\n"
    )

    result = connected.run(
        *("batch", "shop/products.csv", "-o", "alt.csv"),
        *("-p", "Describe this {colour} {article|thing}."),
    )

    rows = list(csv.DictReader((tmp_path / "alt.csv").read_text().splitlines()))
    assert result.status == 0
    assert {row["id"]: (row["source"], row["text"]) for row in rows} == {
        "sku-1": ("shop/a.jpg", "Picture 1. Describe this red shoe."),
        "sku-2": ("shop/more/b.jpg", "Picture 2. What is it, and why?"),
        "sku-3": (
            "https://example.com/c.jpg",
            "Picture https://example.com/c.jpg. Describe this green bag.",
        ),
    }


def test_lines_of_json_name_images_as_well(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The id is in the record, and names the sidecar of a URL."""
    draw.album(tmp_path, "a.jpg")
    rows = [
        {"path": "a.jpg", "id": 7, "prompt": "Who?"},
        {"url": "https://example.com/x?y=z", "id": "the x"},
    ]
    manifest = "".join(f"{json.dumps(row)}\n" for row in rows)
    (tmp_path / "m.jsonl").write_text(manifest)

    result = connected.run(
        *("batch", "m.jsonl", "--jsonl", "--write", "txt", "--out-dir", "out")
    )

    assert result.status == 0
    assert [record["id"] for record in records(result.out)] == ["7", "the x"]
    assert texts(tmp_path / "out") == {
        "a.txt": "Picture 1. Who?\n",
        "the x.txt": "Picture https://example.com/x?y=z.\n",
    }


@pytest.mark.promises("free")
def test_a_row_without_a_column_of_the_prompt_fails_alone(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """An incomplete prompt is not sent."""
    draw.album(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "m.jsonl").write_text(
        '{"image": "a.jpg", "mood": "happy"}\n{"image": "b.jpg"}\nnonsense\n'
        '{"image": "c.jpg", "mood": "sad"}\n'
    )

    result = connected.run("batch", "m.jsonl", "-p", "Be {mood}.")

    assert result.status == 3
    assert lines(result) == [
        "a.jpg\tPicture 1. Be happy.",
        "c.jpg\tPicture 3. Be sad.",
    ]
    assert "error: b.jpg: prompt: {mood} is unknown" in result.err
    assert "error: m.jsonl:3: not JSON" in result.err
    assert service.bills == 2


def test_a_table_without_images_is_refused(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Nothing is bought."""
    draw.album(tmp_path, "a.jpg")
    (tmp_path / "m.csv").write_text("photo,prompt\na.jpg,Why?\n")

    result = connected.run("batch", "m.csv")

    assert result.status == 2
    assert "exactly one of the columns image, path" in result.err
    assert service.requests == []


@pytest.mark.parametrize("source", ["list", "-"])
def test_a_list_names_images(
    connected: Rwcap, service: Service, tmp_path: Path, source: str
) -> None:
    """A file or a pipe, together with arguments."""
    draw.album(tmp_path, "a.jpg", "p/b.jpg", "c d.jpg")
    listed = "p\r\n\nc d.jpg\nhttps://example.com/1.jpg"
    (tmp_path / "list").write_text(listed)

    result = connected.run(
        *("batch", "--files-from", source, "a.jpg"), stdin=listed.encode()
    )

    assert result.status == 0
    assert lines(result) == [
        "a.jpg\tPicture 1.",
        "c d.jpg\tPicture 3.",
        "https://example.com/1.jpg\tPicture https://example.com/1.jpg.",
        "p/b.jpg\tPicture 2.",
    ]


STRANGE = [b"two\nlines.jpg", b"caf\xe9.jpg", b"-v.jpg", b" tab\t.jpg ", b"*.jpg"]


def test_no_name_is_too_strange(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """As `find -print0` lists them; the sidecar names have the same bytes."""
    folder = os.fsencode(tmp_path)
    for number, name in enumerate(STRANGE, 1):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(draw.snapshot(number))
    listed = b"".join(name + b"\0" for name in STRANGE)

    command = ["batch", "--files-from", "-", "-0"]
    shown = connected.run(*command, stdin=listed)
    written = connected.run(*command, "--write", "txt", stdin=listed)
    told = connected.run(*command, "--jsonl", stdin=listed)

    assert (shown.status, written.status, told.status) == (0, 0, 0)
    assert lines(shown) == [
        " tab?.jpg \tPicture 4.",
        "*.jpg\tPicture 5.",
        "-v.jpg\tPicture 3.",
        "caf\udce9.jpg\tPicture 2.",
        "two?lines.jpg\tPicture 1.",
    ]
    assert {os.fsencode(path.name) for path in tmp_path.glob("*.txt")} == {
        name.replace(b".jpg ", b".jpg").replace(b".jpg", b".txt") for name in STRANGE
    }
    (encoded,) = [each for each in records(told.out) if "source_b64" in each]
    assert base64.b64decode(encoded["source_b64"]) == b"caf\xe9.jpg"
    assert service.bills == 5


def test_a_folder_holds_strange_names_as_well(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Both record formats store the exact names."""
    folder = tmp_path / "p"
    folder.mkdir()
    for number, name in enumerate(STRANGE[:3], 1):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(
            draw.snapshot(number)
        )

    for suffix in ("csv", "jsonl"):
        first = connected.run("batch", "p", "-o", f"out.{suffix}")
        again = connected.run("batch", "p", "-o", f"out.{suffix}")

        assert (first.status, again.status) == (0, 0)
        assert summed(again)["skipped"] == "3"
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 4
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
    assert service.bills == 3


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["p/*.jpg"], [1]),
        (["p/**/*.jpg"], [1, 2, 3]),
        (["p/**/[bc].*"], [2, 3]),
        (["p", "--include", "b.*"], [2]),
        (["p", "--include", "*.raw"], [4]),
        (["p", "--exclude", "y/"], [1, 2]),
        (["p", "--exclude", "b.jpg", "--exclude", "a.*"], [3]),
        (["p", "--max-depth", "1"], [1]),
        (["p", "--max-depth", "2"], [1, 2]),
    ],
)
def test_images_are_chosen_by_name_and_depth(
    connected: Rwcap, tmp_path: Path, arguments: list[str], numbers: list[int]
) -> None:
    """Hidden files only when they are named."""
    draw.album(
        tmp_path / "p", "a.jpg", "x/b.jpg", "x/y/c.jpg", "d.raw", ".h.jpg", ".i/j.jpg"
    )

    result = connected.run("batch", *arguments)

    found = sorted(int(line.split("Picture ")[1][:-1]) for line in lines(result))
    assert found == numbers


def test_an_image_named_twice_has_two_records_and_is_bought_once(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Its file is written once."""
    draw.album(tmp_path / "p", "a.jpg")

    result = connected.run("batch", "p", "p/a.jpg", "./p/a.jpg", "--write", "txt")

    assert result.status == 0
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}
    assert service.bills == 1


# Money.


@pytest.mark.promises("once")
def test_identical_images_are_bought_once(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """All get the caption, though all are in progress at the same time."""
    folder = tmp_path / "p"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.jpg").write_bytes(draw.snapshot(1))

    first = connected.run("batch", "p", "--jsonl")
    fresh = connected.run("batch", "p", "--jsonl", "--fresh")

    for result in (first, fresh):
        found = records(result.out)
        assert Counter(each["status"] for each in found) == {"ok": 1, "cached": 8}
        assert {each["text"] for each in found} == {"Picture 1."}
        assert summed(result)["spent"] == "$0.0013"
        assert summed(result)["saved"] == "$0.0104"
    assert service.bills == 2


@pytest.mark.promises("free")
def test_caption_and_batch_share_the_ledger(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A caption that one bought is free for the other."""
    draw.album(tmp_path, "a.jpg", "b.jpg")

    connected.run("caption", "a.jpg")
    batch = connected.run("batch", "a.jpg", "b.jpg")
    caption = connected.run("caption", "b.jpg", "--json")
    other = connected.run("caption", "b.jpg", "-p", "Why?")

    assert lines(batch) == ["a.jpg\tPicture 1.", "b.jpg\tPicture 2."]
    assert json.loads(caption.out)["status"] == "cached"
    assert other.out == "Picture 2. Why?\n"
    assert service.bills == 3


def test_fresh_buys_again(connected: Rwcap, service: Service, tmp_path: Path) -> None:
    """Existing text is replaced only with --mode overwrite."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    connected.run("batch", "p")
    service.captions += [faults.caption("Better.", cost=0.0019)] * 2

    result = connected.run("batch", "p", "--fresh")
    after = connected.run("batch", "p")

    assert lines(result) == lines(after) == ["p/a.jpg\tBetter.", "p/b.jpg\tBetter."]
    assert summed(result)["spent"] == "$0.0038"
    assert service.bills == 4


def test_fresh_prints_no_command_that_would_pay_twice(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The same command would start with the same images."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")

    result = connected.run("batch", "p", "--fresh", "--limit", "1")

    assert "stopped: --limit is reached" in result.err
    assert "continue with" not in result.err
    assert (
        "to continue, list the images that are left: --fresh would buy the others"
        " again, and without it all keep their captions" in result.err
    )


@pytest.mark.promises("errors")
def test_a_limit_ends_a_fresh_run_without_the_advice_to_repeat_it(
    connected: Rwcap, tmp_path: Path
) -> None:
    """The same command would buy the first images again, and never the others."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")

    result = connected.run("batch", "p", "--fresh", "-q", "--max-cost", "0.003")

    assert result.status == 8
    assert "hint: list the images that are left" in result.err
    assert "run the same command" not in result.err


@pytest.mark.parametrize("outputs", [["--write", "txt"], ["-o", "out.jsonl"], []])
@pytest.mark.promises("limits")
def test_each_run_with_a_limit_continues(
    connected: Rwcap, service: Service, tmp_path: Path, outputs: list[str]
) -> None:
    """The summary has the rest and the command; an unreadable file does not count."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 6)))
    (tmp_path / "p/0.jpg").write_text("no image")
    command = ["batch", "p", *outputs, "--limit", "2"]

    results = [connected.run(*command) for _ in range(4)]

    assert [result.status for result in results] == [3, 3, 3, 3]
    assert [summed(result).get("ok") for result in results] == ["2", "2", "1", None]
    for result in results[:2]:
        assert "stopped: --limit is reached\n" in result.err
        assert f"continue with: rwcap {' '.join(command)}\n" in result.err
    for result in results[2:]:
        assert "continue" not in result.err
    assert service.bills == 5


def test_a_sample_is_the_same_for_the_same_seed(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A sample can be repeated free."""
    draw.album(tmp_path / "p", *(f"{number:02}.jpg" for number in range(1, 31)))
    command = ["batch", "p", "--sample", "4"]

    first = connected.run(*command)
    again = connected.run(*command)
    other = connected.run(*command, "--seed", "1")
    everything = connected.run("batch", "p", "--sample", "99")

    assert len(lines(first)) == len(lines(other)) == 4
    assert lines(first) == lines(again)
    assert lines(first) != lines(other)
    assert len(lines(everything)) == service.bills == 30


def test_a_dry_run_estimates_the_cost_and_does_nothing(
    rwcap: Rwcap, tmp_path: Path
) -> None:
    """No connection, no key, no file; one image is there twice, one is no image."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "c.png", "c.jpg", "done.jpg")
    (tmp_path / "p" / "done.txt").write_text("Mine.")
    (tmp_path / "p" / "copy.jpg").write_bytes(draw.snapshot(2))
    (tmp_path / "p" / "not.jpg").write_text("no image")
    before = tree(tmp_path)
    outputs = ["--write", "txt", "--report", "report.json"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        offline = rwcap.with_environment(RWCAP_API_URL=url)

        result = offline.run("batch", "p", *outputs, "--dry-run")

        with pytest.raises(BlockingIOError):
            listener.accept()
    assert result.status == 3
    assert lines(result) == ["p/a.jpg", "p/b.jpg", "p/c.jpg"]
    assert (
        "would buy 3 captions for $0.0063 (90 %: $0.0023 to $0.0103), based on"
        " the examples" in result.err
    )
    assert "already done or duplicate: 2; unusable: 2" in result.err
    assert "error: p/not.jpg: not an image" in result.err
    assert "error: p/c.png: the output p/c.txt belongs to " in result.err
    assert tree(tmp_path) == before


def test_a_dry_run_shows_the_prompt_of_each_image(rwcap: Rwcap, tmp_path: Path) -> None:
    """What is known of an image, and what a row of a table asks for, on one line."""
    draw.album(tmp_path / "2025-03 Berry", "a.jpg")
    draw.album(tmp_path, "b.jpg")
    (tmp_path / "m.csv").write_text('image,prompt\nb.jpg,"Who\nis there?"\n')

    filled = rwcap.run("batch", "2025-03 Berry", "--dry-run", "-p", "{place}, {date}?")
    table = rwcap.run("batch", "m.csv", "--dry-run")

    assert filled.out == "2025-03 Berry/a.jpg\tBerry, 2025-03?\n"
    assert table.out == "b.jpg\tWho is there?\n"


@pytest.mark.promises("offline")
def test_a_dry_run_changes_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It does not repair an incomplete line."""
    draw.album(tmp_path / "p", "a.jpg", "a.png")
    torn = b'{"v": 1, "sou'
    (tmp_path / "out.jsonl").write_bytes(torn)

    connected.run("batch", "p/a.png", "--write", "txt", "--dry-run")
    connected.run("batch", "p", "-o", "out.jsonl", "--dry-run")
    result = connected.run("batch", "p/a.jpg", "--write", "txt")
    told = connected.run("batch", "p/a.png", "--write", "txt", "--dry-run")

    assert result.status == 0
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}
    assert (tmp_path / "out.jsonl").read_bytes() == torn
    assert told.status == 1
    assert "error: p/a.png: the output p/a.txt belongs to " in told.err


@pytest.mark.promises("estimates")
@pytest.mark.parametrize("name", ["new.csv", "new.parquet"])
def test_a_dry_run_counts_the_captions_for_a_new_file_of_records(
    connected: Rwcap, service: Service, tmp_path: Path, name: str
) -> None:
    """An image with the text of a person has no caption in it, as the run says."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    (tmp_path / "p" / "a.txt").write_text("Mine.")
    before = tree(tmp_path)

    planned = connected.run("batch", "p", "--write", "txt", "-o", name, "--dry-run")
    refused = connected.run("batch", "p", "-o", f"no/{name}", "--dry-run")
    after = tree(tmp_path)
    result = connected.run("batch", "p", "--write", "txt", "-o", name)

    assert lines(planned) == ["p/a.jpg", "p/b.jpg"]
    assert after == before
    assert (refused.status, "hint: create its folder first" in refused.err) == (2, True)
    assert (result.status, service.bills) == (0, 2)


def test_a_dry_run_uses_the_prices_in_the_ledger(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It takes the costs of earlier captions with the same prompt."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "c.jpg")
    service.captions.append(faults.caption("A cat.", cost=0.0021))
    connected.run("batch", "p/a.jpg")

    result = connected.run("batch", "p", "--dry-run")
    limited = connected.run("batch", "p", "--dry-run", "--limit", "1")

    assert lines(result) == ["p/b.jpg", "p/c.jpg"]
    assert (
        "would buy 2 captions for $0.0042 (90 %: $0.0022 to $0.0062),"
        " based on 1 earlier purchase\n" in result.err
    )
    assert "would buy 1 caption for $0.0021" in limited.err
    assert len(service.requests) == 1


def test_the_sandbox_costs_nothing_and_is_replaced(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Its captions are marked, also in sidecars."""
    draw.album(tmp_path / "p", "a.jpg")
    command = ["batch", "p", "--write", "txt", "-o", "out.jsonl"]

    tried = Rwcap(tmp_path).run(*command, "--sandbox")
    before = texts(tmp_path / "p")
    again = Rwcap(tmp_path).run(*command, "--sandbox")
    bills = service.bills
    real = connected.run(*command)

    assert (tried.status, again.status, real.status) == (0, 0, 0)
    assert summed(tried)["spent"] == "[sandbox] $0.0013"
    assert summed(again)["skipped"] == "1"
    assert before["a.txt"].startswith("[sandbox] A JPEG image")
    assert bills == 0
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}
    assert [
        json.loads(line)["text"]
        for line in (tmp_path / "out.jsonl").read_text().splitlines()
    ] == [before["a.txt"].strip(), "Picture 1."]


@pytest.mark.promises("once")
def test_many_processes_buy_nothing_twice(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """No process reports a locked database."""
    draw.album(tmp_path / "p", *(f"{number:02}.jpg" for number in range(1, 25)))

    processes = [connected.start("batch", "p", "--write", "txt") for _ in range(4)]
    told = [process.communicate(timeout=60)[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert "locked" not in "".join(told)
    assert service.bills == len(service.requests) == 24
    assert texts(tmp_path / "p") == {
        f"{number:02}.txt": f"Picture {number}.\n" for number in range(1, 25)
    }


# How it ends.


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["p", "-0"],
        ["p", "--out-dir", "out"],
        ["p", "--prefix", "TOKEN, "],
        ["p", "-o", "new.jsonl", "--mode", "overwrite"],
        ["p", "-c", "0"],
        ["p", "--limit", "0"],
        ["p", "--sample", "-1"],
        ["p", "--max-depth", "0"],
        ["p", "--max-errors", "0"],
        ["p", "--max-duration", "0"],
        ["p", "--grace", "-1"],
        ["p", "--timeout", "0"],
        ["p", "--retries", "-1"],
        ["p", "--mode", "replace"],
        ["p", "--write", "txt", "--ext", ""],
        ["p", "--write", "txt", "--ext", "a/b"],
        ["p", "--write", "txt", "--ext", ".JPG"],
        ["p", "--write", "txt", "--ext", ".xmp"],
        ["p", "--write", "txt", "--ext", "orig"],
        ["p", "-o", "captions.txt"],
        ["p", "-o", "no/folder.jsonl"],
        ["p", "-o", "p/.jsonl"],
        ["p", "--report", "no/folder.json"],
        ["p", "--template", "without", "-o", "new.jsonl", "--write", "txt"],
        ["p", "-p", "a", "--prompt-file", "b"],
        ["p", "--files-from", "missing"],
        ["--files-from", "-", "--prompt-file", "-"],
        ["p", "--api-key", "x"],
        ["-"],
        ["data:image/png;base64,AAAA"],
        ["list.csv", "-o", "list.csv"],
        ["p", "--include", "x/"],
    ],
)
@pytest.mark.promises("free")
def test_mistakes_are_reported_first(
    connected: Rwcap, service: Service, tmp_path: Path, arguments: list[str]
) -> None:
    """Status 2, one error line and a hint; no request, no file."""
    draw.album(tmp_path / "p", "a.jpg")
    (tmp_path / "list.csv").write_text("image\np/a.jpg\n")
    before = tree(tmp_path)

    result = connected.run("batch", *arguments)

    assert (result.status, result.out) == (2, "")
    assert re.fullmatch(r"error: .+\n(hint: .+\n)?", result.err)
    assert service.requests == []
    assert tree(tmp_path) == before


def test_the_status_is_1_if_every_image_fails(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """With one success, even an earlier one, it is 3."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.jpg").write_text("no image")
    draw.album(tmp_path, "b.jpg")
    service.captions.append(faults.status(400, "invalidInputsImage"))

    alone = connected.run("batch", "p", "missing.jpg")
    refused = connected.run("batch", "b.jpg")
    some = connected.run("batch", "p", "b.jpg")
    done = connected.run("batch", "p", "b.jpg")

    assert (alone.status, refused.status) == (1, 1)
    assert (some.status, done.status) == (3, 3)
    assert summed(alone)["error (input)"] == "2"
    assert "continue with" not in alone.err


def test_no_images_found_is_status_7(connected: Rwcap, tmp_path: Path) -> None:
    """The error names the empty sources."""
    (tmp_path / "empty").mkdir()

    folder = connected.run("batch", "empty", "*.jpg")
    listed = connected.run("batch", "--files-from", "-")
    dry = connected.run("batch", "empty", "--dry-run")

    assert (folder.status, listed.status, dry.status) == (7, 7, 7)
    assert folder.err == (
        "empty: no images\n*.jpg: no images\n"
        "error: no image found\nhint: rwcap batch --help\n"
    )


@pytest.mark.promises("statuses")
def test_a_refused_key_stops_at_once(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 4, after the request in progress; only that one has a record."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(9)))
    service.otherwise = faults.status(401, "invalidApiKey")

    one = connected.run("batch", "p", "-c", "1", "--jsonl")
    requests = len(service.requests)
    many = connected.run("batch", "p")

    assert (one.status, many.status) == (4, 4)
    assert requests == 1
    assert len(service.requests) <= 1 + 4
    assert one.err.count("hint: unset RWCAP_API_KEY") == 1
    assert "stopped: the remaining images would fail too\n" in one.err
    assert "continue with: rwcap batch p -c 1 --jsonl\n" in one.err
    assert len(records(one.out)) == 1


def test_a_missing_key_is_reported_before_anything_is_sent(
    rwcap: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 4; the hint names the sandbox."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(9)))

    result = rwcap.with_environment(RWCAP_API_URL=service.url).run("batch", "p")

    assert result.status == 4
    assert "error: no API key\nhint: rwcap config set-key" in result.err
    assert "--sandbox" in result.err
    assert service.requests == []


@pytest.mark.promises("statuses")
def test_an_empty_account_stops_at_once(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 5; after a payment, the same command continues."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 7)))
    service.captions += [faults.numbered, faults.status(402, "insufficientCredits")]

    poor = connected.run("batch", "p", "-c", "1", "--write", "txt")
    bills = service.bills
    rich = connected.run("batch", "p", "-c", "1", "--write", "txt")

    assert (poor.status, rich.status) == (5, 0)
    assert bills == 1
    assert len(texts(tmp_path / "p")) == service.bills == 6


@pytest.mark.promises("statuses", "errors")
def test_a_run_stops_when_the_service_is_down(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 6 after twenty consecutive failures."""
    draw.album(tmp_path / "p", *(f"{number:03}.jpg" for number in range(1, 101)))
    for number in range(2, 101, 2):
        (tmp_path / "p" / f"{number:03}.txt").write_text("Done.")
    service.otherwise = faults.status(503, "serviceUnavailable")

    result = connected.run(
        "batch", "p", "--retries", "0", "-c", "1", "--jsonl", "--write", "txt"
    )

    assert result.status == 6
    assert "stopped: 20 failures in a row\n" in result.err
    assert "continue with: rwcap batch p" in result.err
    assert summed(result)["error (capacity)"] == "20"
    assert result.err.count("hint: ") == 1
    failed = [each for each in records(result.out) if each["status"] == "failed"]
    assert all(each["error"]["hint"] for each in failed)
    assert len(failed) == 20
    assert len(asked(service)) == 20


@pytest.mark.promises("statuses")
def test_max_errors_stops_a_run(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Whatever their reason."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 9)))
    service.otherwise = faults.status(400, "contentPolicyViolation")

    result = connected.run("batch", "p", "-c", "1", "--max-errors", "3")

    assert result.status == 1
    assert "stopped: --max-errors is reached\n" in result.err
    assert len(service.requests) == 3


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.promises("once")
def test_retries_sets_the_number_of_attempts(
    connected: Rwcap, service: Service, tmp_path: Path, retries: int
) -> None:
    """All attempts have the same UUID, also in a later run."""
    draw.album(tmp_path, "a.jpg")
    service.otherwise = faults.status(503, "serviceUnavailable")

    result = connected.run("batch", "a.jpg", "--retries", str(retries))

    assert result.status == 6
    assert len(asked(service)) == retries + 1
    assert len({each["taskUUID"] for each in service.requests}) == 1
    assert service.bills == 0


def test_a_refused_image_does_not_affect_the_others(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 3; the other captions are written."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 6)))
    service.captions.append(faults.status(400, "contentPolicyViolation"))

    result = connected.run("batch", "p", "--jsonl")

    found = Counter(each["status"] for each in records(result.out))
    assert result.status == 3
    assert found == {"ok": 4, "failed": 1}
    assert summed(result)["error (safety)"] == "1"
    assert service.bills == 4


@pytest.mark.promises("once", "errors")
def test_an_ambiguous_purchase_is_not_bought_again(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 10 until it is settled, or with --rebuy-ambiguous."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    service.captions.append(faults.reset(accepted=True))
    service.queries += [faults.status(500)] * 2 + [instead(EMPTY)] * 4
    command = ["batch", "p", "-c", "1", "--retries", "0", "--write", "txt"]

    lost = connected.run(*command)
    bills = service.bills
    still = connected.run(*command)
    requests = len(service.requests)
    rebought = connected.run(*command, "--rebuy-ambiguous")

    assert (lost.status, still.status, rebought.status) == (10, 10, 0)
    assert (summed(lost)["ambiguous"], summed(lost)["ok"]) == ("1", "1")
    assert "hint: rwcap cost recover " in lost.err
    assert bills == 2
    assert "to pay again, add --rebuy-ambiguous" in still.err
    assert [each["taskType"] for each in service.requests[requests:]] == [
        *("getResponse", "getTaskDetails", "caption")
    ]
    assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n", "b.txt": "Picture 2.\n"}
    assert service.bills == 3


def test_an_ambiguous_purchase_is_settled_later(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A query finds it; nothing is bought."""
    draw.album(tmp_path / "p", "a.jpg")
    service.captions.append(faults.reset(accepted=True))
    service.queries += [faults.status(500)] * 2

    lost = connected.run("batch", "p", "--retries", "0")
    found = connected.run("batch", "p", "--retries", "0")

    assert (lost.status, found.status) == (10, 0)
    assert found.out.startswith("p/a.jpg\t[sandbox] A JPEG image")
    assert service.bills == 1


@pytest.mark.promises("reports")
def test_a_caption_that_is_found_counts_for_one_of_its_copies(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Two copies ask at the same time. The other reuses the caption."""
    draw.album(tmp_path / "p", "a.jpg")
    service.captions.append(faults.reset(accepted=True))
    service.queries += [faults.status(500)] * 2
    lost = connected.run("batch", "p", "-c", "2", "--retries", "0")
    shutil.copy(tmp_path / "p/a.jpg", tmp_path / "p/b.jpg")
    both_ask = Barrier(2)

    def answer_both(exchange: faults.Exchange) -> None:
        both_ask.wait(60)
        faults.plainly(exchange)

    service.queries += [answer_both] * 2
    found = connected.run("batch", "p", "-c", "2", "--retries", "0", "--jsonl")

    assert (lost.status, found.status) == (10, 0)
    first, second = records(found.out)
    assert sorted([first["status"], second["status"]]) == ["cached", "ok"]
    assert first["text"] == second["text"]
    assert first["cost_usd"] == second["cost_usd"] == "0.001300"
    assert summed(found)["spent"] == "$0.0013"
    assert service.bills == 1


def test_a_run_stops_after_many_ambiguous_purchases(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """After twenty."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 61)))
    service.otherwise = faults.reset(accepted=True)
    service.queries += [faults.status(500)] * 40

    result = connected.run("batch", "p", "-c", "1", "--retries", "0")

    assert result.status == 10
    assert "stopped: 20 failures in a row\n" in result.err
    assert service.bills == 20


def test_a_damaged_ledger_is_not_changed(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 78: nothing is bought without a ledger."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    connected.run("batch", "p/a.jpg")
    (ledger,) = tmp_path.glob(".local/share/rwcap/*/ledger.sqlite3")
    private = ledger.stat().st_mode & 0o777
    ledger.write_bytes(b"garbage" * 1000)

    result = connected.run("batch", "p")

    assert private == 0o600
    assert result.status == 78
    assert str(ledger) in result.err
    assert "hint: rwcap config doctor --rescue" in result.err
    assert ledger.read_bytes() == b"garbage" * 1000
    assert service.bills == 1


@pytest.mark.promises("formats")
def test_a_newer_ledger_is_not_changed(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Status 78: this version cannot read it."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    connected.run("batch", "p/a.jpg")
    (path,) = tmp_path.glob(".local/share/rwcap/*/ledger.sqlite3")
    ledger = sqlite3.connect(path)
    ledger.execute("PRAGMA user_version = 99")
    ledger.close()

    result = connected.run("batch", "p")

    assert result.status == 78
    assert "written by a newer rwcap" in result.err
    assert service.bills == 1


@pytest.mark.promises("secrets")
def test_the_key_is_not_sent_without_tls(rwcap: Rwcap, tmp_path: Path) -> None:
    """Status 78, as for every unusable setting."""
    draw.album(tmp_path / "p", "a.jpg")
    careless = rwcap.with_environment(
        RWCAP_API_KEY=KEY, RWCAP_API_URL="http://example.com/v1"
    )

    result = careless.run("batch", "p")

    assert result.status == 78
    assert "https only" in result.err


def test_more_images_than_a_command_line_holds(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """`find | rwcap`, as in the help, in a real shell."""
    draw.album(tmp_path / "p", "a.jpg", "b b.jpg")
    script = "find p -name '*.jpg' -print0 | rwcap batch --files-from - -0 --write txt"

    result = connected.shell(script)

    assert result.status == 0
    assert len(texts(tmp_path / "p")) == service.bills == 2


@pytest.mark.promises("statuses", "limits")
def test_a_run_ends_while_its_list_is_still_written(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A limit ends it, and not the program before it in the pipe."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "c.jpg")
    os.mkfifo(tmp_path / "list")
    order = "rwcap batch --files-from - -o a.jsonl --limit 1 -c 1 < list"

    result = connected.shell(
        f"{order} & exec 3> list; echo p/a.jpg >&3; echo p/b.jpg >&3; wait $!;"
        " echo status $?"
    )

    assert result.out == "status 0\n", result.err
    assert (service.bills, "Fatal" in result.err) == (1, False)


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ("", "no SOURCE given"),
        ("p -0", "-0 needs --files-from"),
        ("--files-from - --prompt-file -", "standard input can be read only once"),
        ("p -p a --prompt-file b", "--prompt and --prompt-file exclude each other"),
        ("p --out-dir o", "--out-dir needs --write txt|xmp"),
        ("p --fresh --write txt", "--fresh with --write needs --mode overwrite"),
        ("p --grace -1", "--grace is -1"),
        ("p --timeout 0", "--timeout is 0"),
        ("p --retries -1", "--retries is -1"),
        ("p -c 0", "--concurrency is 0"),
        ("p --limit 0", "--limit is 0"),
        ("p --max-duration nan", "--max-duration is nan"),
        ("p --report no/such/r.json", "--report no/such/r.json: no such folder"),
        ("p --report p", "--report p: a folder, not a file"),
        ("p --report p/1.jpg", "--report p/1.jpg: the file exists and is not a report"),
        ("p --report m.csv", "--report m.csv: the file exists and is not a report"),
        ("p --report deep.json", "deep.json: the file exists and is not a report"),
        ("p -o x.jsonl --report x.jsonl", "--report x.jsonl: the same file as -o"),
        ("p --max-duration inf", "--max-duration is inf"),
        ("m.csv -o m.csv", "-o m.csv: this file is a source of the run"),
        ("p -o x.txt", "x.txt: unknown format, not .jsonl, .csv, .tsv or .parquet"),
        ("-", "a batch does not accept standard input"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_does_nothing(
    connected: Rwcap, service: Service, tmp_path: Path, arguments: str, mistake: str
) -> None:
    """One error line, one hint."""
    draw.album(tmp_path / "p", "1.jpg")
    (tmp_path / "m.csv").write_text("image\np/1.jpg\n")
    (tmp_path / "deep.json").write_text("[" * 100_000)

    result = connected.run("batch", *arguments.split())

    assert result.status == 2
    assert mistake in result.err.splitlines()[0]
    assert result.err.splitlines()[1].startswith("hint: ")
    assert len(result.err.splitlines()) == 2
    assert service.requests == []


def test_earlier_ambiguous_purchases_do_not_stop_a_run(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Only those of this run count."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(10, 35)))
    service.captions += [faults.reset(accepted=True)] * 20
    service.queries += [faults.status(500)] * (20 * 2 + 20 * 2)
    command = ("batch", "p", "-c", "1", "--retries", "0", "--write", "txt")
    stopped = connected.run(*command)

    result = connected.run(*command)

    assert (stopped.status, result.status) == (10, 10)
    assert "stopped: 20 failures in a row\n" in stopped.err
    assert summed(result)["ambiguous"] == "20"
    assert summed(result)["ok"] == "5"


@pytest.mark.parametrize("table", ["", "a,b\n", "photo;prompt\n"])
def test_a_broken_table_is_reported(rwcap: Rwcap, tmp_path: Path, table: str) -> None:
    """One error line and a hint, in a dry run and in a real one."""
    (tmp_path / "m.csv").write_text(table)

    result = rwcap.run("batch", "--sandbox", "m.csv")

    assert result.status == 2
    assert [line.partition(":")[0] for line in result.err.splitlines()] == [
        *("error", "hint")
    ]


@pytest.mark.promises("texts")
def test_a_broken_table_loses_no_caption_in_progress(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Its text is written before the error is reported."""
    draw.album(tmp_path, *(f"{number}.jpg" for number in range(1, 5)))
    rows = "".join(f"{number}.jpg\n" for number in range(1, 5))
    (tmp_path / "m.csv").write_bytes(b"image\n" + rows.encode() + b"\xff.jpg\n")
    service.otherwise = faults.numbered

    result = connected.run("batch", "m.csv", "--write", "txt")

    assert result.status == 2
    assert len(texts(tmp_path)) == service.bills
    assert connected.run("caption", "1.jpg").status == 0

"""rwcap batch reads tables and writes tables."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from pyarrow.parquet import read_table, write_table  # type: ignore[import-untyped]  # as above

from rwcap.api.request import Parameters
from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import CaptionRequest
from rwcap.usecases.batch import prepare
from rwcap.usecases.caption import PreparedRequest
from rwcap.usecases.writing.write import Outputs
from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from rwcap.usecases.context import Context


def test_a_parquet_table_contains_images(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A caption is written to a folder, under the name that the image has."""
    service.otherwise = faults.numbered
    draw.album(tmp_path, "a.jpg", "b.jpg")
    images = [
        {"bytes": (tmp_path / "a.jpg").read_bytes(), "path": "x/one.jpg"},
        {"bytes": (tmp_path / "b.jpg").read_bytes(), "path": None},
        {"bytes": b"no image", "path": None},
    ]
    table = pa.table({"image": images, "id": ["1", "two", "3"]})
    write_table(table, tmp_path / "m.parquet")

    result = connected.run(
        *("batch", "m.parquet", "--jsonl", "--write", "txt", "--out-dir", "out")
    )
    embedded = connected.run("batch", "m.parquet", "--write", "embed")

    assert result.status == 3
    assert sorted(json.loads(line)["source"] for line in result.out.splitlines()) == [
        *("m.parquet:1", "m.parquet:2", "m.parquet:3")
    ]
    assert (tmp_path / "out/x/one.txt").read_text() == "Picture 1.\n"
    assert (tmp_path / "out/two.txt").read_text() == "Picture 2.\n"
    assert "m.parquet:3: not an image" in result.err
    assert "m.parquet:1: not a local file" in embedded.err
    assert service.bills == 2


@pytest.mark.promises("free")
def test_a_blog_gets_a_table_of_two_columns(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The next run needs the same options, and buys nothing, whatever the prompt."""
    service.otherwise = faults.numbered
    draw.album(tmp_path / "p", "a.jpg")
    command = ("batch", "p", "-o", "alt.csv", "--columns", "image, Text")

    results = [
        connected.run(*command, "--delimiter", ";", "--bom"),
        connected.run(*command, "--delimiter", ";", "-p", "Who?"),
        connected.run(*command),
        connected.run("batch", "p", "--write", "txt", "--columns", "image,text"),
    ]

    assert [result.status for result in results] == [0, 0, 2, 2]
    assert (
        tmp_path / "alt.csv"
    ).read_text() == "\ufeffimage;text\np/a.jpg;Picture 1.\n"
    assert "hint: --columns image,text --delimiter ';'" in results[2].err
    assert "--columns needs -o FILE" in results[3].err
    assert service.bills == 1


@pytest.mark.promises("persons")
def test_a_training_set_is_completed(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Texts that it has are kept. The result can be read as a table again."""
    service.otherwise = faults.numbered
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    (tmp_path / "p/old.jsonl").write_text(
        '{"file_name": "a.jpg", "text": "a harbour at dawn"}\n'
        '{"file_name": "b.jpg", "text": ""}\n'
    )
    layout = ("-o", "p/metadata.jsonl", "--layout", "imagefolder", "-q")

    results = [
        connected.run("batch", "p/old.jsonl", *layout),
        connected.run("batch", "p/old.jsonl", *layout),
        connected.run("batch", "p/metadata.jsonl"),
    ]

    assert [result.status for result in results] == [0, 0, 0]
    assert sorted((tmp_path / "p/metadata.jsonl").read_text().splitlines()) == [
        '{"file_name": "a.jpg", "text": "a harbour at dawn"}',
        '{"file_name": "b.jpg", "text": "Picture 2."}',
    ]
    assert service.bills == 1


@pytest.mark.promises("texts")
def test_a_parquet_file_gets_the_rows_of_a_killed_run(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Each image is bought once. The file lists each once."""
    service.otherwise = faults.numbered
    names = [f"{number}.jpg" for number in range(8)]
    draw.album(tmp_path / "p", *names)
    command = ("batch", "p", "-o", "x.parquet", "-q")
    process = connected.start(*command, "-c", "1")
    wait_until(lambda: service.bills >= 3)
    process.kill()
    process.communicate()

    results = [connected.run(*command) for _ in range(2)]

    assert [result.status for result in results] == [0, 0]
    assert service.bills == 8
    table = read_table(tmp_path / "x.parquet")
    assert sorted(table["source"].to_pylist()) == [f"p/{name}" for name in names]
    assert {path.name for path in tmp_path.glob("x*")} == {"x.parquet"}


@pytest.mark.promises("free")
def test_an_image_outside_the_folder_costs_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It has no name in the layout of an image folder; the others are captioned."""
    service.otherwise = faults.numbered
    draw.album(tmp_path, "p/1.jpg", "q/2.jpg")

    result = connected.run(
        *("batch", "p", "q", "-o", "p/metadata.jsonl", "--layout", "imagefolder")
    )

    assert "error: q/2.jpg: not a file below" in result.err
    assert (result.status, service.bills) == (3, 1)
    assert json.loads((tmp_path / "p/metadata.jsonl").read_text()) == {
        "file_name": "1.jpg",
        "text": "Picture 1.",
    }


@pytest.mark.parametrize("place", ["txt", "embed"])
@pytest.mark.promises("once")
def test_two_prompts_for_one_image_are_not_bought_for_one_text(
    connected: Rwcap, service: Service, tmp_path: Path, place: str
) -> None:
    """Unless both captions have a place: in one text, or in a table."""
    service.otherwise = faults.numbered
    draw.album(tmp_path / "p", "1.jpg", "2.jpg", "3.jpg")
    rows = ["p/1.jpg,Who?", "p/2.jpg,Who?", "p/1.jpg,Where?", "p/2.jpg,Who?"]
    (tmp_path / "m.csv").write_text("\n".join(["image,prompt", *rows, ""]))
    order = ["batch", "m.csv", "--write", place]

    first = connected.run(*order)
    bills = service.bills
    again = connected.run(*order)
    both = connected.run(*order, "--mode", "append")
    kept = connected.run("batch", "m.csv", "-o", "t.csv")

    assert "another row of the table with this image has another prompt" in first.err
    assert "hint: --mode append writes the captions of both" in first.err
    assert (first.status, bills) == (3, 2)
    assert (again.status, both.status, kept.status) == (0, 0, 0)
    assert "skipped: 4" in again.err
    text = tmp_path / ("p/1.txt" if place == "txt" else "p/1.jpg")
    shown = text.read_bytes().decode(errors="replace")
    assert "Picture 1. Who?" in shown
    assert "Picture 1. Where?" in shown
    assert "Picture 1. Where?" in (tmp_path / "t.csv").read_text()
    assert service.bills == 3


@pytest.mark.promises("estimates")
def test_an_estimate_refuses_the_rows_that_the_run_refuses(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """One text has no place for a second prompt; a file of records has one."""
    draw.album(tmp_path, "a.jpg")
    (tmp_path / "m.csv").write_text("image,prompt\na.jpg,Who?\na.jpg,Where?\n")
    order = ["m.csv", "--write", "txt"]

    planned = connected.run("batch", *order, "--dry-run")
    estimate = connected.run("cost", "estimate", *order, "--json")
    both = connected.run("cost", "estimate", *order, "-o", "t.csv", "--json")
    result = connected.run("batch", *order)

    reason = "a.txt: another row of the table with this image has another prompt"
    assert [reason in each.err for each in (planned, estimate, result)] == [True] * 3
    assert planned.out == "a.jpg\tWho?\n"
    counts = json.loads(estimate.out)
    assert (counts["unusable"], counts["to_buy"], service.bills) == (1, 1, 1)
    assert [each.status for each in (planned, estimate, result)] == [3] * 3
    assert json.loads(both.out)["to_buy"] == 2


@pytest.mark.promises("estimates", "once")
@pytest.mark.parametrize("options", [("--hold",), ("--out-dir", "other")])
def test_a_caption_that_is_not_written_yet_counts_for_other_rows(
    connected: Rwcap, service: Service, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """It will be the text of the image, so none is bought for another prompt."""
    service.otherwise = faults.numbered
    draw.album(tmp_path, "a.jpg")
    (tmp_path / "m.csv").write_text("image,prompt\na.jpg,Who?\na.jpg,Where?\n")
    order = ["m.csv", "--write", "txt", *options]
    connected.run("batch", "m.csv", "--limit", "1", "-o", "t.csv")

    planned = connected.run("batch", *order, "--dry-run")
    result = connected.run("batch", *order)

    assert (planned.out, planned.status, result.status) == ("", 0, 0)
    assert "would buy 0 captions" in planned.err
    assert "skipped: 1" in result.err
    assert service.bills == 1


def test_claims_of_outputs_are_kept_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A table can have any number of rows."""
    monkeypatch.setattr(prepare, "_MAX_CLAIMS", 1)
    claims, record = prepare.OutputClaims(), Record("a", RecordStatus.FAILED)
    options = Outputs(expected=set())
    files = SimpleNamespace(has_been_read=lambda _: True)
    context = cast("Context", SimpleNamespace(ledger=SimpleNamespace(files=files)))

    def take(path: str, prompt: str) -> object:
        request = CaptionRequest(path, prompt=prompt)
        parameters = Parameters(prompt=prompt)
        job = PreparedRequest(request, parameters, (path,), None, record)
        return claims.take(job, options, context)

    taken = [take("a", "Who?"), take("a", "Where?"), take("b", "Who?")]
    later = take("a", "Where?")

    assert [isinstance(each, Record) for each in taken] == [False, True, False]
    assert isinstance(later, PreparedRequest)
    assert options.expected == {"a", "b"}


@pytest.mark.promises("reports")
@pytest.mark.parametrize("name", ["m.json", "m.csv"])
def test_a_table_that_breaks_off_has_all_captions_before_the_break(
    connected: Rwcap, service: Service, tmp_path: Path, name: str
) -> None:
    """The summary, the ledger and the status count them, and the end as one failure."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    rows = {
        "m.json": b'[{"image": "p/1.jpg"}, {"image": "p/2.jpg"}, oops',
        "m.csv": b"image\np/1.jpg\np/2.jpg" + b"\n" * 100_000 + b"\xff",
    }
    (tmp_path / name).write_bytes(rows[name])

    result = connected.run("batch", name, "--write", "txt")
    spent = connected.run("cost", "--json").out

    assert (result.status, service.bills) == (3, 2)
    assert f"error: {name}: " in result.err
    assert "ok: 2\nfailed: 1\nerror (input): 1\nspent: $0.0026\n" in result.err
    assert json.loads(spent)["today"]["wasted"] == 0


@pytest.mark.parametrize(
    "option", ["-o x.parquet", "-o x.csv", "--report x.json", "--report x.html"]
)
@pytest.mark.promises("files")
def test_a_symbolic_link_to_an_output_stays_one(
    connected: Rwcap, tmp_path: Path, option: str
) -> None:
    """Its target is on another disk, or in the folder of a web server."""
    draw.album(tmp_path / "p", "1.jpg")
    (tmp_path / "disk").mkdir()
    name = option.partition(" ")[2]
    (tmp_path / name).symlink_to(tmp_path / "disk" / name)

    runs = [connected.run("batch", "p", *option.split()) for _ in range(2)]

    assert [each.status for each in runs] == [0, 0]
    assert (tmp_path / name).is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == [name]
    assert (tmp_path / "disk" / name).stat().st_size > 100

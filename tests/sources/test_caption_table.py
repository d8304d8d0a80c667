"""Tables of captions: the image and the text of each row."""

import json
import os
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.core.text import strip_control
from rwcap.outputs.records.record_file import RecordFile
from rwcap.sources.tables.caption_table import read_captions
from tests.sources.batch import URL, create_files

HARBOUR = "A boat lies in a harbour."


def captions(table: str) -> list[tuple[str, str | None]]:
    """Return the image and the caption of each row."""
    rows = list(read_captions(table))
    assert all(isinstance(row, CaptionRequest) for row in rows)
    return [
        (row.source, row.caption) for row in rows if isinstance(row, CaptionRequest)
    ]


def errors(table: str) -> list[str]:
    """Return the errors of malformed rows."""
    return [
        row.error.message
        for row in read_captions(table)
        if isinstance(row, UnusableSource)
    ]


@pytest.mark.parametrize(
    "header",
    [
        *("source,caption", "image,text", "path,description", "url,alt"),
        *("file_name,alt_text", "SourceFile,Description", "text,image,caption"),
    ],
)
def test_columns_are_found_by_their_names(here: Path, header: str) -> None:
    """Those of records, of data sets, of exiftool; the first text is read."""
    names = header.split(",")
    cells = {names[0]: "a.jpg", names[1]: HARBOUR}
    if len(names) > 2:
        cells = {"text": HARBOUR, "image": "a.jpg", "caption": "Another."}
    (here / "t.csv").write_text(f"{header}\n{','.join(cells.values())}\n")

    assert captions("t.csv") == [("a.jpg", HARBOUR)]


def test_a_table_without_texts_has_images_alone(here: Path) -> None:
    """And so has a row with an empty cell."""
    (here / "t.csv").write_text("image,colour\na.jpg,red\n")
    (here / "u.csv").write_text("image,text\na.jpg, \n")

    assert captions("t.csv") == captions("u.csv") == [("a.jpg", None)]


def test_a_path_is_that_of_the_file_that_exists(here: Path) -> None:
    """Below the current folder first; `file_name` below that of the table first."""
    create_files(here, "a.jpg", "d/a.jpg", "d/b.jpg")
    names = ["a.jpg", "b.jpg", "gone.jpg", str(here / "a.jpg"), URL]
    for column in ("path", "file_name"):
        rows = [f"{name},{HARBOUR}" for name in names]
        (here / f"d/{column}.csv").write_text("\n".join([f"{column},text", *rows]))

    (here_first, in_folder) = (
        [source for source, _ in captions(f"d/{column}.csv")]
        for column in ("path", "file_name")
    )
    rest = [str(here / "a.jpg"), URL]
    assert here_first == ["a.jpg", "d/b.jpg", "gone.jpg", *rest]
    assert in_folder == ["d/a.jpg", "d/b.jpg", "d/gone.jpg", *rest]


def test_a_row_that_names_no_image_is_malformed(here: Path) -> None:
    """The others are read."""
    rows: list[object] = [{"text": HARBOUR}, {"image": "", "text": HARBOUR}]
    rows += [{"image": "-"}, {"image": "a.jpg", "path": "a.jpg"}, 1]
    (here / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))

    rule = (
        "exactly one of the columns source, image, path, url, file_name, sourcefile"
        " is required; found:"
    )
    assert errors("t.jsonl") == [
        f"t.jsonl:1: {rule} 0",
        "t.jsonl:2: column image: empty",
        "t.jsonl:3: column image: not a path, URL or UUID",
        f"t.jsonl:4: {rule} 2",
        "t.jsonl:5: not a JSON object",
    ]


def test_only_records_of_rwcap_are_unescaped(here: Path) -> None:
    """In a table of others, an apostrophe is part of the text."""
    (here / "own.csv").write_text("source,caption\n$'a\\xe9.jpg',\"'=1, 2\"\n")
    (here / "other.csv").write_text("path,caption\n$'a\\xe9.jpg',\"'=1, 2\"\n")

    assert captions("own.csv") == [(os.fsdecode(b"a\xe9.jpg"), "=1, 2")]
    assert captions("other.csv") == [("$'a\\xe9.jpg'", "'=1, 2")]


def test_a_damaged_name_in_base64_is_passed_over(here: Path) -> None:
    """The name beside it counts."""
    row = {"source": "a.jpg", "source_b64": "!", "text": HARBOUR}
    (here / "t.jsonl").write_text(json.dumps(row))

    assert captions("t.jsonl") == [("a.jpg", HARBOUR)]


def test_images_in_a_table_have_captions_too(here: Path) -> None:
    """The row is the source."""
    image = {"path": "a.jpg", "bytes": b"x"}
    parquet.write_table(
        pa.table({"image": [image], "caption": [HARBOUR]}), here / "t.parquet"
    )

    assert captions("t.parquet") == [("t.parquet:1", HARBOUR)]


NAMES = st.binary(min_size=1, max_size=6).map(
    lambda name: os.fsdecode(name.replace(b"\0", b"0"))
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(NAMES, TEXTS, st.sampled_from([".csv", ".tsv", ".jsonl"]))
@example("-x.jpg", "'=1\n\ttwo", ".csv")
@example("$'a'", "\u202e\U0001f6a2", ".tsv")
@example("\udce9.jpg", "x" * 1_048_576, ".jsonl")
@example("\udce9.jpg", "x " * 524_288, ".csv")
def test_records_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str, suffix: str
) -> None:
    """Names and texts are the same; CSV has a text on one line."""
    name = f"/gone/{name}"
    path = str(tmp_path_factory.mktemp("records") / f"r{suffix}")
    with RecordFile(path) as file:
        file.append(Record(name, RecordStatus.OK, text=text))

    expected = strip_control(text).strip()
    if suffix != ".jsonl":
        expected = " ".join(expected.split())
    assert captions(path) == [(name, expected or None)]

"""Tests of the lines of record files, and of their keys."""

import csv
import os
import subprocess
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.records.record_formats import TableStyle
from tests.outputs.records import HEADER, SUFFIXES, record, sources, write


@SUFFIXES
def test_a_record_is_one_line_and_is_found_again(tmp_path: Path, suffix: str) -> None:
    """The same run and the next run find it."""
    path = tmp_path / f"out.{suffix.upper()}"

    with RecordFile(str(path)) as file:
        assert not file.has_caption(record())
        file.append(record())
        file.append(record())
        assert file.has_caption(record())
    with RecordFile(str(path)) as file:
        assert file.has_caption(record())
        file.append(record("b.jpg"))

    assert sources(path.rename(path.with_suffix(f".{suffix}"))) == [
        "a.jpg",
        "a.jpg",
        "b.jpg",
    ]


def test_a_jsonl_line_is_the_json_of_the_record(tmp_path: Path) -> None:
    """Nothing is lost or added."""
    path = tmp_path / "out.jsonl"

    write(path, record(id="7"))

    assert path.read_text() == record(id="7").to_json() + "\n"


def test_a_csv_file_has_a_header_and_a_row_per_record(tmp_path: Path) -> None:
    """White space in texts is folded, and unknown values are empty."""
    path = tmp_path / "out.csv"
    failure = ErrorDetails.from_error(
        InputError("b.jpg: empty\n(0 bytes)", code="emptyImage")
    )
    failed = Record(source="b.jpg", status=RecordStatus.FAILED, error=failure)

    write(path, record(id="7", text='a "cat",\non a mat', prompt="What\n is it?"))
    write(path, failed)

    assert path.read_bytes() == HEADER + (
        b'\na.jpg,7,ok,"a ""cat"", on a mat",0.001300,'
        b"0f8fad5b-d9cb-469f-a165-70867728950e,runware:152@1,What is it?,"
        + b"ab" * 32
        + b",,,\nb.jpg,,failed,,,,,,,b.jpg: empty (0 bytes),,\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "'=1"])
@pytest.mark.promises("hostile")
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    """A spreadsheet would run a formula in an untrusted caption, prompt or name."""
    path = tmp_path / "out.csv"
    wanted = record(text, id=text, text=text, prompt=text)

    write(path, wanted)

    (row,) = csv.DictReader(StringIO(path.read_text()))
    for column in ("source", "id", "text", "prompt"):
        assert row[column][0] in {"'", "$"}
    assert row["text"] == f"'{text.strip()}"
    with RecordFile(str(path)) as file:
        assert file.has_caption(wanted)
        assert not file.has_caption(record(f"'{text}", id=text, prompt=text))


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.promises("hostile")
def test_a_cell_with_a_delimiter_is_quoted(tmp_path: Path, delimiter: str) -> None:
    """Whichever the file has: programs that split at all of them keep it whole."""
    path = tmp_path / "out.csv"
    wanted = record("q;=1+1;.jpg", text="a, =1|-1", prompt="Why?")
    style = TableStyle(columns=("image", "text", "prompt"), delimiter=delimiter)

    with RecordFile(str(path), style) as file:
        file.append(wanted)

    cells = ['"q;=1+1;.jpg"', '"a, =1|-1"', "Why?"]
    assert path.read_text().splitlines()[1] == delimiter.join(cells)
    with RecordFile(str(path), style) as file:
        assert file.has_caption(wanted)


def test_a_cell_without_quotation_marks_is_the_same(tmp_path: Path) -> None:
    """Other programs, and earlier versions, quote only what the file needs."""
    path = tmp_path / "out.csv"
    style = TableStyle(columns=("image", "text"))
    path.write_text("image,text\nq;=1+1;.jpg,a|b\n")

    with RecordFile(str(path), style) as file:
        assert file.has_caption(record("q;=1+1;.jpg", text="a|b"))


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ("caf\udce9.jpg", r"$'caf\xe9.jpg'"),
        ("a\nb\x85\u2028.jpg", r"$'a\x0ab\xc2\x85\xe2\x80\xa8.jpg'"),
        ("it's\t\\.jpg", r"$'it\'s\x09\\.jpg'"),
        ("$'a'", r"$'$\'a\''"),
        ("it's\\.jpg", "it's\\.jpg"),
        ("$a.jpg", "$a.jpg"),
        ("café 図.jpg", "café 図.jpg"),
    ],
)
def test_a_source_with_special_bytes_is_quoted_as_in_bash(
    tmp_path: Path, source: str, cell: str
) -> None:
    """Other sources are not quoted. Bash decodes the quoted ones."""
    path = tmp_path / "out.csv"

    write(path, record(source))

    assert sources(path) == [cell]
    if cell.startswith("$'"):
        script = ["bash", "-c", f"printf %s {cell}"]
        said = subprocess.run(script, check=True, capture_output=True).stdout
        assert said == source.encode(errors="surrogateescape")


@pytest.mark.parametrize("one", ["a?b.jpg", "a\nb.jpg", "a\tb.jpg", "a\\x0ab.jpg"])
@SUFFIXES
def test_similar_sources_are_different(tmp_path: Path, suffix: str, one: str) -> None:
    """Otherwise an image would never get its caption."""
    path = tmp_path / f"out.{suffix}"
    names = {"a?b.jpg", "a\nb.jpg", "a\tb.jpg", "a\\x0ab.jpg", "$'a\\x0ab.jpg'"}

    write(path, record(one))

    with RecordFile(str(path)) as file:
        assert {name for name in names if file.has_caption(record(name))} == {one}


@SUFFIXES
def test_image_id_prompt_and_model_identify_a_caption(
    tmp_path: Path, suffix: str
) -> None:
    """Two prompts for one image are two captions."""
    path = tmp_path / f"out.{suffix}"

    write(path, record(prompt="What?"), record(prompt="Who?"), record(id="7"))

    with RecordFile(str(path)) as file:
        assert file.has_caption(record(prompt="What?"))
        assert file.has_caption(record(prompt="Who?"))
        assert file.has_caption(record(id="7"))
        assert not file.has_caption(record())
        assert not file.has_caption(record(prompt="What?", id="7"))
        assert not file.has_caption(
            record(prompt="What?")._replace(model="another:1@1")
        )


@SUFFIXES
@pytest.mark.parametrize(
    ("status", "text", "held"),
    [
        (RecordStatus.CACHED, "a cat", True),
        (RecordStatus.SKIPPED, "a cat", True),
        (RecordStatus.SKIPPED, None, False),
        (RecordStatus.OK, None, False),
        (RecordStatus.FAILED, "a cat", False),
        (RecordStatus.AMBIGUOUS, None, False),
    ],
)
def test_only_captions_count(
    tmp_path: Path, suffix: str, status: RecordStatus, text: str | None, *, held: bool
) -> None:
    """A run tries again after an error."""
    path = tmp_path / f"out.{suffix}"

    write(path, record(status=status, text=text))

    with RecordFile(str(path)) as file:
        assert file.has_caption(record()) == held


# Any bytes of a file name, as `os.fsdecode` returns them.
NAMES = st.binary().map(os.fsdecode) | st.text(st.characters(codec="utf-8"))


@given(
    st.sampled_from(["jsonl", "csv"]),
    st.lists(NAMES, unique=True, min_size=1),
    NAMES,
    st.none() | st.text(st.characters(codec=None)),
    st.text(st.characters(codec=None)),
)
def test_any_source_is_found_again_and_no_other(
    suffix: str, names: list[str], other: str, id_: str | None, prompt: str
) -> None:
    """Sources have newlines, quotes and bytes that are not UTF-8."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"out.{suffix}")
        write(path, *(record(name, id=id_, prompt=prompt) for name in names))

        assert len(sources(path)) == len(names)
        with RecordFile(str(path)) as file:
            for name in names:
                assert file.has_caption(record(name, id=id_, prompt=prompt))
            found = file.has_caption(record(other, id=id_, prompt=prompt))
            assert found == (other in names)


@SUFFIXES
def test_a_caption_of_the_sandbox_is_not_one_of_the_service(
    tmp_path: Path, suffix: str
) -> None:
    """A user who tried the sandbox first still gets captions of the model."""
    path = tmp_path / f"records.{suffix}"
    tried = record()._replace(sandbox=True)
    write(path, tried)

    with RecordFile(str(path)) as file:
        assert file.has_caption(tried)
        assert not file.has_caption(record())

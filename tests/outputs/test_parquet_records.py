"""Parquet files of records."""

import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from rwcap.cli.wiring import open_records
from rwcap.core.errors import OutputError, UsageError
from rwcap.core.record import Record
from rwcap.outputs.records import parquet_records
from rwcap.outputs.records.parquet_records import ParquetRecords
from rwcap.outputs.records.record_formats import TableStyle
from tests.outputs.records import FAILED, append_missing, record

ALL = TableStyle()
TWO = TableStyle(("image", "text"))


def write(path: Path, style: TableStyle, *records: Record) -> None:
    """Append records as one run does, unless the file has them."""
    append_missing(ParquetRecords(str(path), style), *records)


def rows(path: Path) -> list[dict[str, object]]:
    """Return the rows of a file."""
    return list(parquet.read_table(path).to_pylist())


def journal(path: Path) -> Path:
    """Return the path of the journal of a file."""
    return path.with_name(f"{path.name}.rwcap-journal")


def killed(path: Path, *records: Record) -> None:
    """Append records as a run does that is killed before its end."""
    with ParquetRecords(str(path), ALL) as file:
        for each in records:
            file.append(each)
        kept = journal(path).read_bytes()
        old = path.read_bytes()
    path.write_bytes(old)
    journal(path).write_bytes(kept)


def test_a_row_has_the_types_of_its_columns(tmp_path: Path) -> None:
    """Money is a number of dollars, exact to the micro-dollar. No journal is left."""
    path = tmp_path / "x.parquet"

    for _ in range(2):
        write(path, ALL, record(id="7", text="a\ncat"), FAILED)

    first, second = rows(path)
    assert first == {
        "source": "a.jpg",
        "id": "7",
        "status": "ok",
        "text": "a\ncat",
        "cost_usd": Decimal("0.001300"),
        "task_uuid": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "model": "runware:152@1",
        "prompt": "Describe it",
        "image_sha256": "ab" * 32,
        "error": None,
        "sandbox": False,
        "long": None,
    }
    assert (second["text"], second["cost_usd"]) == (None, None)
    assert second["error"] == "b.jpg: empty"
    assert [each.name for each in tmp_path.iterdir()] == ["x.parquet"]


def test_columns_are_chosen_and_ordered(tmp_path: Path) -> None:
    """A failure has no row without the column `error`."""
    path = tmp_path / "x.parquet"

    write(path, TWO, record(), FAILED)
    write(path, TWO, record("c.jpg"))

    assert rows(path) == [
        {"image": "a.jpg", "text": "a cat"},
        {"image": "c.jpg", "text": "a cat"},
    ]
    with ParquetRecords(str(path), TWO) as file:
        assert file.has_caption(record())
        assert not file.has_caption(record("b.jpg"))
        assert not file.has_caption(record()._replace(sandbox=True))


def test_a_run_without_records_writes_a_file_without_rows(tmp_path: Path) -> None:
    """Its columns are there, so other programs can read it."""
    path = tmp_path / "x.parquet"

    write(path, ALL)

    assert rows(path) == []
    assert parquet.read_schema(path).names[:2] == ["source", "id"]


@pytest.mark.promises("texts")
def test_the_journal_of_a_killed_run_is_continued(tmp_path: Path) -> None:
    """Its rows count as written, and the end of the next run moves them."""
    path = tmp_path / "x.parquet"
    write(path, ALL, record("a.jpg"))
    killed(path, record("b.jpg"))
    with journal(path).open("ab") as file:
        file.write(b'{"source": "incomp')

    write(path, ALL, record("a.jpg"), record("b.jpg"), record("c.jpg"))
    killed(path, record("d.jpg"))
    journal(path).write_bytes(journal(path).read_bytes().removesuffix(b"\n"))
    write(path, ALL, record("d.jpg"))

    assert [f"{row['source']}" for row in rows(path)] == [
        f"{name}.jpg" for name in "abcd"
    ]
    assert not journal(path).exists()


def test_a_journal_that_the_file_contains_is_not_added_again(tmp_path: Path) -> None:
    """A run was killed after it wrote the file, before it removed the journal."""
    path = tmp_path / "x.parquet"
    with ParquetRecords(str(path), ALL) as file:
        file.append(record("a.jpg"))
        kept = journal(path).read_bytes()
    journal(path).write_bytes(kept)

    write(path, ALL, record("b.jpg"))

    assert [row["source"] for row in rows(path)] == ["a.jpg", "b.jpg"]


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """It knows the rows of the file and of the journal of a killed run."""
    path = tmp_path / "x.parquet"
    write(path, ALL, record("a.jpg"))
    with ParquetRecords(str(path), ALL, dry_run=True) as file:
        assert file.has_caption(record("a.jpg"))
    assert [each.name for each in tmp_path.iterdir()] == ["x.parquet"]
    killed(path, record("b.jpg"))
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    with ParquetRecords(str(path), ALL, dry_run=True) as file:
        assert file.has_caption(record("b.jpg"))

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_rows_are_written_in_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the file."""
    path = tmp_path / "x.parquet"
    monkeypatch.setattr(parquet_records, "_GROUP_ROWS", 2)

    write(path, TWO, *(record(f"{number}.jpg") for number in range(5)))
    write(path, TWO, record("5.jpg"))

    assert parquet.ParquetFile(path).metadata.num_row_groups == 4
    assert [row["image"] for row in rows(path)] == [f"{n}.jpg" for n in range(6)]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (pa.table({"image": ["a.jpg"]}), "the file has other columns: image"),
        (pa.table({"source": [1], "text": ["a"]}), "the file has other columns"),
        (None, "damaged or incomplete Parquet"),
    ],
)
def test_a_file_of_other_columns_is_refused(
    tmp_path: Path, table: pa.Table | None, reason: str
) -> None:
    """Nothing is changed."""
    path = tmp_path / "x.parquet"
    if table is None:
        path.write_bytes(b"PAR1")
    else:
        parquet.write_table(table, path)
    before = path.read_bytes()

    with pytest.raises(UsageError, match=reason):
        write(path, ALL)

    assert path.read_bytes() == before
    assert not journal(path).exists()


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b'{"columns": ["image", "text"]}\n', "--columns image,text"),
        (b"a person's notes\n", "-o with the name of another file"),
    ],
)
def test_a_journal_of_other_columns_is_refused(
    tmp_path: Path, content: bytes, hint: str
) -> None:
    """It stays as it is."""
    path = tmp_path / "x.parquet"
    journal(path).write_bytes(content)

    with pytest.raises(UsageError, match="other columns") as refused:
        write(path, ALL)

    assert refused.value.hint == hint
    assert journal(path).read_bytes() == content


def test_a_header_that_a_crash_left_incomplete_is_repaired(tmp_path: Path) -> None:
    """At any length."""
    path = tmp_path / "x.parquet"
    header = b'{"columns": ["image", "text"]}\n'

    for length in range(len(header)):
        path.unlink(missing_ok=True)
        journal(path).write_bytes(header[:length])
        write(path, TWO, record())
        assert rows(path) == [{"image": "a.jpg", "text": "a cat"}]


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (TableStyle(delimiter=";"), "not for Parquet"),
        (TableStyle(bom=True), "not for Parquet"),
        (TableStyle(image_folder=True), "not for Parquet"),
        (TableStyle(("image", "nose")), "nose is unknown"),
    ],
)
def test_a_style_that_does_not_fit_is_refused(
    tmp_path: Path, style: TableStyle, reason: str
) -> None:
    """Before a file is made."""
    with pytest.raises(UsageError, match=reason):
        ParquetRecords(str(tmp_path / "x.parquet"), style)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ends_with", "raised"),
    [(None, OutputError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_rows_stay_in_the_journal_if_the_file_cannot_be_written(
    tmp_path: Path, ends_with: BaseException | None, raised: type[BaseException]
) -> None:
    """The error says where they are; an exception that ends the run goes first."""
    path = tmp_path / "x.parquet"

    def run() -> None:
        with ParquetRecords(str(path), ALL) as file:
            file.append(record())
            path.mkdir()
            if ends_with:
                raise ends_with

    with pytest.raises(raised) as end:
        run()
    path.rmdir()
    write(path, ALL)

    assert ends_with or "; its new rows are in " in str(end.value)
    assert [row["source"] for row in rows(path)] == ["a.jpg"]


def test_without_pyarrow_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is an extra, because it is large."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(
        sys.modules, "rwcap.outputs.records.parquet_records", raising=False
    )
    path = str(tmp_path / "x.parquet")

    with pytest.raises(UsageError, match="requires the package pyarrow") as refused:
        open_records(path, ALL, dry=False, warn=print).__enter__()

    assert refused.value.hint == "pipx inject rwcap pyarrow (or pip install pyarrow)"


@given(st.lists(st.text(st.characters(), min_size=1), min_size=1, max_size=3))
@pytest.mark.promises("texts")
def test_any_text_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    """A lone surrogate, which UTF-8 cannot express, becomes a question mark."""
    path = tmp_path_factory.mktemp("any") / "x.parquet"
    records = [record(f"{number}", text=text) for number, text in enumerate(texts)]

    for _ in range(2):
        write(path, TWO, *records)

    assert [row["text"] for row in rows(path)] == [
        text.encode(errors="replace").decode() for text in texts
    ]

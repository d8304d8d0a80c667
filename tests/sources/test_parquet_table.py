"""Parquet tables have paths or the images themselves."""

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import write_table  # type: ignore[import-untyped]  # as above

from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.tables import parquet_table
from tests.sources.batch import refusal, sources, unprivileged

CELLS = st.text(st.characters(exclude_categories=["Cs"]))


def write(path: Path, columns: Mapping[str, object], group: int = 1_000) -> str:
    """Write a table with row groups of a size and return its path."""
    write_table(pa.table(columns), path, row_group_size=group)
    return str(path)


def requests(table: str) -> list[CaptionRequest]:
    """Return the requests of the usable rows."""
    return [one for one in sources(table) if isinstance(one, CaptionRequest)]


@given(st.lists(st.tuples(CELLS, CELLS)), st.integers(1, 3))
def test_any_text_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], group: int
) -> None:
    """In row groups of any size."""
    path = tmp_path_factory.mktemp("parquet") / "m.Parquet"
    first, second = ([pair[at] for pair in cells] for at in (0, 1))
    texts = {"A": pa.array(first, pa.string()), "b": pa.array(second, pa.string())}

    write(path, {"image": ["a.jpg"] * len(cells), **texts}, group)

    assert [dict(one.columns) for one in requests(str(path))] == [
        {"a": one, "b": other, "image": "a.jpg"} for one, other in cells
    ]


def test_values_of_other_types_become_text(here: Path) -> None:
    """Bytes beside the image are left out, and so are columns without a name."""
    day = dt.date(2025, 3, 15)
    values = {
        "path": ["a.jpg"],
        "": ["x"],
        "number": [7],
        "day": [day],
        "tags": [["x", "y"]],
        "none": pa.array([None], pa.string()),
        "thumbnail": [b"x"],
        "kind": pa.array(["one"]).dictionary_encode(),
    }

    (request,) = requests(write(here / "m.parquet", values))

    assert request.columns == {
        "path": "a.jpg",
        "number": "7",
        "day": "2025-03-15",
        "tags": '["x","y"]',
        "none": "",
        "kind": "one",
    }


def test_a_table_can_contain_images(here: Path) -> None:
    """As bytes, or as Hugging Face datasets do; there, bytes may be missing."""
    images = [
        {"bytes": b"1", "path": "x/1.jpg"},
        {"bytes": b"2", "path": None},
        {"bytes": None, "path": "3.jpg"},
        None,
    ]
    write(here / "hugging.parquet", {"image": images, "text": list("abcd")})
    write(here / "bytes.parquet", {"Image": [b"1"], "id": ["one"]})
    write(here / "dictionary.parquet", {"image": pa.array(["a"]).dictionary_encode()})

    *found, unusable = sources("hugging.parquet")

    assert found == [
        CaptionRequest(
            "hugging.parquet:1",
            "x/1.jpg",
            columns={"image": "x/1.jpg", "text": "a"},
            content=b"1",
        ),
        CaptionRequest(
            "hugging.parquet:2", columns={"image": "", "text": "b"}, content=b"2"
        ),
        CaptionRequest("3.jpg", "3.jpg", columns={"image": "3.jpg", "text": "c"}),
    ]
    assert isinstance(unusable, UnusableSource)
    assert unusable.error.message == "hugging.parquet:4: column image: empty"
    (only,) = requests("bytes.parquet")
    assert (only.content, only.id, only.source) == (b"1", "one", "bytes.parquet:1")
    assert [one.source for one in requests("dictionary.parquet")] == ["a"]


def test_a_column_can_contain_the_images(here: Path) -> None:
    """Alone, or beside a column that names them; numbers of bytes are no images."""
    alone = {"bytes": [b"1", b"2"], "id": ["one", "two"]}
    beside = {"url": ["https://a/1.jpg", "https://a/2.jpg"], "Bytes": [b"1", None]}
    write(here / "alone.parquet", alone, group=1)
    write(here / "beside.parquet", beside)
    write(here / "sizes.parquet", {"image": ["1.jpg"], "bytes": [3]})

    assert requests("alone.parquet") == [
        CaptionRequest(
            f"alone.parquet:{number}",
            id=name,
            columns={"id": name, "image": ""},
            content=content,
        )
        for number, name, content in [(1, "one", b"1"), (2, "two", b"2")]
    ]
    first, second = requests("beside.parquet")
    assert (first.source, first.relative_path) == ("beside.parquet:1", "1.jpg")
    assert first.content == b"1"
    assert (second.source, second.content) == ("https://a/2.jpg", None)
    assert [one.content for one in requests("sizes.parquet")] == [None]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"a": [1]}, "{0}; found: a"),
        ({"image": [1]}, "column image: unusable type int64"),
        ({"image": [{"a": 1}]}, "column image: unusable type struct<a: int64>"),
        ({"image": ["a"], "A": [1], "a": [1]}, "the column a occurs twice"),
        (
            {"image": ["a"], **{str(number): [1] for number in range(9_999)}},
            "10,000 columns; at most 1,000 can be read",
        ),
    ],
)
def test_another_schema_is_refused(
    here: Path, columns: dict[str, object], reason: str
) -> None:
    """Before the first row."""
    rule = "exactly one of the columns image, path, url, file_name is required"
    table = write(here / "m.parquet", columns)

    assert refusal(table).message == f"table {table}: {reason.format(rule)}"


def test_a_file_that_is_cut_is_refused(here: Path) -> None:
    """At any length. pyarrow ends the process for some other damages."""
    content = Path(write(here / "m.parquet", {"image": ["a.jpg"] * 9})).read_bytes()
    cuts = [content[:size] for size in range(0, len(content), 50)]

    for cut in (*cuts, b"PAR1" * 9):
        (here / "m.parquet").write_bytes(cut)
        assert refusal("m.parquet").message == (
            "table m.parquet: damaged or incomplete Parquet"
        )


def test_huge_cells_are_refused_before_they_are_read(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of a column is known before."""
    monkeypatch.setattr(parquet_table, "MAX_CHUNK_BYTES", 1_000)
    text = [str(number) for number in range(1_000)]
    table = write(here / "m.parquet", {"image": [b"x"] * 1_000, "note": text})

    error = refusal(table)

    assert error.message == (
        f"table {table}: column note: more than 1,000 bytes in a row group"
    )
    assert error.hint == "write smaller row groups"


@pytest.mark.promises("hostile")
def test_a_text_that_is_stored_once_is_not_repeated_in_memory(here: Path) -> None:
    """A file of some kilobytes can have a gigabyte of texts."""
    text = "x" * 4_000_000
    table = write(here / "m.parquet", {"image": ["a.jpg"] * 250, "note": [text] * 250})

    before = pa.default_memory_pool().max_memory()
    lengths = set()
    for one in sources(table):  # one by one: a list of them has all texts
        assert isinstance(one, CaptionRequest)
        lengths.add(len(one.columns["note"]))

    assert (here / "m.parquet").stat().st_size < 1_000_000
    assert lengths == {len(text)}
    assert pa.default_memory_pool().max_memory() - before < 500_000_000


def test_an_unreadable_file_is_refused(here: Path) -> None:
    """The message has the reason of the system."""
    (here / "m.parquet").touch(0)

    with unprivileged():
        assert "m.parquet" in refusal("m.parquet").message


def test_a_missing_package_is_named(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint has the command that installs it."""
    monkeypatch.delitem(sys.modules, "rwcap.sources.tables.parquet_table")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (here / "m.parquet").touch()

    error = refusal("m.parquet")

    assert error.message == "table m.parquet: Parquet requires the package pyarrow"
    assert error.hint == "pipx inject rwcap pyarrow (or pip install pyarrow)"

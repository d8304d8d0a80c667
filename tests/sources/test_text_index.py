"""Rows of a table, and the image that each belongs to."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from rwcap.core.errors import OutputError, UsageError
from rwcap.core.source import CaptionRequest
from rwcap.sources.tables import text_index
from rwcap.sources.tables.caption_table import numbered_captions
from rwcap.sources.tables.text_index import TextIndex
from rwcap.sources.tables.text_matching import OTHER_PICTURE
from tests.sources.batch import create_files

MODULE = text_index.__name__
URL = "https://example.com/x/a.jpg?size=2"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def digest(request: CaptionRequest) -> str | None:
    """Return the content of a file as its digest; None if it cannot be read."""
    try:
        return Path(request.source).read_text()
    except OSError:
        return None


def matched(
    rows: list[str], *images: str, columns: str = "source,text"
) -> tuple[dict[str, str], list[str]]:
    """Return the text of each image, and why rows have none."""
    Path("t.csv").write_text("\n".join([columns, *rows]), errors="surrogateescape")
    index = TextIndex("t.csv", with_columns=False)
    for image in images:
        index.add_image(CaptionRequest(image))
    index.match(digest)
    found = {each.source: each.caption or "" for each in index.texts()}
    errors = [each.error.message for each in index.misfits()]
    assert index.results == len(found) + len(errors)
    index.close()
    return found, errors


def test_a_path_is_trusted_most(here: Path) -> None:
    """However it is written: from another folder, or through a link."""
    create_files(here, "p/a.jpg", "p/b.jpg", "q/a.jpg")
    (here / "link").symlink_to("p")
    rows = ["./p/../q/a.jpg,Q", f"{here}/link/a.jpg,A", "b.jpg,B"]

    found, errors = matched(rows, "q/a.jpg", "p/a.jpg", "link/b.jpg", "p/b.jpg", URL)

    assert found == {"q/a.jpg": "Q", "p/a.jpg": "A", "link/b.jpg": "B"}
    assert errors == []


def test_a_name_is_trusted_if_it_is_the_only_one() -> None:
    """Folders in common decide; those of Windows and URLs are names, too."""
    images = ["p/a.jpg", "q/a.jpg", "q/r/b.jpg", "c.jpg", "d.jpg"]
    rows = ["old/q/a.jpg,Q", "a.jpg,A", "C:\\x\\b.jpg,B", f"{URL},U", "c.jp,C"]
    rows += ["https://example.com/y/d.jpg?a=/c.jpg,D"]

    found, errors = matched(rows, *images)

    assert found == {"q/a.jpg": "Q", "q/r/b.jpg": "B", "d.jpg": "D"}
    assert errors == [
        "t.csv:3: a.jpg: several images have this name",
        f"t.csv:5: {URL}: several images have this name",
        "t.csv:6: c.jp: no image of the sources",
    ]


def test_accents_can_be_characters_of_their_own(here: Path) -> None:
    """As in names of a Mac; a spreadsheet writes one character."""
    create_files(here, "p/Cafe\u0301.jpg")

    found, errors = matched(["p/Caf\u00e9.jpg,C"], "p/Cafe\u0301.jpg")

    assert (found, errors) == ({"p/Cafe\u0301.jpg": "C"}, [])


def test_the_digest_decides_where_the_name_cannot(here: Path) -> None:
    """It finds renamed pictures, and contradicts a picture of the same name."""
    for name, content in (("p/a.jpg", "1"), ("q/a.jpg", "2"), ("q/b.jpg", "3")):
        create_files(here, name)
        (here / name).write_text(content)
    (here / "q/copy.jpg").write_text("2")
    columns = "source,text,image_sha256"

    found, errors = matched(
        ["a.jpg,A,1", "b.jpg,B,9", "gone.jpg,C,3", "x.jpg,D,2"],
        *("p/a.jpg", "q/a.jpg", "q/b.jpg", "q/copy.jpg", "q/missing.jpg"),
        columns=columns,
    )

    assert found == {"p/a.jpg": "A", "q/b.jpg": "C"}
    assert errors == [
        "t.csv:3: b.jpg: no image of the sources",
        "t.csv:5: x.jpg: several images are this picture",
    ]


def test_a_file_elsewhere_is_found_as_a_picture_and_not_by_its_name(
    here: Path,
) -> None:
    """Its name in the sources can be that of another picture."""
    for name, content in (("p/a.jpg", "1"), ("p/b.jpg", "2"), ("q/a.jpg", "2")):
        create_files(here, name)
        (here / name).write_text(content)
    (here / "q/none.jpg").mkdir()

    found, errors = matched(
        ["p/a.jpg,A", "p/b.jpg,B", "q/none.jpg,C"], "q/a.jpg", "r/none.jpg"
    )

    assert found == {"q/a.jpg": "B"}
    assert errors == [
        "t.csv:2: p/a.jpg: no image of the sources",
        "t.csv:4: q/none.jpg: no image of the sources",
    ]


def test_the_digest_contradicts_a_path(here: Path) -> None:
    """The row goes to the image that has it; only rows with a digest are compared."""
    for name, content in (("p/a", "2"), ("p/b", "1"), ("p/c", "3"), ("p/d", "9")):
        create_files(here, name)
        (here / name).write_text(content)
    rows = ["p/a,A,1", "p/b,B,2", "p/c,C,", "p/d,D,4", "p/gone,E,", "p/bad,F,5"]
    images = ["p/a", "p/b", "p/c", "p/d", "p/bad"]

    found, errors = matched(rows, *images, columns="source,text,image_sha256")

    assert found == {"p/a": "B", "p/b": "A", "p/c": "C", "p/bad": "F"}
    assert errors == [
        f"t.csv:5: p/d: {OTHER_PICTURE}",
        "t.csv:6: p/gone: no image of the sources",
    ]


def test_rows_without_a_digest_compute_none(here: Path) -> None:
    """Paths alone decide, and no image is read."""
    create_files(here, "p/a.jpg", "p/b.jpg")
    Path("t.csv").write_text(
        "source,text,image_sha256\np/a.jpg,A,\np/b.jpg,B,1\n", "utf-8"
    )
    index, read = TextIndex("t.csv", with_columns=False), list[str]()
    for image in ("p/a.jpg", "p/b.jpg"):
        index.add_image(CaptionRequest(image))

    def read_image(request: CaptionRequest) -> str:
        read.append(request.source)
        return "1"

    index.match(read_image)

    assert (read, index.images) == (["p/b.jpg"], 2)


def test_rows_of_one_image_agree_or_are_errors(here: Path) -> None:
    """The row with the path counts; white space makes no difference."""
    create_files(here, "p/a.jpg", "p/b.jpg", "p/c.jpg")

    found, errors = matched(
        [
            "p/a.jpg,A",
            "x/a.jpg,Other",
            "p/b.jpg,B  b",
            "b.jpg,B b",
            "c.jpg,C",
            "c.jpg,D",
        ],
        *("p/a.jpg", "p/a.jpg", "p/b.jpg", "p/c.jpg"),
    )

    several = "several rows have other texts for its image"
    several += "; keep one (of records, the last)"
    assert found == {"p/a.jpg": "A", "p/b.jpg": "B  b"}
    assert errors == [
        "t.csv:3: x/a.jpg: its image has a row with its path or name",
        f"t.csv:6: c.jpg: {several}",
        f"t.csv:7: c.jpg: {several}",
    ]


def test_malformed_rows_and_impossible_names_are_errors(here: Path) -> None:
    """The others are read."""
    create_files(here, "a.jpg")
    Path("t.jsonl").write_text(
        '{"source": "\\ud800/x.jpg", "text": "X"}\n[]\n'
        '{"source": "n\\u0000/y.jpg", "text": "Y"}\n{"source": "a.jpg", "text": "A"}\n'
    )
    index = TextIndex("t.jsonl", with_columns=True)
    index.add_image(CaptionRequest("a.jpg", columns={"topic": "sea"}))
    index.match(digest)

    (found,) = index.texts()
    bad = [each.source for each in index.malformed()]
    errors = [each.source for each in index.misfits()]

    assert found.columns == {"source": "a.jpg", "text": "A", "topic": "sea"}
    assert (bad, errors) == (["t.jsonl:1", "t.jsonl:2"], ["t.jsonl:3"])


def test_images_in_a_table_are_found_by_their_name(here: Path) -> None:
    """The column of the path is theirs."""
    image = {"path": "a.jpg", "bytes": b"x"}
    parquet.write_table(pa.table({"image": [image], "text": ["A"]}), here / "t.parquet")
    index = TextIndex("t.parquet", with_columns=False)
    index.add_image(CaptionRequest("p/a.jpg"))

    index.match(digest)

    assert [each.caption for each in index.texts()] == ["A"]


@pytest.mark.promises("persons")
def test_a_table_that_changes_while_it_is_read_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be half of the old and half of the new one."""
    Path("t.csv").write_text("source,text\na.jpg,A\n")

    def read_and_save(table: str, names: Sequence[str]) -> Iterator[object]:
        yield from numbered_captions(table, names)
        Path(table).write_text("source,text\na.jpg,B, of course\n")

    monkeypatch.setattr(f"{MODULE}.numbered_captions", read_and_save)

    with pytest.raises(UsageError, match="changed while it was read"):
        TextIndex("t.csv", with_columns=False)


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is temporary; its errors are those of a file."""
    Path("t.csv").write_text("source,text\na.jpg,A\n")
    index = TextIndex("t.csv", with_columns=False)
    index._database.execute("PRAGMA max_page_count = 1")

    with pytest.raises(OutputError, match=r"a temporary file: .*full"):
        index.add_image(CaptionRequest("x" * 1_000_000))


def test_a_table_in_storage_has_no_version_to_compare() -> None:
    """Its objects are replaced as a whole."""
    assert text_index._version("memory://bucket/t.parquet") is None
    with pytest.raises(UsageError, match="not a path"):
        text_index._version("\0.csv")


PLACES = st.builds(
    "{}{}".format, st.sampled_from(["", "p/", "q/", "p/q/"]), st.sampled_from("ab")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(PLACES, st.sampled_from("XY")), max_size=6),
    st.lists(PLACES, max_size=6, unique=True),
)
@example([("a", "X"), ("a", "Y"), ("p/b", "X")], ["a", "q/b"])
@pytest.mark.promises("persons")
def test_a_text_goes_to_an_image_of_its_path_or_else_of_its_name(
    rows: list[tuple[str, str]], images: list[str]
) -> None:
    """Rows that agree are one; whatever is not sure is an error of the row."""
    found, errors = matched([f"{name},{text}" for name, text in rows], *images)

    unfit = {error.split(": ")[1] for error in errors}
    for image in images:
        of_path = {text for name, text in rows if name == image}
        name = image.rpartition("/")[2]
        of_name = {text for row, text in rows if row.rpartition("/")[2] == name}
        if len(of_path) == 1:
            assert found[image] in of_path
        elif of_path:
            assert image not in found
        elif image in found:
            assert {found[image]} <= of_name
    assert found.keys() <= {*images}
    for row, text in rows:
        assert row in unfit or text in found.values()

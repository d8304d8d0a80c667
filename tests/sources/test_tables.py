"""Tables request a caption in each row."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.tables.table_columns import IMAGE_COLUMNS
from tests.sources.batch import (
    URL,
    UUID,
    create_files,
    failure,
    found,
    refusal,
    sources,
    unprivileged,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HEADERS = TEXT.map(lambda text: text.strip().casefold()).filter(
    lambda header: header and header.strip() == header and header not in IMAGE_COLUMNS
)


def write_csv(
    path: Path, *rows: list[str], delimiter: str = ",", encoding: str = "utf-8-sig"
) -> str:
    """Write a CSV file as spreadsheets do and return its path."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return str(path)


def columns(table: str) -> list[dict[str, str]]:
    """Return the columns of each row."""
    return [
        dict(one.columns) for one in sources(table) if isinstance(one, CaptionRequest)
    ]


@given(
    st.dictionaries(HEADERS, TEXT),
    st.integers(1, 3),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_any_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    row: dict[str, str],
    count: int,
    delimiter: str,
    encoding: str,
) -> None:
    """Cells and headers may contain quotation marks, delimiters and newlines."""
    path = tmp_path_factory.mktemp("csv") / "m.CSV"
    row = {"image": "a.jpg", **row}
    cells = [list(row.values())] * count

    written = write_csv(path, list(row), *cells, delimiter=delimiter, encoding=encoding)

    assert columns(written) == [row] * count


@given(
    st.dictionaries(
        HEADERS,
        st.none() | st.booleans() | st.integers() | TEXT,
    )
)
def test_any_jsonl_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    row: dict[str, str | int | bool | None],
) -> None:
    """Strings are unchanged, null is empty, and other values become JSON."""
    path = tmp_path_factory.mktemp("jsonl") / "m.ndjson"
    row = {**row, "image": "a.jpg"}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8", newline="")

    assert columns(str(path)) == [
        {
            column: value if isinstance(value, str) else json.dumps(value)
            for column, value in row.items()
            if value is not None
        }
        | {column: "" for column, value in row.items() if value is None}
    ]


def test_a_row_has_its_own_prompt_and_id(here: Path) -> None:
    """An empty prompt or id counts as none. Templates can use all columns."""
    lines = [
        {"file_name": "a.jpg", "prompt": "Who?", "id": 7, "tags": ["x", {"y": 1.5}]},
        {"url": URL, "prompt": "", "id": None},
    ]
    (here / "m.jsonl").write_text("\n\n".join(map(json.dumps, lines)))

    assert list(sources("m.jsonl")) == [
        CaptionRequest(
            "a.jpg",
            "a.jpg",
            prompt="Who?",
            id="7",
            columns={
                "file_name": "a.jpg",
                "prompt": "Who?",
                "id": "7",
                "tags": '["x",{"y":1.5}]',
            },
        ),
        CaptionRequest(URL, columns={"url": URL, "prompt": "", "id": ""}),
    ]


@pytest.mark.parametrize(
    ("image", "source", "relative"),
    [
        ("a.jpg", "d/a.jpg", "a.jpg"),
        ("./b//c/../e.jpg", "d/./b//c/../e.jpg", "b/e.jpg"),
        ("../a.jpg", "d/../a.jpg", "a.jpg"),
        ("/x/../a.jpg", "/x/../a.jpg", "a.jpg"),
        ("..", "d/..", ""),
        ("../..", "d/../..", ""),
        ("*.jpg", "d/*.jpg", "*.jpg"),
        ("a\0b", "d/a\0b", "a\0b"),
        (URL, URL, ""),
        (UUID, UUID, ""),
        (UUID.upper(), f"d/{UUID.upper()}", UUID.upper()),
    ],
)
def test_paths_are_relative_to_the_table(
    here: Path, image: str, source: str, relative: str
) -> None:
    """The relative path never leaves the folder. One of the UUIDs is a file."""
    create_files(here, "d/a.jpg", f"d/{UUID.upper()}")
    write_csv(here / "d/m.csv", ["path"], [image])

    (request,) = sources("d/m.csv")

    assert request == CaptionRequest(source, relative, columns={"path": image})


def test_an_image_folder_has_captions(here: Path) -> None:
    """The column `text` of the other tables is a column like any other."""
    lines = [
        {"file_name": "0001.jpg", "text": " a harbour at dawn\n", "split": "train"},
        {"file_name": "train/0002.jpg", "text": ""},
        {"file_name": URL},
        {"file_name": "."},
        {"image": "a.jpg", "text": "for the prompt"},
    ]
    (here / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))

    requests = list(sources("metadata.jsonl"))

    assert [one.caption for one in requests if isinstance(one, CaptionRequest)] == [
        "a harbour at dawn",
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/a.jpg", "x/../../a.jpg", ".."])
def test_an_image_folder_names_no_file_outside(here: Path, name: str) -> None:
    """Such a row is refused."""
    write_csv(here / "metadata.csv", ["file_name"], [name])

    assert row_errors("metadata.csv") == [
        "metadata.csv:2: column file_name: outside the folder of the table"
    ]


def row_errors(table: str) -> list[str]:
    """Return the messages about unusable rows."""
    unusable = [one for one in sources(table) if isinstance(one, UnusableSource)]
    assert {one.error.code for one in unusable} <= {"malformedRow"}
    assert all(one.error.message.startswith(f"{one.source}: ") for one in unusable)
    return [one.error.message for one in unusable]


def test_malformed_rows_of_a_csv_are_reported_by_line(here: Path) -> None:
    """The other rows are used. A blank line is ignored."""
    (here / "m.csv").write_text(
        'image,prompt\r\na.jpg\n\n,b\nc.jpg,"d\ne"\nf.jpg,"g"h\n-,i\n\ufeffimage,prompt\n'
        'data:k,l\nm.jpg,n\no.jpg,"open\n'
    )

    assert row_errors("m.csv") == [
        "m.csv:2: 1 cells, but 2 columns",
        "m.csv:4: column image: empty",
        "m.csv:7: malformed row: ',' expected after '\"'",
        "m.csv:8: column image: not a path, URL or UUID",
        "m.csv:9: the header occurs twice",
        "m.csv:10: column image: not a path, URL or UUID",
        "m.csv:12: malformed row: unexpected end of data",
    ]
    assert [row["prompt"] for row in columns("m.csv")] == ["d\ne", "n"]


def test_malformed_rows_of_a_jsonl_are_reported_by_line(here: Path) -> None:
    """Invalid JSON, no object, no image, several images, or no text."""
    which = "exactly one of the columns image, path, url, file_name is required"
    lines = {
        "{": "not JSON",
        "[" * 100_000: "not JSON",
        "9" * 5_000: "not JSON",
        "[]": "not a JSON object",
        "{}": f"{which}; found: 0",
        '{"image": "a", "url": "b"}': f"{which}; found: 2",
        '{"image": null}': "column image: not a string",
        '{"image": {"path": "a.jpg"}}': "column image: not a string",
        '{"image": ""}': "column image: empty",
        '{"image": "a", "prompt": "\\ud800"}': "not JSON",
        '{"image": "-"}': "column image: not a path, URL or UUID",
    }
    (here / "m.jsonl").write_text("\r\n".join([*lines, '{"path": "caf\\udce9"}']))

    assert row_errors("m.jsonl") == [
        f"m.jsonl:{number}: {message}"
        for number, message in enumerate(lines.values(), 1)
    ]
    assert columns("m.jsonl") == [{"path": "caf\udce9"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "{0}; found: none"),
        (b"name;prompt\n", "{0}; found: name, prompt"),
        (b"image,url\n", "{0}; found: image, url"),
        (b'"image"x\n', "{0}; found: none"),
        (b"image,a, A ,b\n", "the column a occurs twice"),
        (b"image" + b",x" * 9_999, "10,000 columns; at most 1,000 can be read"),
        (b'a,"' + b"x\n" * 600_000, '{0}; found: a,"x'),
    ],
)
def test_an_invalid_table_is_a_usage_error(
    here: Path, content: bytes, message: str
) -> None:
    """The message names the file, and the hint shows a header line."""
    which = "exactly one of the columns image, path, url, file_name is required"
    (here / "m.csv").write_bytes(content)

    error = refusal("m.csv")

    assert error.message == f"table m.csv: {message.format(which)}"
    assert error.hint == "start a CSV file with a header such as: image,prompt"


def test_an_unreadable_table_is_a_usage_error(here: Path) -> None:
    """The message has the reason of the system."""
    (here / "m.csv").touch(0)

    with unprivileged():
        assert refusal("m.csv").message == "table m.csv: Permission denied"


def test_a_table_is_read_as_it_is_used(here: Path) -> None:
    """An error at its end is found at the end."""
    text = StringIO()
    csv.writer(text).writerows([["image"], *[["a.jpg"]] * 20_000])
    (here / "m.csv").write_bytes(text.getvalue().encode() + b"\xff")
    read = iter(sources("m.csv"))

    assert [next(read).source for _ in range(10)] == ["a.jpg"] * 10
    assert (
        failure("m.csv").hint == "iconv -f WINDOWS-1252 -t UTF-8 < m.csv > m-utf8.csv"
    )


def test_a_source_that_cannot_be_read_fails_alone_after_others(here: Path) -> None:
    """Captions may be bought by then. At first, it is an error, and costs nothing."""
    (here / "bad.csv").write_text("name\na.jpg\n")
    (here / "list.txt").write_text("c.jpg\nbad.csv\nd.jpg\n")
    create_files(here, "b.jpg")

    read = [each.source for each in sources("b.jpg", "bad.csv", "list.txt")]

    assert read == ["b.jpg", "bad.csv", "c.jpg", "bad.csv", "d.jpg"]
    assert "found: name" in failure("b.jpg", "bad.csv").message
    assert "found: name" in refusal("bad.csv", "b.jpg").message


def test_a_folder_may_have_the_suffix_of_a_table(here: Path) -> None:
    """A walk does not read the tables that it meets."""
    create_files(here, "x.csv/a.jpg", "x.csv/m.csv")

    assert found("x.csv") == ["a.jpg"]

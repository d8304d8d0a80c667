"""JSON tables are arrays of objects, or lines with one object each."""

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.core.errors import UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from tests.sources.batch import failure, refusal, sources

ROWS = st.dictionaries(
    st.text(st.sampled_from('abc{}[],:\\" '), max_size=3).filter(
        lambda name: name.strip() == name and name
    ),
    st.text()
    | st.none()
    | st.lists(st.integers() | st.dictionaries(st.text(), st.text())),
)


def columns(table: str) -> list[dict[str, str]]:
    """Return the columns of each usable row."""
    return [
        dict(one.columns) for one in sources(table) if isinstance(one, CaptionRequest)
    ]


def cell(value: object) -> str:
    """Return the cell for a JSON value."""
    if isinstance(value, str):
        return value
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "" if value is None else written


@given(
    st.lists(ROWS),
    st.sampled_from([None, 1]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example([{"a": None}, {"b": [1]}], None, "utf-8")
def test_any_array_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    indent: int | None,
    encoding: str,
) -> None:
    """Strings are unchanged, null is empty, and other values become JSON."""
    path = tmp_path_factory.mktemp("json") / "m.JSON"
    table = [{**row, "image": "a.jpg"} for row in rows]
    path.write_text(json.dumps(table, indent=indent), encoding)

    assert columns(str(path)) == [
        {name: cell(value) for name, value in row.items()} for row in table
    ]


def test_an_array_is_read_as_it_is_used(here: Path) -> None:
    """An error at its end is found at the end."""
    item = json.dumps({"image": "a.jpg", "note": "x" * 90})
    (here / "m.json").write_text("[" + f"{item},\n" * 20_000 + "oops]")
    read = iter(sources("m.json"))

    assert [one.source for one in islice(read, 20_000)] == ["a.jpg"] * 20_000
    assert [one.source for one in read] == ["m.json"]
    assert failure("m.json").message == "m.json: item 20001 is not JSON"


def test_an_unusable_row_is_named_by_its_number(here: Path) -> None:
    """The others are used. Names have any case and blanks around them."""
    rows = [
        {" Image ": "a.jpg", "ID": "1"},
        {"image": "b.jpg", "id": 1, "ID ": 2},
        {"image": "c.jpg", **{str(number): 1 for number in range(1_000)}},
        {"image": 4},
        5,
        {"": 1, "image": "d.jpg"},
    ]
    (here / "m.json").write_text(json.dumps(rows))

    found = list(sources("m.json"))

    assert [one.error.message for one in found if isinstance(one, UnusableSource)] == [
        "m.json:2: the column id occurs twice",
        "m.json:3: 1,001 columns; at most 1,000 can be read",
        "m.json:4: column image: not a string",
        "m.json:5: not a JSON object",
    ]
    assert columns("m.json") == [{"image": "a.jpg", "id": "1"}, {"image": "d.jpg"}]
    assert found[0].id == "1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a JSON array"),
        (" " * 200_000 + "{}", "not a JSON array"),
        ("[", "item 1 is not a JSON object"),
        ("[1]", "item 1 is not a JSON object"),
        ("[]x", "there is text after the array"),
        ("[{]", "item 1 is not JSON"),
        (
            '[{"a": "' + "x" * 9_000_000 + '"}',
            "item 1 has more than 8,388,608 characters",
        ),
        ('[{"a": ' + "[" * 100_000, "item 1 is not JSON"),
    ],
)
def test_other_json_is_refused(here: Path, text: str, reason: str) -> None:
    """The hint tells the suffix of the other form."""
    (here / "m.json").write_text(text)

    error = refusal("m.json")

    assert error.message == f"table m.json: {reason}"
    assert error.hint == "name a file with one object on each line FILE.jsonl"


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("", "item 1 is not followed by , or ]"),
        (" {}]", "item 1 is not followed by , or ]"),
        (",]", "item 2 is not JSON"),
        (", 1", "item 2 is not followed by , or ]"),
        ("]x", "there is text after the array"),
    ],
)
def test_an_array_is_read_to_its_first_error(
    here: Path, rest: str, reason: str
) -> None:
    """The items before it are used."""
    (here / "m.json").write_text('[{"image": "a.jpg"}' + rest)

    assert next(iter(sources("m.json"))).source == "a.jpg"
    assert failure("m.json").message == f"m.json: {reason}"


def test_a_number_over_two_parts_of_a_file_is_one_item(here: Path) -> None:
    """Parts have 65,536 characters."""
    start = '[{"image": "a.jpg"},'
    (here / "m.json").write_text(start + "7".rjust(65_536 - len(start)) + "7, 8]")

    assert [one.source for one in sources("m.json")] == [
        *("a.jpg", "m.json:2", "m.json:3")
    ]


def is_array_of_objects(text: str) -> bool:
    """Return whether a JSON parser reads the text as such."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, list) and all(
        isinstance(item, dict) for item in document
    )


@given(st.text(st.sampled_from('[]{},:"1 n\\'), max_size=20))
@example("[{}]")
@example("[")
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """It is read if and only if it is an array of objects."""
    path = tmp_path_factory.mktemp("any") / "m.json"
    path.write_text(text)

    try:
        list(sources(str(path)))
    except UsageError:
        is_read = False
    else:
        is_read = True

    assert is_read == is_array_of_objects(text)


def test_other_encodings_are_refused(here: Path) -> None:
    """The hint has the command that converts."""
    (here / "m.json").write_text('[{"image": "caf\xe9.jpg"}]', "latin-1")

    assert refusal("m.json").hint == (
        "iconv -f WINDOWS-1252 -t UTF-8 < m.json > m-utf8.json"
    )

"""CSV tables are read in the form that their header shows."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.core.errors import UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.tables import csv_table
from tests.sources.batch import failure, refusal, sources


def rows(table: str) -> list[dict[str, str]]:
    """Return the columns of each usable row."""
    return [
        dict(one.columns) for one in sources(table) if isinstance(one, CaptionRequest)
    ]


def test_a_european_spreadsheet_is_read(here: Path) -> None:
    """Semicolons, a mark, quotation marks, and a line end in a cell."""
    (here / "m.csv").write_bytes(
        "\ufeffBild;image;Farbe;prompt\r\n"
        '1;a.jpg;"hell; klar";Was ist zu sehen?\r\n'
        '2;b.png;"""rot""\nzweite Zeile";\r\n'.encode()
    )

    assert rows("m.csv") == [
        {
            "bild": "1",
            "image": "a.jpg",
            "farbe": "hell; klar",
            "prompt": "Was ist zu sehen?",
        },
        {"bild": "2", "image": "b.png", "farbe": '"rot"\nzweite Zeile', "prompt": ""},
    ]


def test_the_unicode_text_of_a_spreadsheet_is_read(here: Path) -> None:
    """It is UTF-16 with tabs."""
    text = 'Bild\timage\tFarbe\r\n1\ta.jpg\thell; klar\r\n2\tb.png\t"""rot""\nzwei"\r\n'
    (here / "m.csv").write_bytes(text.encode("utf-16"))

    assert [row["farbe"] for row in rows("m.csv")] == ["hell; klar", '"rot"\nzwei']


def test_a_tsv_file_is_a_table(here: Path) -> None:
    """Each column is separated by a tab."""
    (here / "m.tsv").write_text('image\tprompt\na.jpg\t"Who, where?"\n')

    assert rows("m.tsv") == [{"image": "a.jpg", "prompt": "Who, where?"}]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("IMAGE,Title\na.jpg,One\n", {"image": "a.jpg", "title": "One"}),
        (" image , title \na.jpg, One\n", {"image": "a.jpg", "title": "One"}),
        (
            'title, "image"\n"One, two", a.jpg\n',
            {"title": "One, two", "image": "a.jpg"},
        ),
        ("image|title\na.jpg|One\n", {"image": "a.jpg", "title": "One"}),
        ("\n\r\n  \nimage;title\na.jpg;One\n", {"image": "a.jpg", "title": "One"}),
        ("image,title,,\na.jpg,One,,\n", {"image": "a.jpg", "title": "One"}),
        ("image\n a.jpg\n", {"image": " a.jpg"}),
        ("image\t,\na.jpg\t1\n", {"image": "a.jpg", ",": "1"}),
        ("image,a;url\na.jpg,1\n", {"image": "a.jpg", "a;url": "1"}),
        ('"a\nb";image\n1;a.jpg\n', {"a\nb": "1", "image": "a.jpg"}),
    ],
)
def test_the_header_shows_the_form(here: Path, text: str, row: dict[str, str]) -> None:
    """Names have any case. Blanks around the header mean blanks around cells."""
    (here / "m.csv").write_text(text)

    assert rows("m.csv") == [row]


def test_joined_files_with_two_headers_are_refused_by_row(here: Path) -> None:
    """A mark in the middle is no part of a cell."""
    part = "\ufeffimage,title\na.jpg,One\n"
    (here / "m.csv").write_text(part * 2, "utf-8")

    found = list(sources("m.csv"))

    (unusable,) = [one for one in found if isinstance(one, UnusableSource)]
    assert unusable.error.message == "m.csv:3: the header occurs twice"
    assert [row["image"] for row in rows("m.csv")] == ["a.jpg", "a.jpg"]


@pytest.mark.parametrize(
    ("encoding", "reason", "command"),
    [
        (
            "cp1252",
            "not UTF-8 text; it may be Windows-1252 (Western)",
            "iconv -f WINDOWS-1252 -t UTF-8 < 'my m.csv' > 'my m-utf8.csv'",
        ),
        (
            "utf-32",
            "UTF-32 text, not UTF-8 or UTF-16",
            "iconv -f UTF-32 -t UTF-8 < 'my m.csv' > 'my m-utf8.csv'",
        ),
    ],
)
@pytest.mark.promises("hostile")
def test_another_encoding_is_refused_with_the_command_that_converts(
    here: Path, encoding: str, reason: str, command: str
) -> None:
    """The command writes another file."""
    (here / "my m.csv").write_text("image;titel\r\na.jpg;Köln\r\n", encoding)

    error = refusal("my m.csv")

    assert error.message == f"table my m.csv: {reason}"
    assert error.hint == command


def test_a_damaged_utf_16_table_is_read_to_the_damage(here: Path) -> None:
    """For example half a character at its end."""
    (here / "m.csv").write_bytes("image\na.jpg\n".encode("utf-16") + b"x")

    assert failure("m.csv").message == "m.csv: damaged UTF-16 text"


def test_a_table_ends_at_a_huge_cell(here: Path) -> None:
    """The lines of the cell are never taken for rows."""
    cell = '"' + "a.jpg,x\n" * 1_200_000 + '"'
    (here / "m.csv").write_text(f"image,prompt\na.jpg,1\nb.jpg,{cell}\nc.jpg,2\n")

    error = failure("m.csv")

    assert [each.source for each in sources("m.csv")] == ["a.jpg", "m.csv"]
    assert error.message.startswith("m.csv:3: a row has more")
    assert error.hint == "look for a quotation mark that is not closed"


def test_a_header_after_a_thousand_empty_lines_is_not_looked_for(here: Path) -> None:
    """A file of empty lines is refused at once."""
    (here / "m.csv").write_text("\n" * 999 + "image\na.jpg\n")
    (here / "n.csv").write_text("\n" * 1_000 + "image\na.jpg\n")

    assert rows("m.csv") == [{"image": "a.jpg"}]
    assert refusal("n.csv").message.endswith("found: none")


def test_a_table_ends_at_a_line_that_is_too_long(here: Path) -> None:
    """It is not read to its end."""
    (here / "m.csv").write_text("image\n" + "x" * 8_388_609)

    assert refusal("m.csv").message == (
        "table m.csv: a line has more than 8,388,608 characters"
    )


def test_a_table_ends_at_a_row_without_end(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line ends inside quotation marks."""
    monkeypatch.setattr(csv_table, "MAX_LINE_CHARS", 8_192)
    (here / "m.csv").write_text("image,a\n" + '"x","' + 'y\n","' * 2_100)

    assert "a row has more than 8,192" in refusal("m.csv").message


def outcome(path: Path) -> list[CaptionRequest | UnusableSource] | UsageError:
    """Return the rows of a table, or the error."""
    try:
        return list(sources(str(path)))
    except UsageError as error:
        return error


@given(st.text(st.sampled_from('image,;|\t" \n\r\0\ufeff'), max_size=30))
@example('image\n"a')
@example("image,image")
@example("\n")
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """There is no other outcome. Every row that is read has an image."""
    path = tmp_path_factory.mktemp("any") / "m.csv"
    path.write_text(f"image,\n{text}", "utf-8", newline="")

    found = outcome(path)

    requests = [] if isinstance(found, UsageError) else found
    assert all(
        one.columns["image"] for one in requests if isinstance(one, CaptionRequest)
    )


@given(st.binary(max_size=40))
@example(b"\xff")
@example(b"a")
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Also text in no encoding at all."""
    path = tmp_path_factory.mktemp("bytes") / "m.csv"
    path.write_bytes(b"image\n" + content)

    assert isinstance(outcome(path), UsageError | list)

"""CSV files of records in the form that a user chooses."""

from pathlib import Path

import pytest

from rwcap.core.errors import UsageError
from rwcap.core.record import Record
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.records.record_formats import TableStyle
from tests.outputs.records import FAILED, HEADER, append_missing, record

TWO = TableStyle(("image", "text"))


def write(path: Path, style: TableStyle, *records: Record) -> None:
    """Append records as one run does, unless the file has them."""
    append_missing(RecordFile(str(path), style), *records)


def test_columns_are_chosen_and_ordered(tmp_path: Path) -> None:
    """A failure has no row without the column `error`. A caption is found again."""
    path = tmp_path / "alt.csv"

    for _ in range(2):
        write(path, TWO, record(), FAILED)

    assert path.read_text() == "image,text\na.jpg,a cat\n"
    with RecordFile(str(path), TWO) as file:
        assert file.has_caption(record())
        assert file.has_caption(record(prompt="Who?"))
        assert not file.has_caption(record("b.jpg"))
        assert not file.has_caption(record()._replace(sandbox=True))


@pytest.mark.promises("errors")
def test_failures_have_rows_if_there_is_a_column(tmp_path: Path) -> None:
    """Each once."""
    path = tmp_path / "alt.csv"

    for _ in range(2):
        write(path, TableStyle(("error", "text", "source")), FAILED)

    assert path.read_text() == "error,text,source\nb.jpg: empty,,b.jpg\n"


def test_a_caption_of_the_sandbox_is_known_by_its_text(tmp_path: Path) -> None:
    """There is no column for it."""
    path, sample = tmp_path / "alt.csv", record(text="[sandbox] A JPEG image.")

    write(path, TWO, sample._replace(sandbox=True))

    with RecordFile(str(path), TWO) as file:
        assert file.has_caption(sample._replace(sandbox=True))
        assert not file.has_caption(record())


@pytest.mark.parametrize(
    ("name", "style", "content"),
    [
        ("x.tsv", TWO, "image\ttext\na.jpg\ta cat\n"),
        ("x.TSV", TWO._replace(delimiter=";"), "image;text\na.jpg;a cat\n"),
        ("x.csv", TWO._replace(delimiter="|"), "image|text\na.jpg|a cat\n"),
        ("x.csv", TWO._replace(bom=True), "\ufeffimage,text\na.jpg,a cat\n"),
    ],
)
def test_delimiter_and_mark_are_chosen(
    tmp_path: Path, name: str, style: TableStyle, content: str
) -> None:
    """A file that is cut before its last cell is repaired; a later one is kept."""
    path = tmp_path / name

    write(path, style, record())
    written = path.read_bytes()
    row = written.splitlines(keepends=True)[1]
    last_cell = len(written) - len(b"a cat\n")
    for length in range(len(written)):
        path.write_bytes(written[:length])
        write(path, style, record())

        kept = written[:length]
        if length > last_cell:
            assert path.read_bytes() == kept
        else:
            is_empty = length == last_cell
            assert path.read_bytes() == (kept + b"\n" + row if is_empty else written)
    assert written.decode() == content


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("x.csv", TWO),
        ("x.tsv", TWO),
        ("x.csv", TWO._replace(bom=True)),
        ("x.csv", TWO._replace(delimiter="|")),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "by a person",
        "",
        '"by, | a\t""person"""',
        "h\u00e9",
        '5" disk',
        '"in\ntwo lines"',
        '"a\nb ""c"", d"',
        '"mine\n"',
        "too,many|cells\there",
    ],
)
def test_a_last_row_of_a_person_is_kept_without_its_line_end(
    tmp_path: Path, name: str, style: TableStyle, text: str
) -> None:
    """The next record follows it. Until there is one, no byte changes."""
    path = tmp_path / name
    write(path, style, record())
    delimiter = style.delimiter or ("\t" if name == "x.tsv" else ",")
    edited = path.read_bytes() + f"b.jpg{delimiter}{text}".encode()
    path.write_bytes(edited)

    write(path, style)
    unchanged = path.read_bytes()
    write(path, style, record("c.jpg"))

    assert unchanged == edited
    assert path.read_bytes() == edited + f"\nc.jpg{delimiter}a cat\n".encode()


@pytest.mark.parametrize(
    "tail",
    [b"b.jpg", b'"b', b'b.jpg,"a c', b'b.jpg,"a ""c"" b', b"b.jpg,h\xc3", b"b.jpg,\0"],
)
def test_a_row_that_is_cut_off_is_told_and_replaced_by_the_next(
    tmp_path: Path, tail: bytes
) -> None:
    """A run without a record, and a dry run, leave it where it is."""
    path, told = tmp_path / "x.csv", list[str]()
    write(path, TWO, record(text="a cat " * 1000))
    before = path.read_bytes()
    path.write_bytes(before + tail)

    for dry_run in (True, False):
        with RecordFile(str(path), TWO, dry_run=dry_run, warn=told.append):
            pass
    unchanged = path.read_bytes()
    write(path, TWO, record("b.jpg"))

    shown = tail.decode(errors="replace").strip("\0")
    assert told == 2 * [
        f"{path}: the last row is cut off; the next one replaces it: {shown}"
    ]
    assert unchanged == before + tail
    assert path.read_bytes() == before + b"b.jpg,a cat\n"


@pytest.mark.parametrize("tail", ['b.jpg,"mine\nmore', 'b.jpg,"a\n\n\nb, c'])
def test_a_last_row_of_several_lines_with_an_open_cell_is_refused(
    tmp_path: Path, tail: str
) -> None:
    """The program writes none; the next record would become a part of the cell."""
    path = tmp_path / "x.csv"
    write(path, TWO, record())
    path.write_text(before := path.read_text() + tail)

    with pytest.raises(UsageError, match="a quotation mark that is not closed"):
        write(path, TWO, record("c.jpg"))
    assert path.read_text() == before


def test_a_header_can_be_quoted(tmp_path: Path) -> None:
    """Some spreadsheets quote all cells. Rows are quoted as they need it."""
    path = tmp_path / "x.csv"
    path.write_text('"image","text"\r\n"a.jpg","a cat"\r\n')

    with RecordFile(str(path), TWO) as file:
        assert file.has_caption(record())
    write(path, TWO, record("c.jpg"))

    assert path.read_text().endswith('"a cat"\nc.jpg,a cat\n')


def test_a_last_cell_whose_end_may_be_missing_is_told(tmp_path: Path) -> None:
    """Not so a row that ends with an empty cell, as those of rwcap do."""
    told = list[str]()
    for name, style in (("x.csv", TWO), ("y.csv", TableStyle())):
        path = tmp_path / name
        write(path, style, record())
        path.write_bytes(path.read_bytes().removesuffix(b"\n"))
        with RecordFile(str(path), style, warn=told.append) as file:
            assert file.has_caption(record())

    (only,) = told
    assert only == (
        f"{tmp_path}/x.csv: the last row has no line end, and is kept as it is:"
        " a.jpg,a cat"
    )


def test_a_header_without_its_line_end_gets_it_with_the_first_record(
    tmp_path: Path,
) -> None:
    """A run without a record leaves it as it is."""
    path = tmp_path / "x.csv"
    path.write_text("image,text")

    write(path, TWO)
    unchanged = path.read_text()
    write(path, TWO, record())

    assert unchanged == "image,text"
    assert path.read_text() == "image,text\na.jpg,a cat\n"


def test_a_mark_makes_no_difference_to_an_existing_file(tmp_path: Path) -> None:
    """Whether it is there or not."""
    path = tmp_path / "x.csv"
    write(path, TWO, record())
    write(path, TWO._replace(bom=True), record(), record("b.jpg"))

    assert path.read_text() == "image,text\na.jpg,a cat\nb.jpg,a cat\n"

    path.write_text("\ufeffimage,text\n", "utf-8")
    write(path, TWO, record())
    assert path.read_text() == "\ufeffimage,text\na.jpg,a cat\n"


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (HEADER, "--delimiter ','"),
        (b"image,text,id", "--columns image,text,id --delimiter ','"),
        (b"\xef\xbb\xbfimage;text\r", "--columns image,text --delimiter ';'"),
        (b"text\timage", "--columns text,image --delimiter 'tab'"),
        (b'"text";"image"', "--columns text,image --delimiter ';'"),
        (b"name,caption", "-o with the name of another file"),
        (b"\xff", "-o with the name of another file"),
    ],
)
@pytest.mark.promises("files")
def test_a_file_with_other_columns_is_refused(
    tmp_path: Path, header: bytes, hint: str
) -> None:
    """The hint has the options with which it was written."""
    path = tmp_path / "x.csv"
    path.write_bytes(header + b"\n")

    with pytest.raises(UsageError) as refused:
        write(path, TWO)

    assert refused.value.message == f"{path}: the file has other columns"
    assert refused.value.hint == hint
    assert path.read_bytes() == header + b"\n"


@pytest.mark.parametrize(
    ("name", "style", "message"),
    [
        (
            "x.csv",
            TableStyle(("image", "alt")),
            "--columns image,alt: alt is unknown",
        ),
        ("x.csv", TableStyle(("",)), "--columns '': '' is unknown"),
        (
            "x.csv",
            TableStyle(("text",)),
            "--columns text: image (or source) and text are required",
        ),
        (
            "x.csv",
            TableStyle(("image", "source", "text")),
            "--columns image,source,text: image and source are the same",
        ),
        (
            "x.csv",
            TableStyle(("image", "text", "text")),
            "--columns image,text,text: a column is named twice",
        ),
        ("x.csv", TableStyle(delimiter="x"), "--delimiter x is unknown"),
        (
            "x.jsonl",
            TWO,
            "--columns is for CSV and Parquet, --delimiter and --bom are for CSV",
        ),
        (
            "x.csv",
            TableStyle(image_folder=True),
            "--layout imagefolder needs a JSONL file",
        ),
    ],
)
def test_a_style_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, style: TableStyle, message: str
) -> None:
    """Before the file is created."""
    path = tmp_path / name

    with pytest.raises(UsageError) as refused:
        RecordFile(str(path), style)

    assert refused.value.message == message
    assert refused.value.hint
    assert not path.exists()

"""The sources of a batch are resolved to images in a stable order."""

import csv
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO, TypedDict, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import UsageError
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.sources.sources import Sources
from rwcap.sources.tables import IMAGE_COLUMNS

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
URL = "https://example.com/a*.jpg"
NAMES = st.binary(min_size=1, max_size=4).filter(
    lambda name: not {*name} & {*b"\0/"} and name not in {b".", b".."}
)


class Options(TypedDict, total=False):
    """The options of `rwcap batch` that decide what is captioned."""

    files_from: str | None
    nul: bool
    include: list[str]
    exclude: list[str]
    max_depth: int | None


def sources(
    *words: str,
    stdin: Callable[[], BinaryIO] = BytesIO,
    notice: Callable[[str], None] = pytest.fail,
    **options: Unpack[Options],
) -> Sources:
    """Return the sources. An unexpected notice fails the test."""
    return Sources(words, stdin=stdin, notice=notice, **options)


def found(*words: str, **options: Unpack[Options]) -> list[str]:
    """Return the relative paths of the requested captions."""
    wanted = list(sources(*words, **options))
    assert all(isinstance(one, CaptionRequest) for one in wanted)
    return [one.relative_path for one in wanted if isinstance(one, CaptionRequest)]


def refusal(*words: str, **options: Unpack[Options]) -> UsageError:
    """Return the usage error for the sources."""
    with pytest.raises(UsageError) as refused:
        list(sources(*words, **options))
    return refused.value


def create_files(folder: Path, *names: str) -> None:
    """Create empty files and their folders."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Folders


@given(tree=st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=12))
def test_images_are_sorted_by_the_bytes_of_their_paths(
    tmp_path_factory: pytest.TempPathFactory, tree: list[list[bytes]]
) -> None:
    """The whole path decides, for any names."""
    root = os.fsencode(tmp_path_factory.mktemp("tree"))
    for names in tree:
        folder = b"/".join([root, *names[:-1]])
        Path(os.fsdecode(folder)).mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(folder + b"/" + names[-1] + b".jpg")).touch()
    expected = sorted(
        folder + b"/" + name
        for folder, _, names in os.walk(root)
        for name in names
        if b"/." not in folder[len(root) :] + b"/" + name
    )
    notices: list[str] = []

    walked = list(sources(os.fsdecode(root), notice=notices.append))

    assert [os.fsencode(one.source) for one in walked] == expected
    assert bool(notices) == (not expected)


@pytest.mark.parametrize(
    ("root", "source"),
    [
        ("photos", "photos/a.jpg"),
        ("photos/", "photos/a.jpg"),
        ("./photos", "./photos/a.jpg"),
        ("photos//", "photos//a.jpg"),
        ("../{0}/photos", "../{0}/photos/a.jpg"),
    ],
)
def test_a_source_starts_with_the_folder_as_the_user_wrote_it(
    here: Path, root: str, source: str
) -> None:
    """The relative path is below that folder."""
    create_files(here, "photos/a.jpg")

    (wanted,) = sources(root.format(here.name))

    assert wanted == CaptionRequest(source.format(here.name), "a.jpg")


def test_an_image_in_the_current_folder_is_its_file_name(here: Path) -> None:
    """A name that looks like a URL or UUID starts with `./`."""
    create_files(here, "-a.jpg", "b.jpg", "https:/c.jpg", f"{UUID}/d.jpg")

    assert [one.source for one in sources(".")] == [
        "-a.jpg",
        f"{UUID}/d.jpg",
        "b.jpg",
        "./https:/c.jpg",
    ]
    assert [one.source for one in sources("./")][:1] == ["./-a.jpg"]
    assert found("*.jpg") == ["-a.jpg", "b.jpg"]


def test_only_images_are_found(here: Path) -> None:
    """The suffix decides. Hidden files, pipes and sockets are excluded."""
    images = ["a.JPG", "b.jpeg", "c.png", "d.webp", "e.heic", "f.gif", "g.tiff"]
    create_files(
        here, *images, "a.txt", "jpg", ".jpg", ".h.jpg", ".git/i.jpg", "j.jpg.part"
    )
    os.mkfifo("pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")

    assert found(".") == images


def test_temporary_files_of_rwcap_are_excluded(here: Path) -> None:
    """They are hidden, so `--include '*'` does not find them either."""
    create_files(here, ".rwcap-0123456789abcdef", "a.jpg")

    assert found(".", include=["*"]) == ["a.jpg"]
    assert found("*") == ["a.jpg"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(here: Path) -> None:
    """The named folder itself may be a link."""
    create_files(here, "real/a.jpg")
    (here / "real/b.jpg").symlink_to("a.jpg")
    (here / "real/circle").symlink_to(".")
    (here / "real/dangling.jpg").symlink_to("nowhere")
    (here / "real/loop.jpg").symlink_to("loop.jpg")
    (here / "link").symlink_to("real")

    # A link that leads to itself is left to be complained of when it is read.
    assert found("link") == ["a.jpg", "b.jpg", "loop.jpg"]


def test_the_depth_is_limited(here: Path) -> None:
    """Depth 1 is the named folder alone."""
    create_files(here, "a.jpg", "b/c.jpg", "b/d/e.jpg")

    assert found(".", max_depth=1) == ["a.jpg"]
    assert found(".", max_depth=2) == ["a.jpg", "b/c.jpg"]
    assert found("**", max_depth=2) == ["a.jpg", "b/c.jpg"]
    assert found(".") == ["a.jpg", "b/c.jpg", "b/d/e.jpg"]


def test_include_replaces_the_suffix_check_and_exclude_comes_first(here: Path) -> None:
    """Both apply to folders and globs, not to named files."""
    create_files(
        here, "a.dat", "b.jpg", "c/a.dat", "c/d.dat", "cache/x.jpg", "e/cache/y.jpg"
    )

    assert found(".", include=["*.dat"]) == ["a.dat", "c/a.dat", "c/d.dat"]
    assert found(".", include=["*.dat"], exclude=["a.*"]) == ["c/d.dat"]
    assert found(".", include=["c/*", "b.jpg"]) == ["b.jpg", "c/a.dat", "c/d.dat"]
    assert found(".", exclude=["cache/"]) == ["b.jpg"]
    assert found(".", exclude=["/cache"]) == ["b.jpg", "e/cache/y.jpg"]
    assert found("**/*.dat", include=["a.*"], exclude=["c/"]) == ["a.dat"]
    assert found("b.jpg", exclude=["*.jpg"]) == ["b.jpg"]


def test_an_include_pattern_for_folders_is_refused() -> None:
    """A pattern with a slash at its end matches only folders."""
    error = refusal(".", include=["cats/"])

    assert error.message == "--include cats/: this pattern matches only folders"
    assert error.hint == "--include 'cats/**'"


@contextmanager
def unprivileged() -> Iterator[None]:
    """Drop the privileges of root for a while."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_an_unreadable_folder_is_reported_and_the_walk_continues(here: Path) -> None:
    """The message has the reason of the system. An excluded folder is not read."""
    create_files(here, "a/b.jpg", "locked/c.jpg", "z/d.jpg")
    (here / "locked").chmod(0)

    with unprivileged():
        _, unusable, last = sources(".")
        excluded = found(".", exclude=["locked"])
        (root,) = sources("locked/")

    assert isinstance(unusable, UnusableSource)
    assert unusable.source == "locked"
    assert unusable.error.code == "unreadable"
    assert unusable.error.message == "locked: Permission denied"
    assert last == CaptionRequest("z/d.jpg", "z/d.jpg")
    assert excluded == ["a/b.jpg", "z/d.jpg"]
    assert root.source == "locked/"


def test_a_folder_that_is_removed_during_the_walk_is_ignored(here: Path) -> None:
    """It counts as empty."""
    create_files(here, "a.jpg", "b/c.jpg", "d.jpg")
    walk = iter(sources("."))

    first = next(walk)
    shutil.rmtree("b")

    assert [first.source, *(one.source for one in walk)] == ["a.jpg", "d.jpg"]


@pytest.fixture
def deep_tree(here: Path) -> Iterator[Path]:
    """Create a tree of 3,000 levels and remove it afterwards."""
    for level in range(3_000):
        Path("x").mkdir()
        os.chdir("x")
        if level in {1_499, 2_999}:
            Path("a.jpg").touch()
    for _ in range(3_000):
        os.chdir("..")
    yield here
    for _ in range(3_000):
        os.chdir("x")
    for _ in range(3_000):
        Path("a.jpg").unlink(missing_ok=True)
        os.chdir("..")
        Path("x").rmdir()


@pytest.mark.usefixtures("deep_tree")
def test_a_tree_may_be_deeper_than_the_recursion_limit() -> None:
    """A path that is too long for the system is reported."""
    wanted, unusable = sources(".")

    assert wanted == CaptionRequest("x/" * 1_500 + "a.jpg", "x/" * 1_500 + "a.jpg")
    assert isinstance(unusable, UnusableSource)
    assert unusable.error.message.endswith("x/x: File name too long")


def test_a_folder_or_glob_without_images_is_reported_once(here: Path) -> None:
    """A second iteration does not report it again."""
    create_files(here, "em\npty/a.txt")
    notices: list[str] = []
    walked = sources("em\npty", "em*/*.jpg", "no/*.jpg", URL, notice=notices.append)

    assert [one.source for one in walked] == [one.source for one in walked] == [URL]
    assert notices == [
        "em?pty: no images",
        "em*/*.jpg: no images",
        "no/*.jpg: no images",
    ]


# Arguments


def test_a_glob_is_expanded_if_no_file_has_its_name(here: Path) -> None:
    """It finds images, in the order of their paths."""
    create_files(here, "p/b/2.jpg", "p/a/1.jpg", "p/a/x/3.jpg", "p/a/n.txt", "p[1].jpg")
    create_files(here, "p/.c/4.jpg", "p/a/.5.jpg")
    root = str(here)

    assert [one.source for one in sources("p/*/*")] == ["p/a/1.jpg", "p/b/2.jpg"]
    assert found("p/**/*.jpg") == ["a/1.jpg", "a/x/3.jpg", "b/2.jpg"]
    assert found("p/.*/*.jpg") == [".c/4.jpg"]
    assert found("p/a/.*") == [".5.jpg"]
    assert found("./p/[ab]/?.jpg") == ["a/1.jpg", "b/2.jpg"]
    assert found("p[1].jpg") == ["p[1].jpg"]
    assert [one.source for one in sources(f"{root}/p/b/*")] == [f"{root}/p/b/2.jpg"]


def test_a_glob_reads_only_folders_that_may_match(here: Path) -> None:
    """Other folders may be unreadable."""
    create_files(here, "a/1.jpg", "locked/x/1.jpg", "a.d/1.jpg", "l.jpg")
    (here / "locked").chmod(0)

    with unprivileged():
        assert found("a*/*.jpg") == ["a.d/1.jpg", "a/1.jpg"]
        assert found("[a]/**") == ["a/1.jpg"]
        assert found("l*") == ["l.jpg"]


def test_urls_uuids_and_files_are_single_sources(here: Path) -> None:
    """A missing file is reported when it is read."""
    create_files(here, "a.txt", "b/c.jpg")
    (here / "dangling*").symlink_to("nowhere")
    words = [URL, UUID, "a.txt", "b/c.jpg", "no.jpg", "no/..", "", "dangling*", "n\0"]

    assert list(sources(*words)) == [
        CaptionRequest(URL),
        CaptionRequest(UUID),
        CaptionRequest("a.txt", "a.txt"),
        CaptionRequest("b/c.jpg", "c.jpg"),
        CaptionRequest("no.jpg", "no.jpg"),
        CaptionRequest("no/.."),
        CaptionRequest(""),
        CaptionRequest("dangling*", "dangling*"),
        CaptionRequest("n\0", "n\0"),
    ]

    create_files(here, UUID)

    assert list(sources(UUID)) == [CaptionRequest(UUID, UUID)]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("-", "-: a batch does not accept standard input"),
        ("data:,A", "data:,... (1 characters): a batch does not accept a data URI"),
    ],
)
def test_a_batch_refuses_standard_input_and_data_uris(
    here: Path, word: str, message: str
) -> None:
    """On the command line it is a usage error; in a list only the line fails."""
    with pytest.raises(UsageError) as refused:
        sources(word)
    (here / "list").write_text(f"{word}\nb.jpg\n")
    unusable, wanted = sources(files_from="list")

    assert refused.value.message == message
    assert "--files-from -" in str(refused.value.hint)
    assert isinstance(unusable, UnusableSource)
    assert unusable.error.message == message
    assert wanted == CaptionRequest("b.jpg", "b.jpg")


# Lists


@given(st.lists(NAMES))
def test_a_list_with_nul_can_contain_any_names(names: list[bytes]) -> None:
    """Newlines, bytes that are not UTF-8, and leading dashes."""
    listed = b"".join(b"./" + name + b"\0" for name in names)
    read = sources(files_from="-", nul=True, stdin=lambda: BytesIO(listed))

    expected = [b"./" + name for name in names]
    assert [os.fsencode(one.source) for one in read] == expected


def test_a_line_of_a_list_is_a_source_but_no_glob(here: Path) -> None:
    """Arguments come first. Empty lines and carriage returns are ignored."""
    create_files(here, "p/a.jpg", "q/b.jpg")
    (here / "m.jsonl").write_text('{"image": "q/b.jpg"}')
    (here / "list").write_bytes(b"p\r\n\n\r\nm.jsonl\nq/*.jpg\n" + URL.encode())

    read = sources("q", files_from="list")

    assert read.repeatable
    assert [one.source for one in read] == [
        "q/b.jpg",
        "p/a.jpg",
        "q/b.jpg",
        "q/*.jpg",
        URL,
    ]


def test_a_list_is_read_as_it_is_used() -> None:
    """Ten of 200,000 lines take one chunk."""
    listed = BytesIO(b"photo.jpg\n" * 200_000)
    read = iter(sources(files_from="-", stdin=lambda: listed))

    assert [next(read).source for _ in range(10)] == ["photo.jpg"] * 10
    assert listed.tell() <= 65_536
    assert 10 + sum(1 for _ in read) == 200_000


def test_a_file_with_an_endless_line_is_refused_early() -> None:
    """For example a video, which is not read into memory."""
    video = BytesIO(bytes(10_000_000))

    with pytest.raises(UsageError):
        list(sources(files_from="-", stdin=lambda: video))
    assert video.tell() <= 3 * 65_536


def test_a_line_from_a_pipe_is_used_at_once() -> None:
    """The writer may pause before the next line."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", 0) as pipe:
        read = sources(files_from="-", stdin=lambda: stdin)
        walk = iter(read)
        pipe.write(b"a.jpg\nb.j")
        first = next(walk)
        pipe.write(b"pg\n")
        second = next(walk)

    assert not read.repeatable
    assert [first.source, second.source] == ["a.jpg", "b.jpg"]


def test_an_unreadable_list_is_a_usage_error(here: Path) -> None:
    """It is reported before the first argument is used."""
    create_files(here, "a.jpg")

    with pytest.raises(UsageError, match="list no: No such file or directory"):
        next(iter(sources("a.jpg", files_from="no")))
    error = refusal(files_from="/proc/self/mem")
    assert error.message == "list /proc/self/mem: Input/output error"


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_may_have_65536_bytes_at_most(here: Path, end: bytes) -> None:
    """A line that is one byte longer is refused."""
    (here / "list").write_bytes(b"a" * 65_536 + end)
    (here / "image").write_bytes(b"a" * 65_537 + end + b"b\n")

    assert len(list(sources(files_from="list"))) == 1
    assert refusal(files_from="image").message == (
        "list image: not a list: a line has more than 65,536 bytes"
    )


# Tables

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HEADERS = TEXT.map(str.strip).filter(lambda header: header not in IMAGE_COLUMNS)


def write_csv(path: Path, *rows: list[str]) -> str:
    """Write a CSV file as spreadsheets do and return its path."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def columns(table: str) -> list[dict[str, str]]:
    """Return the columns of each row."""
    return [
        dict(one.columns) for one in sources(table) if isinstance(one, CaptionRequest)
    ]


@given(st.dictionaries(HEADERS, TEXT), st.integers(1, 3))
def test_any_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, str], count: int
) -> None:
    """Cells and headers may contain quotation marks, commas and newlines."""
    path = tmp_path_factory.mktemp("csv") / "m.CSV"
    row = {**row, "image": "a.jpg"}

    written = write_csv(path, list(row), *[list(row.values())] * count)

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

    (wanted,) = sources("d/m.csv")

    assert wanted == CaptionRequest(source, relative, columns={"path": image})


def row_errors(table: str) -> list[str]:
    """Return the messages about unusable rows."""
    unusable = [one for one in sources(table) if isinstance(one, UnusableSource)]
    assert {one.error.code for one in unusable} <= {"malformedRow"}
    assert all(one.error.message.startswith(f"{one.source}: ") for one in unusable)
    return [one.error.message for one in unusable]


def test_malformed_rows_of_a_csv_are_reported_by_line(here: Path) -> None:
    """The other rows are used. A blank line is ignored."""
    too_long = "x" * 200_000
    (here / "m.csv").write_text(
        f'image,prompt\r\na.jpg\n\n,b\nc.jpg,"d\ne"\nf.jpg,"g"h\n-,i\nj.jpg,{too_long}\n'
        'data:k,l\nm.jpg,n\no.jpg,"open\n'
    )

    assert row_errors("m.csv") == [
        "m.csv:2: 1 cells, but 2 columns",
        "m.csv:4: the image column is empty",
        "m.csv:7: malformed row: ',' expected after '\"'",
        "m.csv:8: the image is not a path, URL or UUID",
        "m.csv:9: malformed row: field larger than field limit (131072)",
        "m.csv:10: the image is not a path, URL or UUID",
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
        '{"image": null}': "the image is not a string",
        '{"image": {"path": "a.jpg"}}': "the image is not a string",
        '{"image": ""}': "the image column is empty",
        '{"image": "a", "prompt": "\\ud800"}': "not JSON",
        '{"image": "-"}': "the image is not a path, URL or UUID",
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
        (b"name;prompt\n", "{0}; found: name;prompt"),
        (b"image,url\n", "{0}; found: image, url"),
        (b'"image"x\n', "not a CSV file: ',' expected after '\"'"),
        (b"image\ncaf\xe9.jpg\n", "not UTF-8 text"),
        (b"image\n" + b"x" * 1_048_577, "a line has more than 1,048,576 characters"),
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
    with pytest.raises(UsageError):
        list(read)


def test_a_folder_may_have_the_suffix_of_a_table(here: Path) -> None:
    """A walk does not read the tables that it meets."""
    create_files(here, "x.csv/a.jpg", "x.csv/m.csv")

    assert found("x.csv") == ["a.jpg"]

"""What the sources of a batch name, in which order, and what is passed over."""

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
    """Return the sources; a notice that is not expected is a failure."""
    return Sources(words, stdin=stdin, notice=notice, **options)


def found(*words: str, **options: Unpack[Options]) -> list[str]:
    """Return what is wanted, by its path below the root."""
    wanted = list(sources(*words, **options))
    assert all(isinstance(one, CaptionRequest) for one in wanted)
    return [one.relative_path for one in wanted if isinstance(one, CaptionRequest)]


def refusal(*words: str, **options: Unpack[Options]) -> UsageError:
    """Return why nothing comes of these sources."""
    with pytest.raises(UsageError) as refused:
        list(sources(*words, **options))
    return refused.value


def plant(folder: Path, *names: str) -> None:
    """Make empty files, and the folders they are in."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Folders


@given(tree=st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=12))
def test_a_walk_is_in_the_order_of_the_paths(
    tmp_path_factory: pytest.TempPathFactory, tree: list[list[bytes]]
) -> None:
    """The bytes of whole paths decide, not folder by folder, whatever their names."""
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
    said: list[str] = []

    walked = list(sources(os.fsdecode(root), notice=said.append))

    assert [os.fsencode(one.source) for one in walked] == expected
    assert bool(said) == (not expected)


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
def test_a_source_is_spelt_as_the_user_spells_it(
    here: Path, root: str, source: str
) -> None:
    """With the path below the named folder beside it."""
    plant(here, "photos/a.jpg")

    (wanted,) = sources(root.format(here.name))

    assert wanted == CaptionRequest(source.format(here.name), "a.jpg")


def test_the_current_folder_adds_nothing_to_a_name(here: Path) -> None:
    """Except where the name would be taken for something else."""
    plant(here, "-a.jpg", "b.jpg", "https:/c.jpg", f"{UUID}/d.jpg")

    assert [one.source for one in sources(".")] == [
        "-a.jpg",
        f"{UUID}/d.jpg",
        "b.jpg",
        "./https:/c.jpg",
    ]
    assert [one.source for one in sources("./")][:1] == ["./-a.jpg"]
    assert found("*.jpg") == ["-a.jpg", "b.jpg"]


def test_only_images_are_taken(here: Path) -> None:
    """By their suffix; hidden names, pipes and sockets never."""
    images = ["a.JPG", "b.jpeg", "c.png", "d.webp", "e.heic", "f.gif", "g.tiff"]
    plant(here, *images, "a.txt", "jpg", ".jpg", ".h.jpg", ".git/i.jpg", "j.jpg.part")
    os.mkfifo("pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")

    assert found(".") == images


def test_temporary_files_of_rwcap_are_no_images(here: Path) -> None:
    """Also where every file is asked for: they are hidden."""
    plant(here, ".rwcap-0123456789abcdef", "a.jpg")

    assert found(".", include=["*"]) == ["a.jpg"]
    assert found("*") == ["a.jpg"]


def test_links_to_files_are_taken_and_links_to_folders_are_not(here: Path) -> None:
    """So there are no circles; the named folder itself may be a link."""
    plant(here, "real/a.jpg")
    (here / "real/b.jpg").symlink_to("a.jpg")
    (here / "real/circle").symlink_to(".")
    (here / "real/dangling.jpg").symlink_to("nowhere")
    (here / "real/loop.jpg").symlink_to("loop.jpg")
    (here / "link").symlink_to("real")

    # A link that leads to itself is left to be complained of when it is read.
    assert found("link") == ["a.jpg", "b.jpg", "loop.jpg"]


def test_depth_is_limited(here: Path) -> None:
    """1 is the folder alone."""
    plant(here, "a.jpg", "b/c.jpg", "b/d/e.jpg")

    assert found(".", max_depth=1) == ["a.jpg"]
    assert found(".", max_depth=2) == ["a.jpg", "b/c.jpg"]
    assert found("**", max_depth=2) == ["a.jpg", "b/c.jpg"]
    assert found(".") == ["a.jpg", "b/c.jpg", "b/d/e.jpg"]


def test_include_decides_instead_of_the_suffix_and_exclude_wins(here: Path) -> None:
    """In folders and globs, not for files that are named one by one."""
    plant(here, "a.dat", "b.jpg", "c/a.dat", "c/d.dat", "cache/x.jpg", "e/cache/y.jpg")

    assert found(".", include=["*.dat"]) == ["a.dat", "c/a.dat", "c/d.dat"]
    assert found(".", include=["*.dat"], exclude=["a.*"]) == ["c/d.dat"]
    assert found(".", include=["c/*", "b.jpg"]) == ["b.jpg", "c/a.dat", "c/d.dat"]
    assert found(".", exclude=["cache/"]) == ["b.jpg"]
    assert found(".", exclude=["/cache"]) == ["b.jpg", "e/cache/y.jpg"]
    assert found("**/*.dat", include=["a.*"], exclude=["c/"]) == ["a.dat"]
    assert found("b.jpg", exclude=["*.jpg"]) == ["b.jpg"]


def test_an_include_that_can_take_no_file_is_refused() -> None:
    """A pattern with a slash at its end is one for folders."""
    error = refusal(".", include=["cats/"])

    assert error.message == "--include cats/: a pattern for folders takes no file"
    assert error.hint == "--include 'cats/**'"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the right of root to read anything."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_goes_on(here: Path) -> None:
    """The system's own reason is given; an excluded folder is not even tried."""
    plant(here, "a/b.jpg", "locked/c.jpg", "z/d.jpg")
    (here / "locked").chmod(0)

    with as_nobody():
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


def test_a_folder_may_go_away_during_the_walk(here: Path) -> None:
    """What is no longer there is not missed."""
    plant(here, "a.jpg", "b/c.jpg", "d.jpg")
    walk = iter(sources("."))

    first = next(walk)
    shutil.rmtree("b")

    assert [first.source, *(one.source for one in walk)] == ["a.jpg", "d.jpg"]


@pytest.fixture
def abyss(here: Path) -> Iterator[Path]:
    """Make a tree of 3,000 levels, and take it away from its bottom."""
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


@pytest.mark.usefixtures("abyss")
def test_a_tree_may_be_deeper_than_the_stack() -> None:
    """As deep as the system lets a path be; beyond, it is told."""
    wanted, unusable = sources(".")

    assert wanted == CaptionRequest("x/" * 1_500 + "a.jpg", "x/" * 1_500 + "a.jpg")
    assert isinstance(unusable, UnusableSource)
    assert unusable.error.message.endswith("x/x: File name too long")


def test_a_folder_or_glob_without_images_is_noticed_once(here: Path) -> None:
    """However often the sources are walked; URLs and files are none of these."""
    plant(here, "em\npty/a.txt")
    said: list[str] = []
    walked = sources("em\npty", "em*/*.jpg", "no/*.jpg", URL, notice=said.append)

    assert [one.source for one in walked] == [one.source for one in walked] == [URL]
    assert said == ["em?pty: no images", "em*/*.jpg: no images", "no/*.jpg: no images"]


# Words


def test_a_glob_is_expanded_where_no_file_has_its_name(here: Path) -> None:
    """From the folder before its first wildcard, in order, images alone."""
    plant(here, "p/b/2.jpg", "p/a/1.jpg", "p/a/x/3.jpg", "p/a/n.txt", "p[1].jpg")
    plant(here, "p/.c/4.jpg", "p/a/.5.jpg")
    root = str(here)

    assert [one.source for one in sources("p/*/*")] == ["p/a/1.jpg", "p/b/2.jpg"]
    assert found("p/**/*.jpg") == ["a/1.jpg", "a/x/3.jpg", "b/2.jpg"]
    assert found("p/.*/*.jpg") == [".c/4.jpg"]
    assert found("p/a/.*") == [".5.jpg"]
    assert found("./p/[ab]/?.jpg") == ["a/1.jpg", "b/2.jpg"]
    assert found("p[1].jpg") == ["p[1].jpg"]
    assert [one.source for one in sources(f"{root}/p/b/*")] == [f"{root}/p/b/2.jpg"]


def test_a_glob_looks_only_where_it_may_match(here: Path) -> None:
    """A folder that cannot hold a match may well be unreadable."""
    plant(here, "a/1.jpg", "locked/x/1.jpg", "a.d/1.jpg", "l.jpg")
    (here / "locked").chmod(0)

    with as_nobody():
        assert found("a*/*.jpg") == ["a.d/1.jpg", "a/1.jpg"]
        assert found("[a]/**") == ["a/1.jpg"]
        assert found("l*") == ["l.jpg"]


def test_a_word_is_what_it_is_on_the_command_line_of_caption(here: Path) -> None:
    """URLs, UUIDs and files; what is not there is found out when it is read."""
    plant(here, "a.txt", "b/c.jpg")
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

    plant(here, UUID)

    assert list(sources(UUID)) == [CaptionRequest(UUID, UUID)]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("-", "-: standard input is no source of a batch"),
        ("data:,A", "data:,... (1 characters): a data URI is no source of a batch"),
    ],
)
def test_a_batch_takes_no_image_that_is_not_kept(
    here: Path, word: str, message: str
) -> None:
    """A word is refused before anything is done; a line of a list alone fails."""
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
def test_a_list_with_nul_holds_any_names(names: list[bytes]) -> None:
    """Newlines, bytes that are not UTF-8, and leading dashes come back."""
    listed = b"".join(b"./" + name + b"\0" for name in names)
    read = sources(files_from="-", nul=True, stdin=lambda: BytesIO(listed))

    expected = [b"./" + name for name in names]
    assert [os.fsencode(one.source) for one in read] == expected


def test_a_line_of_a_list_is_a_word_but_for_globs(here: Path) -> None:
    """Words come first; empty lines and line ends of Windows do not count."""
    plant(here, "p/a.jpg", "q/b.jpg")
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
    """Ten of 200,000 lines take one piece of it."""
    listed = BytesIO(b"photo.jpg\n" * 200_000)
    read = iter(sources(files_from="-", stdin=lambda: listed))

    assert [next(read).source for _ in range(10)] == ["photo.jpg"] * 10
    assert listed.tell() <= 65_536
    assert 10 + sum(1 for _ in read) == 200_000


def test_a_line_that_does_not_end_is_not_waited_for() -> None:
    """A video, for one, is refused long before all of it is in memory."""
    video = BytesIO(bytes(10_000_000))

    with pytest.raises(UsageError):
        list(sources(files_from="-", stdin=lambda: video))
    assert video.tell() <= 3 * 65_536


def test_a_list_through_a_pipe_is_worked_on_before_it_ends() -> None:
    """Whoever writes it may take their time."""
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


def test_a_list_that_cannot_be_read_is_a_mistake_of_the_command(here: Path) -> None:
    """Known before the first word is looked at."""
    plant(here, "a.jpg")

    with pytest.raises(UsageError, match="list no: No such file or directory"):
        next(iter(sources("a.jpg", files_from="no")))
    error = refusal(files_from="/proc/self/mem")
    assert error.message == "list /proc/self/mem: Input/output error"


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_list_with_endless_lines_is_no_list(here: Path, end: bytes) -> None:
    """The longest line that is taken, and one that is longer by a byte."""
    (here / "list").write_bytes(b"a" * 65_536 + end)
    (here / "image").write_bytes(b"a" * 65_537 + end + b"b\n")

    assert len(list(sources(files_from="list"))) == 1
    assert refusal(files_from="image").message == (
        "list image: a line of more than 65,536 bytes names no image"
    )


# Manifests

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HEADERS = TEXT.map(str.strip).filter(lambda header: header not in IMAGE_COLUMNS)


def write_csv(path: Path, *rows: list[str]) -> str:
    """Write a CSV as spreadsheets do, and return its path."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def fields(manifest: str) -> list[dict[str, str]]:
    """Return the columns of every row."""
    return [
        dict(one.columns)
        for one in sources(manifest)
        if isinstance(one, CaptionRequest)
    ]


@given(st.dictionaries(HEADERS, TEXT), st.integers(1, 3))
def test_a_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, str], count: int
) -> None:
    """Quotes, commas and newlines in cells and headers are read as written."""
    path = tmp_path_factory.mktemp("csv") / "m.CSV"
    row = {**row, "image": "a.jpg"}

    written = write_csv(path, list(row), *[list(row.values())] * count)

    assert fields(written) == [row] * count


@given(
    st.dictionaries(
        HEADERS,
        st.none() | st.booleans() | st.integers() | TEXT,
    )
)
def test_a_jsonl_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    row: dict[str, str | int | bool | None],
) -> None:
    """Strings as they are, null as nothing, other values as their JSON."""
    path = tmp_path_factory.mktemp("jsonl") / "m.ndjson"
    row = {**row, "image": "a.jpg"}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8", newline="")

    assert fields(str(path)) == [
        {
            column: value if isinstance(value, str) else json.dumps(value)
            for column, value in row.items()
            if value is not None
        }
        | {column: "" for column, value in row.items() if value is None}
    ]


def test_a_row_has_a_prompt_and_an_id_of_its_own(here: Path) -> None:
    """An empty one is none; all columns are there for templates."""
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
def test_paths_are_relative_to_the_manifest(
    here: Path, image: str, source: str, relative: str
) -> None:
    """What they are below it never leads out of it; one UUID is a file here."""
    plant(here, "d/a.jpg", f"d/{UUID.upper()}")
    write_csv(here / "d/m.csv", ["path"], [image])

    (wanted,) = sources("d/m.csv")

    assert wanted == CaptionRequest(source, relative, columns={"path": image})


def complaints(manifest: str) -> list[str]:
    """Return what is wrong with each row that is unusable."""
    unusable = [one for one in sources(manifest) if isinstance(one, UnusableSource)]
    assert {one.error.code for one in unusable} <= {"malformedRow"}
    assert all(one.error.message.startswith(f"{one.source}: ") for one in unusable)
    return [one.error.message for one in unusable]


def test_malformed_rows_of_a_csv_are_told_by_their_line(here: Path) -> None:
    """And the rest goes on; a blank line is no row."""
    too_long = "x" * 200_000
    (here / "m.csv").write_text(
        f'image,prompt\r\na.jpg\n\n,b\nc.jpg,"d\ne"\nf.jpg,"g"h\n-,i\nj.jpg,{too_long}\n'
        'data:k,l\nm.jpg,n\no.jpg,"open\n'
    )

    assert complaints("m.csv") == [
        "m.csv:2: 1 cells for 2 columns",
        "m.csv:4: it names no image",
        "m.csv:7: not a row of a CSV: ',' expected after '\"'",
        "m.csv:8: its image is no path, URL or UUID",
        "m.csv:9: not a row of a CSV: field larger than field limit (131072)",
        "m.csv:10: its image is no path, URL or UUID",
        "m.csv:12: not a row of a CSV: unexpected end of data",
    ]
    assert [row["prompt"] for row in fields("m.csv")] == ["d\ne", "n"]


def test_malformed_rows_of_a_jsonl_are_told_by_their_line(here: Path) -> None:
    """Not JSON, not an object, no image, too many, not a name, not text."""
    which = "one of the columns image, path, url, file_name must name the image"
    lines = {
        "{": "not JSON",
        "[" * 100_000: "not JSON",
        "9" * 5_000: "not JSON",
        "[]": "not a JSON object",
        "{}": f"{which} (0 do)",
        '{"image": "a", "url": "b"}': f"{which} (2 do)",
        '{"image": null}': "its image is not a string",
        '{"image": {"path": "a.jpg"}}': "its image is not a string",
        '{"image": ""}': "it names no image",
        '{"image": "a", "prompt": "\\ud800"}': "not JSON",
        '{"image": "-"}': "its image is no path, URL or UUID",
    }
    (here / "m.jsonl").write_text("\r\n".join([*lines, '{"path": "caf\\udce9"}']))

    assert complaints("m.jsonl") == [
        f"m.jsonl:{number}: {complaint}"
        for number, complaint in enumerate(lines.values(), 1)
    ]
    assert fields("m.jsonl") == [{"path": "caf\udce9"}]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "{0}; its columns: none"),
        (b"name;prompt\n", "{0}; its columns: name;prompt"),
        (b"image,url\n", "{0}; its columns: image, url"),
        (b'"image"x\n', "not a CSV: ',' expected after '\"'"),
        (b"image\ncaf\xe9.jpg\n", "not text in UTF-8"),
        (b"image\n" + b"x" * 1_048_577, "a line of more than 1,048,576 characters"),
    ],
)
def test_what_is_no_manifest_is_a_mistake_of_the_command(
    here: Path, content: bytes, complaint: str
) -> None:
    """The manifest is named, and how one begins."""
    which = (
        "one of the columns image, path, url, file_name must name the image,"
        " and only one"
    )
    (here / "m.csv").write_bytes(content)

    error = refusal("m.csv")

    assert error.message == f"manifest m.csv: {complaint.format(which)}"
    assert error.hint == "begin a CSV with a line like this: image,prompt"


def test_a_manifest_that_may_not_be_read_is_named(here: Path) -> None:
    """The system's own reason is given."""
    (here / "m.csv").touch(0)

    with as_nobody():
        assert refusal("m.csv").message == "manifest m.csv: Permission denied"


def test_a_manifest_is_read_as_it_is_used(here: Path) -> None:
    """What is wrong with its end is not known at its beginning."""
    text = StringIO()
    csv.writer(text).writerows([["image"], *[["a.jpg"]] * 20_000])
    (here / "m.csv").write_bytes(text.getvalue().encode() + b"\xff")
    read = iter(sources("m.csv"))

    assert [next(read).source for _ in range(10)] == ["a.jpg"] * 10
    with pytest.raises(UsageError):
        list(read)


def test_a_folder_with_the_name_of_a_manifest_is_a_folder(here: Path) -> None:
    """And what a walk finds is no manifest."""
    plant(here, "x.csv/a.jpg", "x.csv/m.csv")

    assert found("x.csv") == ["a.jpg"]

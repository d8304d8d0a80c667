"""Images in folders are found in a stable order."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.source import CaptionRequest, UnusableSource
from tests.sources.batch import (
    NAMES,
    URL,
    UUID,
    create_files,
    found,
    refusal,
    sources,
    unprivileged,
)


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

    (request,) = sources(root.format(here.name))

    assert request == CaptionRequest(source.format(here.name), "a.jpg")


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


@pytest.mark.promises("hostile")
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


@pytest.mark.promises("hostile")
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
    assert unusable.error.hint == "chmod u+rx locked, or run rwcap as its owner"
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
    request, unusable = sources(".")

    assert request == CaptionRequest("x/" * 1_500 + "a.jpg", "x/" * 1_500 + "a.jpg")
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


def test_other_files_that_look_like_pictures_are_counted(here: Path) -> None:
    """Once, and not if a pattern leaves them out."""
    create_files(here, "p/a.jpg", "p/b.CRW", "p/c/d.iiq", "p/e.mov", "p/f.pdf")
    create_files(here, "p/g.txt", "p/a.xmp", "p/.cr2", "p/h.jxl")
    notices: list[str] = []
    walked = sources("p", notice=notices.append)

    assert [one.source for one in walked] == [one.source for one in walked]
    assert list(sources("p", exclude=["*.iiq", "*.[mh]*", "e*"], notice=notices.append))
    assert found("p", include=["*.jpg"]) == found("p/*.jpg") == ["a.jpg"]
    assert notices == [
        "p: ignored: 2 raw, 1 JPEG XL, 1 PDF, 1 video",
        "p: ignored: 1 JPEG XL, 1 PDF, 1 raw",
    ]

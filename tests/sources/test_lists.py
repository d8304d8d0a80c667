"""Lists name a source on each line and are read as they are used."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import UsageError
from rwcap.core.source import UnusableSource
from tests.sources.batch import (
    NAMES,
    URL,
    create_files,
    refusal,
    sources,
)


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


def test_a_text_file_is_a_list(here: Path) -> None:
    """Its lines are like those of --files-from. It names no other list."""
    create_files(here, "p/a.jpg")
    (here / "list.TXT").write_text("\ufeffp\nlist.TXT\n-\n", "utf-8")

    first, second, unusable = sources("list.TXT")

    assert [first.source, second.source] == ["p/a.jpg", "list.TXT"]
    assert isinstance(unusable, UnusableSource)


@pytest.mark.parametrize("image", ["a.jpg", "a.JPG", "a"])
def test_the_text_file_of_an_image_is_no_list(here: Path, image: str) -> None:
    """What it says is a caption, even if it looks like an address."""
    create_files(here, image)
    (here / "a.txt").write_text(URL)

    assert [one.source for one in sources("a.txt")] == ["a.txt"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_list_in_utf_16_is_refused(here: Path, encoding: str) -> None:
    """The hint converts it."""
    (here / "list.txt").write_text("\ufeffa.jpg\n", encoding)

    error = refusal("list.txt")

    assert error.message == "list list.txt: UTF-16 text, not UTF-8"
    assert str(error.hint).startswith("iconv -f UTF-16 -t UTF-8 ")


def test_a_list_is_read_as_it_is_used() -> None:
    """Ten of 20,000 lines take one chunk."""
    listed = BytesIO(b"photo.jpg\n" * 20_000)
    read = iter(sources(files_from="-", stdin=lambda: listed))

    assert [next(read).source for _ in range(10)] == ["photo.jpg"] * 10
    assert listed.tell() <= 65_536
    assert 10 + sum(1 for _ in read) == 20_000


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


def test_a_list_with_nul_needs_its_option(here: Path) -> None:
    """The hint has it."""
    (here / "n.lst").write_bytes(b"a.jpg\0b.jpg")

    error = refusal(files_from="n.lst")

    assert error.message == "list n.lst: its names end in NUL, not in a newline"
    assert error.hint == "--files-from LIST -0"

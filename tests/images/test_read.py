"""Images from files and standard input, and what is refused before it costs."""

import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from rwcap.core.errors import InputError
from rwcap.core.file_stamp import FileStamp
from rwcap.images import read
from rwcap.images.formats import Format
from rwcap.images.image import PreparedImage, RemoteImage, parse_image
from rwcap.images.read import ImageReader, file_stamp
from tests import draw

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


def reader(stdin: bytes = b"") -> ImageReader:
    """Return a reader with these bytes on standard input."""
    return ImageReader(stdin=lambda: BytesIO(stdin))


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_a_file_is_read_whole(kind: str) -> None:
    """Every byte, whatever its name says."""
    path = draw.FOLDER / f"harbour.{kind}"

    picture = reader().read(str(path))

    assert isinstance(picture, PreparedImage)
    assert picture.data == path.read_bytes()


def test_the_suffix_means_nothing(tmp_path: Path) -> None:
    """A JPEG called .png is a JPEG."""
    path = tmp_path / "photo.png"
    path.write_bytes(JPEG)

    picture = reader().read(str(path))

    assert isinstance(picture, PreparedImage)
    assert picture.format is Format.JPEG


def test_a_name_need_not_be_utf8(tmp_path: Path) -> None:
    """Names are bytes to the system, and read as such."""
    raw = os.fsencode(tmp_path) + b"/caf\xe9\n.jpg"
    Path(os.fsdecode(raw)).write_bytes(JPEG)

    assert isinstance(reader().read(os.fsdecode(raw)), PreparedImage)


def test_a_file_with_the_name_of_a_uuid_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing file wins; without it the name is an image at Runware."""
    monkeypatch.chdir(tmp_path)

    assert reader().read(UUID) == RemoteImage(UUID)

    Path(UUID).write_bytes(JPEG)

    assert isinstance(reader().read(UUID), PreparedImage)


def test_a_url_is_passed_on() -> None:
    """Nothing is downloaded."""
    assert reader().read("https://example.com/a") == RemoteImage(
        "https://example.com/a"
    )


@pytest.mark.parametrize(
    "sent",
    [
        JPEG,
        b64encode(JPEG),
        b"data:image/jpeg;base64," + b64encode(JPEG),
    ],
    ids=["bytes", "base64", "data URI"],
)
def test_standard_input_takes_three_forms(sent: bytes) -> None:
    """Bytes, base64 and a data URI are the same picture."""
    assert reader(sent).read("-") == parse_image(JPEG, name="x")


def test_a_data_uri_is_a_picture() -> None:
    """On the command line as on standard input."""
    uri = "data:;base64," + b64encode(JPEG).decode()

    assert reader().read(uri) == parse_image(JPEG, name="x")


def refusal(source: str, *, stdin: bytes = b"") -> InputError:
    """Return the refusal of a source."""
    with pytest.raises(InputError) as refused:
        reader(stdin).read(source)
    return refused.value


def test_refusals_name_the_thing_and_the_way_out(tmp_path: Path) -> None:
    """Missing, empty, a folder, a pipe, a device, a text, another format, a giant."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "moving.gif").write_bytes(b"GIF89a" + bytes(20))
    (tmp_path / "drawing.psd").write_bytes(b"8BPS" + bytes(20))
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.truncate(read.MAX_FILE_BYTES + 1)
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")

    found = {
        path.name: refusal(str(path)) for path in [*tmp_path.iterdir(), tmp_path / "no"]
    }

    assert {name: error.code for name, error in found.items()} == {
        "pipe": "pipe",
        "empty.jpg": "emptyImage",
        "text.jpg": "notAnImage",
        "moving.gif": "undecodableImage",
        "drawing.psd": "unsupportedFormat",
        "huge.jpg": "imageTooLarge",
        "dangling": "fileNotFound",
        "loop": "unreadable",
        "no": "fileNotFound",
    }
    assert all(name in error.message for name, error in found.items())
    assert found["pipe"].hint == f"cat {tmp_path}/pipe | rwcap caption -"
    assert refusal(str(tmp_path)).hint == f"rwcap batch {tmp_path}"
    assert refusal("/dev/null").code == "notAFile"
    assert refusal("").message == "'': no such file"
    assert refusal("a\0b").code == "unreadable"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the right of root to read anything."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    """The system's own reason is given."""
    path = tmp_path / "secret.jpg"
    path.write_bytes(JPEG)
    path.chmod(0)

    with as_nobody():
        assert refusal(str(path)).message == f"{path}: Permission denied"


def test_a_file_whose_bytes_do_not_come_is_named() -> None:
    """Linux answers a read at the start of /proc/self/mem with an I/O error."""
    assert refusal("/proc/self/mem").message == "/proc/self/mem: Input/output error"


def test_standard_input_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    """A failing disk, or a stream that has nothing yet and does not wait."""
    with (
        Path("/proc/self/mem").open("rb") as broken,
        pytest.raises(InputError, match="standard input: Input/output error"),
    ):
        ImageReader(stdin=lambda: broken).read("-")

    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with (
        os.fdopen(reading, "rb", buffering=0) as empty,
        pytest.raises(InputError, match="empty"),
    ):
        ImageReader(stdin=lambda: cast("BinaryIO", empty)).read("-")
    os.close(writing)


def test_a_name_of_thousands_of_letters_is_cut_in_the_message() -> None:
    """A data URI with a space in front of it, for one."""
    error = refusal(" data:image/jpeg;base64," + "A" * 5000)

    assert len(error.message) < 400


def test_nothing_is_read_beyond_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An endless pipe ends in a refusal, and so does a file that grows."""
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 1_000_000)
    endless = b"\xff\xd8\xff" + bytes(2_000_000)
    path = tmp_path / "growing.jpg"
    path.write_bytes(endless)
    monkeypatch.setattr(os, "fstat", lambda _: (draw.FOLDER / "harbour.jpg").stat())

    assert refusal(str(path)).code == "imageTooLarge"

    assert refusal("-", stdin=endless).code == "imageTooLarge"
    assert refusal("-").message == "standard input: empty (0 bytes)"


def test_a_file_is_known_again_by_its_stamp(tmp_path: Path) -> None:
    """Size, time and inode; what is no file has none."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"12345")
    status = path.stat()

    assert file_stamp(str(path)) == FileStamp(5, status.st_mtime_ns, status.st_ino)
    assert file_stamp(str(tmp_path)) is None
    assert file_stamp(str(tmp_path / "missing")) is None
    assert file_stamp("a\0b") is None

"""Tests of reading images from files and standard input."""

import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from rwcap.core.errors import InputError
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.images import read
from rwcap.images.formats import Format
from rwcap.images.image import PreparedImage, RemoteImage, parse_image
from rwcap.images.limits import DEFAULT_OPTIONS, Pairs, PrepareOptions
from rwcap.images.read import ImageReader, file_stamp
from rwcap.storage.objects import write_object
from tests import draw
from tests.images.test_raw import RAWS

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


def reader(stdin: bytes = b"") -> ImageReader:
    """Return a reader with these bytes on standard input."""
    return ImageReader(stdin=lambda: BytesIO(stdin))


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_every_byte_of_a_file_is_read(kind: str) -> None:
    """Files without metadata is sent unchanged."""
    path = draw.FOLDER / f"harbour.{kind}"

    image = reader().read(str(path))

    assert isinstance(image, PreparedImage)
    assert image.data == path.read_bytes()


def test_the_suffix_of_a_name_is_ignored(tmp_path: Path) -> None:
    """A JPEG with the suffix .png is a JPEG."""
    path = tmp_path / "photo.png"
    path.write_bytes(JPEG)

    image = reader().read(str(path))

    assert isinstance(image, PreparedImage)
    assert image.format is Format.JPEG


def test_a_name_need_not_be_utf8(tmp_path: Path) -> None:
    """File names are bytes."""
    raw = os.fsencode(tmp_path) + b"/caf\xe9\n.jpg"
    Path(os.fsdecode(raw)).write_bytes(JPEG)

    assert isinstance(reader().read(os.fsdecode(raw)), PreparedImage)


def test_a_file_whose_name_is_a_uuid_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without such a file, the UUID is an image at Runware."""
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
def test_standard_input_accepts_three_forms(sent: bytes) -> None:
    """Bytes, base64 and a data URI contain the same image."""
    assert reader(sent).read("-") == parse_image(JPEG, name="x")


def test_a_data_uri_is_accepted_as_a_source() -> None:
    """On the command line as on standard input."""
    uri = "data:;base64," + b64encode(JPEG).decode()

    assert reader().read(uri) == parse_image(JPEG, name="x")


def error_for(source: str, *, stdin: bytes = b"") -> InputError:
    """Return the error for a source."""
    with pytest.raises(InputError) as caught:
        reader(stdin).read(source)
    return caught.value


def test_errors_name_the_source_and_a_remedy(tmp_path: Path) -> None:
    """For missing, empty, special, foreign and huge files."""
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
        path.name: error_for(str(path))
        for path in [*tmp_path.iterdir(), tmp_path / "no"]
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
    assert error_for(str(tmp_path)).hint == f"rwcap batch {tmp_path}"
    assert error_for("/dev/null").code == "notAFile"
    assert error_for("").message == "'': no such file"
    assert str(error_for("ftp://host/a.jpg").hint).startswith("download it")
    assert error_for("a\0b").code == "unreadable"


@contextmanager
def without_root() -> Iterator[None]:
    """Give up the permission of root to read any file."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_the_error_for_an_unreadable_file_gives_the_reason(tmp_path: Path) -> None:
    """The reason is that of the operating system."""
    path = tmp_path / "secret.jpg"
    path.write_bytes(JPEG)
    path.chmod(0)

    with without_root():
        error = error_for(str(path))

    assert error.message == f"{path}: Permission denied"
    assert error.hint == f"chmod u+r {path}, or run rwcap as its owner"


def test_an_error_while_reading_names_the_file() -> None:
    """Linux reports an I/O error at the start of /proc/self/mem."""
    assert error_for("/proc/self/mem").message == "/proc/self/mem: Input/output error"


def test_unreadable_standard_input_is_an_error(tmp_path: Path) -> None:
    """The disk fails, or a non-blocking stream has no data."""
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


def test_a_long_name_is_shortened_in_the_message() -> None:
    """For example a data URI with a leading space."""
    error = error_for(" data:image/jpeg;base64," + "A" * 5000)

    assert len(error.message) < 400


@pytest.mark.promises("hostile")
def test_reading_stops_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For an endless pipe, and for a file that grows."""
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 1_000_000)
    endless = b"\xff\xd8\xff" + bytes(2_000_000)
    path = tmp_path / "growing.jpg"
    path.write_bytes(endless)
    monkeypatch.setattr(os, "fstat", lambda _: (draw.FOLDER / "harbour.jpg").stat())

    assert error_for(str(path)).code == "imageTooLarge"

    assert error_for("-", stdin=endless).code == "imageTooLarge"
    assert error_for("-").message == "standard input: empty (0 bytes)"


def test_an_image_in_a_table_has_the_same_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is prepared like a file, under the name of its row."""
    monkeypatch.setattr("rwcap.images.read.MAX_FILE_BYTES", 100_000)

    image = reader().parse(JPEG, "m.parquet:1")

    assert image == reader().read(str(draw.FOLDER / "harbour.jpg"))
    with pytest.raises(InputError, match=r"^m\.parquet:2: more than"):
        reader().parse(bytes(100_001), "m.parquet:2")


def test_the_stamp_of_a_file_is_its_size_time_and_inode(tmp_path: Path) -> None:
    """Other sources have no stamp."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"12345")
    status = path.stat()

    assert file_stamp(str(path)) == FileStamp(5, status.st_mtime_ns, status.st_ino)
    assert file_stamp(str(tmp_path)) is None
    assert file_stamp(str(tmp_path / "missing")) is None
    assert file_stamp("a\0b") is None


def test_a_raw_file_and_its_jpeg_are_one_picture(tmp_path: Path) -> None:
    """Unless they are said to be two."""
    raw_file, photo = tmp_path / "a.NEF", tmp_path / "a.jpg"
    raw_file.write_bytes(RAWS["NEF"])
    photo.write_bytes(JPEG)
    separate = ImageReader(BytesIO, PrepareOptions(pairs=Pairs.SEPARATE))

    request = CaptionRequest(str(raw_file))
    together = reader().read(str(raw_file)).key
    apart = separate.read(str(raw_file)).key
    photo.unlink()

    assert together == parse_image(JPEG, name="").key
    assert apart == reader().read(str(raw_file)).key
    assert reader().stamp(request) != separate.stamp(request)


@pytest.mark.promises("hostile")
def test_an_object_is_read_and_has_a_stamp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That of its listing, or else of the object; the limit is that of files."""
    write_object("memory://b/a.jpg", JPEG)
    listed = FileStamp(7, 0, 8)
    reading = reader()

    assert reading.read("memory://b/a.jpg").key == parse_image(JPEG, name="").key
    stamp = reading.stamp(CaptionRequest("memory://b/a.jpg"))
    assert stamp is not None
    assert stamp.size == len(JPEG)
    assert stamp.preparation == DEFAULT_OPTIONS.cache_key
    assert reading.stamp(
        CaptionRequest("memory://b/gone.jpg", stamp=listed)
    ) == listed._replace(preparation=DEFAULT_OPTIONS.cache_key)
    assert reading.stamp(CaptionRequest("memory://b/m:1", content=b"1")) is None
    with pytest.raises(InputError, match="no such object"):
        reading.stamp(CaptionRequest("memory://b/gone.jpg"))
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 5)
    with pytest.raises(InputError, match=r"a\.jpg: more than 5 bytes"):
        reading.read("memory://b/a.jpg")

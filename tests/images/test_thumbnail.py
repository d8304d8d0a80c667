"""Tests of thumbnails: small, upright, from every format."""

from io import BytesIO

import pytest
from PIL import Image

from rwcap.core.errors import InputError
from rwcap.images.thumbnail import SIDE, thumbnail
from tests import draw
from tests.images.containers import drawn
from tests.images.test_raw import RAWS


def opened(data: bytes) -> Image.Image:
    """Return the image in a thumbnail."""
    image = Image.open(BytesIO(data))
    assert image.format == "WEBP"
    return image


@pytest.mark.parametrize("name", ["harbour.jpg", "harbour.png", "harbour.webp"])
def test_a_thumbnail_is_a_small_webp_without_metadata(name: str) -> None:
    """Of 208 pixels at most, in some kilobytes."""
    small = thumbnail((draw.FOLDER / name).read_bytes(), name)

    assert opened(small).size == (SIDE, round(SIDE * 320 / 480))
    assert len(small) < 6_000
    assert {*opened(small).info} <= {"loop", "background", "timestamp", "duration"}


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_formats_have_thumbnails(kind: str) -> None:
    """As they are converted for the service."""
    assert opened(thumbnail(drawn(kind), "a")).width == 40


def test_a_rotated_image_is_upright() -> None:
    """Its Exif orientation is applied."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = BytesIO()
    draw.harbour().save(data, "JPEG", exif=exif)

    assert opened(thumbnail(data.getvalue(), "a")).size == (
        round(SIDE * 320 / 480),
        SIDE,
    )


def test_a_raw_file_is_shown_by_its_preview() -> None:
    """It is the image that is captioned, turned as the raw file says."""
    assert opened(thumbnail(RAWS["NEF"], "a.nef")).height == SIDE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no image", "notAnImage"),
        (b"\xff\xd8\xff\xe0 damaged", "undecodableImage"),
        (drawn("PNG"), "tooManyPixels"),
    ],
)
def test_what_cannot_be_shown_is_an_error(
    monkeypatch: pytest.MonkeyPatch, data: bytes, code: str
) -> None:
    """Not an image, damaged, or with more pixels than allowed."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # and restored at the end
    with pytest.raises(InputError) as failure:
        thumbnail(data, "a", 700)

    assert failure.value.code == code

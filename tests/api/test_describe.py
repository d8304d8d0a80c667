"""Tests of the captions of the sandbox."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from rwcap.api.sandbox.describe import describe
from rwcap.core.prices import price_by_words
from rwcap.images.image import RemoteImage, parse_image
from tests import draw

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


def saved(image: Image.Image, options: dict[str, Any]) -> bytes:
    """Return an image as the bytes of a file."""
    file = BytesIO()
    image.save(file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("mode", "options", "colours"),
    [
        ("RGB", {"format": "JPEG"}, "colour"),
        ("RGB", {"format": "JPEG", "progressive": True}, "colour"),
        ("L", {"format": "JPEG"}, "shades of grey"),
        ("CMYK", {"format": "JPEG"}, "four printing inks"),
        ("RGB", {"format": "JPEG", "exif": b"Exif\0\0" + bytes(999)}, "colour"),
        ("RGB", {"format": "PNG"}, "colour"),
        ("RGBA", {"format": "PNG"}, "colour and transparency"),
        ("L", {"format": "PNG"}, "shades of grey"),
        ("LA", {"format": "PNG"}, "shades of grey and transparency"),
        ("P", {"format": "PNG"}, "colour"),
        ("RGB", {"format": "WEBP"}, "colour"),
        ("RGB", {"format": "WEBP", "lossless": True}, "colour"),
        ("RGBA", {"format": "WEBP", "lossless": True}, "colour and transparency"),
        ("RGBA", {"format": "WEBP", "quality": 50}, "colour and transparency"),
    ],
)
def test_a_caption_matches_an_image_saved_by_pillow(
    mode: str, options: dict[str, Any], colours: str
) -> None:
    """Size and colours are right for every kind of JPEG, PNG and WebP."""
    image = Image.new(mode, (123, 45), 128 if mode in "LP" else None)
    if mode.endswith("A"):
        image.putalpha(7)
    text = describe(parse_image(saved(image, options), name="x"), None)

    assert f"landscape format, 123 by 45 pixels, in {colours}." in text


@pytest.mark.parametrize(
    ("size", "shape"),
    [((40, 30), "landscape"), ((30, 40), "portrait"), ((28, 28), "sq")],
)
def test_a_caption_has_measurable_facts(size: tuple[int, int], shape: str) -> None:
    """It names the format, the orientation, the size and the colours."""
    data = saved(Image.new("RGB", size), {"format": "PNG"})

    text = describe(parse_image(data, name="x"), None)

    assert text.startswith(f"[sandbox] A PNG image in {shape}")
    assert f"{size[0]} by {size[1]} pixels, in colour." in text


def test_a_longer_prompt_gives_a_longer_caption_and_a_higher_price() -> None:
    """Estimates can be tried in the sandbox."""
    picture = parse_image(JPEG, name="x")
    texts = [describe(picture, " ".join(["word"] * n)) for n in (0, 1, 8, 24, 40, 99)]
    lengths = [len((text or "").split()) for text in texts]

    assert lengths == sorted(lengths)
    assert lengths[0] == lengths[1]
    assert {price_by_words(length) for length in lengths} == {1300, 1900, 2600}


@pytest.mark.parametrize("image", ["https://example.com/a.jpg", UUID])
def test_a_remote_image_is_not_described(image: str) -> None:
    """The caption says that nothing was measured."""
    text = describe(RemoteImage(image), "What is it?")

    assert text
    assert "measured nothing" in text

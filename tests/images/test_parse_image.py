"""Tests of parsing images: identity, and errors before a purchase."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from rwcap.core.errors import InputError
from rwcap.core.source import STDIN_NAME
from rwcap.images.exif import PREFIX
from rwcap.images.image import changed_digest, parse_image
from tests import draw
from tests.images.containers import segment, tiff

JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.promises("formats")
def test_the_digest_of_a_file_without_metadata_is_that_of_its_bytes(kind: str) -> None:
    """The rule must never change: ledgers contain these digests."""
    data = (draw.FOLDER / f"harbour.{kind}").read_bytes()
    image = parse_image(data, name="x")

    assert image.digest == sha256(data).hexdigest()
    assert image.removed == ()


@pytest.mark.promises("formats")
def test_the_digest_of_a_changed_image_depends_on_original_and_changes() -> None:
    """The rule must never change: ledgers contain these digests."""
    one, other = bytes(32), bytes(31) + b"1"
    changes = ("on white", "side 9")

    digest = changed_digest(one.hex(), changes)

    assert digest == sha256(one + b"on white, side 9").hexdigest()
    assert digest != changed_digest(one.hex(), ("on white", "side 8"))
    assert digest != changed_digest(other.hex(), changes)


@pytest.mark.parametrize(
    ("size", "code", "hint"),
    [
        ((27, 27), "imageTooSmall", "magick - -resize '28x28^' larger.png"),
        ((28, 27), "imageTooSmall", "magick - -resize '28x28^' larger.png"),
        ((28, 28), None, None),
        ((5600, 28), None, None),
        ((5601, 28), "imageTooNarrow", "magick - -crop 280x280 piece-%d.png"),
        ((30, 6001), "imageTooNarrow", "magick - -crop 300x300 piece-%d.png"),
    ],
)
def test_sizes_that_the_model_rejects_are_rejected(
    size: tuple[int, int], code: str | None, hint: str | None
) -> None:
    """The hint is a command that changes the size."""
    drawn = BytesIO()
    Image.new("RGB", size).save(drawn, "PNG")

    if code is None:
        assert parse_image(drawn.getvalue(), name=STDIN_NAME).info.width == size[0]
        return
    with pytest.raises(InputError, match=f"{size[0]} by {size[1]}") as caught:
        parse_image(drawn.getvalue(), name=STDIN_NAME)

    assert (caught.value.code, caught.value.hint) == (code, hint)


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        (lambda data: data[:-9], "truncatedImage", "copy or download it again"),
        (lambda data: data[:36], "truncatedImage", "copy or download it again"),
        (lambda data: data[:50] + b"!" + data[51:], "damagedImage", "repaired.png"),
    ],
)
def test_truncated_and_damaged_files_are_rejected(
    change: Callable[[bytes], bytes], code: str, hint: str
) -> None:
    """The error names the file, the damage, and a remedy."""
    data = (draw.FOLDER / "harbour.png").read_bytes()

    with pytest.raises(InputError, match="my photo: ") as caught:
        parse_image(change(data), name="my photo")

    assert caught.value.code == code
    assert hint in str(caught.value.hint)


@pytest.mark.promises("hostile")
def test_an_image_that_takes_minutes_to_decode_is_rejected() -> None:
    """Each of its thousands of scans has only a few bytes."""
    scan = JPEG.rindex(b"\xff\xda")
    data = JPEG[:-2] + JPEG[scan : scan + 15] * 20_000 + JPEG[-2:]

    with pytest.raises(InputError, match=r"a b\.jpg: 20,001 scans") as caught:
        parse_image(data, name="a b.jpg")

    assert caught.value.code == "tooManyScans"
    assert (
        caught.value.hint
        == "if you trust the file: jpegtran 'a b.jpg' > fewer-scans.jpg"
    )


def test_metadata_is_removed_and_do_not_change_the_digest() -> None:
    """The removed metadata is reported."""
    upright, turned = (
        parse_image(JPEG[:20] + block + JPEG[20:], name="x")
        for block in (segment(0xE1, PREFIX + tiff(n)) for n in (1, 6))
    )
    plain = parse_image(JPEG, name="x")

    assert upright.digest == plain.digest
    assert upright.data == turned.data == JPEG
    assert [word for word, _ in upright.removed] == ["Exif"]
    assert turned.info.orientation == 6

"""Tests of reading the orientation from an Exif block."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rwcap.images.exif import PREFIX, orientation
from tests.images.containers import tiff


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", PREFIX])
@pytest.mark.parametrize("number", range(1, 9))
def test_all_eight_orientations_are_read(
    number: int, prefix: bytes, order: str
) -> None:
    """In both byte orders, with and without the prefix."""
    assert orientation(prefix + tiff(number, order=order)) == number


@pytest.mark.parametrize("number", range(1, 9))
def test_the_orientation_that_pillow_writes_is_read(number: int) -> None:
    """Pillow is an independent implementation."""
    exif = Image.Exif()
    exif[0x010F] = "Nobody"
    exif[0x0112] = number
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", exif=exif)
    block = file.getvalue().partition(b"eXIf")[2]

    assert orientation(block) == number


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"BM*\0" + tiff(6)[4:],
        tiff(0),
        tiff(9),
        tiff(6, kind=2),
        tiff(6)[:30],
        b"II*\0" + (8).to_bytes(4, "little") + bytes(6),
    ],
    ids=["none", "head", "far", "order", "0", "9", "text", "cut", "no tags"],
)
def test_without_a_valid_orientation_the_image_is_upright(block: bytes) -> None:
    """The orientation is missing, damaged or out of range."""
    assert orientation(block) == 1


@given(st.sampled_from([b"II*\0", b"MM\0*", b""]), st.binary(max_size=200))
def test_any_block_has_a_valid_orientation(head: bytes, rest: bytes) -> None:
    """No exception is raised."""
    assert orientation(head + rest) in range(1, 9)

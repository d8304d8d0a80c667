"""Tests of recognising sRGB profiles."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from rwcap.images.formats import CONTAINERS, Format
from rwcap.images.icc import is_srgb
from tests.images import profiles
from tests.images.containers import drawn, png_chunk

LITTLECMS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_an_srgb_profile_is_recognised() -> None:
    """Written by LittleCMS, with a formula, or with a table."""
    assert is_srgb(LITTLECMS)
    assert is_srgb(profiles.matrix())
    assert is_srgb(profiles.matrix(curve=profiles.table(1024)))


def test_profiles_with_other_primaries_or_curves_are_not_srgb() -> None:
    """Display P3, Adobe RGB, linear light, gamma 2.2, and Lab."""
    assert not is_srgb(profiles.matrix(profiles.DISPLAY_P3))
    assert not is_srgb(profiles.matrix(profiles.ADOBE_RGB))
    assert not is_srgb(profiles.matrix(curve=profiles.table(0)))
    assert not is_srgb(profiles.matrix(curve=profiles.table(1)))
    assert not is_srgb(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    )


@given(st.integers(0, len(LITTLECMS)), st.binary(max_size=20), st.integers(0, 300))
def test_a_damaged_profile_raises_no_exception(end: int, noise: bytes, at: int) -> None:
    """It is truncated, or overwritten anywhere."""
    damaged = bytearray(LITTLECMS[:end])
    damaged[at : at + len(noise)] = noise

    assert is_srgb(bytes(damaged)) in {True, False}


@pytest.mark.parametrize("kind", Format)
def test_an_srgb_profile_in_a_file_is_not_reported(kind: Format) -> None:
    """In one piece or several, compressed or not."""
    large = LITTLECMS + bytes(100_000)  # two JPEG segments
    for profile, heeded in (
        (LITTLECMS, False),
        (large, False),
        (profiles.matrix(profiles.DISPLAY_P3), True),
    ):
        file = BytesIO()
        with Image.open(BytesIO(drawn("PNG"))) as image:
            image.save(file, kind.value, icc_profile=profile)
        container = CONTAINERS[kind]
        parts = container.parse(file.getvalue())

        assert container.read_info(file.getvalue(), parts).non_srgb is heeded


def test_a_damaged_profile_in_a_png_is_reported() -> None:
    """A profile that cannot be decompressed is not regarded as sRGB."""
    data = drawn("PNG")
    damaged = data[:33] + png_chunk(b"iCCP", b"name\0\0junk") + data[33:]
    container = CONTAINERS[Format.PNG]

    assert container.read_info(damaged, container.parse(damaged)).non_srgb

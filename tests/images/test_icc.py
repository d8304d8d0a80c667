"""Profiles that say nothing new are told from those that do."""

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


def test_a_profile_of_srgb_says_nothing_new() -> None:
    """As a library writes it, as a formula or as a table."""
    assert is_srgb(LITTLECMS)
    assert is_srgb(profiles.matrix())
    assert is_srgb(profiles.matrix(curve=profiles.table(1024)))


def test_other_primaries_or_curves_look_otherwise() -> None:
    """Display P3 of phones, Adobe RGB of cameras, light as it is measured, grey."""
    assert not is_srgb(profiles.matrix(profiles.DISPLAY_P3))
    assert not is_srgb(profiles.matrix(profiles.ADOBE_RGB))
    assert not is_srgb(profiles.matrix(curve=profiles.table(0)))
    assert not is_srgb(profiles.matrix(curve=profiles.table(1)))
    assert not is_srgb(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    )


@given(st.integers(0, len(LITTLECMS)), st.binary(max_size=20), st.integers(0, 300))
def test_damaged_profiles_are_some_answer(end: int, noise: bytes, at: int) -> None:
    """Cut or overwritten anywhere; never an exception."""
    damaged = bytearray(LITTLECMS[:end])
    damaged[at : at + len(noise)] = noise

    assert is_srgb(bytes(damaged)) in {True, False}


@pytest.mark.parametrize("kind", Format)
def test_files_with_a_profile_of_srgb_have_none_to_heed(kind: Format) -> None:
    """In one piece or many, compressed or not."""
    large = LITTLECMS + bytes(100_000)  # two segments of JPEG
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


def test_a_damaged_profile_in_a_png_is_to_be_looked_at() -> None:
    """What does not unpack says nothing, least of all sRGB."""
    data = drawn("PNG")
    spoilt = data[:33] + png_chunk(b"iCCP", b"name\0\0junk") + data[33:]
    container = CONTAINERS[Format.PNG]

    assert container.read_info(spoilt, container.parse(spoilt)).non_srgb

"""Tests of the changes that an image requires before it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.images.container import ImageInfo
from rwcap.images.formats import ConvertibleFormat, Format
from rwcap.images.limits import (
    DEFAULT_OPTIONS,
    MAX_ASPECT,
    MAX_UPLOAD_BYTES,
    MIN_SIDE,
    PrepareMode,
    PrepareOptions,
    scaled_size,
)
from rwcap.images.prepare import check_pixel_count, check_upload_bytes, required_changes

PLAIN = ImageInfo(width=1536, height=1000)


def changes(
    info: ImageInfo,
    found: Format | ConvertibleFormat = Format.JPEG,
    size: int = 9,
    options: PrepareOptions = DEFAULT_OPTIONS,
) -> str:
    """Return the required changes in one string."""
    return ", ".join(required_changes(found, info, size, options))


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (PLAIN, ""),
        (PLAIN._replace(signed=True), ""),
        (PLAIN._replace(depth=1), ""),
        (PLAIN._replace(orientation=6), "orientation 6"),
        (PLAIN._replace(depth=16), "8 bit"),
        (PLAIN._replace(cmyk=True), "inks to RGB"),
        (PLAIN._replace(alpha=True), "on white"),
        (PLAIN._replace(non_srgb=True), "profile to sRGB"),
        (PLAIN._replace(animated=True), "first frame"),
        (PLAIN._replace(height=1537), "side 1536"),
        (
            PLAIN._replace(width=9000, orientation=8, non_srgb=True),
            "orientation 8, profile to sRGB, side 1536",
        ),
    ],
)
@pytest.mark.promises("pixels")
def test_an_image_is_changed_only_if_the_model_would_see_it_wrong(
    info: ImageInfo, expected: str
) -> None:
    """These strings are part of identities and must never change."""
    assert changes(info) == expected


def test_convertible_formats_are_always_changed() -> None:
    """Only the format and the scaling are part of the identity."""
    moving = PLAIN._replace(animated=True)

    assert changes(moving, ConvertibleFormat.GIF) == "from GIF"
    assert (
        changes(moving._replace(width=1537), ConvertibleFormat.HEIC)
        == "from HEIC, side 1536"
    )


def test_the_options_determine_the_changes() -> None:
    """Mode `always` adds nothing to an image that `auto` changes."""
    turned = PLAIN._replace(orientation=3)
    always, never = (
        PrepareOptions(mode=PrepareMode(how)) for how in ("always", "never")
    )
    small, any_size = PrepareOptions(max_side=200), PrepareOptions(max_side=0)

    assert changes(PLAIN, options=always) == "encoded again"
    assert changes(turned, options=always) == changes(turned)
    assert changes(PLAIN._replace(alpha=True, depth=16), options=never) == ""
    assert changes(PLAIN, options=small) == "side 200"
    assert changes(PLAIN._replace(width=90_000), options=any_size) == ""
    assert (
        len({each.cache_key for each in (DEFAULT_OPTIONS, always, small, any_size)})
        == 4
    )
    assert never.cache_key == never._replace(max_side=9).cache_key


def test_a_file_too_large_to_send_is_encoded_again() -> None:
    """A file of exactly the maximum size is sent."""
    assert changes(PLAIN, size=MAX_UPLOAD_BYTES) == ""
    assert changes(PLAIN, size=MAX_UPLOAD_BYTES + 1) == "encoded again"

    check_upload_bytes(bytes(MAX_UPLOAD_BYTES), "x")
    with pytest.raises(InputError, match="x: more than 20,971,520 bytes") as caught:
        check_upload_bytes(bytes(MAX_UPLOAD_BYTES + 1), "x")
    assert caught.value.hint == "magick x -resize '2048x2048>' small.jpg"


SIDES = st.integers(MIN_SIDE, 60_000)


@given(SIDES, SIDES, st.just(0) | st.integers(MIN_SIDE, 4000))
def test_the_model_accepts_every_scaled_size(
    width: int, height: int, max_side: int
) -> None:
    """An image is never enlarged, and keeps its aspect ratio."""
    narrow, wide = sorted((width, height))
    wide = min(wide, MAX_ASPECT * narrow)
    short, long = sorted(scaled_size(narrow, wide, max_side))

    assert short >= MIN_SIDE
    assert long <= MAX_ASPECT * short
    assert long <= wide
    assert long <= max(max_side, MAX_ASPECT * MIN_SIDE) or not max_side
    assert abs(long * narrow - short * wide) <= max(narrow, wide)
    assert scaled_size(wide, narrow, max_side) == (long, short)


def test_an_image_with_too_many_pixels_is_rejected() -> None:
    """The hint is the option that accepts it."""
    some = PrepareOptions(max_pixels=1_536_000)

    check_pixel_count(PLAIN, "x", some)
    with pytest.raises(InputError, match="x: 1536 by 1001 pixels; the max") as found:
        check_pixel_count(PLAIN._replace(height=1001), "x", some)
    assert found.value.hint == "if you trust the file: --max-pixels 1537536"

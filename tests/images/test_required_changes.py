"""What has to change in a picture is known before it is decoded."""

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


def wanted(
    facts: ImageInfo,
    found: Format | ConvertibleFormat = Format.JPEG,
    size: int = 9,
    preparation: PrepareOptions = DEFAULT_OPTIONS,
) -> str:
    """Return the changes in one string."""
    return ", ".join(required_changes(found, facts, size, preparation))


@pytest.mark.parametrize(
    ("facts", "expected"),
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
def test_a_picture_is_changed_where_the_model_would_see_it_wrong(
    facts: ImageInfo, expected: str
) -> None:
    """And nowhere else: these words are in the identity of pictures, for ever."""
    assert wanted(facts) == expected


def test_other_formats_are_changed_in_any_case() -> None:
    """Their bytes imply the rest, so only where they come from and how far they go."""
    moving = PLAIN._replace(animated=True)

    assert wanted(moving, ConvertibleFormat.GIF) == "from GIF"
    assert (
        wanted(moving._replace(width=1537), ConvertibleFormat.HEIC)
        == "from HEIC, side 1536"
    )


def test_the_user_may_want_all_changed_or_none_or_another_size() -> None:
    """Where something is changed anyway, `always` is the same picture as `auto`."""
    turned = PLAIN._replace(orientation=3)
    always, never = (
        PrepareOptions(mode=PrepareMode(how)) for how in ("always", "never")
    )
    small, any_size = PrepareOptions(max_side=200), PrepareOptions(max_side=0)

    assert wanted(PLAIN, preparation=always) == "encoded again"
    assert wanted(turned, preparation=always) == wanted(turned)
    assert wanted(PLAIN._replace(alpha=True, depth=16), preparation=never) == ""
    assert wanted(PLAIN, preparation=small) == "side 200"
    assert wanted(PLAIN._replace(width=90_000), preparation=any_size) == ""
    assert (
        len({each.cache_key for each in (DEFAULT_OPTIONS, always, small, any_size)})
        == 4
    )
    assert never.cache_key == never._replace(max_side=9).cache_key


def test_a_file_too_large_to_be_sent_is_encoded_again() -> None:
    """The limit itself is allowed; what is too large all the same is refused."""
    assert wanted(PLAIN, size=MAX_UPLOAD_BYTES) == ""
    assert wanted(PLAIN, size=MAX_UPLOAD_BYTES + 1) == "encoded again"

    check_upload_bytes(bytes(MAX_UPLOAD_BYTES), "x")
    with pytest.raises(InputError, match="x: more than 20,971,520 bytes") as refused:
        check_upload_bytes(bytes(MAX_UPLOAD_BYTES + 1), "x")
    assert refused.value.hint == "magick x -resize '2048x2048>' small.jpg"


SIDES = st.integers(MIN_SIDE, 60_000)


@given(SIDES, SIDES, st.just(0) | st.integers(MIN_SIDE, 4000))
def test_a_scaled_picture_is_one_that_the_model_takes(
    width: int, height: int, max_side: int
) -> None:
    """As long as wanted, unless it were too narrow; never larger than it was."""
    narrow, wide = sorted((width, height))
    wide = min(wide, MAX_ASPECT * narrow)
    short, long = sorted(scaled_size(narrow, wide, max_side))

    assert short >= MIN_SIDE
    assert long <= MAX_ASPECT * short
    assert long <= wide
    assert long <= max(max_side, MAX_ASPECT * MIN_SIDE) or not max_side
    assert abs(long * narrow - short * wide) <= max(narrow, wide)
    assert scaled_size(wide, narrow, max_side) == (long, short)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    """As many pixels as allowed are; the hint is for who knows the picture."""
    some = PrepareOptions(max_pixels=1_536_000)

    check_pixel_count(PLAIN, "x", some)
    with pytest.raises(InputError, match="x: 1536 by 1001 pixels; the max") as found:
        check_pixel_count(PLAIN._replace(height=1001), "x", some)
    assert found.value.hint == "if you trust the file: --max-pixels 1537536"

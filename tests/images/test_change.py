"""What has to change in a picture is known before it is decoded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.images.formats import Foreign, Format
from rwcap.images.image import MAX_BYTES
from rwcap.images.parts import Facts
from rwcap.images.preparation import (
    DEFAULT,
    MAX_ASPECT,
    MIN_SIDE,
    Preparation,
    Prepare,
    fit,
)
from rwcap.images.prepare import changes, check_bytes, check_pixels

PLAIN = Facts(width=1536, height=1000)


def wanted(
    facts: Facts,
    found: Format | Foreign = Format.JPEG,
    size: int = 9,
    preparation: Preparation = DEFAULT,
) -> str:
    """Return the changes in one string."""
    return ", ".join(changes(found, facts, size, preparation))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (PLAIN, ""),
        (replace(PLAIN, signed=True), ""),
        (replace(PLAIN, depth=1), ""),
        (replace(PLAIN, orientation=6), "orientation 6"),
        (replace(PLAIN, depth=16), "8 bit"),
        (replace(PLAIN, inks=True), "inks to RGB"),
        (replace(PLAIN, alpha=True), "on white"),
        (replace(PLAIN, profile=True), "profile to sRGB"),
        (replace(PLAIN, animated=True), "first frame"),
        (replace(PLAIN, height=1537), "side 1536"),
        (
            replace(PLAIN, width=9000, orientation=8, profile=True),
            "orientation 8, profile to sRGB, side 1536",
        ),
    ],
)
def test_a_picture_is_changed_where_the_model_would_see_it_wrong(
    facts: Facts, expected: str
) -> None:
    """And nowhere else: these words are in the identity of pictures, for ever."""
    assert wanted(facts) == expected


def test_other_formats_are_changed_in_any_case() -> None:
    """Their bytes imply the rest, so only where they come from and how far they go."""
    moving = replace(PLAIN, animated=True)

    assert wanted(moving, Foreign.GIF) == "from GIF"
    assert wanted(replace(moving, width=1537), Foreign.HEIC) == "from HEIC, side 1536"


def test_the_user_may_want_all_changed_or_none_or_another_size() -> None:
    """Where something is changed anyway, `always` is the same picture as `auto`."""
    turned = replace(PLAIN, orientation=3)
    always, never = (Preparation(how=Prepare(how)) for how in ("always", "never"))
    small, any_size = Preparation(max_side=200), Preparation(max_side=0)

    assert wanted(PLAIN, preparation=always) == "encoded again"
    assert wanted(turned, preparation=always) == wanted(turned)
    assert wanted(replace(PLAIN, alpha=True, depth=16), preparation=never) == ""
    assert wanted(PLAIN, preparation=small) == "side 200"
    assert wanted(replace(PLAIN, width=90_000), preparation=any_size) == ""
    assert len({each.mark for each in (DEFAULT, always, small, any_size)}) == 4
    assert never.mark == replace(never, max_side=9).mark


def test_a_file_too_large_to_be_sent_is_encoded_again() -> None:
    """The limit itself is allowed; what is too large all the same is refused."""
    assert wanted(PLAIN, size=MAX_BYTES) == ""
    assert wanted(PLAIN, size=MAX_BYTES + 1) == "encoded again"

    check_bytes(bytes(MAX_BYTES), "x")
    with pytest.raises(InputError, match="x: more than 20,971,520 bytes") as refused:
        check_bytes(bytes(MAX_BYTES + 1), "x")
    assert refused.value.hint == "magick x -resize '2048x2048>' small.jpg"


SIDES = st.integers(MIN_SIDE, 60_000)


@given(SIDES, SIDES, st.just(0) | st.integers(MIN_SIDE, 4000))
def test_a_scaled_picture_is_one_that_the_model_takes(
    width: int, height: int, max_side: int
) -> None:
    """As long as wanted, unless it were too narrow; never larger than it was."""
    narrow, wide = sorted((width, height))
    wide = min(wide, MAX_ASPECT * narrow)
    short, long = sorted(fit(narrow, wide, max_side))

    assert short >= MIN_SIDE
    assert long <= MAX_ASPECT * short
    assert long <= wide
    assert long <= max(max_side, MAX_ASPECT * MIN_SIDE) or not max_side
    assert abs(long * narrow - short * wide) <= max(narrow, wide)
    assert fit(wide, narrow, max_side) == (long, short)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    """As many pixels as allowed are; the hint is for who knows the picture."""
    some = Preparation(max_pixels=1_536_000)

    check_pixels(PLAIN, "x", some)
    with pytest.raises(InputError, match="x: 1536 by 1001 pixels; more than") as found:
        check_pixels(replace(PLAIN, height=1001), "x", some)
    assert found.value.hint == "if you trust it, --max-pixels 1537536"

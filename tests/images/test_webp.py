"""WebP files: their chunks, what they say, and the picture alone."""

import pytest

from rwcap.core.errors import InputError
from rwcap.images.container import MAX_PARTS
from rwcap.images.webp import parse, read_info, strip
from tests.images import profiles
from tests.images.containers import SIZE, animated, drawn, riff_chunk, tiff, webp

LOSSY, LOSSLESS = drawn("WEBP"), drawn("WEBP", lossless=True)
ALPHA = drawn("WEBP", "RGBA", quality=50)
CANVAS = b"".join((side - 1).to_bytes(3, "little") for side in SIZE)
XMP, EXIF = riff_chunk(b"XMP ", b"<x/>"), riff_chunk(b"EXIF", tiff(6))


def header(flags: int) -> bytes:
    """Return the header of an extended file."""
    return riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + CANVAS)


def kinds(data: bytes) -> list[str]:
    """Return the kinds of the chunks of a file."""
    return [part.kind for part in parse(data)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LOSSY, ["VP8 "]),
        (LOSSLESS, ["VP8L"]),
        (animated("WEBP"), ["VP8X", "ANIM", "ANMF", "ANMF"]),
    ],
)
def test_a_file_is_its_chunks(data: bytes, expected: list[str]) -> None:
    """Behind a header; nothing has to go."""
    assert kinds(data) == ["header", *expected]
    assert strip(data, parse(data)) == (data, ())


@pytest.mark.parametrize("plain", [LOSSY, LOSSLESS])
@pytest.mark.parametrize(
    ("added", "word"),
    [
        (EXIF, "Exif"),
        (XMP, "XMP"),
        (riff_chunk(b"C2PA", b"jumb"), "C2PA"),
        (riff_chunk(b"\x1b[2J", b"?"), "unknown chunk"),
    ],
)
def test_a_plain_file_is_plain_again(plain: bytes, added: bytes, word: str) -> None:
    """Metadata made it an extended one; without, it is what it was."""
    head = header(0x0C)
    data = webp(head, plain[12:], added)

    stripped, removed = strip(data, parse(data))

    assert stripped == plain
    assert dict(removed) == {word: len(added), "extended header": len(head)}


@pytest.mark.parametrize(
    "chunk", [riff_chunk(b"ICCP", b"abc"), riff_chunk(b"ANIM", b"")]
)
def test_an_extended_file_forgets_that_it_had_metadata(chunk: bytes) -> None:
    """Its header stays, without the flags of what is gone."""
    data = webp(header(0x2C), chunk, LOSSY[12:], EXIF, XMP)
    bare = webp(header(0x20), chunk, LOSSY[12:])

    stripped, removed = strip(data, parse(data))

    assert stripped == bare
    assert dict(removed) == {"Exif": len(EXIF), "XMP": len(XMP)}
    assert strip(bare, parse(bare)) == (bare, ())


def test_a_profile_of_srgb_is_no_part_of_the_picture() -> None:
    """It looks the same without; a plain file is plain again."""
    profile = riff_chunk(b"ICCP", profiles.matrix())
    other = riff_chunk(b"ICCP", profiles.matrix(profiles.DISPLAY_P3))
    data = webp(header(0x20), profile, LOSSY[12:])
    clear = webp(header(0x30), profile, ALPHA[12 + len(header(0)) :])
    kept = webp(header(0x20), other, LOSSY[12:])

    stripped, removed = strip(data, parse(data))

    assert stripped == LOSSY
    assert ("profile", len(profile)) in removed
    assert strip(clear, parse(clear)) == (ALPHA, (("profile", len(profile)),))
    assert strip(kept, parse(kept)) == (kept, ())


def test_transparency_is_kept() -> None:
    """Its chunk, and the header that says so."""
    assert kinds(ALPHA) == ["header", "VP8X", "ALPH", "VP8 "]
    assert strip(ALPHA, parse(ALPHA)) == (ALPHA, ())
    assert read_info(ALPHA, parse(ALPHA)).alpha


@pytest.mark.parametrize(
    ("tail", "word"), [(b"PK\3\4", "data after the end"), (b"\0", "data after the end")]
)
def test_what_follows_the_picture_is_taken_off(tail: bytes, word: str) -> None:
    """Inside of no chunk."""
    data = LOSSY + tail

    assert strip(data, parse(data)) == (LOSSY, ((word, len(tail)),))


def test_what_is_too_short_for_a_chunk_is_taken_off() -> None:
    """Padding that is counted as part of the picture."""
    data = webp(LOSSY[12:], b"lost")

    assert strip(data, parse(data)) == (LOSSY, (("padding", 4),))


def test_the_last_padding_may_be_missing() -> None:
    """Some programs leave it out, and decoders do not mind."""
    data = webp(riff_chunk(b"VP8X", header(0x20)[8:]), LOSSY[12:], b"ICCP\1\0\0\0a")

    assert kinds(data)[-1] == "ICCP"
    assert strip(data, parse(data)) == (data, ())


def test_facts_are_those_of_the_header() -> None:
    """Of each of the three kinds."""
    extended = webp(header(0x10), EXIF, riff_chunk(b"C2PA", b""), LOSSY[12:])
    profiled = webp(header(0), riff_chunk(b"ICCP", b""), LOSSY[12:])
    found = [
        read_info(data, parse(data))
        for data in (LOSSY, LOSSLESS, extended, animated("WEBP"), profiled)
    ]

    assert {(each.width, each.height) for each in found} == {SIZE}
    assert [each.alpha for each in found] == [False, False, True, False, False]
    assert [each.orientation for each in found] == [1, 1, 6, 1, 1]
    assert [each.signed for each in found] == [False, False, True, False, False]
    assert [each.animated for each in found] == [False, False, False, True, False]
    assert [each.non_srgb for each in found] == [False, False, False, False, True]


def test_lossless_transparency_is_a_fact() -> None:
    """It is in the header of the pixels."""
    data = drawn("WEBP", "RGBA", lossless=True)

    assert kinds(data)[1] == "VP8L"
    assert read_info(data, parse(data)).alpha


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (webp(), "damagedImage", "no image data"),
        (webp(header(0)), "damagedImage", "no image data"),
        (webp(XMP, LOSSY[12:]), "damagedImage", "header"),
        (webp(riff_chunk(b"VP8 ", bytes(10))), "damagedImage", "header"),
        (webp(riff_chunk(b"VP8 ", b"")), "damagedImage", "header"),
        (webp(riff_chunk(b"VP8L", bytes(10))), "damagedImage", "header"),
        (webp(b"VP8 \xff\0\0\0"), "damagedImage", "past the end"),
        (b"RIFF\0\0\0\0WEBP", "damagedImage", "shorter"),
        (webp(*[b"XMP \0\0\0\0"] * MAX_PARTS), "damagedImage", "100,000"),
        (b"", "truncatedImage", "end"),
        (b"RIFF\0\0\0\0", "truncatedImage", "end"),
        (LOSSY[:-1], "truncatedImage", "end"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, code: str, reason: str) -> None:
    """With the reason."""
    with pytest.raises(InputError, match=reason) as refused:
        read_info(data, parse(data))

    assert refused.value.code == code


def test_a_header_of_nothing_in_a_strange_place_is_left() -> None:
    """It has no flags to clear."""
    data = webp(header(0x20), LOSSY[12:], riff_chunk(b"VP8X", b""))

    assert strip(data, parse(data)) == (data, ())

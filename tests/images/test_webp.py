"""Tests of WebP files: chunks, properties, and removed metadata."""

import pytest

from rwcap.core.errors import InputError
from rwcap.images.container import MAX_PARTS
from rwcap.images.limits import PrepareOptions
from rwcap.images.prepare import prepare
from rwcap.images.webp import parse, read_info, strip
from tests.images import profiles
from tests.images.containers import SIZE, animated, drawn, riff_chunk, tiff, webp

LOSSY, LOSSLESS = drawn("WEBP"), drawn("WEBP", lossless=True)
ALPHA = drawn("WEBP", "RGBA", quality=50)
CANVAS = b"".join((side - 1).to_bytes(3, "little") for side in SIZE)
XMP, EXIF = riff_chunk(b"XMP ", b"<x/>"), riff_chunk(b"EXIF", tiff(6))


def extended_header(flags: int) -> bytes:
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
def test_a_file_is_parsed_into_chunks(data: bytes, expected: list[str]) -> None:
    """The file header precedes them."""
    assert kinds(data) == ["header", *expected]
    assert strip(data, parse(data)) == (data, ())


@pytest.mark.parametrize("simple", [LOSSY, LOSSLESS])
@pytest.mark.parametrize(
    ("added", "label"),
    [
        (EXIF, "Exif"),
        (XMP, "XMP"),
        (riff_chunk(b"C2PA", b"jumb"), "C2PA"),
        (riff_chunk(b"\x1b[2J", b"?"), "unknown chunk"),
    ],
)
def test_a_simple_file_becomes_simple_again(
    simple: bytes, added: bytes, label: str
) -> None:
    """Metadata made it an extended file."""
    head = extended_header(0x0C)
    data = webp(head, simple[12:], added)

    stripped, removed = strip(data, parse(data))

    assert stripped == simple
    assert dict(removed) == {label: len(added), "extended header": len(head)}


@pytest.mark.parametrize(
    "chunk", [riff_chunk(b"ICCP", b"abc"), riff_chunk(b"ANIM", b"")]
)
def test_the_metadata_flags_of_an_extended_file_are_cleared(chunk: bytes) -> None:
    """The header itself stays."""
    data = webp(extended_header(0x2C), chunk, LOSSY[12:], EXIF, XMP)
    without_metadata = webp(extended_header(0x20), chunk, LOSSY[12:])

    stripped, removed = strip(data, parse(data))

    assert stripped == without_metadata
    assert dict(removed) == {"Exif": len(EXIF), "XMP": len(XMP)}
    assert strip(without_metadata, parse(without_metadata)) == (without_metadata, ())


def test_an_srgb_profile_is_removed() -> None:
    """The image looks the same without it."""
    profile = riff_chunk(b"ICCP", profiles.matrix())
    other = riff_chunk(b"ICCP", profiles.matrix(profiles.DISPLAY_P3))
    data = webp(extended_header(0x20), profile, LOSSY[12:])
    clear = webp(extended_header(0x30), profile, ALPHA[12 + len(extended_header(0)) :])
    kept = webp(extended_header(0x20), other, LOSSY[12:])

    stripped, removed = strip(data, parse(data))

    assert stripped == LOSSY
    assert ("profile", len(profile)) in removed
    assert strip(clear, parse(clear)) == (ALPHA, (("profile", len(profile)),))
    assert strip(kept, parse(kept)) == (kept, ())


def test_transparency_is_kept() -> None:
    """Its chunk, and the header with its flag."""
    assert kinds(ALPHA) == ["header", "VP8X", "ALPH", "VP8 "]
    assert strip(ALPHA, parse(ALPHA)) == (ALPHA, ())
    assert read_info(ALPHA, parse(ALPHA)).alpha


@pytest.mark.parametrize(
    ("tail", "label"),
    [(b"PK\3\4", "data after the end"), (b"\0", "data after the end")],
)
def test_data_after_the_image_is_removed(tail: bytes, label: str) -> None:
    """It belongs to no chunk."""
    data = LOSSY + tail

    assert strip(data, parse(data)) == (LOSSY, ((label, len(tail)),))


def test_data_too_short_for_a_chunk_is_removed() -> None:
    """The file size includes this padding."""
    data = webp(LOSSY[12:], b"lost")

    assert strip(data, parse(data)) == (LOSSY, (("padding", 4),))


def test_the_last_padding_byte_can_be_missing() -> None:
    """Some programs omit it, and decoders accept that."""
    data = webp(
        riff_chunk(b"VP8X", extended_header(0x20)[8:]), LOSSY[12:], b"ICCP\1\0\0\0a"
    )

    assert kinds(data)[-1] == "ICCP"
    assert strip(data, parse(data)) == (data, ())


def test_properties_are_read_from_the_header() -> None:
    """There are three kinds of headers."""
    extended = webp(extended_header(0x10), EXIF, riff_chunk(b"C2PA", b""), LOSSY[12:])
    profiled = webp(extended_header(0), riff_chunk(b"ICCP", b""), LOSSY[12:])
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


@pytest.mark.promises("pixels")
def test_metadata_in_a_frame_of_an_animation_are_not_sent() -> None:
    """A single frame is decoded, too, and encoded again."""
    metadata = EXIF + riff_chunk(b"XMP ", b"<secret/>")
    frame = bytes(6) + CANVAS + bytes(4) + LOSSY[12:] + metadata
    data = webp(
        extended_header(0x02),
        riff_chunk(b"ANIM", bytes(6)),
        riff_chunk(b"ANMF", frame),
    )

    image = prepare(data, "a.webp", PrepareOptions())

    assert b"EXIF" in data
    assert (image.info.width, image.info.height) == SIZE
    assert b"EXIF" not in image.data
    assert b"secret" not in image.data


def test_the_transparency_of_a_lossless_image_is_read() -> None:
    """The flag is in the header of the pixels."""
    data = drawn("WEBP", "RGBA", lossless=True)

    assert kinds(data)[1] == "VP8L"
    assert read_info(data, parse(data)).alpha


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (webp(), "damagedImage", "no image data"),
        (webp(extended_header(0)), "damagedImage", "no image data"),
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
def test_invalid_files_are_rejected(data: bytes, code: str, reason: str) -> None:
    """The message states the reason."""
    with pytest.raises(InputError, match=reason) as caught:
        read_info(data, parse(data))

    assert caught.value.code == code


def test_an_empty_extended_header_is_kept() -> None:
    """It has no flags to clear."""
    data = webp(extended_header(0x20), LOSSY[12:], riff_chunk(b"VP8X", b""))

    assert strip(data, parse(data)) == (data, ())


def test_headers_with_different_sizes_are_refused() -> None:
    """Pillow would read the image in one size and the limits the other."""
    data = bytearray(webp(extended_header(0x20), LOSSY[12:]))
    data[24] += 1  # the width of the extended header

    with pytest.raises(InputError, match="the headers name different sizes"):
        read_info(bytes(data), parse(bytes(data)))

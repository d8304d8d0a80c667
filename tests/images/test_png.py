"""Tests of PNG files: chunks, properties, and removed metadata."""

import re
from zlib import compress

import pytest

from rwcap.core.errors import InputError
from rwcap.images.container import MAX_PARTS
from rwcap.images.png import XMP, parse, read_info, strip
from rwcap.reference import texts
from tests.images import profiles
from tests.images.containers import SIZE, animated, drawn, png_chunk, tiff

PNG = drawn("PNG")
HEADER = 33  # bytes: signature and IHDR
SIGNATURE = PNG[:8]
IHDR, IEND = PNG[8:HEADER], PNG[-12:]
IDAT = PNG[HEADER:-12]


def with_chunks(*chunks: bytes) -> bytes:
    """Return the image with these chunks after its header."""
    return PNG[:HEADER] + b"".join(chunks) + PNG[HEADER:]


def test_a_file_is_parsed_into_chunks() -> None:
    """The signature precedes them."""
    kinds = [part.kind for part in parse(PNG)]

    assert kinds == ["signature", "IHDR", "IDAT", "IEND"]


@pytest.mark.parametrize(
    ("kind", "payload", "label"),
    [
        (b"eXIf", tiff(1), "Exif"),
        (b"tEXt", b"Comment\0Hello", "text"),
        (b"zTXt", b"Comment\0\0", "text"),
        (b"iTXt", b"Comment\0\0\0\0\0Hello", "text"),
        (b"iTXt", XMP + b"\0\0\0\0<x/>", "XMP"),
        (b"tIME", bytes(7), "time"),
        (b"caBX", b"jumb", "C2PA"),
        (b"pHYs", bytes(9), "pHYs"),
        (b"prVt", b"secret", "prVt"),
    ],
)
def test_metadata_is_removed_and_labelled(
    kind: bytes, payload: bytes, label: str
) -> None:
    """Before and after the pixels; the label is for messages."""
    added = png_chunk(kind, payload)
    data = with_chunks(added)[:-12] + added + IEND

    assert strip(data, parse(data)) == (PNG, ((label, 2 * len(added)),))


@pytest.mark.parametrize(
    "kind", [b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"tRNS", b"bKGD"]
)
def test_chunks_that_affect_the_look_are_kept(kind: bytes) -> None:
    """Gamma, colours and transparency."""
    data = with_chunks(png_chunk(kind, bytes(4)))

    assert strip(data, parse(data)) == (data, ())
    assert read_info(data, parse(data)).non_srgb == (kind == b"iCCP")


REGISTERED = (
    *("PLTE", "acTL", "bKGD", "cHRM", "cICP", "cLLI", "caBX", "dSIG", "eXIf", "fcTL"),
    *("fdAT", "gAMA", "gIFg", "gIFt", "gIFx", "hIST", "iCCP", "iTXt", "mDCV", "oFFs"),
    *("pCAL", "pHYs", "sBIT", "sCAL", "sPLT", "sRGB", "sTER", "tEXt", "tIME", "tRNS"),
    "zTXt",
)
"""The registered kinds of chunks, besides IHDR, IDAT and IEND."""


@pytest.mark.promises("free")
def test_the_manual_names_the_chunks_that_count_as_pixels() -> None:
    """With any other one, the image is the same."""
    manual = " ".join(texts.text("rwcap.txt").split())
    (named,) = re.findall("the PNG chunks ((?:[a-zA-Z]{4}(?:, | and )?)+)", manual)

    kept = set()
    for kind in REGISTERED:
        data = with_chunks(png_chunk(kind.encode(), bytes(4)))
        kept |= {kind} if strip(data, parse(data))[0] != PNG else set()

    assert kept == set(re.split(", | and ", named))


@pytest.mark.promises("free")
def test_data_in_other_chunks_is_another_image() -> None:
    """They are not joined: ledgers have the digests of files as they are."""
    pixels = IDAT[8:-4]
    parts = [png_chunk(b"IDAT", each) for each in (pixels[:50], pixels[50:])]
    data = b"".join((PNG[:HEADER], *parts, IEND))

    assert strip(data, parse(data))[0] != PNG


GAMMA = (45455).to_bytes(4)
PRIMARIES = bytes.fromhex(
    "00007a26 00008084 0000fa00 000080e8 00007530 0000ea60 00003a98 00001770"
)


def profile_chunk(profile: bytes) -> bytes:
    """Return a chunk with a profile."""
    return png_chunk(b"iCCP", b"name\0\0" + compress(profile))


@pytest.mark.parametrize(
    "others",
    [
        [],
        [(b"gAMA", GAMMA)],
        [(b"cHRM", PRIMARIES), (b"gAMA", GAMMA)],
        [(b"sRGB", b"\0")],
    ],
)
def test_an_srgb_profile_is_removed(
    others: list[tuple[bytes, bytes]],
) -> None:
    """The image looks the same without it."""
    chunks = [png_chunk(*each) for each in others]
    plain, profile = with_chunks(*chunks), profile_chunk(profiles.matrix())
    data = with_chunks(profile, *chunks)

    assert strip(data, parse(data)) == (plain, (("profile", len(profile)),))


@pytest.mark.parametrize(
    ("profile", "other"),
    [
        (profiles.matrix(), (b"gAMA", (100_000).to_bytes(4))),
        (profiles.matrix(), (b"cHRM", bytes(32))),
        (profiles.matrix(profiles.DISPLAY_P3), (b"gAMA", GAMMA)),
    ],
)
def test_a_profile_that_affects_the_look_is_kept(
    profile: bytes, other: tuple[bytes, bytes]
) -> None:
    """Also if another chunk would take effect in its place."""
    data = with_chunks(profile_chunk(profile), png_chunk(*other))

    assert strip(data, parse(data)) == (data, ())


def test_an_animation_is_kept() -> None:
    """An animation with one frame is not reported as animated."""
    animation, single = (
        animated("PNG"),
        with_chunks(png_chunk(b"acTL", b"\0\0\0\1" * 2)),
    )

    assert strip(animation, parse(animation)) == (animation, ())
    assert read_info(animation, parse(animation)).animated
    assert not read_info(single, parse(single)).animated


def test_data_after_the_image_is_removed() -> None:
    """For example an archive."""
    data = PNG + b"PK\3\4"

    assert strip(data, parse(data)) == (PNG, (("data after the end", 4),))


@pytest.mark.parametrize(
    ("mode", "depth", "alpha"),
    [
        ("RGB", 8, False),
        ("L", 8, False),
        ("P", 8, False),
        ("1", 1, False),
        ("I;16", 16, False),
        ("LA", 8, True),
        ("RGBA", 8, True),
    ],
)
def test_properties_are_read_from_the_header(
    mode: str,
    depth: int,
    alpha: bool,  # noqa: FBT001  # a test parameter
) -> None:
    """Size, depth and transparency."""
    data = drawn("PNG", mode)
    found = read_info(data, parse(data))

    assert (found.width, found.height) == SIZE
    assert (found.depth, found.alpha) == (depth, alpha)
    assert (found.orientation, found.signed, found.non_srgb) == (1, False, False)


def test_properties_are_read_from_the_chunks() -> None:
    """Orientation, signature and a transparent colour."""
    data = with_chunks(
        png_chunk(b"eXIf", tiff(8)), png_chunk(b"caBX", b""), png_chunk(b"tRNS", b"")
    )
    found = read_info(data, parse(data))

    assert (found.orientation, found.signed, found.alpha) == (8, True, True)


BROKEN = IDAT[:-4] + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (
            SIGNATURE + IHDR + BROKEN + IEND,
            "damagedImage",
            "wrong checksum of chunk IDAT",
        ),
        (SIGNATURE + IDAT + IHDR + IEND, "damagedImage", "no image data"),
        (SIGNATURE + IHDR + IEND, "damagedImage", "no image data"),
        (SIGNATURE + IEND, "damagedImage", "no image data"),
        (
            SIGNATURE + png_chunk(b"IHDR", b"") + IDAT + IEND,
            "damagedImage",
            "no image data",
        ),
        (with_chunks(png_chunk(b"CgBI", b"")), "damagedImage", "CgBI"),
        (with_chunks(png_chunk(b"a\x1bcd", b"")), "damagedImage", "name"),
        (with_chunks(png_chunk(b"prVt", b"") * MAX_PARTS), "damagedImage", "100,000"),
        (b"", "truncatedImage", "end"),
        (SIGNATURE + IHDR + IDAT, "truncatedImage", "end"),
        (PNG[:-1], "truncatedImage", "end"),
        (with_chunks(b"\xff\xff\xff\xffprVt"), "truncatedImage", "end"),
    ],
)
def test_invalid_files_are_rejected(data: bytes, code: str, reason: str) -> None:
    """The message states the reason."""
    with pytest.raises(InputError, match=reason) as caught:
        read_info(data, parse(data))

    assert caught.value.code == code

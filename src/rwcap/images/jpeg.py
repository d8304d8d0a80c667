"""JPEG files: their segments, what these say, and the picture alone.

ITU-T T.81, annex B (https://www.w3.org/Graphics/JPEG/itu-t81.pdf); JFIF is T.871.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from rwcap.core.errors import InputError
from rwcap.images import exif, icc
from rwcap.images.container import (
    TRAILER,
    ImageInfo,
    Part,
    RemovedMetadata,
    clean_parts,
    collect_parts,
    damaged_error,
    truncated_error,
)

MAX_SCANS: Final = 500
"""Scans of one picture at most: each is decoded across all of it.

Programs write ten or so. libjpeg-turbo's own tests of hostile files stop at so many
(https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/fuzz/transform.cc).
"""

XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
"""Begins a segment of XMP; an extension of it begins with the other.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart3.pdf
"""
EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
_PROFILE: Final = b"ICC_PROFILE\0"
"""Begins a piece of a colour profile; its number and their count follow."""
_JFIF: Final = b"JFIF\0"
_ADOBE: Final = b"Adobe"
_HEADER: Final = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
"""JFIF as it is sent: version 1.1, square pixels, no density, no thumbnail."""

_LOSSLESS: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_SOI, _EOI, _SOS, _RESERVED = 0xD8, 0xD9, 0xDA, range(0x02, 0xC0)
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM, RST0 to RST7
_KINDS: Final = (
    dict.fromkeys((each for each in range(0xC0, 0xD0)), "SOF")
    | {0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC", _SOS: "SOS", 0xDB: "DQT", 0xDC: "DNL"}
    | {0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP", 0xFE: "COM"}
    | {0xE0 + number: f"APP{number}" for number in range(16)}
)
_DECODED: Final = frozenset(
    {"SOI", "SOF", "DHT", "DAC", "SOS", "DQT", "DNL", "DRI", "DHP", "EXP", "EOI"}
)
"""Without these a decoder would see another picture, or none."""

# In the coded pixels a byte 0xFF is followed by 0, or by a marker of restart. Any
# number of 0xFF may stand before a marker; only the last is matched, so that a
# long row of them takes no longer than other bytes.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_GAP: Final = "gap"
_WORDS: Final = (
    ("APP1", exif.PREFIX, "Exif"),
    ("APP1", XMP, "XMP"),
    ("APP1", EXTENDED_XMP, "XMP"),
    ("APP2", b"MPF\0", "more pictures"),
    ("APP13", b"Photoshop 3.0\0", "IPTC"),
    ("APP0", b"JFXX\0", "thumbnail"),
    ("APP0", _JFIF, "JFIF"),
    ("COM", b"", "comment"),
    (TRAILER, b"", "data after the end"),
    (_GAP, b"", "padding"),
)


def parse(data: bytes) -> tuple[Part, ...]:
    """Return the segments: together they are the whole file.

    A scan is one with its coded pixels, which follow what it holds. Raises
    `InputError` where the end of the picture is missing, or a segment is none.
    """
    return collect_parts(_segments(data))


def _segments(data: bytes) -> Iterator[Part]:
    yield Part("SOI", 0, 2, 2, 2)
    at = 2
    while True:
        found = _MARKER.search(data, at)
        if not found:
            raise truncated_error("the end of the picture is missing")
        start, marker = found.start(), data[found.start() + 1]
        if start > at:  # decoders pass over it, too
            yield Part(_GAP, at, at, start, start)
        at = start + 2
        if marker == _EOI:
            break
        if marker == _SOI or marker in _RESERVED:
            raise damaged_error(f"a marker FF{marker:02X} where none can be")
        if marker in _ALONE:
            yield Part(_GAP, start, at, at, at)
            continue
        part = _segment(data, start, marker)
        yield part
        at = part.end
    yield Part("EOI", at - 2, at, at, at)
    if at < len(data):
        yield Part(TRAILER, at, at, len(data), len(data))


def _segment(data: bytes, start: int, marker: int) -> Part:
    length = int.from_bytes(data[start + 2 : start + 4])
    end = start + 2 + length
    if max(end, start + 4) > len(data):
        raise truncated_error("a segment goes on past the end of the file")
    if length < 2:  # noqa: PLR2004  # it counts its own two bytes
        raise damaged_error("a segment without a length")
    if marker != _SOS:
        return Part(_KINDS.get(marker, f"FF{marker:02X}"), start, start + 4, end, end)
    after = _AFTER_SCAN.search(data, end)
    if not after:
        raise truncated_error("the end of the picture is missing")
    return Part("SOS", start, start + 4, end, after.start())


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return what the segments say of the picture.

    Raises `InputError` where no frame and scan describe one, or too many scans do.
    """
    coded = [part for part in parts if part.kind in {"SOF", "SOS"}]
    if not coded or coded[0].kind != "SOF" or coded[-1].kind != "SOS":
        raise damaged_error("no picture in it")
    scans = sum(part.kind == "SOS" for part in coded)
    if scans > MAX_SCANS:
        raise InputError(
            f"{scans:,} scans; more than {MAX_SCANS} are not decoded",
            code="tooManyScans",
        )
    frame = coded[0].payload(data)
    if len(frame) < 6:  # noqa: PLR2004  # precision, height, width, components
        raise damaged_error("its header is too short")
    words = {_word(data, part): part for part in reversed(parts)}
    block = words.get("Exif")
    profile = _profile(data, parts)
    return ImageInfo(
        width=int.from_bytes(frame[3:5]),
        height=int.from_bytes(frame[1:3]),
        orientation=exif.orientation(block.payload(data)) if block else 1,
        depth=frame[0],
        grey=frame[5] == 1,
        inks=frame[5] == 4,  # noqa: PLR2004  # cyan, magenta, yellow, black
        profile=profile is not None and not icc.is_srgb(profile),
        signed="C2PA" in words,
    )


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file without metadata, its coded pixels untouched.

    What is left: what decodes the picture, a colour profile that is not sRGB, and
    what JFIF and Adobe's segment say of colours. That of JFIF is always the same,
    right behind the beginning: programs that edit metadata change its density, or
    leave it out.
    """
    jfif, wanted = _told(data, parts)
    header = _HEADER if wanted else b""
    is_srgb = icc.is_srgb(_profile(data, parts) or b"")

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if part == jfif:
            return header, "thumbnail" if wanted else "JFIF"
        word = _word(data, part)
        if part.kind in _DECODED or (word == "profile" and not is_srgb):
            return memoryview(data)[part.start : part.end], ""
        held = part.payload(data, 12)
        if part.kind == "APP14" and held.startswith(_ADOBE) and len(held) == 12:  # noqa: PLR2004  # with the transform of its colours
            return b"\xff\xee\x00\x0e" + held, word
        return b"", word

    ordered = (parts[0], jfif, *(part for part in parts[1:] if part != jfif))
    pieces, removed = clean_parts(data, ordered, clean)
    return b"".join(pieces), removed


def _told(data: bytes, parts: Sequence[Part]) -> tuple[Part, bool]:
    """Return the segment of JFIF, an empty one if there is none; whether to send it.

    It says that one component is grey and three are YCbCr (T.871, section 6.1).
    Decoders think so without it, unless `_is_rgb`; with other numbers of components
    they do not heed it. So does libjpeg, by what stands before the first scan
    (`default_decompress_parms` in
    https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jdapimin.c).
    """
    before = tuple(takewhile(lambda part: part.kind != "SOS", parts))
    frame = next(part for part in before if part.kind == "SOF")
    found = [
        part
        for part in before
        if part.kind == "APP0"
        and part.payload(data, len(_JFIF)) == _JFIF
        and part.tail - part.body >= 14  # noqa: PLR2004  # with the size of its thumbnail
    ]
    components = frame.payload(data, 6)[5]
    wanted = components == 1 or (
        components == 3 and (bool(found) or not _is_rgb(data, before, frame))  # noqa: PLR2004  # as above
    )
    return found[0] if found else Part("APP0", 2, 2, 2, 2), wanted


def _is_rgb(data: bytes, before: Sequence[Part], frame: Part) -> bool:
    """Return whether three components are red, green and blue if JFIF is missing.

    Adobe's segment says so by a transform of 0. Without one, the components are
    named R, G, B, or coded without loss.
    """
    said = [
        part.payload(data, 12)
        for part in before
        if part.kind == "APP14" and part.payload(data, 5) == _ADOBE
    ]
    transforms = [held[11] for held in said if len(held) == 12]  # noqa: PLR2004  # as much as counts
    if transforms:
        return not transforms[-1]
    lossless = data[frame.start + 1] in _LOSSLESS
    return lossless or frame.payload(data)[6:15:3] == b"RGB"


def _profile(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the colour profile, put together from its pieces."""
    pieces = [
        part.payload(data)[len(_PROFILE) + 2 :]
        for part in parts
        if _word(data, part) == "profile"
    ]
    return b"".join(pieces) if pieces else None


def _word(data: bytes, part: Part) -> str:
    """Return what a segment is, in a word: for most, its kind."""
    held = part.payload(data, 64)
    for kind, beginning, word in _WORDS:
        if part.kind == kind and held.startswith(beginning):
            return word
    if part.kind == "APP2" and held.startswith(_PROFILE):
        return "profile"
    # JUMBF, in which C2PA is a box of that name: ISO/IEC 19566-5, annex D.
    if part.kind == "APP11" and held[:2] == b"JP" and b"c2pa" in held:
        return "C2PA"
    return part.kind

"""JPEG files: parse the segments, read the image properties, remove metadata.

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
"""Maximum number of scans: a decoder passes over the whole image for each of them.

Encoders write about ten. The fuzz tests of libjpeg-turbo use the same limit
(https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/fuzz/transform.cc).
"""

END: Final = b"\xff\xd9"
"""The marker at the end of an image."""

XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
"""The prefix of a segment that contains XMP.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart3.pdf
"""
EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
"""The prefix of a segment that contains a piece of extended XMP."""
_PROFILE: Final = b"ICC_PROFILE\0"
"""The prefix of a piece of a colour profile; its number and their count follow."""
_JFIF: Final = b"JFIF\0"
_JFIF_BYTES: Final = 14  # up to the size of the thumbnail
_ADOBE: Final = b"Adobe"
_ADOBE_BYTES: Final = 12  # the last is the colour transform
_JFIF_SEGMENT: Final = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
"""The JFIF segment that is sent: version 1.1, square pixels, no thumbnail."""

_LOSSLESS: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_SOI, _EOI, _SOS, _RESERVED = 0xD8, 0xD9, 0xDA, range(0x02, 0xC0)
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM, RST0 to RST7
_KINDS: Final = (
    dict.fromkeys((each for each in range(0xC0, 0xD0)), "SOF")
    | {0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC", _SOS: "SOS", 0xDB: "DQT", 0xDC: "DNL"}
    | {0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP", 0xFE: "COM"}
    | {0xE0 + number: f"APP{number}" for number in range(16)}
)
_DECODED: Final = frozenset({"SOI", "SOF", "DHT", "DAC", "SOS", "DQT", "DRI", "EOI"})
"""The segments that a decoder needs."""

# In coded pixels, a byte 0xFF is followed by 0 or by a restart marker. Any number of
# 0xFF bytes may precede a marker. The pattern matches only the last of them, so a
# long row of 0xFF takes no more time than other bytes.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_GAP: Final = "gap"
_LABELS: Final = {
    "APP0": {b"JFXX\0": "thumbnail", _JFIF: "JFIF"},
    "APP1": {exif.PREFIX: "Exif", XMP: "XMP", EXTENDED_XMP: "XMP"},
    "APP2": {b"MPF\0": "more images", _PROFILE: "profile"},
    "APP13": {b"Photoshop 3.0\0": "IPTC"},
    "COM": {b"": "comment"},
    TRAILER: {b"": "data after the end"},
    _GAP: {b"": "padding"},
}
"""The labels in messages, by kind and prefix of a segment."""


def parse(data: bytes) -> tuple[Part, ...]:
    """Return the segments, which together are the whole file.

    A scan segment includes the coded pixels that follow its payload.

    Raises:
        InputError: The file is truncated or damaged.
    """
    return collect_parts(_segments(data))


def _segments(data: bytes) -> Iterator[Part]:
    yield Part("SOI", 0, 2, 2, 2)
    at = 2
    while True:
        found = _MARKER.search(data, at)
        if not found:
            raise truncated_error("the end of the image is missing")
        start, marker = found.start(), data[found.start() + 1]
        if start > at:  # decoders skip these bytes, too
            yield Part(_GAP, at, at, start, start)
        at = start + 2
        if marker == _EOI:
            break
        if marker == _SOI or marker in _RESERVED:
            raise damaged_error(f"unexpected marker FF{marker:02X}")
        if marker in _WITHOUT_LENGTH:
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
        raise truncated_error("a segment extends past the end of the file")
    if length < 2:  # noqa: PLR2004  # the length counts its own two bytes
        raise damaged_error("a segment has an invalid length")
    if marker != _SOS:
        return Part(_KINDS.get(marker, f"FF{marker:02X}"), start, start + 4, end, end)
    following = _MARKER_AFTER_SCAN.search(data, end)
    if not following:
        raise truncated_error("the end of the image is missing")
    return Part("SOS", start, start + 4, end, following.start())


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return the properties of the image.

    Raises:
        InputError: The frame or the scans are missing, or there are too many scans.
    """
    coded = [part for part in parts if part.kind in {"SOF", "SOS"}]
    if not coded or coded[0].kind != "SOF" or coded[-1].kind != "SOS":
        raise damaged_error("no image data")
    scans = sum(part.kind == "SOS" for part in coded)
    if scans > MAX_SCANS:
        raise InputError(
            f"{scans:,} scans; the maximum is {MAX_SCANS}", code="tooManyScans"
        )
    frame = coded[0].payload(data)
    if len(frame) < 6:  # noqa: PLR2004  # precision, height, width, components
        raise damaged_error("the image header is too short")
    labels = {_label(data, part): part for part in reversed(parts)}
    block = labels.get("Exif")
    profile = _profile(data, parts)
    return ImageInfo(
        width=int.from_bytes(frame[3:5]),
        height=int.from_bytes(frame[1:3]),
        orientation=exif.orientation(block.payload(data)) if block else 1,
        depth=frame[0],
        greyscale=frame[5] == 1,
        cmyk=frame[5] == 4,  # noqa: PLR2004  # cyan, magenta, yellow, black
        non_srgb=profile is not None and not icc.is_srgb(profile),
        signed="C2PA" in labels,
    )


def has_all_scans(data: bytes, parts: Sequence[Part]) -> bool:
    """Return whether the scans contain each coefficient of each component to the end.

    A scan states its components, its first and last coefficient, and the number of
    low bits that later scans refine (T.81, section B.2.3).
    """
    frame = next(part for part in parts if part.kind == "SOF")
    names = frame.payload(data)[6::3]
    missing = {(name, number) for name in names for number in range(64)}
    for scan in (part.payload(data) for part in parts if part.kind == "SOS"):
        first, last, bits = scan[-3:].rjust(3, b"\xff")
        if not bits & 0xF:
            numbers = range(first, last + 1)
            missing -= {(name, number) for name in scan[1:-3:2] for number in numbers}
    return not missing


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file without metadata; the coded pixels do not change.

    The result contains the segments that a decoder needs, a colour profile other
    than sRGB, and the JFIF and Adobe segments that determine the colours. The JFIF
    segment is always the same and always the first, because metadata editors change
    its density or remove it.
    """
    jfif, is_sent = _jfif_segment(data, parts)
    header = _JFIF_SEGMENT if is_sent else b""
    is_srgb = icc.is_srgb(_profile(data, parts) or b"")

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if part == jfif:
            return header, "thumbnail" if is_sent else "JFIF"
        label = _label(data, part)
        if label in _DECODED or (label == "profile" and not is_srgb):
            return memoryview(data)[part.start : part.end], ""
        payload = part.payload(data, _ADOBE_BYTES)
        if _is_adobe(part, payload) and len(payload) == _ADOBE_BYTES:
            return b"\xff\xee\x00\x0e" + payload, label
        return b"", label

    ordered = (parts[0], jfif, *(part for part in parts[1:] if part != jfif))
    pieces, removed = clean_parts(data, ordered, clean)
    return b"".join(pieces), removed


def _jfif_segment(data: bytes, parts: Sequence[Part]) -> tuple[Part, bool]:
    """Return the JFIF segment, and whether the stripped file needs one.

    If there is none, the result is an empty part at its place.

    JFIF says that one component is grey and that three are YCbCr (T.871, section
    6.1). Without it, decoders assume the same, except in the cases of `_is_rgb`. With
    other numbers of components they ignore it. libjpeg decides by the segments before
    the first scan (`default_decompress_parms` in
    https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jdapimin.c).
    """
    before = tuple(takewhile(lambda part: part.kind != "SOS", parts))
    frame = next(part for part in before if part.kind == "SOF")
    found = [
        part
        for part in before
        if part.kind == "APP0"
        and part.payload(data, len(_JFIF)) == _JFIF
        and part.payload_end - part.payload_start >= _JFIF_BYTES
    ]
    components = frame.payload(data, 6)[5]
    is_needed = components == 1 or (
        components == 3 and (bool(found) or not _is_rgb(data, before, frame))  # noqa: PLR2004  # YCbCr
    )
    return found[0] if found else Part("APP0", 2, 2, 2, 2), is_needed


def _is_rgb(data: bytes, before: Sequence[Part], frame: Part) -> bool:
    """Return whether three components are red, green and blue if JFIF is missing.

    The Adobe segment says so with a transform of 0. Without that segment, components
    are RGB if they are named R, G, B or if the coding is lossless.
    """
    payloads = [
        payload
        for part in before
        if _is_adobe(part, payload := part.payload(data, _ADOBE_BYTES))
    ]
    transforms = [each[-1] for each in payloads if len(each) == _ADOBE_BYTES]
    if transforms:
        return not transforms[-1]
    lossless = data[frame.start + 1] in _LOSSLESS
    return lossless or frame.payload(data)[6:15:3] == b"RGB"


def _is_adobe(part: Part, payload: bytes) -> bool:
    return part.kind == "APP14" and payload.startswith(_ADOBE)


def _profile(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the colour profile, joined from its pieces."""
    pieces = [
        part.payload(data)[len(_PROFILE) + 2 :]
        for part in parts
        if part.kind == "APP2" and _label(data, part) == "profile"
    ]
    return b"".join(pieces) if pieces else None


def _label(data: bytes, part: Part) -> str:
    """Return the label of a segment in messages, by default its kind."""
    if part.kind in _DECODED:
        return part.kind
    for prefix, label in _LABELS.get(part.kind, {}).items():
        if data.startswith(prefix, part.payload_start, part.payload_end):
            return label
    # C2PA is a box with that name in JUMBF: ISO/IEC 19566-5, annex D.
    start = part.payload(data, 64) if part.kind == "APP11" else b""
    return "C2PA" if start[:2] == b"JP" and b"c2pa" in start else part.kind

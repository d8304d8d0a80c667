"""XMP in JPEG: a segment after those of JFIF and Exif, and perhaps an extension.

The extension holds what does not fit into 64 KB, and is found by its digest, which
the packet tells; it stays as it is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rwcap.images import exif
from rwcap.images.container import Part
from rwcap.images.jpeg import EXTENDED_XMP, XMP
from rwcap.metadata import mpf
from rwcap.metadata.xmp_container import check_trailer, embedding_error, single_packet

MAX_PACKET: Final = 65_502
"""Bytes of a packet at most, by part 3 of the specification, section 1.1.3."""

_TEXTS: Final = (b"purl.org/dc/elements", b"Iptc4xmpCore")
"""What an extension that holds a text of ours would have to name."""

_AFTER_DIGEST: Final = len(EXTENDED_XMP) + 32 + 4 + 4  # digest, whole length, offset

# A motion photo, or one with more pictures behind it, which its XMP measures from
# the end of the file or one after the other: whatever comes before may grow.
# https://developer.android.com/media/platform/motion-photo-format
_MEASURED = re.compile(rb"MicroVideoOffset|MotionPhoto|Container:Directory")
_SAMSUNG: Final = b"SEFT"
"""Ends what Samsung's cameras add, which is read from the end, too.

https://exiftool.org/TagNames/Samsung.html#Trailer
"""


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet."""
    part = _part(data, parts)
    packet = part.payload(data)[len(XMP) :] if part else None
    extension = b"".join(
        part.payload(data)[_AFTER_DIGEST:]
        for part in _segments(data, parts, "APP1", EXTENDED_XMP)
    )
    if any(text in extension for text in _TEXTS):
        raise embedding_error("a text may be in its extended XMP", code="extendedXmp")
    if not _stays_found(data, parts, packet or b""):
        check_trailer(data, parts)
    return packet


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with a packet, and pictures after the first one found again."""
    if len(packet) > MAX_PACKET:
        raise embedding_error(f"XMP of more than {MAX_PACKET:,} bytes", code="fullXmp")
    held = XMP + packet
    segment = b"\xff\xe1" + (len(held) + 2).to_bytes(2) + held
    part = _part(data, parts)
    if part:
        start, end = part.start, part.end
    else:
        start = end = max(each.end for each in _first(data, parts))
    longer = data[:start] + segment + data[end:]
    for index in _segments(data, parts, "APP2", mpf.PREFIX):
        less = len(segment) - (end - start)
        longer = mpf.with_moved_pictures(longer, index, end, less)
    return longer


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all but the packet, and where other pictures are."""
    left = {_part(data, parts), *_segments(data, parts, "APP2", mpf.PREFIX)}
    return [data[part.start : part.end] for part in parts if part not in left]


def _part(data: bytes, parts: Sequence[Part]) -> Part | None:
    return single_packet(_segments(data, parts, "APP1", XMP))


def _segments(
    data: bytes, parts: Iterable[Part], kind: str, beginning: bytes
) -> list[Part]:
    return [
        part
        for part in parts
        if part.kind == kind and part.payload(data, len(beginning)) == beginning
    ]


def _first(data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return what a packet comes after: beginning, JFIF, Exif."""
    exifs = _segments(data, parts, "APP1", exif.PREFIX)
    return [parts[0], *[part for part in parts if part.kind == "APP0"], *exifs]


def _stays_found(data: bytes, parts: Sequence[Part], packet: bytes) -> bool:
    """Return whether what follows the picture is found when this becomes longer.

    What is not known may be found by its place in the file, as previews in the
    notes of camera makers are.
    """
    index = _segments(data, parts, "APP2", mpf.PREFIX)
    return (
        all(mpf.is_readable(data, part) for part in index)
        if index
        else bool(_MEASURED.search(packet))
        or parts[-1].payload(data).endswith(_SAMSUNG)
    )

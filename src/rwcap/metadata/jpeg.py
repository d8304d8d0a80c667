"""XMP in JPEG: a segment after those of JFIF and Exif, and possibly an extension.

The extension contains the XMP that does not fit into 64 KB. The packet refers to it
by its digest. rwcap does not change it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rwcap.images import exif
from rwcap.images.container import Part
from rwcap.images.jpeg import EXTENDED_XMP, XMP
from rwcap.metadata import mpf
from rwcap.metadata.xmp_container import check_trailer, embedding_error, single_packet

MAX_PACKET_BYTES: Final = 65_502
"""Maximum size of a packet (XMP specification, part 3, section 1.1.3)."""

_TEXT_NAMESPACES: Final = (b"purl.org/dc/elements", b"Iptc4xmpCore")
"""Strings that occur in every extension with a property of `Property`."""

_EXTENSION_HEADER_BYTES: Final = len(EXTENDED_XMP) + 32 + 4 + 4  # digest, size, offset

# A motion photo, or a file with more images after the first. Their XMP gives positions
# from the end of the file or relative to each other, so the first image can grow.
# https://developer.android.com/media/platform/motion-photo-format
_RELATIVE_POSITIONS = re.compile(rb"MicroVideoOffset|MotionPhoto|Container:Directory")
_SAMSUNG_TRAILER: Final = b"SEFT"
"""The end of the trailer of Samsung cameras, which is also read from the end.

https://exiftool.org/TagNames/Samsung.html#Trailer
"""


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet, or None; raise `InputError` if it must not change."""
    part = _packet_part(data, parts)
    packet = part.payload(data)[len(XMP) :] if part else None
    extension = b"".join(
        part.payload(data)[_EXTENSION_HEADER_BYTES:]
        for part in _segments(data, parts, "APP1", EXTENDED_XMP)
    )
    if any(namespace in extension for namespace in _TEXT_NAMESPACES):
        raise embedding_error(
            "the extended XMP of the file can contain a caption", code="extendedXmp"
        )
    if not _can_move_trailer(data, parts, packet or b""):
        check_trailer(data, parts)
    return packet


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with `packet` and an updated index of its other images."""
    if len(packet) > MAX_PACKET_BYTES:
        raise embedding_error(
            f"the XMP packet would have more than {MAX_PACKET_BYTES:,} bytes",
            code="fullXmp",
        )
    payload = XMP + packet
    segment = b"\xff\xe1" + (len(payload) + 2).to_bytes(2) + payload
    part = _packet_part(data, parts)
    if part:
        start, end = part.start, part.end
    else:
        start = end = max(each.end for each in _parts_before(data, parts))
    result = data[:start] + segment + data[end:]
    for index in _segments(data, parts, "APP2", mpf.PREFIX):
        growth = len(segment) - (end - start)
        result = mpf.with_moved_images(result, index, end, growth)
    return result


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all segments except the packet and the index of other images."""
    left_out = {_packet_part(data, parts), *_segments(data, parts, "APP2", mpf.PREFIX)}
    return [data[part.start : part.end] for part in parts if part not in left_out]


def _packet_part(data: bytes, parts: Sequence[Part]) -> Part | None:
    return single_packet(_segments(data, parts, "APP1", XMP))


def _segments(
    data: bytes, parts: Iterable[Part], kind: str, prefix: bytes
) -> list[Part]:
    return [
        part
        for part in parts
        if part.kind == kind and part.payload(data, len(prefix)) == prefix
    ]


def _parts_before(data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return the segments that precede a packet: start of image, JFIF and Exif."""
    exif_parts = _segments(data, parts, "APP1", exif.PREFIX)
    return [parts[0], *[part for part in parts if part.kind == "APP0"], *exif_parts]


def _can_move_trailer(data: bytes, parts: Sequence[Part], packet: bytes) -> bool:
    """Return whether data after the image can still be found when they have moved.

    Data of an unknown kind may be found by their position in the file, for example
    the previews in the notes of camera makers.
    """
    index = _segments(data, parts, "APP2", mpf.PREFIX)
    if index:
        return all(mpf.is_readable(data, part) for part in index)
    has_relative_positions = bool(_RELATIVE_POSITIONS.search(packet))
    return has_relative_positions or parts[-1].payload(data).endswith(_SAMSUNG_TRAILER)

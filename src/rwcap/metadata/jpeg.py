"""XMP in JPEG: a segment after those of JFIF and Exif, and possibly an extension.

The extension contains the XMP that does not fit into 64 KB. The packet refers to it
by its digest. rwcap does not change it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from rwcap.images import exif
from rwcap.images.container import Part
from rwcap.images.jpeg import EXTENDED_XMP, XMP
from rwcap.metadata import mpf
from rwcap.metadata.pointers import check_growth, find_pointers
from rwcap.metadata.xmp_container import embedding_error, single_packet

MAX_PACKET_BYTES: Final = 65_502
"""Maximum size of a packet (XMP specification, part 3, section 1.1.3)."""

_TEXT_NAMESPACES: Final = (b"purl.org/dc/elements", b"Iptc4xmpCore")
"""Strings that occur in every extension with a property of `Property`."""

_EXTENSION_HEADER_BYTES: Final = len(EXTENDED_XMP) + 32 + 4 + 4  # digest, size, offset


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
    start, end = _place(data, parts, len(segment))
    result = data[:start] + segment + data[end:]
    for index in _segments(data, parts, "APP2", mpf.PREFIX):
        growth = len(segment) - (end - start)
        result = mpf.with_moved_images(result, index, end, growth)
    return result


def _place(data: bytes, parts: Sequence[Part], size: int) -> tuple[int, int]:
    """Return start and end of the bytes that a segment with a packet replaces.

    A new segment follows those of JFIF and Exif. If a pointer to data after the image
    counts from a position in these, the new segment precedes them, because the
    pointer is then still correct.

    Raises:
        InputError: Pointers would become wrong.
    """
    pointers = find_pointers(data, parts, variable_parts(data, parts))
    part = _packet_part(data, parts)
    if part:
        if part.size != size:
            check_growth(pointers, part.end)
        return part.start, part.end
    place = max(each.end for each in _parts_before(data, parts))
    bases = [pointer.base for pointer in pointers if 0 < pointer.base < place]
    if bases:
        place = max(each.start for each in parts if each.start <= min(bases))
    check_growth(pointers, place)
    return place, place


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all segments except the packet and the index of other images."""
    left_out = variable_parts(data, parts)
    return [data[part.start : part.end] for part in parts if part not in left_out]


def variable_parts(data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return the packet, and the index of other images if it can be read."""
    packet = _packet_part(data, parts)
    indexes = _segments(data, parts, "APP2", mpf.PREFIX)
    readable = [part for part in indexes if mpf.is_readable(data, part)]
    return [packet, *readable] if packet else readable


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

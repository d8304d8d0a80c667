"""XMP in JPEG: a segment after those of JFIF and Exif, and possibly an extension.

The extension contains the XMP that does not fit into 64 KB. The packet refers to it
by its digest. rwcap does not change it.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from rwcap.images import exif
from rwcap.images.container import Part
from rwcap.images.jpeg import EXTENDED_XMP, XMP
from rwcap.metadata import iptc
from rwcap.metadata.containers import multi_picture, pointers
from rwcap.metadata.xmp_container import (
    TextParts,
    embedding_error,
    single_packet,
)

MAX_PACKET_BYTES: Final = 65_502
"""Maximum size of a packet (XMP specification, part 3, section 1.1.3)."""

_MAX_PAYLOAD_BYTES: Final = 65_533
_MAX_PHOTOSHOP: Final = 4
"""Maximum number of Photoshop segments in which IPTC is looked for."""

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
    part = _packet_part(data, parts)
    start, end = (part.start, part.end) if part else _new_place(data, parts)
    return _replace(data, parts, start, end, _segment(b"\xff\xe1", XMP + packet))


def remove_packet(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the file without its packet."""
    part = _packet_part(data, parts)
    return _replace(data, parts, part.start, part.end, b"") if part else data


def replace_payload(
    data: bytes, parts: Sequence[Part], part: Part, payload: bytes
) -> bytes:
    """Return the file with another payload of a segment."""
    if len(payload) > _MAX_PAYLOAD_BYTES:
        raise embedding_error("a metadata segment is full", code="fullMetadata")
    marker = data[part.start : part.start + 2]
    return _replace(data, parts, part.start, part.end, _segment(marker, payload))


def text_parts(data: bytes, parts: Sequence[Part]) -> TextParts:
    """Return the segments with Exif, and with IPTC: a caption, or other texts."""
    found = {
        part: part.payload(data)[len(iptc.PREFIX) :]
        for part in _segments(data, parts, "APP13", iptc.PREFIX)[:_MAX_PHOTOSHOP]
    }
    with_caption = (part for part in found if iptc.read_caption(found[part]))
    with_texts = (part for part in found if iptc.has_texts(found[part]))
    exif_parts = _segments(data, parts, "APP1", exif.PREFIX)
    return TextParts(
        next(iter(exif_parts), None), next(chain(with_caption, with_texts), None)
    )


def _segment(marker: bytes, payload: bytes) -> bytes:
    return marker + (len(payload) + 2).to_bytes(2) + payload


def _replace(
    data: bytes, parts: Sequence[Part], start: int, end: int, new: bytes
) -> bytes:
    """Return the file with other bytes from `start` to `end`.

    Raises:
        InputError: A pointer to data after the image would become wrong.
    """
    growth = len(new) - (end - start)
    if growth:
        pointers.check_growth(
            pointers.find_pointers(data, parts, variable_parts(data, parts)), end
        )
    result = data[:start] + new + data[end:]
    for index in _segments(data, parts, "APP2", multi_picture.INDEX_PREFIX):
        result = multi_picture.with_moved_images(result, index, end, growth)
    return result


def _new_place(data: bytes, parts: Sequence[Part]) -> tuple[int, int]:
    """Return the place of a new packet: after the segments of JFIF and Exif.

    If a pointer to data after the image counts from a position in these, the packet
    precedes them, because the pointer is then still correct.
    """
    place = max(each.end for each in _parts_before(data, parts))
    found = pointers.find_pointers(data, parts, variable_parts(data, parts))
    bases = [pointer.base for pointer in found if 0 < pointer.base < place]
    if bases:
        place = max(each.start for each in parts if each.start <= min(bases))
    return place, place


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all segments except the packet and the index of other images."""
    left_out = variable_parts(data, parts)
    return [data[part.start : part.end] for part in parts if part not in left_out]


def variable_parts(data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return the packet, and the index of other images if it can be read."""
    packet = _packet_part(data, parts)
    indexes = _segments(data, parts, "APP2", multi_picture.INDEX_PREFIX)
    readable = [part for part in indexes if multi_picture.is_readable_index(data, part)]
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

"""XMP in PNG: an uncompressed chunk of international text.

https://www.w3.org/TR/png-3/#11iTXt
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32, decompressobj, error

from rwcap.images.container import Part
from rwcap.images.png import XMP
from rwcap.metadata.pointers import check_growth, find_pointers
from rwcap.metadata.xml_parser import MAX_XML_BYTES
from rwcap.metadata.xmp_container import embedding_error, single_packet

_UNCOMPRESSED: Final = b"\0\0\0\0"  # flag, method, no language, no translated keyword


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet, or None; raise `InputError` if it must not change."""
    part = _packet_part(data, parts)
    if not part:
        return None
    payload = part.payload(data)[len(XMP) :]
    compressed, method = payload[:1], payload[1:2]
    text = payload[2:].partition(b"\0")[2].partition(b"\0")[2]
    if compressed != b"\1" or method != b"\0":
        return text
    try:
        return decompressobj().decompress(text, MAX_XML_BYTES + 1)
    except error as damage:
        raise embedding_error(
            "the XMP packet is damaged", code="unreadableXmp"
        ) from damage


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with `packet`; a new packet follows the header."""
    body = b"iTXt" + XMP + _UNCOMPRESSED + packet
    length = len(body) - 4
    chunk = length.to_bytes(4) + body + crc32(body).to_bytes(4)
    part = _packet_part(data, parts)
    start, end = (part.start, part.end) if part else (parts[1].end, parts[1].end)
    if len(chunk) != end - start:
        check_growth(find_pointers(data, parts, variable_parts(data, parts)), end)
    return data[:start] + chunk + data[end:]


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all chunks except the packet."""
    packet = _packet_part(data, parts)
    return [data[part.start : part.end] for part in parts if part != packet]


def variable_parts(data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return the chunk with the packet."""
    packet = _packet_part(data, parts)
    return [packet] if packet else []


def _packet_part(data: bytes, parts: Sequence[Part]) -> Part | None:
    return single_packet(
        part
        for part in parts
        if part.kind == "iTXt" and part.payload(data, len(XMP)) == XMP
    )

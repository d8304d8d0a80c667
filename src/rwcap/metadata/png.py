"""XMP in PNG: a chunk of international text, not compressed.

https://www.w3.org/TR/png-3/#11iTXt
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32, decompressobj, error

from rwcap.images.container import Part
from rwcap.images.png import XMP
from rwcap.metadata.xml_parser import MAX_XML_BYTES
from rwcap.metadata.xmp_container import check_trailer, embedding_error, single_packet

_PLAIN: Final = b"\0\0\0\0"  # not compressed, by no method; no language, no translation


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet."""
    check_trailer(data, parts)
    part = _part(data, parts)
    if not part:
        return None
    held = part.payload(data)[len(XMP) :]
    compressed, method = held[:1], held[1:2]
    text = held[2:].partition(b"\0")[2].partition(b"\0")[2]
    if compressed != b"\1" or method != b"\0":
        return text
    inflater = decompressobj()
    try:
        plain = inflater.decompress(text, MAX_XML_BYTES + 1)
    except error as flaw:
        raise embedding_error("its XMP is damaged", code="unreadableXmp") from flaw
    return plain


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with a packet, a new one right after the header."""
    held = b"iTXt" + XMP + _PLAIN + packet
    length = len(held) - 4
    chunk = length.to_bytes(4) + held + crc32(held).to_bytes(4)
    part = _part(data, parts)
    start, end = (part.start, part.end) if part else (parts[1].end, parts[1].end)
    return data[:start] + chunk + data[end:]


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all but the packet."""
    packet = _part(data, parts)
    return [data[part.start : part.end] for part in parts if part != packet]


def _part(data: bytes, parts: Sequence[Part]) -> Part | None:
    return single_packet(
        part
        for part in parts
        if part.kind == "iTXt" and part.payload(data, len(XMP)) == XMP
    )

"""XMP in PNG: an uncompressed chunk of international text.

https://www.w3.org/TR/png-3/#11iTXt
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32, decompressobj, error

from rwcap.images.container import Part
from rwcap.images.png import XMP
from rwcap.metadata.containers.pointers import check_growth, find_pointers
from rwcap.metadata.xmp.xml_parser import MAX_XML_BYTES
from rwcap.metadata.xmp_container import (
    TextParts,
    embedding_error,
    single_packet,
)

_KEYWORD: Final = b"Description\0"
_TEXT_CHUNKS: Final = frozenset({"tEXt", "zTXt", "iTXt"})
_UNCOMPRESSED: Final = b"\0\0\0\0"  # flag, method, no language, no translated keyword


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet, or None; raise `InputError` if it must not change."""
    part = _packet_part(data, parts)
    if not part:
        return None
    try:
        return _international_text(part.payload(data)[len(XMP) :])
    except error as damage:
        raise embedding_error(
            "the XMP packet is damaged", code="unreadableXmp"
        ) from damage


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with `packet`; a new packet follows the header."""
    part = _packet_part(data, parts)
    start, end = (part.start, part.end) if part else (parts[1].end, parts[1].end)
    return _replace(
        data, parts, start, end, _chunk(b"iTXt", XMP + _UNCOMPRESSED + packet)
    )


def remove_packet(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the file without its packet."""
    part = _packet_part(data, parts)
    return _replace(data, parts, part.start, part.end, b"") if part else data


def replace_payload(
    data: bytes, parts: Sequence[Part], part: Part, payload: bytes
) -> bytes:
    """Return the file with another payload of a chunk."""
    chunk = _chunk(part.kind.encode(), payload)
    return _replace(data, parts, part.start, part.end, chunk)


def text_parts(data: bytes, parts: Sequence[Part]) -> TextParts:
    """Return the chunk with Exif, and the text with the keyword Description."""
    exif = next((part for part in parts if part.kind == "eXIf"), None)
    texts = (part for part in parts if part.kind in _TEXT_CHUNKS)
    found = next((part for part in texts if _is_description(data, part)), None)
    return TextParts(exif, description=_text(data, found) if found else "")


def _is_description(data: bytes, part: Part) -> bool:
    return part.payload(data, len(_KEYWORD)) == _KEYWORD


def _text(data: bytes, part: Part) -> str:
    """Return the text of a chunk; blank if it is damaged."""
    rest = part.payload(data)[len(_KEYWORD) :]
    try:
        match part.kind:
            case "tEXt":
                text = rest.decode("latin-1")
            case "zTXt":
                text = _decompress(rest[1:]).decode("latin-1")
            case _:
                text = _international_text(rest).decode("utf-8", "replace")
    except error:
        return ""
    return text.strip("\0 \t\r\n")


def _international_text(rest: bytes) -> bytes:
    """Return the text of an iTXt chunk, from the payload after its keyword.

    Raises:
        zlib.error: The text is compressed, and damaged.
    """
    compressed, method = rest[:1], rest[1:2]
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    is_plain = compressed != b"\1" or method != b"\0"
    return text if is_plain else _decompress(text)


def _decompress(text: bytes) -> bytes:
    return decompressobj().decompress(text, MAX_XML_BYTES + 1)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    body = kind + payload
    return len(payload).to_bytes(4) + body + crc32(body).to_bytes(4)


def _replace(
    data: bytes, parts: Sequence[Part], start: int, end: int, new: bytes
) -> bytes:
    """Return the file with other bytes from `start` to `end`.

    Raises:
        InputError: A pointer to data after the image would become wrong.
    """
    if len(new) != end - start:
        check_growth(find_pointers(data, parts, variable_parts(data, parts)), end)
    return data[:start] + new + data[end:]


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

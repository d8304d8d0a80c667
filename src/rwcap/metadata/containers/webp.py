"""XMP in WebP: a chunk near the end, and a flag in the header of extended files.

https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Sequence
from typing import Final

from rwcap.images import webp
from rwcap.images.container import TRAILER, Part, damaged_error
from rwcap.metadata.containers.pointers import check_growth, find_pointers
from rwcap.metadata.xmp_container import TextParts, single_packet

_BEFORE_PACKET: Final = frozenset({"VP8 ", "VP8L", "ANMF", "EXIF"})
"""The chunks that precede a packet."""


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet, or None; raise `InputError` if it must not change."""
    part = _packet_part(parts)
    return part.payload(data) if part else None


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with `packet`; a simple file becomes an extended one."""
    old, header = _packet_part(parts), _extended_header(data, parts)
    chunk = _chunk(b"XMP ", packet)
    flags = bytes((header[0] | webp.XMP_FLAG,))
    pieces = [b"WEBP", _chunk(b"VP8X", flags + header[1:])]
    last = max(part.start for part in parts if part.kind in _BEFORE_PACKET)
    trailer = b""
    for part in _parts_after_header(parts):
        piece = chunk if part == old else data[part.start : part.end]
        if part.kind == TRAILER:
            trailer = piece
            continue
        pieces.append(piece)
        if part.start == last and not old:
            if part.size % 2:
                raise damaged_error("the last chunk is not padded")
            pieces.append(chunk)
    return _file(data, parts, pieces, trailer)


def remove_packet(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the file without its packet."""
    header = _chunk(b"VP8X", _extended_header(data, parts))
    return _without_packet(data, parts, [b"WEBP", header])


def remove_packet_and_header(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the file without its packet, as a simple file if nothing else is there."""
    rest = {TRAILER, webp.GAP}  # a simple file can have them, too
    chunks = [each for each in _parts_after_header(parts) if each.kind not in rest]
    if len(chunks) > 2:  # noqa: PLR2004  # the image and the packet
        return remove_packet(data, parts)
    return _without_packet(data, parts, [b"WEBP"])


def _without_packet(data: bytes, parts: Sequence[Part], pieces: list[bytes]) -> bytes:
    """Return a file of these pieces and of the chunks that follow the header."""
    old = _packet_part(parts)
    kept = [part for part in _parts_after_header(parts) if part != old]
    trailer = kept.pop() if kept[-1].kind == TRAILER else None
    pieces = [*pieces, *(data[part.start : part.end] for part in kept)]
    rest = data[trailer.start : trailer.end] if trailer else b""
    return _file(data, parts, pieces, rest)


def replace_payload(
    data: bytes, parts: Sequence[Part], part: Part, payload: bytes
) -> bytes:
    """Return the file with another payload of a chunk."""
    chunk = _chunk(part.kind.encode(), payload)
    whole = parts[-1].start if parts[-1].kind == TRAILER else len(data)
    pieces = [data[8 : part.start], chunk, data[part.end : whole]]
    return _file(data, parts, pieces, data[whole:])


def text_parts(_data: bytes, parts: Sequence[Part]) -> TextParts:
    """Return the chunk with Exif."""
    return TextParts(next((part for part in parts if part.kind == "EXIF"), None))


def _file(
    data: bytes, parts: Sequence[Part], pieces: Sequence[bytes], trailer: bytes
) -> bytes:
    """Return a file of these chunks, in the place of `data`.

    Raises:
        InputError: A pointer to data after the image would become wrong.
    """
    body = b"".join(pieces)
    result = b"RIFF" + len(body).to_bytes(4, "little") + body + trailer
    if len(result) != len(data):
        pointers = find_pointers(data, parts, variable_parts(data, parts))
        check_growth(pointers, len(data))
    return result


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all chunks except the packet; its flag and the file size are left out."""
    packet = _packet_part(parts)
    kept = [
        data[part.start : part.end]
        for part in _parts_after_header(parts)
        if part != packet
    ]
    return [_extended_header(data, parts), *kept]


def variable_parts(_data: bytes, parts: Sequence[Part]) -> list[Part]:
    """Return the chunk with the packet."""
    packet = _packet_part(parts)
    return [packet] if packet else []


def _packet_part(parts: Sequence[Part]) -> Part | None:
    return single_packet(part for part in parts if part.kind == "XMP ")


def _parts_after_header(parts: Sequence[Part]) -> Sequence[Part]:
    """Return the chunks after the file header and the extended header."""
    return parts[2:] if parts[1].kind == "VP8X" else parts[1:]


def _extended_header(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the payload of the VP8X chunk without the XMP flag.

    For a simple file, it is built: flags, three reserved bytes, width and height
    minus one.
    """
    if parts[1].kind == "VP8X":
        payload = parts[1].payload(data)
        return bytes((payload[0] & ~webp.XMP_FLAG,)) + payload[1:]
    info = webp.read_info(data, parts)
    flags = webp.ALPHA_FLAG if info.alpha else 0
    if not (info.width and info.height):
        raise damaged_error("the width or height is 0")
    sides = (info.width - 1, info.height - 1)
    return bytes((flags, 0, 0, 0)) + b"".join(
        side.to_bytes(3, "little") for side in sides
    )


def _chunk(kind: bytes, payload: bytes) -> bytes:
    padding = b"\0" * (len(payload) % 2)
    return kind + len(payload).to_bytes(4, "little") + payload + padding

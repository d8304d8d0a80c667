"""XMP in WebP: a chunk near the end, and a flag in the header that tells of it.

https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Sequence
from typing import Final

from rwcap.images import webp
from rwcap.images.container import TRAILER, Part, damaged_error
from rwcap.metadata.xmp_container import check_trailer, single_packet

_BEFORE: Final = frozenset({"VP8 ", "VP8L", "ANMF", "EXIF"})
"""What a packet comes after."""


def find_packet(data: bytes, parts: Sequence[Part]) -> bytes | None:
    """Return the packet."""
    check_trailer(data, parts)
    part = _part(parts)
    return part.payload(data) if part else None


def insert_packet(data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
    """Return the file with a packet, and a header that tells of it.

    A plain file is made an extended one.
    """
    old, told = _part(parts), _header(data, parts)
    chunk = _chunk(b"XMP ", packet)
    pieces = [b"WEBP", _chunk(b"VP8X", bytes((told[0] | webp.XMP_FLAG,)) + told[1:])]
    last = max(part.start for part in parts if part.kind in _BEFORE)
    trailer = b""
    for part in _after_header(parts):
        piece = chunk if part == old else data[part.start : part.end]
        if part.kind == TRAILER:
            trailer = piece
            continue
        pieces.append(piece)
        if part.start == last and not old:
            if part.size % 2:
                raise damaged_error("its last chunk is not padded")
            pieces.append(chunk)
    body = b"".join(pieces)
    return b"RIFF" + len(body).to_bytes(4, "little") + body + trailer


def without_packet(data: bytes, parts: Sequence[Part]) -> list[bytes]:
    """Return all but the packet, its flag, and the sizes that it changes."""
    packet = _part(parts)
    kept = [
        data[part.start : part.end] for part in _after_header(parts) if part != packet
    ]
    return [_header(data, parts), *kept]


def _part(parts: Sequence[Part]) -> Part | None:
    return single_packet(part for part in parts if part.kind == "XMP ")


def _after_header(parts: Sequence[Part]) -> Sequence[Part]:
    """Return the chunks without what an extended file begins with."""
    return parts[2:] if parts[1].kind == "VP8X" else parts[1:]


def _header(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return what an extended file begins with, without the flag of a packet.

    For a plain file: flags, three bytes for later use, width and height less one.
    """
    if parts[1].kind == "VP8X":
        held = parts[1].payload(data)
        return bytes((held[0] & ~webp.XMP_FLAG,)) + held[1:]
    facts = webp.read_info(data, parts)
    flags = webp.ALPHA_FLAG if facts.alpha else 0
    if not (facts.width and facts.height):
        raise damaged_error("no size that its header could tell")
    sides = (facts.width - 1, facts.height - 1)
    return bytes((flags, 0, 0, 0)) + b"".join(
        side.to_bytes(3, "little") for side in sides
    )


def _chunk(kind: bytes, held: bytes) -> bytes:
    return kind + len(held).to_bytes(4, "little") + held + b"\0" * (len(held) % 2)

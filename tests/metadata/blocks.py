"""Exif, IPTC and PNG texts, built byte by byte as other programs write them."""

import struct
from hashlib import md5
from zlib import compress

from tests.images.containers import drawn, png_chunk, riff_chunk, segment, webp

UTF_8 = b"\x1c\x01\x5a\0\x03\x1b%G"
"""The dataset that declares UTF-8."""

NOTES = b"OLYMPUS\0II\3\0" + bytes(range(200))
"""Notes of a camera maker, which nothing may move or change."""


def exif(
    description: bytes | None = None,
    comment: bytes | None = None,
    *,
    title: bytes | None = None,
    remark: bytes | None = None,
    order: str = "<",
) -> bytes:
    """Return a TIFF block with texts, as they are encoded, and with notes.

    Args:
        description: ImageDescription.
        comment: UserComment.
        title: XPTitle.
        remark: XPComment.
        order: The byte order.
    """
    values = {0x010E: (2, description), 0x9C9B: (1, title), 0x9C9C: (1, remark)}
    first = {
        tag: (kind, value) for tag, (kind, value) in values.items() if value is not None
    }
    inner = {0x927C: (7, NOTES)}
    if comment is not None:
        inner[0x9286] = (7, comment)
    start = 8
    second = start + 2 + 12 * (len(first) + 2) + 4
    at = second + 2 + 12 * len(inner) + 4
    texts = b""

    def entry(tag: int, kind: int, value: bytes) -> bytes:
        nonlocal texts
        head = struct.pack(f"{order}HHI", tag, kind, len(value))
        if len(value) <= 4:
            return head + value.ljust(4, b"\0")
        where = at + len(texts)
        texts += value + bytes(len(value) % 2)
        return head + struct.pack(f"{order}I", where)

    entries = [entry(tag, *each) for tag, each in first.items()]
    entries.append(struct.pack(f"{order}HHIHH", 0x0112, 3, 1, 1, 0))
    entries.append(struct.pack(f"{order}HHII", 0x8769, 4, 1, second))
    others = [entry(tag, *each) for tag, each in sorted(inner.items())]
    return b"".join(
        (
            b"II*\0" if order == "<" else b"MM\0*",
            struct.pack(f"{order}I", start),
            struct.pack(f"{order}H", len(entries)),
            *sorted(entries, key=lambda each: struct.unpack(f"{order}H", each[:2])),
            bytes(4),
            struct.pack(f"{order}H", len(others)),
            *others,
            bytes(4),
            texts,
        )
    )


def dated(date: bytes) -> bytes:
    """Return a TIFF block with DateTimeOriginal alone, longer than 4 bytes."""
    pointer = struct.pack("<HHII", 0x8769, 4, 1, 26)
    entry = struct.pack("<HHII", 0x9003, 2, len(date), 44)
    first, second = (b"\1\0" + each + bytes(4) for each in (pointer, entry))
    return b"II*\0\x08\0\0\0" + first + second + date


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    """Return one dataset of IPTC."""
    return bytes((0x1C, record, number)) + len(value).to_bytes(2) + value


def resource(kind: int, value: bytes, name: bytes = b"") -> bytes:
    """Return one resource of a Photoshop block."""
    named = bytes((len(name),)) + name
    named += bytes(len(named) % 2)
    size = len(value).to_bytes(4)
    return b"8BIM" + kind.to_bytes(2) + named + size + value + bytes(len(value) % 2)


def md5_of(iptc: bytes) -> bytes:
    """Return the digest of IPTC by which programs notice changes."""
    return md5(iptc, usedforsecurity=False).digest()


def photoshop(iptc: bytes, digest: bytes | None = None) -> bytes:
    """Return a Photoshop block with IPTC, its digest, and other resources."""
    digest = md5_of(iptc) if digest is None else digest
    return b"".join(
        (
            resource(0x03ED, b"resolution", b"odd"),
            resource(0x0404, iptc),
            resource(0x0425, digest) if digest else b"",
            resource(0x040C, b"a thumbnail"),
        )
    )


def jpeg(*, block: bytes = b"", iptc: bytes = b"", more: bytes = b"") -> bytes:
    """Return a JPEG with a TIFF block, a Photoshop block, and more segments."""
    plain = drawn("JPEG")
    added = segment(0xE1, b"Exif\0\0" + block) if block else b""
    if iptc:
        added += segment(0xED, b"Photoshop 3.0\0" + iptc)
    return plain[:20] + added + more + plain[20:]


def png(*, block: bytes = b"", text: bytes = b"", kind: bytes = b"tEXt") -> bytes:
    """Return a PNG with a TIFF block and a Description."""
    plain = drawn("PNG")
    added = png_chunk(b"eXIf", block) if block else b""
    if text:
        value = {
            b"tEXt": text,
            b"zTXt": b"\0" + compress(text),
            b"iTXt": b"\0\0\0\0" + text,
        }[kind]
        added += png_chunk(kind, b"Description\0" + value)
    return plain[:33] + added + plain[33:]


def webp_with(block: bytes) -> bytes:
    """Return a WebP with a TIFF block."""
    plain = drawn("WEBP", "RGBA", quality=60)
    flagged = plain[:20] + bytes((plain[20] | 8,)) + plain[21:]
    return webp(flagged[12:], riff_chunk(b"EXIF", block))

"""Image files, assembled from parts or written by Pillow."""

from functools import cache
from io import BytesIO
from typing import Literal
from zlib import crc32

from PIL import Image

SIZE = (40, 30)


@cache
def drawn(kind: str, mode: str = "RGB", **options: int) -> bytes:
    """Return a small image with some detail, written by Pillow."""
    image = Image.radial_gradient("L").resize(SIZE).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(SIZE))
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@cache
def animated(kind: str) -> bytes:
    """Return an animation of two frames."""
    frames = [Image.new("RGB", SIZE, colour) for colour in ("#7a1f2b", "#2e4a62")]
    file = BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    return file.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2) + payload


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk."""
    return len(payload).to_bytes(4) + kind + payload + crc32(kind + payload).to_bytes(4)


def riff_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a WebP chunk with padding."""
    return (
        kind + len(payload).to_bytes(4, "little") + payload + b"\0" * (len(payload) % 2)
    )


def webp(*chunks: bytes) -> bytes:
    """Return a WebP file with these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def tiff(orientation: int, *, order: str = "<", kind: int = 3) -> bytes:
    """Return an Exif block with one tag before the orientation."""
    byteorder: Literal["little", "big"] = "little" if order == "<" else "big"

    def number(value: int, size: int = 2) -> bytes:
        return value.to_bytes(size, byteorder)

    first = number(0x010F) + number(2) + number(2, 4) + b"ab\0\0"
    second = number(0x0112) + number(kind) + number(1, 4) + number(orientation)
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + number(8, 4) + number(2) + first + second + b"\0\0" + bytes(4)

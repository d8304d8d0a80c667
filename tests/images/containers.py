"""Parts of image files, put together by hand, and files as Pillow writes them."""

from functools import cache
from io import BytesIO
from typing import Literal
from zlib import crc32

from PIL import Image

SIZE = (40, 30)


@cache
def drawn(kind: str, mode: str = "RGB", **options: int) -> bytes:
    """Return a small picture with some detail in it, as Pillow writes it."""
    image = Image.radial_gradient("L").resize(SIZE).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(SIZE))
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@cache
def animated(kind: str) -> bytes:
    """Return a picture of two frames."""
    frames = [Image.new("RGB", SIZE, colour) for colour in ("#7a1f2b", "#2e4a62")]
    file = BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    return file.getvalue()


def segment(marker: int, held: bytes) -> bytes:
    """Return a segment of JPEG."""
    return bytes((0xFF, marker)) + (len(held) + 2).to_bytes(2) + held


def png_chunk(kind: bytes, held: bytes) -> bytes:
    """Return a chunk of PNG."""
    return len(held).to_bytes(4) + kind + held + crc32(kind + held).to_bytes(4)


def riff_chunk(kind: bytes, held: bytes) -> bytes:
    """Return a chunk of WebP, padded."""
    return kind + len(held).to_bytes(4, "little") + held + b"\0" * (len(held) % 2)


def webp(*chunks: bytes) -> bytes:
    """Return a WebP file of these chunks."""
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

"""Camera raw files: the preview that the camera stores in them.

A raw file contains JPEG images of several sizes. Where they are differs between
makers, but a JPEG is recognized by its own structure, so the file is searched for it.

https://exiftool.org/TagNames/EXIF.html (PreviewImage, JpgFromRaw)
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.images import exif, jpeg

MIN_SIDE: Final = 320
"""Pixels. A smaller preview is a thumbnail, which shows too little."""

_MAX_CANDIDATES: Final = 64
"""Maximum number of places in a file that are tried."""

_SIGNATURES: Final = (
    b"II*\0\x10\0\0\0CR",  # CR2
    b"FUJIFILMCCD-RAW",
    b"IIU\0",  # RW2
    *(b"IIRO", b"IIRS", b"MMOR"),  # ORF
)
_CR3_BRAND: Final = b"ftypcrx "
_CR3_TIFF: Final = b"CMT1"
"""The box of a CR3 file with the first Exif directory."""

_NEW_SUBFILE_TYPE, _COMPRESSION, _DNG_VERSION = 254, 259, 50706
_SHORT: Final = 3
_RAW_COMPRESSIONS: Final = frozenset({32767, 32769, 32770, 34713, 34892, 65535})
"""Compressions of sensor data of Sony, Epson, Samsung, Nikon, DNG and Pentax."""

_ENTRY_BYTES: Final = 12
_HEAD_BYTES: Final = 1 << 20
"""The part of a file in which its orientation is looked for."""
_START = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""The frames of previews: baseline, extended and progressive, not lossless."""


class Preview(NamedTuple):
    """A JPEG inside a raw file."""

    data: bytes
    width: int
    height: int


def is_raw(data: bytes) -> bool:
    """Return whether a file is a camera raw file."""
    if data.startswith(_SIGNATURES) or data[4:12] == _CR3_BRAND:
        return True
    order = exif.BYTE_ORDERS.get(data[:4])
    if order is None:
        return False

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], order)

    first = number(4, 4) + 2
    end = min(first + number(first - 2, 2) * _ENTRY_BYTES, len(data))
    tags = {
        number(at, 2): number(at + 8, 2 if number(at + 2, 2) == _SHORT else 4)
        for at in range(first, end, _ENTRY_BYTES)
    }
    return (
        bool(tags.get(_NEW_SUBFILE_TYPE, 0) & 1)
        or tags.get(_COMPRESSION) in _RAW_COMPRESSIONS
        or _DNG_VERSION in tags
    )


def find_preview(data: bytes, name: str) -> tuple[bytes, int]:
    """Return the largest preview in a raw file, and its Exif orientation, 1 to 8.

    Raises:
        InputError: The file has no preview that is large enough.
    """
    largest = max(_previews(data), key=lambda each: each.width, default=None)
    if largest is None or max(largest.width, largest.height) < MIN_SIDE:
        size = f" ({largest.width} by {largest.height} pixels)" if largest else ""
        raise InputError(
            f"{name}: camera raw without a preview that is large enough{size}",
            code="noPreview",
            hint="convert the raw file to JPEG with the program of the camera",
        )
    return largest.data, exif.orientation(tiff_block(data[:_HEAD_BYTES]))


def _previews(data: bytes) -> Iterator[Preview]:
    """Yield the JPEG images in a file that a decoder can show."""
    at, tried = 0, 0
    while (found := _START.search(data, at)) and tried < _MAX_CANDIDATES:
        tried += 1
        at = found.start() + 2
        candidate = data[found.start() :]
        try:
            parts = jpeg.parse(candidate)
            info = jpeg.read_info(candidate, parts)
        except InputError:
            continue
        frame = next(part for part in parts if part.kind == "SOF")
        end = next(part.end for part in parts if part.kind == "EOI")
        at = found.start() + end
        if candidate[frame.start + 1] in _FRAMES and not info.cmyk:
            yield Preview(candidate[:end], info.width, info.height)


def tiff_block(data: bytes) -> bytes:
    """Return the TIFF file that a raw file is, or contains, with a common header."""
    if data[4:12] == _CR3_BRAND:
        start = data.find(_CR3_TIFF, 0, 1 << 16) + len(_CR3_TIFF)
        return data[start : start + (1 << 16)]
    header = {b"II": b"II*\0", b"MM": b"MM\0*"}.get(data[:2], b"")
    return header + data[4:]

"""Pointers from the metadata of an image file to the data after the image.

Some cameras put a preview after the end of the image, and say where it is in Exif or
in their own notes inside Exif. Such a pointer is a number of 32 bits, in either byte
order. It counts from the beginning of the file, of a TIFF header, or of the notes.
A change of size between that base and the data would make the pointer wrong.

https://exiftool.org/makernote_types.html
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.images.container import TRAILER, Part
from rwcap.images.exif import BYTE_ORDERS, ByteOrder
from rwcap.metadata.xmp_container import embedding_error

MAX_BASES: Final = 64
"""Maximum number of positions from which pointers can count; a photo has about 3."""

MAX_TARGETS: Final = 128
"""Maximum number of positions after the image that are looked for."""

MAX_METADATA_BYTES: Final = 16 * 1024 * 1024
"""Maximum size of the metadata that is searched."""

MAX_SEARCHED_BYTES: Final = 1 << 28
"""Maximum number of bytes that are searched, about a quarter of a second."""

_CODED: Final = frozenset(
    {"SOI", "SOF", "DHT", "DAC", "SOS", "DQT", "EOI"}
    | {"signature", "IHDR", "PLTE", "IDAT", "fdAT", "IEND"}
    | {"header", "VP8X", "VP8 ", "VP8L", "ALPH", "ANMF"}
    | {TRAILER}
)
"""The kinds of parts that contain no pointers of cameras."""

_TIFF_HEADER = re.compile(b"|".join(map(re.escape, BYTE_ORDERS)))
_NOTES = re.compile(rb"\x7c\x92\x07\0....(....)|\x92\x7c\0\x07....(....)", re.DOTALL)
"""The directory entry for the notes of camera makers: its value is their offset."""
_PICTURES: Final = (
    *((b"\xff\xd8\xff", 0), (b"\x89PNG\r\n", 0), (b"ftyp", 4)),
    (b"\xd8\xff\xdb", 33),
)
"""Signatures of a JPEG, a PNG and a video, and their distance from its beginning.

The last one is of a preview of Sony: 32 bytes, and a JPEG whose first byte is 0
(https://exiftool.org/TagNames/Sony.html, PreviewImage).
"""

_AXS_ORDERS: Final[dict[bytes, ByteOrder]] = {b"AXS!": "big", b"AXS*": "little"}
"""Signatures of a block whose last 12 bytes state its position in the file.

http://web.archive.org/web/20080828211305/http://www.tocarte.com/media/axs_afcp_spec.pdf
"""
_AXS_BYTES: Final = 12


class Pointer(NamedTuple):
    """A number in the metadata that can be a pointer to data after the image."""

    base: int
    """The position in the file from which it counts."""
    value: int
    target: int
    """The position in the data after the image to which it points."""


def find_pointers(
    data: bytes, parts: Sequence[Part], left_out: Iterable[Part | None] = ()
) -> list[Pointer]:
    """Return the numbers that can point to the data after the image.

    Args:
        data: The bytes of the file.
        parts: The parts of the file.
        left_out: Parts that contain no such pointers, or whose pointers are corrected.

    Raises:
        InputError: The file cannot be checked in reasonable time.
    """
    trailer = parts[-1]
    if trailer.kind != TRAILER:
        return []
    ignored = set(left_out)
    searched = [
        part for part in parts if part.kind not in _CODED and part not in ignored
    ]
    metadata = b"".join(data[part.start : part.end] for part in searched)
    if len(metadata) > MAX_METADATA_BYTES:
        raise _too_many_error()
    targets = [trailer.start, *islice(_pictures(data, trailer), MAX_TARGETS)]
    bases = [0, *islice(_bases(data, searched), MAX_BASES)]
    work = 2 * len(bases) * len(targets) * len(metadata)
    is_cut = len(bases) > MAX_BASES or len(targets) > MAX_TARGETS
    if is_cut or work > MAX_SEARCHED_BYTES:
        raise _too_many_error()
    return _pointer_of_axs(data, trailer) + [
        Pointer(base, value, target - trailer.start)
        for base in sorted(set(bases))
        for target in sorted(set(targets))
        if 0 < (value := target - base) < 1 << 32 and _contains(metadata, value)
    ]


def _pointer_of_axs(data: bytes, trailer: Part) -> list[Pointer]:
    """Return the pointer at the end of a file to the block that contains it."""
    at = len(data) - _AXS_BYTES
    order = _AXS_ORDERS.get(data[at : at + 4])
    target = int.from_bytes(data[at + 4 : at + 8], order or "big")
    if order is None or not trailer.start <= target < at:
        return []
    return [Pointer(0, target, target - trailer.start)]


def check_growth(pointers: Sequence[Pointer], at: int) -> None:
    """Raise `InputError` if bytes that are inserted at a position break a pointer."""
    if any(pointer.base < at for pointer in pointers):
        raise embedding_error(
            "the metadata states the position of the data after the image",
            code="fixedTrailer",
        )


def _pictures(data: bytes, trailer: Part) -> Iterator[int]:
    """Yield the positions of pictures after the image."""
    for signature, distance in _PICTURES:
        at = data.find(signature, trailer.start)
        while at >= 0:
            yield at - distance
            at = data.find(signature, at + 1)


def _too_many_error() -> InputError:
    return embedding_error(
        "the metadata has too many possible pointers to the data after the image",
        code="fixedTrailer",
    )


def _bases(data: bytes, searched: Iterable[Part]) -> Iterator[int]:
    """Yield the positions from which pointers can count: headers and notes."""
    for part in searched:
        headers = list(
            islice(_TIFF_HEADER.finditer(data, part.start, part.end), MAX_BASES)
        )
        yield from (header.start() for header in headers)
        for header in headers:
            order = BYTE_ORDERS[header[0]]
            for notes in _NOTES.finditer(data, header.end(), part.end):
                offset = int.from_bytes(notes[1] or notes[2], order)
                if header.start() + offset < part.end:
                    yield header.start() + offset


def _contains(metadata: bytes, value: int) -> bool:
    """Return whether a number of 32 bits is there, in either byte order."""
    return value.to_bytes(4) in metadata or value.to_bytes(4, "little") in metadata

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
from rwcap.images.exif import BYTE_ORDERS
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
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|....ftyp", re.DOTALL)
"""The beginning of a JPEG, a PNG, or a video."""


class Pointer(NamedTuple):
    """A number in the metadata that can be a pointer to data after the image."""

    base: int
    """The position in the file from which it counts."""
    value: int
    at: int
    """The position in the metadata, joined to one piece."""
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
    pictures = _PICTURE.finditer(data, trailer.start)
    found = (each.start() for each in islice(pictures, MAX_TARGETS))
    targets = [trailer.start, *found]
    bases = [0, *islice(_bases(data, searched), MAX_BASES)]
    work = 2 * len(bases) * len(targets) * len(metadata)
    is_cut = len(bases) > MAX_BASES or len(targets) > MAX_TARGETS
    if is_cut or work > MAX_SEARCHED_BYTES:
        raise _too_many_error()
    return [
        Pointer(base, value, at, target - trailer.start)
        for base in sorted(set(bases))
        for target in sorted(set(targets))
        if 0 < (value := target - base) < 1 << 32
        for at in _occurrences(metadata, value)
    ]


def check_growth(pointers: Sequence[Pointer], at: int) -> None:
    """Raise `InputError` if bytes that are inserted at a position break a pointer."""
    if any(pointer.base < at for pointer in pointers):
        raise embedding_error(
            "the metadata states the position of the data after the image",
            code="fixedTrailer",
        )


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


def _occurrences(metadata: bytes, value: int) -> Iterator[int]:
    """Yield the positions of a number of 32 bits, in either byte order."""
    for number in (value.to_bytes(4), value.to_bytes(4, "little")):
        at = metadata.find(number)
        while at >= 0:
            yield at
            at = metadata.find(number, at + 1)

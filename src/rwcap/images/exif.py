"""The orientation in an Exif block.

Exif is a TIFF file inside the image file: a header and a directory of tags
(https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml).
"""

from typing import Final, Literal, TypeAlias

PREFIX: Final = b"Exif\0\0"
"""Precedes the block in JPEG, and by mistake in some WebP files."""

ByteOrder: TypeAlias = Literal["little", "big"]

BYTE_ORDERS: Final[dict[bytes, ByteOrder]] = {b"II*\0": "little", b"MM\0*": "big"}
"""The byte order that each TIFF header declares."""

_ENTRY_BYTES: Final = 12  # tag, type, count, value
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
_UPRIGHT: Final = 1


def orientation(block: bytes) -> int:
    """Return the orientation, 1 to 8; 1 (upright) if it is missing or damaged."""
    block = block.removeprefix(PREFIX)
    order = BYTE_ORDERS.get(block[:4])
    if order is None:
        return _UPRIGHT

    def number(at: int, size: int = 2) -> int:
        return int.from_bytes(block[at : at + size], order)

    directory = number(4, 4)
    first = directory + 2
    end = min(first + number(directory) * _ENTRY_BYTES, len(block))
    for at in range(first, end, _ENTRY_BYTES):
        if number(at) == _ORIENTATION:
            value = number(at + 8)
            valid = number(at + 2) == _SHORT and 1 <= value <= 8  # noqa: PLR2004  # the last orientation
            return value if valid else _UPRIGHT
    return _UPRIGHT

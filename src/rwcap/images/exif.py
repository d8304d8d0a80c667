"""Which way up a picture is, by its Exif block.

Exif is a TIFF file inside the image's: a header, and a directory of tags
(https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml).
"""

from typing import Final, Literal

PREFIX: Final = b"Exif\0\0"
"""Comes before the block in JPEG, and by mistake in some WebP files."""

_ORDERS: Final[dict[bytes, Literal["little", "big"]]] = {
    b"II*\0": "little",
    b"MM\0*": "big",
}
_ENTRY: Final = 12  # bytes: tag, type, count, value
_TAG: Final = 0x0112
_SHORT: Final = 3
_UPRIGHT: Final = 1


def orientation(block: bytes) -> int:
    """Return how the picture is to be turned, 1 to 8.

    1, which is upright, where the block does not say, or is damaged.
    """
    block = block.removeprefix(PREFIX)
    order = _ORDERS.get(block[:4])
    if order is None:
        return _UPRIGHT

    def number(at: int, size: int = 2) -> int:
        return int.from_bytes(block[at : at + size], order)

    first = number(4, 4)
    count = number(first)
    for at in range(first + 2, min(first + 2 + count * _ENTRY, len(block)), _ENTRY):
        if number(at) == _TAG:
            value = number(at + 8)
            known = number(at + 2) == _SHORT and 1 <= value <= 8  # noqa: PLR2004  # as above
            return value if known else _UPRIGHT
    return _UPRIGHT

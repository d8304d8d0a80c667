"""The index of the other images in a JPEG (Multi-Picture Format), and its correction.

It is a TIFF file in a segment: a header and a directory. One entry of the directory
lists the images. Each item of the list has an attribute, a size, an offset (4 bytes
each), and two numbers of 2 bytes. The offset counts from the header. For the first
image, at the beginning of the file, it is 0.

CIPA DC-007, section 5.2; https://exiftool.org/TagNames/MPF.html
"""

from collections.abc import Iterator
from typing import Final

from rwcap.images.container import Part
from rwcap.images.exif import BYTE_ORDERS, ByteOrder
from rwcap.metadata.xmp_container import embedding_error

INDEX_PREFIX: Final = b"MPF\0"
"""The prefix of the segment with the index."""

_ENTRY_BYTES: Final = 12  # tag, type, count, value or its offset
_IMAGE_LIST: Final = 0xB002
_ITEM_BYTES: Final = 16


def is_readable_index(data: bytes, part: Part) -> bool:
    """Return whether the index lists any image."""
    return any(_items(data, part))


def with_moved_images(data: bytes, part: Part, end: int, growth: int) -> bytes:
    """Return a file with an index that is correct again.

    The image at the beginning of the file contains the change. A size that ends before
    the change is damaged, and stays as it is.

    Args:
        data: The file after the insertion.
        part: The position of the index before the insertion.
        end: The position before which bytes were inserted, in the file before.
        growth: The number of inserted bytes; negative if bytes were removed.

    Raises:
        InputError: The index has a number that cannot be correct.
    """
    shift = growth if part.start >= end else 0
    moved = _shifted(part, shift)
    base = part.payload_start + len(INDEX_PREFIX)
    changed = bytearray(data)
    for at, order in _items(data, moved):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        offset = int.from_bytes(data[at + 8 : at + 12], order)
        if not offset and size >= end:
            changed[at + 4 : at + 8] = _number(size + growth, order)
        elif offset and base + offset >= end:
            changed[at + 8 : at + 12] = _number(offset + growth - shift, order)
    return bytes(changed)


def _number(value: int, order: ByteOrder) -> bytes:
    """Return a number of 32 bits; raise `InputError` if it is larger."""
    if value >= 1 << 32:
        raise embedding_error(
            "the index of the images in the file is damaged", code="notEmbeddable"
        )
    return value.to_bytes(4, order)


def _shifted(part: Part, shift: int) -> Part:
    positions = (part.start, part.payload_start, part.payload_end, part.end)
    return Part(part.kind, *(position + shift for position in positions))


def _items(data: bytes, part: Part) -> Iterator[tuple[int, ByteOrder]]:
    """Yield the position in the file of each item of the list, and its byte order."""
    base = part.payload_start + len(INDEX_PREFIX)
    order = BYTE_ORDERS.get(data[base : base + 4])
    if order is None:
        return

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[base + at : base + at + size], order)

    directory = number(4, 4)
    for entry in range(number(directory, 2)):
        at = directory + 2 + entry * _ENTRY_BYTES
        if base + at + _ENTRY_BYTES > part.payload_end:
            return
        if number(at, 2) == _IMAGE_LIST:
            start, length = base + number(at + 8, 4), number(at + 4, 4)
            if start + length <= part.payload_end:
                end = start + length - _ITEM_BYTES + 1
                for item in range(start, end, _ITEM_BYTES):
                    yield item, order
            return

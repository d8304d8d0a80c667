"""Where the other pictures in a JPEG file are: the Multi-Picture Format's index.

A TIFF file in a segment: a header and a directory, one of whose entries lists the
pictures: attribute, size, offset (4 bytes each), and two numbers of 2 bytes. The
offset is from the header; that of the first picture, which the file begins with, is 0
(CIPA DC-007, section 5.2; https://exiftool.org/TagNames/MPF.html).
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from rwcap.images.container import Part

PREFIX: Final = b"MPF\0"

_Order: TypeAlias = Literal["little", "big"]
_ORDERS: Final[dict[bytes, _Order]] = {b"II*\0": "little", b"MM\0*": "big"}
_FIELD: Final = 12  # bytes: tag, type, count, value or where it is
_LIST: Final = 0xB002
_PICTURE: Final = 16


def is_readable(data: bytes, part: Part) -> bool:
    """Return whether the index can be read."""
    return any(_pictures(data, part))


def with_moved_pictures(data: bytes, part: Part, end: int, longer: int) -> bytes:
    """Return a file with an index that is right again.

    What ended at `end` has become so many bytes longer, in `data` already, but
    not in `part`, which is the index as it was.
    """
    shift = longer if part.start >= end else 0
    now = Part(
        part.kind, *(at + shift for at in (part.start, part.body, part.tail, part.end))
    )
    base = part.body + len(PREFIX)
    changed = bytearray(data)
    for at, order in _pictures(data, now):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        offset = int.from_bytes(data[at + 8 : at + 12], order)
        if not offset:
            changed[at + 4 : at + 8] = (size + longer).to_bytes(4, order)
        elif base + offset >= end:
            changed[at + 8 : at + 12] = (offset + longer - shift).to_bytes(4, order)
    return bytes(changed)


def _pictures(data: bytes, part: Part) -> Iterator[tuple[int, _Order]]:
    """Yield where in the file each entry of the list is, and its byte order."""
    base = part.body + len(PREFIX)
    order = _ORDERS.get(data[base : base + 4])
    if order is None:
        return

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[base + at : base + at + size], order)

    directory = number(4, 4)
    for field in range(number(directory, 2)):
        at = directory + 2 + field * _FIELD
        if base + at + _FIELD > part.tail:
            return
        if number(at, 2) == _LIST:
            start, length = base + number(at + 8, 4), number(at + 4, 4)
            if start + length <= part.tail:
                for entry in range(start, start + length - _PICTURE + 1, _PICTURE):
                    yield entry, order
            return

"""Texts in an Exif block: read them, and write them without moving anything else.

Exif is a TIFF file inside the image file. Directories contain entries of 12 bytes:
tag, type, count, and a value of up to 4 bytes or the offset of a longer one
(https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E).
"""

import re
from typing import Final, NamedTuple

from rwcap.core.text import is_utf8
from rwcap.images.exif import BYTE_ORDERS, ByteOrder
from rwcap.metadata.properties import UNREADABLE, Place
from rwcap.metadata.splices import Splice, from_the_end

_HEADER_BYTES: Final = 8
_ENTRY_BYTES: Final = 12
_INLINE_BYTES: Final = 4
_LONG: Final = 4
_LONG_BYTES: Final = 4
_SIZES: Final = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one item of a value by its type, if more than one."""

_EXIF_DIRECTORY: Final = 0x8769
_POINTERS: Final = frozenset({_EXIF_DIRECTORY, 0x8825, 0xA005, 0x014A})
"""The tags whose values are offsets of directories: Exif, GPS, interoperability, and
further images."""
_MAX_DIRECTORIES: Final = 100
"""The number of directories in which a text that is shared is looked for."""
_TEXT_TYPES: Final = frozenset({1, 2, 7, 129})  # BYTE, ASCII, UNDEFINED, UTF-8
_TAGS: Final = {
    Place.EXIF_DESCRIPTION: 0x010E,
    Place.WINDOWS_TITLE: 0x9C9B,
    Place.WINDOWS_COMMENT: 0x9C9C,
}
"""The tags in the first directory.

https://exiftool.org/TagNames/EXIF.html
"""
_USER_COMMENT: Final = 0x9286
_DATE: Final = 0x9003
"""The tags in the Exif directory: UserComment and DateTimeOriginal."""

_CODE_BYTES: Final = 8
_ASCII: Final = b"ASCII\0\0\0"
_UNICODE: Final = b"UNICODE\0"
_JIS: Final = b"JIS\0\0\0\0\0"
_UNDEFINED: Final = bytes(_CODE_BYTES)
"""The character codes at the beginning of a user comment."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""Characters that a text does not contain, but binary data do. Word processors write
a vertical tab (0x0B) for a line end."""


_BLANKS: Final = b"\0 \t\r\n"
_LATIN_END: Final = "\u0250"


class Entry(NamedTuple):
    """The position of a text."""

    at: int
    """The position of the directory entry."""
    start: int
    """The position of the text."""
    end: int
    order: ByteOrder


def find_texts(block: bytes) -> dict[Place, str]:
    """Return the texts of a TIFF block that are not blank.

    What cannot be read is passed over: offsets outside of the block, unknown
    character codes, binary data. Bytes of a text in another encoding are U+FFFD.
    """
    texts = {
        place: _decode(place, block[entry.start : entry.end], entry.order)
        for place, entry in find_entries(block).items()
    }
    return {place: text for place, text in texts.items() if text}


def has_known_encoding(block: bytes, place: Place) -> bool:
    """Return whether a text is UTF-8, or a user comment that names its encoding."""
    entry = find_entries(block)[place]
    value = block[entry.start : entry.end]
    if place is Place.EXIF_COMMENT and value[:_CODE_BYTES] in {_UNICODE, _JIS}:
        return UNREADABLE not in _decode(place, value, entry.order)
    if place is Place.EXIF_DESCRIPTION:
        value = value.partition(b"\0")[0]
    return is_utf8(value)


def has_blank_description(block: bytes) -> bool:
    """Return whether there is room for a description, but only blanks in it."""
    entry = find_entries(block).get(Place.EXIF_DESCRIPTION)
    return entry is not None and not block[entry.start : entry.end].strip(_BLANKS)


def read_date(block: bytes) -> str:
    """Return the time at which a photo was taken, as Exif writes it; "" if unknown."""
    order = BYTE_ORDERS.get(block[:4])
    if order is None:
        return ""
    _, inner = _directories(block, order)
    entry = _entry(block, order, inner[_DATE]) if _DATE in inner else None
    return _decode_bytes(block[entry.start : entry.end]) if entry else ""


def find_entries(block: bytes) -> dict[Place, Entry]:
    """Return the positions of the texts of a TIFF block."""
    order = BYTE_ORDERS.get(block[:4])
    if order is None:
        return {}
    first, inner = _directories(block, order)
    found = {place: first.get(tag) for place, tag in _TAGS.items()}
    found[Place.EXIF_COMMENT] = inner.get(_USER_COMMENT)
    entries = {
        place: _entry(block, order, at) for place, at in found.items() if at is not None
    }
    return {place: entry for place, entry in entries.items() if entry}


def find_value(block: bytes, tag: int) -> bytes:
    """Return a value of the first directory; nothing if it is missing or outside."""
    order = BYTE_ORDERS.get(block[:4])
    if order is None:
        return b""
    at = _directory(block, order, int.from_bytes(block[4:8], order)).get(tag)
    if at is None:
        return b""
    size = int.from_bytes(block[at + 4 : at + 8], order)
    size *= _LONG_BYTES if _type(block, order, at) == _LONG else 1
    start = int.from_bytes(block[at + 8 : at + 12], order)
    return block[start : start + size] if start + size <= len(block) else b""


def text_splices(block: bytes, place: Place, text: str) -> list[Splice]:
    """Return the changes that replace a text: in place, else at the end of the block.

    Nothing else moves, in particular no notes of camera makers, which can contain
    offsets that only their maker knows. Bytes that another value uses, too, stay as
    they are. The place must have a text.
    """
    entry = find_entries(block)[place]
    value = _encode(place, text, entry.order)

    def number(value: int) -> bytes:
        return value.to_bytes(4, entry.order)

    count = Splice(entry.at + 4, entry.at + 8, number(len(value)))
    size = entry.end - entry.start
    if len(value) <= _INLINE_BYTES:
        field = Splice(entry.at + 8, entry.at + 12, value.ljust(_INLINE_BYTES, b"\0"))
        return from_the_end((count, field))
    if len(value) <= size and not _is_shared(block, entry):
        written = Splice(entry.start, entry.end, value.ljust(size, b"\0"))
        return from_the_end((count, written))
    padding = len(block) % 2
    offset = Splice(entry.at + 8, entry.at + 12, number(len(block) + padding))
    added = Splice(len(block), len(block), bytes(padding) + value)
    return from_the_end((count, offset, added))


def _is_shared(block: bytes, text: Entry) -> bool:
    """Return whether bytes of a text are those of the header or another value, too.

    Some programs store equal values once.
    """
    taken = [(0, _HEADER_BYTES)]
    for offset, directory in _all_directories(block, text.order).items():
        taken.append((offset, _end(block, text.order, offset) + _LONG_BYTES))
        for at in directory.values():
            count = int.from_bytes(block[at + 4 : at + 8], text.order)
            size = count * _SIZES.get(_type(block, text.order, at), 1)
            start = int.from_bytes(block[at + 8 : at + 12], text.order)
            if size > _INLINE_BYTES and at != text.at:
                taken.append((start, start + size))
    return any(start < text.end and text.start < end for start, end in taken)


def _all_directories(block: bytes, order: ByteOrder) -> dict[int, dict[int, int]]:
    """Return the entries of each directory by its offset, those of GPS, too."""
    waiting = [int.from_bytes(block[4:8], order)]
    found: dict[int, dict[int, int]] = {}
    while waiting and len(found) < _MAX_DIRECTORIES:
        offset = waiting.pop()
        if not offset or offset in found:
            continue
        directory = found[offset] = _directory(block, order, offset)
        end = _end(block, order, offset)
        waiting.append(int.from_bytes(block[end : end + _LONG_BYTES], order))
        for at in (directory[tag] for tag in _POINTERS & directory.keys()):
            count = int.from_bytes(block[at + 4 : at + 8], order)
            start = at + 8
            if count > 1:
                start = int.from_bytes(block[start : start + _LONG_BYTES], order)
            listed = block[start : start + min(count, _MAX_DIRECTORIES) * _LONG_BYTES]
            waiting += (
                int.from_bytes(listed[each : each + _LONG_BYTES], order)
                for each in range(0, len(listed), _LONG_BYTES)
            )
    return found


def _directories(
    block: bytes, order: ByteOrder
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the entries of the first directory and of the Exif directory."""
    first = _directory(block, order, int.from_bytes(block[4:8], order))
    pointer = first.get(_EXIF_DIRECTORY)
    if pointer is None or _type(block, order, pointer) != _LONG:
        return first, {}
    offset = int.from_bytes(block[pointer + 8 : pointer + 12], order)
    return first, _directory(block, order, offset)


def _end(block: bytes, order: ByteOrder, offset: int) -> int:
    """Return the end of the entries of a directory."""
    return offset + 2 + int.from_bytes(block[offset : offset + 2], order) * _ENTRY_BYTES


def _directory(block: bytes, order: ByteOrder, offset: int) -> dict[int, int]:
    """Return the position of the first entry of each tag in a directory."""
    first = offset + 2
    end = min(_end(block, order, offset), len(block) - _ENTRY_BYTES + 1)
    found: dict[int, int] = {}
    for at in range(first, end, _ENTRY_BYTES):
        found.setdefault(int.from_bytes(block[at : at + 2], order), at)
    return found


def _type(block: bytes, order: ByteOrder, at: int) -> int:
    return int.from_bytes(block[at + 2 : at + 4], order)


def _entry(block: bytes, order: ByteOrder, at: int) -> Entry | None:
    """Return the position of the text of an entry; None if it is outside."""
    if _type(block, order, at) not in _TEXT_TYPES:
        return None
    size = int.from_bytes(block[at + 4 : at + 8], order)
    start = at + 8
    if size > _INLINE_BYTES:
        start = int.from_bytes(block[at + 8 : at + 12], order)
    end = start + size
    return Entry(at, start, end, order) if end <= len(block) else None


def _decode(place: Place, value: bytes, order: ByteOrder) -> str:
    """Return the text of a value, without white space around it."""
    match place:
        case Place.EXIF_DESCRIPTION:
            text = _decode_bytes(value.partition(b"\0")[0])
        case Place.EXIF_COMMENT:
            text = _decode_comment(value, order)
        case _:
            text = value[: len(value) // 2 * 2].decode("utf-16-le", "replace")
    text = text.strip("\0 \t\r\n")
    return "" if _CONTROL.search(text) else text


def _decode_comment(value: bytes, order: ByteOrder) -> str:
    """Return a user comment; blank if its code is unknown."""
    code, rest = value[:_CODE_BYTES], value[_CODE_BYTES:]
    if code == _UNICODE:
        return _decode_utf16(rest, order)
    if code == _JIS:
        return rest.rstrip(b"\0").decode("iso2022_jp", "replace")
    if code in {_ASCII, _UNDEFINED}:
        return _decode_bytes(rest)
    return ""


def _decode_utf16(value: bytes, order: ByteOrder) -> str:
    """Return a text in the byte order of the block, or in the other one.

    Programs do not agree on which one the standard means. Latin letters in the wrong
    order are other characters.
    """
    even = value[: len(value) // 2 * 2]
    orders = ("little", "big") if order == "little" else ("big", "little")
    text, other = (
        even.decode(f"utf-16-{each[0]}e", "replace").strip("\ufeff\0")
        for each in orders
    )
    is_swapped = other and max(other) < _LATIN_END <= min(text, default="")
    return other if is_swapped else text


def _decode_bytes(value: bytes) -> str:
    """Return a text that should be ASCII: UTF-8, else Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _encode(place: Place, text: str, order: ByteOrder) -> bytes:
    """Return the value for a description or user comment."""
    if place is Place.EXIF_DESCRIPTION:
        return text.encode() + b"\0"
    if text.isascii():
        return _ASCII + text.encode()
    return _UNICODE + text.encode(f"utf-16-{order[0]}e")

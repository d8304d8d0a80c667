"""The pages of an SQLite file, read without SQLite, which rejects damaged files.

A page is one node of a tree. Each row of a table is a record in a leaf of the table's
tree, so it can be read although other pages are damaged. The format is described in
https://www.sqlite.org/fileformat.html
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

Value: TypeAlias = int | float | str | bytes | None
"""A value of a record. A text that is not UTF-8 is bytes."""

PAGE_SIZE: Final = 4096
"""SQLite's default; no ledger has another one."""

_FILE_HEADER: Final = 100
"""Bytes before the node in the first page."""

_WAL_HEADER: Final = 32
_FRAME_HEADER: Final = 24

_INDEX_INNER: Final = 2
_INDEX_LEAF: Final = 10
_TABLE_LEAF: Final = 13

_INTEGER_SIZES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""The bytes of an integer by its serial type."""

_FIRST_BLOB: Final = 12
"""The lowest serial type of a blob or a text. Even ones are blobs."""


class Record(NamedTuple):
    """A row of a table, or an entry of an index."""

    rowid: int | None
    """The number of the row; None in an index, whose last value it is."""
    values: tuple[Value, ...]


class Pages:
    """The pages of a file, each as of the last commit in its write-ahead log."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`. It and its log may be damaged or missing."""
        log = path.with_name(f"{path.name}-wal")
        self._file = path.open("rb") if path.exists() else None
        self._log = log.open("rb") if log.exists() else None
        self._logged = _committed_pages(self._log) if self._log else {}
        size = path.stat().st_size if self._file else 0
        self._count = max(size // PAGE_SIZE, *self._logged, 0)

    def records(self) -> Iterator[Record]:
        """Yield every record that can be read, from all pages."""
        for number in range(1, self._count + 1):
            page = self._read(number)
            start = _FILE_HEADER if number == 1 else 0
            kind = page[start] if page else 0
            if kind in {_INDEX_INNER, _INDEX_LEAF, _TABLE_LEAF}:
                yield from self._records(page, start, kind)

    def close(self) -> None:
        """Close the files."""
        for file in filter(None, (self._file, self._log)):
            file.close()

    def _records(self, page: bytes, start: int, kind: int) -> Iterator[Record]:
        """Yield the records of one page."""
        (count,) = struct.unpack_from(">H", page, start + 3)
        pointers = start + (12 if kind == _INDEX_INNER else 8)
        for index in range(min(count, (PAGE_SIZE - pointers) // 2)):
            (cell,) = struct.unpack_from(">H", page, pointers + 2 * index)
            try:
                yield self._record(page, cell, kind)
            except (IndexError, ValueError, struct.error):
                continue  # no record begins there

    def _record(self, page: bytes, cell: int, kind: int) -> Record:
        if kind == _INDEX_INNER:
            cell += 4  # the page below
        size, cell = _varint(page, cell)
        rowid = None
        if kind == _TABLE_LEAF:
            rowid, cell = _varint(page, cell)
        return Record(rowid, _values(self._payload(page, cell, size, kind)))

    def _payload(self, page: bytes, cell: int, size: int, kind: int) -> bytes:
        """Return the bytes of a record. Of a long one, the page has the first ones."""
        if size > self._count * PAGE_SIZE:
            raise ValueError("the record is longer than the file")
        usual = (PAGE_SIZE - 12) * 32 // 255 - 23
        most = PAGE_SIZE - 35
        if kind != _TABLE_LEAF:
            most = (PAGE_SIZE - 12) * 64 // 255 - 23
        if size <= most:
            return page[cell : cell + size]
        local = usual + (size - usual) % (PAGE_SIZE - 4)
        if local > most:
            local = usual
        payload = bytearray(page[cell : cell + local])
        (following,) = struct.unpack_from(">I", page, cell + local)
        while following and len(payload) < size:
            overflow = self._read(following)
            (following,) = struct.unpack_from(">I", overflow)
            payload += overflow[4:]
        return bytes(payload[:size])

    def _read(self, number: int) -> bytes:
        """Return a page; fewer bytes if the file ends before it does."""
        position = self._logged.get(number)
        file = self._file if position is None else self._log
        if file is None:
            return b""
        file.seek((number - 1) * PAGE_SIZE if position is None else position)
        page = file.read(PAGE_SIZE)
        return page if len(page) == PAGE_SIZE else b""


def _committed_pages(log: BinaryIO) -> dict[int, int]:
    """Return the position of each page in a write-ahead log."""
    header = log.read(_WAL_HEADER)
    committed: dict[int, int] = {}
    transaction: dict[int, int] = {}
    position = _WAL_HEADER
    while len(frame := log.read(_FRAME_HEADER + PAGE_SIZE)) > PAGE_SIZE:
        number, commit = struct.unpack_from(">II", frame)
        if frame[8:16] != header[16:24]:
            break  # the rest is of an earlier log
        transaction[number] = position + _FRAME_HEADER
        position += _FRAME_HEADER + PAGE_SIZE
        if commit:
            committed |= transaction
            transaction = {}
    return committed


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return an integer of one to nine bytes, and the position after it."""
    value = 0
    for _ in range(8):
        byte = data[position]
        position += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004  # the highest bit: more bytes follow
            return value, position
    return value << 8 | data[position], position + 1


def _values(payload: bytes) -> tuple[Value, ...]:
    """Return the values of a record."""
    end, position = _varint(payload, 0)
    body, values = end, []
    while position < end:
        kind, position = _varint(payload, position)
        size = _size(kind)
        if body + size > len(payload):
            raise ValueError("the record ends too early")
        values.append(_value(kind, payload[body : body + size]))
        body += size
    if body != len(payload):
        raise ValueError("the record ends too late")
    return tuple(values)


def _size(kind: int) -> int:
    if kind >= _FIRST_BLOB:
        return (kind - _FIRST_BLOB) // 2
    return _INTEGER_SIZES.get(kind, 8 if kind == 7 else 0)  # noqa: PLR2004  # a float


def _value(kind: int, data: bytes) -> Value:
    """Return a value by its serial type."""
    if kind >= _FIRST_BLOB:
        return data if kind % 2 == 0 else _text(data)
    match kind:
        case 0:
            return None
        case 7:
            (number,) = struct.unpack(">d", data)
            return float(number)
        case 8 | 9:
            return kind - 8
        case 10 | 11:
            raise ValueError("no such type")
        case _:
            return int.from_bytes(data, signed=True)


def _text(data: bytes) -> Value:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data

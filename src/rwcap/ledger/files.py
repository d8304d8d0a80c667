"""What is known of files, so that they need not be read to be known again."""

import os
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Final

from rwcap.core.file_stamp import FileStamp
from rwcap.core.source import SourceKind, source_kind
from rwcap.ledger.database import Store

_HOLDER: Final = "SELECT source FROM output WHERE path = ?"


class Files:
    """Which image a file was when it was last read, and whose a sidecar is."""

    def __init__(self, store: Store) -> None:
        """Keep it in `store`."""
        self._store = store
        self._foreseen: dict[bytes, bytes] = {}

    def recall(self, path: str, stamp: FileStamp) -> bytes | None:
        """Return the identity of the image in a file, if it is as it was then."""
        question = "SELECT size, mtime, inode, image FROM file WHERE path = ?"
        for *known, image in self._store.read(question, _row(path, stamp)):
            if known == [stamp.size, stamp.mtime, stamp.inode]:
                return bytes(image)
        return None

    def remember(self, path: str, stamp: FileStamp, image: bytes) -> None:
        """Note the identity of the image in a file, some time soon."""
        row = (_row(path, stamp), stamp.size, stamp.mtime, stamp.inode, image)
        self._store.later(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", row
            )
        )

    def assign(self, output: str, source: str) -> str:
        """Return whose an output file is: `source`'s, unless another has it.

        Who has it keeps it for as long as its own file exists; what is no file,
        such as a URL, for ever.
        """
        path, image = _key(output), holder(source)
        if (image,) in self._store.read(_HOLDER, path):
            return source

        def statements(database: sqlite3.Connection) -> str:
            now: tuple[bytes] | None = database.execute(_HOLDER, (path,)).fetchone()
            if now and now[0] != image and not _is_gone(now[0]):
                return os.fsdecode(now[0])
            database.execute(
                "INSERT OR REPLACE INTO output VALUES (?, ?)", (path, image)
            )
            return source

        return self._store.write(statements)

    def foresee(self, output: str, source: str) -> str:
        """Return what `assign` would, and write nothing."""
        path, image = _key(output), holder(source)
        for (other,) in self._store.read(_HOLDER, path):
            if other != image and not _is_gone(other):
                return os.fsdecode(other)
        first = self._foreseen.setdefault(path, image)
        return source if first == image else os.fsdecode(first)


def _key(path: str) -> bytes:
    """Return a path as it is kept: the same from whatever folder it is named."""
    # A link has a name of its own, so links are not followed.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100


def _row(path: str, stamp: FileStamp) -> bytes:
    """Return under what a file is kept: a row for each way in which it is prepared.

    No path has a NUL byte in it.
    """
    return b"\0".join(filter(None, (_key(path), stamp.preparation.encode())))


def holder(source: str) -> bytes:
    """Return the name of an image as it is kept: a path, or what is no path."""
    kind = source_kind(source)
    if kind is SourceKind.PATH or os.path.lexists(source):
        return _key(source)
    if kind is SourceKind.DATA_URI:
        return b"data:" + sha256(os.fsencode(source)).hexdigest().encode()
    return os.fsencode(source)


def _is_gone(named: bytes) -> bool:
    """Return whether an image is a file that is no longer there."""
    return Path(os.fsdecode(named)).is_absolute() and not os.path.lexists(named)

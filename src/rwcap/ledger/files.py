"""What is known of files, so that they need not be read to be known again."""

import os
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Final

from rwcap.core.file_stamp import FileStamp
from rwcap.core.source import SourceKind, source_kind
from rwcap.ledger.database import Database

_OUTPUT_OWNER: Final = "SELECT source FROM output WHERE path = ?"


class FileIndex:
    """Which image a file was when it was last read, and whose a sidecar is."""

    def __init__(self, database: Database) -> None:
        """Keep it in `database`."""
        self._database = database
        self._previewed: dict[bytes, bytes] = {}

    def find(self, path: str, stamp: FileStamp) -> bytes | None:
        """Return the identity of the image in a file, if it is as it was then."""
        question = "SELECT size, mtime, inode, image FROM file WHERE path = ?"
        for *known, image in self._database.read(question, _row_key(path, stamp)):
            if known == [stamp.size, stamp.mtime, stamp.inode]:
                return bytes(image)
        return None

    def save(self, path: str, stamp: FileStamp, image: bytes) -> None:
        """Note the identity of the image in a file, some time soon."""
        row = (_row_key(path, stamp), stamp.size, stamp.mtime, stamp.inode, image)
        self._database.write_later(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", row
            )
        )

    def assign_output(self, output: str, source: str) -> str:
        """Return whose an output file is: `source`'s, unless another has it.

        Who has it keeps it for as long as its own file exists; what is no file,
        such as a URL, for ever.
        """
        path, image = _absolute(output), canonical_source(source)
        if (image,) in self._database.read(_OUTPUT_OWNER, path):
            return source

        def statements(database: sqlite3.Connection) -> str:
            now: tuple[bytes] | None = database.execute(
                _OUTPUT_OWNER, (path,)
            ).fetchone()
            if now and now[0] != image and not _is_gone(now[0]):
                return os.fsdecode(now[0])
            database.execute(
                "INSERT OR REPLACE INTO output VALUES (?, ?)", (path, image)
            )
            return source

        return self._database.write(statements)

    def preview_output(self, output: str, source: str) -> str:
        """Return what `assign` would, and write nothing."""
        path, image = _absolute(output), canonical_source(source)
        for (other,) in self._database.read(_OUTPUT_OWNER, path):
            if other != image and not _is_gone(other):
                return os.fsdecode(other)
        first = self._previewed.setdefault(path, image)
        return source if first == image else os.fsdecode(first)


def _absolute(path: str) -> bytes:
    """Return a path as it is kept: the same from whatever folder it is named."""
    # A link has a name of its own, so links are not followed.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100


def _row_key(path: str, stamp: FileStamp) -> bytes:
    """Return under what a file is kept: a row for each way in which it is prepared.

    No path has a NUL byte in it.
    """
    return b"\0".join(filter(None, (_absolute(path), stamp.preparation.encode())))


def canonical_source(source: str) -> bytes:
    """Return the name of an image as it is kept: a path, or what is no path."""
    kind = source_kind(source)
    if kind is SourceKind.PATH or os.path.lexists(source):
        return _absolute(source)
    if kind is SourceKind.DATA_URI:
        return b"data:" + sha256(os.fsencode(source)).hexdigest().encode()
    return os.fsencode(source)


def _is_gone(named: bytes) -> bool:
    """Return whether an image is a file that is no longer there."""
    return Path(os.fsdecode(named)).is_absolute() and not os.path.lexists(named)

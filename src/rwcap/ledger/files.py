"""Known image files, which need not be read again, and the owners of output files."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from rwcap.core.source import FileStamp
from rwcap.ledger.database.connection import Database
from rwcap.ledger.source_names import absolute_path, canonical_source

_OUTPUT_OWNER: Final = "SELECT source FROM output WHERE path = ?"


class FileIndex:
    """The image key of each file that was read, and the source of each output."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self._previewed: dict[bytes, bytes] = {}

    def find(self, path: str, stamp: FileStamp) -> bytes | None:
        """Return the image key of a file, if the file is unchanged since `save`."""
        query = "SELECT size, mtime, inode, image FROM file WHERE path = ?"
        for *known, image in self._database.read(query, _row_key(path, stamp)):
            if known == [stamp.size, stamp.mtime, stamp.inode]:
                return bytes(image)
        return None

    def save(self, path: str, stamp: FileStamp, image: bytes) -> None:
        """Store the image key of a file with the next write."""
        row = (_row_key(path, stamp), stamp.size, stamp.mtime, stamp.inode, image)
        self._database.begin(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", row
            )
        )

    def has_been_read(self, path: str) -> bool:
        """Return whether a file was an image when it was read, in any preparation."""
        key = absolute_path(path)
        query = "SELECT 1 FROM file WHERE path = ? OR (path > ? AND path < ?) LIMIT 1"
        return bool(self._database.read(query, key, key + b"\0", key + b"\1"))

    def assign_output(self, output: str, source: str, void: str | None = None) -> str:
        """Assign an output file to a source, unless another source owns it.

        A source that is a file owns its outputs for as long as the file exists. Other
        sources, such as URLs, own them forever.

        Args:
            output: The path of the output file.
            source: The source that is assigned to it.
            void: A source that does not own it, because it is no image.

        Returns:
            The owner: `source`, or the other source.
        """
        path, claimant = absolute_path(output), canonical_source(source)
        if (claimant,) in self._database.read(_OUTPUT_OWNER, path):
            return source

        def statements(connection: sqlite3.Connection) -> str:
            row: tuple[bytes] | None = connection.execute(
                _OUTPUT_OWNER, (path,)
            ).fetchone()
            if row and row[0] != claimant and not _is_void(row[0], void):
                return os.fsdecode(row[0])
            connection.execute(
                "INSERT OR REPLACE INTO output VALUES (?, ?)", (path, claimant)
            )
            return source

        return self._database.write(statements)

    def preview_output(self, output: str, source: str, void: str | None = None) -> str:
        """Return the result of `assign_output` without writing to the ledger."""
        path, claimant = absolute_path(output), canonical_source(source)
        for (owner,) in self._database.read(_OUTPUT_OWNER, path):
            if owner != claimant and not _is_void(owner, void):
                return os.fsdecode(owner)
        first = self._previewed.setdefault(path, claimant)
        if os.fsdecode(first) == void:
            first = self._previewed[path] = claimant
        return source if first == claimant else os.fsdecode(first)


def _row_key(path: str, stamp: FileStamp) -> bytes:
    """Return the key of a file's row: one row for each way to prepare the image.

    A NUL byte separates the parts, because no path contains one.
    """
    return b"\0".join(filter(None, (absolute_path(path), stamp.preparation.encode())))


def _is_void(source: bytes, void: str | None) -> bool:
    """Return whether a source is `void`, or a file that no longer exists."""
    path = os.fsdecode(source)
    return path == void or (Path(path).is_absolute() and not os.path.lexists(source))

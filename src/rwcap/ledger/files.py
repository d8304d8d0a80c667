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

    def assign_output(self, output: str, source: str) -> str:
        """Assign an output file to a source, unless another source owns it.

        A source that is a file owns its outputs for as long as the file exists. Other
        sources, such as URLs, own them forever.

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
            if row and row[0] != claimant and not _is_gone(row[0]):
                return os.fsdecode(row[0])
            connection.execute(
                "INSERT OR REPLACE INTO output VALUES (?, ?)", (path, claimant)
            )
            return source

        return self._database.write(statements)

    def preview_output(self, output: str, source: str) -> str:
        """Return the result of `assign_output` without writing to the ledger."""
        path, claimant = absolute_path(output), canonical_source(source)
        for (owner,) in self._database.read(_OUTPUT_OWNER, path):
            if owner != claimant and not _is_gone(owner):
                return os.fsdecode(owner)
        first = self._previewed.setdefault(path, claimant)
        return source if first == claimant else os.fsdecode(first)


def _row_key(path: str, stamp: FileStamp) -> bytes:
    """Return the key of a file's row: one row for each way to prepare the image.

    A NUL byte separates the parts, because no path contains one.
    """
    return b"\0".join(filter(None, (absolute_path(path), stamp.preparation.encode())))


def _is_gone(source: bytes) -> bool:
    """Return whether a source is a file that no longer exists."""
    return Path(os.fsdecode(source)).is_absolute() and not os.path.lexists(source)

"""What is known of files, so that they need not be read to be known again."""

import os
import sqlite3

from rwcap.adapters.ledger.store import Store
from rwcap.domain.claim import Stamp


class Files:
    """Which image a file was when it was last read, and whose a sidecar is."""

    def __init__(self, store: Store) -> None:
        """Keep it in `store`."""
        self._store = store

    def recall(self, path: str, stamp: Stamp) -> bytes | None:
        """Return the identity of the image in a file, if it is as it was then."""
        question = "SELECT size, mtime, inode, image FROM file WHERE path = ?"
        for size, mtime, inode, image in self._store.read(question, _key(path)):
            if Stamp(size, mtime, inode) == stamp:
                return bytes(image)
        return None

    def remember(self, path: str, stamp: Stamp, image: bytes) -> None:
        """Note the identity of the image in a file, some time soon."""
        row = (_key(path), stamp.size, stamp.mtime, stamp.inode, image)
        self._store.later(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", row
            )
        )

    def assign(self, output: str, source: str) -> str:
        """Return whose an output file is: `source`'s, unless another has it.

        Who has it keeps it for as long as its own file exists.
        """
        path, image = _key(output), _key(source)
        question = "SELECT source FROM output WHERE path = ?"
        if (image,) in self._store.read(question, path):
            return source

        def statements(database: sqlite3.Connection) -> str:
            now: tuple[bytes] | None = database.execute(question, (path,)).fetchone()
            if now and now[0] != image and os.path.lexists(now[0]):
                return os.fsdecode(now[0])
            database.execute(
                "INSERT OR REPLACE INTO output VALUES (?, ?)", (path, image)
            )
            return source

        return self._store.write(statements)


def _key(path: str) -> bytes:
    """Return a path as it is kept: the same from whatever folder it is named."""
    # A link has a name of its own, so links are not followed.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100

"""The ledger's connections: one that writes, one that reads, shared by threads."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from rwcap.adapters.ledger.schema import connect, explained, open_ledger
from rwcap.adapters.ledger.writer import Writer

T = TypeVar("T")

Row = tuple[Any, ...]  # what SQLite returns; whoever asked says what it is


class Store:
    """The open file. Every failure is a `LedgerError` that names it."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`, which is made if need be."""
        self._path = path
        self._writer = Writer(open_ledger(path))
        self._reading = RLock()
        self._reader = connect(path)

    def read(self, question: str, *parameters: object) -> list[Row]:
        """Return the rows that answer a question, as of the last commit."""
        with explained(self._path), self._reading:
            return self._reader.execute(question, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that is read within be of one moment, whoever writes meanwhile."""
        with explained(self._path), self._reading:
            self._reader.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.execute("COMMIT")

    def define(self, name: str, function: Callable[[bytes], bytes]) -> None:
        """Let questions call a function of one value, which knows nothing else."""
        self._reader.create_function(name, 1, function, deterministic=True)

    def write(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `statements` return, once what they wrote is on the disk."""
        with explained(self._path):
            return self._writer.write(statements)

    def later(self, statements: Callable[[sqlite3.Connection], object]) -> None:
        """Have `statements` executed with whatever is written next."""
        with explained(self._path):
            self._writer.later(statements)

    def close(self) -> None:
        """Write what was left for later, and close.

        Whoever is reading or writing at this moment comes to his end first: SQLite
        does not survive a connection that is closed under its feet.
        """
        self._writer.close()
        with self._reading:
            self._reader.close()

"""The ledger: one file for money, memory and recovery, so that they never disagree."""

from pathlib import Path
from types import TracebackType
from typing import Self

from rwcap.ledger.database import Database
from rwcap.ledger.files import FileIndex
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.runs import Locks, Run
from rwcap.ledger.statements import Statements


class Ledger:
    """What one service was paid for, kept in the file at a path."""

    def __init__(self, path: Path, *, locks: Locks, command: str = "") -> None:
        """Open the ledger, which is made if need be.

        `command` is noted with what this process buys; no secret may stand in it.
        Raises `LedgerError`.
        """
        self._database = Database(path)
        self.run = Run(self._database, locks, command)
        self.purchases = Purchases(self._database, self.run)
        self.files = FileIndex(self._database)
        self.statements = Statements(self._database)

    def __enter__(self) -> Self:
        """Return the ledger."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; what is still open belongs to nobody from then on."""
        self._database.close()
        self.run.close()


__all__ = ["Ledger", "Locks"]

"""The open ledger: one file for money, caching and recovery, so that they agree."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rwcap.ledger.budget import Period, PeriodUsage, period_usage
from rwcap.ledger.database.connection import Database
from rwcap.ledger.files import FileIndex
from rwcap.ledger.open_purchases import OpenPurchases
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.runs import Locks, Run

if TYPE_CHECKING:
    from rwcap.ledger.database.connection import Row
    from rwcap.ledger.leases import Leases
    from rwcap.ledger.reports.statements import Statements


class Ledger:
    """The purchases made from one service, stored in one SQLite file."""

    def __init__(
        self,
        path: Path,
        *,
        locks: Locks,
        command: str = "",
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the ledger at `path`. Create it if it does not exist.

        Args:
            path: The SQLite file.
            locks: Locks that show which processes still run.
            command: The command line, stored with the purchases of this process. It
                must not contain a secret.
            notify: Receives a line if another program delays a write.

        Raises:
            LedgerError: The file cannot be opened, or is not a ledger.
        """
        self._database = Database(path, notify)
        self.run = Run(self._database, locks, command)
        self.purchases = Purchases(self._database, self.run)
        self.open_purchases = OpenPurchases(self._database, self.run)
        self.files = FileIndex(self._database)

    @property
    def statements(self) -> "Statements":
        """The statements, which most runs do not need."""
        from rwcap.ledger.reports.statements import Statements

        return Statements(self._database)

    @property
    def leases(self) -> "Leases":
        """The leases of workers on other machines."""
        from rwcap.ledger.leases import Leases

        return Leases(self._database)

    def usage(self, period: Period) -> PeriodUsage:
        """Return what is used of a limit now, as the next reservation counts it."""

        def read(query: str, parameters: tuple[object, ...]) -> "list[Row]":
            return self._database.read(query, *parameters)

        return period_usage(read, period, self.run.begun_id)

    def purchases_of(self, worker: str, run: int) -> Purchases:
        """Return the purchases as a worker with a lease makes them, for a run."""
        from rwcap.ledger.leases import LeaseHolder

        return Purchases(self._database, LeaseHolder(self.run, run, worker))

    def __enter__(self) -> Self:
        """Return the ledger."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file. Purchases that are still open have no owner afterwards."""
        self._database.close()
        self.run.close()

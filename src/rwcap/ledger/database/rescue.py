"""The rescue of a damaged ledger: a new one with every row that can be read."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import strftime
from typing import Final, NamedTuple

from rwcap.core.errors import LedgerError, LockedError
from rwcap.ledger.database.access import translate_errors
from rwcap.ledger.database.commit_count import read_commit_count, write_commit_count
from rwcap.ledger.database.pages import Pages
from rwcap.ledger.database.salvage import Salvage
from rwcap.ledger.database.schema import open_ledger, set_aside_command

if sys.platform != "win32":
    import fcntl

_SHARED_LOCK: Final = (510, 0x40000002)
"""The bytes that SQLite locks while a ledger is open: their number and the first."""


class RescueReport(NamedTuple):
    """What became of the purchases of a damaged ledger."""

    purchases: int = 0
    """The purchases in the new ledger. 0 if an earlier rescue has counted them."""
    lost_texts: int = 0
    """Those among them whose caption cannot be read. They are ambiguous."""
    missing: int = 0
    """Purchases of which nothing can be read, at most."""
    missing_commits: int = 0
    """The last transactions that the damaged ledger lacks, as far as is known."""
    kept: Path = Path()
    """The damaged file under its new name."""


def rescue(path: Path) -> RescueReport:
    """Replace the damaged ledger at `path`, and keep it under another name.

    If the process is killed, the next rescue goes on.

    Raises:
        LockedError: Another process uses the ledger.
        LedgerError: Nothing can be read, or the new ledger cannot be written. The
            damaged one stays.
    """
    new = path.with_name(f"{path.name}-rescued")
    kept = path.with_name(f"damaged-{strftime('%Y%m%d-%H%M%S')}.sqlite3")
    with translate_errors(path), closing(Pages(path)) as pages, _lock(path):
        # Closing any file of the ledger would end the lock: `pages` stays open.
        if path.exists() or not new.exists():  # not killed in `_replace`
            report = _write_ledger(pages, path, new)
        else:
            report = RescueReport()
        _replace(path, new, kept)
    return report._replace(kept=kept)


def _write_ledger(pages: Pages, path: Path, new: Path) -> RescueReport:
    """Write the rows of the pages into a ledger, whose name is `new` when it is whole.

    Its number of commits is higher than that of the damaged one.
    """
    unfinished = path.with_name(f"{path.name}-rescuing")
    unfinished.unlink(missing_ok=True)
    least = read_commit_count(path)
    with closing(open_ledger(unfinished)) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN")
        salvage = Salvage(connection)
        for record in pages.records():
            salvage.add(record)
        salvage.finish()
        purchases, missing, commits = salvage.count()
        highest = max(least, commits) + 1
        connection.execute("UPDATE ledger SET commits = ?", (highest,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    if not purchases:
        unfinished.unlink()
        raise LedgerError(
            f"the ledger {path}: no purchase can be read",
            hint=f"restore a backup of it, or {set_aside_command(path)}",
        )
    unfinished.replace(new)
    write_commit_count(path, highest)
    older = max(0, least - commits) if commits else 0
    return RescueReport(purchases, salvage.lost_texts, missing, older)


def _replace(path: Path, new: Path, kept: Path) -> None:
    """Put the new ledger into the place of the damaged files, which get other names.

    Without a file at `path`, no process opens a ledger there.
    """
    for suffix in ("", "-wal"):  # SQLite would add the pages of the log to the new file
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.rename(kept.with_name(kept.name + suffix))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    new.rename(path)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keep other processes from opening the ledger.

    The lock is that of SQLite, which cannot itself lock a file that it does not read.
    Windows does not let a file be replaced that is open.
    """
    if sys.platform == "win32" or not path.exists():
        yield
        return
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_LOCK)
        except BlockingIOError as error:
            raise LockedError(
                f"the ledger {path}: another run uses it",
                hint="wait until it ends, and run the same command again",
            ) from error
        yield

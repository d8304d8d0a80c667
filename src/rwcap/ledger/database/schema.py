"""The ledger's file: one SQLite database, opened, checked and upgraded."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from rwcap.core.errors import LedgerError
from rwcap.ledger.database.access import damaged, translate_errors
from rwcap.ledger.database.commit_count import read_commit_count
from rwcap.ledger.database.migrations import MIGRATIONS
from rwcap.ledger.source_names import folder_of
from rwcap.settings.new_files import make_folder, open_file

APPLICATION_ID: Final = 0x72776361
"""Marks the file as a ledger: "rwca"; https://www.sqlite.org/pragma.html#pragma_application_id"""

BUSY_TIMEOUT: Final = 60.0
"""Seconds to wait for other processes that write."""

_BUSY_RETRY_DELAY: Final = 0.01
"""Seconds."""

INSTALL_NEWEST: Final = "install the newest rwcap"
"""The hint for a ledger of a newer rwcap."""

_AGREES: Final = """
    SELECT purchases = (
            SELECT count(*) FROM purchase INDEXED BY purchase_of_image
            WHERE image >= x''
        )
        AND newest = (SELECT coalesce(max(id), 0) FROM purchase)
        AND requests = (SELECT count(*) FROM request)
        AND requests <= (SELECT coalesce(max(id), 0) FROM request)
        AND spent = (SELECT coalesce(sum(spent), 0) FROM day)
    FROM ledger
"""
"""The query whether the ledger's counts agree with its tables.

They do not if a page is an older copy of itself: a purchase could then be missing from
an index, and its caption would be bought again. Without a condition, SQLite would count
in another index. A million purchases take 0.03 s.
"""


def open_ledger(path: Path) -> sqlite3.Connection:
    """Return a connection to the ledger at `path`, upgraded to the newest version.

    The file is created if it does not exist.

    Raises:
        LedgerError: The file is damaged, from a newer rwcap, or not a ledger. It is
            left unchanged.
    """
    with translate_errors(path):
        commits = read_commit_count(path)  # before the ledger: others may write to it
        _create_file(path, commits)
        connection = connect(path)
        try:
            _check_compatible(connection, path)
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection)
            _check_complete(connection, path, commits)
        except BaseException:
            connection.close()
            raise
        return connection


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that threads may share if they take turns.

    A text that is not UTF-8 raises `UnicodeDecodeError`.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = bytes.decode
    return connection


def has_purchases(path: Path) -> bool:
    """Return whether a ledger of any format has a purchase; do not upgrade it.

    Raises:
        LedgerError: It cannot be read.
    """
    with translate_errors(path):
        ledger = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with closing(ledger):
            return bool(ledger.execute("SELECT 1 FROM purchase LIMIT 1").fetchall())


def find_missing_file(path: Path, commits: int) -> str | None:
    """Return what is wrong if the file of a ledger that was used is missing or empty.

    SQLite removes the write-ahead log of an empty file, so it must not open one.

    Args:
        path: The file.
        commits: The number of commits that the ledger must have at least.
    """
    if not commits and not _size(path.with_name(f"{path.name}-wal")):
        return None
    if not path.exists():
        return "the file is missing"
    return None if _size(path) else "the file is empty"


def find_older_part(connection: sqlite3.Connection, commits: int) -> str | None:
    """Return what is wrong if a part of a ledger is older than the rest.

    Args:
        connection: The ledger, in the newest format.
        commits: The number of commits that it must have at least.
    """
    if (missing := commits - _scalar(connection, "SELECT commits FROM ledger")) > 0:
        changes = "change is" if missing == 1 else f"{missing:,} changes are"
        return (
            f"its last {changes} missing; the file is an older copy, or its"
            " write-ahead log was removed"
        )
    return None if _scalar(connection, _AGREES) else "a part is older than the rest"


def _create_file(path: Path, commits: int) -> None:
    """Create an empty file that only its owner may read, if there is none."""
    make_folder(path.parent)
    if problem := find_missing_file(path, commits):
        raise damaged(path, problem)
    os.close(open_file(path))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_compatible(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `LedgerError` if the database is not a ledger or from a newer rwcap."""
    version = _scalar(connection, "PRAGMA user_version")
    tables = _scalar(connection, "SELECT count(*) FROM sqlite_schema")
    if tables and _scalar(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise LedgerError(
            f"{path}: a database, but not an rwcap ledger",
            hint=set_aside_command(path),
        )
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger {path}: written by a newer rwcap (format {version}; this"
            f" version reads formats up to {len(MIGRATIONS)})",
            hint=INSTALL_NEWEST,
        )


def _check_complete(connection: sqlite3.Connection, path: Path, commits: int) -> None:
    """Raise `LedgerError` if a part of the ledger is older than the rest."""
    if problem := find_older_part(connection, commits):
        raise damaged(path, problem)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, so that readers and writers do not block.

    If two processes open a new ledger at the same time, SQLite does not wait for the
    busy timeout here, because that could be a deadlock. This function waits instead.
    """
    deadline = monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(_BUSY_RETRY_DELAY)
        else:
            return


def _migrate(connection: sqlite3.Connection) -> None:
    """Upgrade the ledger to the newest version in one transaction."""
    if _scalar(connection, "PRAGMA user_version") == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have upgraded the ledger since the check above.
        version = _scalar(connection, "PRAGMA user_version")
        connection.create_function("folder", 1, folder_of)
        for migration in MIGRATIONS[version:]:
            for statement in _split_statements(migration):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # SQLite itself rolls back if the disk is full
            connection.execute("ROLLBACK")


def _split_statements(script: str) -> Iterator[str]:
    """Yield the statements of an SQL script."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _scalar(connection: sqlite3.Connection, query: str) -> int:
    row: tuple[int] = connection.execute(query).fetchone()
    return row[0]


def set_aside_command(path: Path) -> str:
    """Return the command that moves a ledger away, so that a new one is created.

    It moves the whole folder, because SQLite keeps other files next to the ledger.
    """
    import shlex

    folder = shlex.quote(str(path.parent))
    return f"mv {folder} {folder}.aside (its captions would be bought again)"

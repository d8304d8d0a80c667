"""The ledger's file: one SQLite database, opened, checked and upgraded."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from rwcap.core.errors import LedgerError
from rwcap.ledger.migrations import MIGRATIONS
from rwcap.ledger.source_names import folder_of

APPLICATION_ID: Final = 0x72776361
"""Marks the file as a ledger: "rwca"; https://www.sqlite.org/pragma.html#pragma_application_id"""

BUSY_TIMEOUT: Final = 60.0
"""Seconds to wait for other processes that write."""

_BUSY_RETRY_DELAY: Final = 0.01
"""Seconds."""


def open_ledger(path: Path) -> sqlite3.Connection:
    """Return a connection to the ledger at `path`, upgraded to the newest version.

    The file is created if it does not exist.

    Raises:
        LedgerError: The file is damaged, from a newer rwcap, or not a ledger. It is
            left unchanged.
    """
    with translate_errors(path):
        _create_file(path)
        connection = connect(path)
        try:
            _check_compatible(connection, path)
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that threads may share if they take turns."""
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into `LedgerError`."""
    try:
        yield
    except OSError as error:
        raise LedgerError(
            f"the ledger {path}: {error.strerror}",
            hint="set XDG_DATA_HOME to a writable folder",
        ) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary result code
        damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        raise LedgerError(
            f"the ledger {path}: {error}",
            hint=_set_aside_command(path) if damaged else None,
        ) from error


def _create_file(path: Path) -> None:
    """Create an empty file that only its owner may read, if there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _check_compatible(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `LedgerError` if the database is not a ledger or from a newer rwcap."""
    version = _scalar(connection, "PRAGMA user_version")
    tables = _scalar(connection, "SELECT count(*) FROM sqlite_schema")
    if tables and _scalar(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise LedgerError(
            f"{path}: a database, but not an rwcap ledger",
            hint=_set_aside_command(path),
        )
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger {path}: written by a newer rwcap (format {version}; this"
            f" version reads formats up to {len(MIGRATIONS)})",
            hint="install the newest rwcap",
        )


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


def _set_aside_command(path: Path) -> str:
    """Return the command that moves a ledger away, so that a new one is created.

    It moves the whole folder, because SQLite keeps other files next to the ledger.
    """
    import shlex

    folder = shlex.quote(str(path.parent))
    return f"mv {folder} {folder}.aside (its captions would be bought again)"

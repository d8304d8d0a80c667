"""The ledger's file: one SQLite database with its tables and migrations."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from rwcap.core.errors import LedgerError

APPLICATION_ID: Final = 0x72776361
"""Marks the file as a ledger: "rwca"; https://www.sqlite.org/pragma.html#pragma_application_id"""

BUSY_TIMEOUT: Final = 60.0
"""Seconds to wait for other processes that write."""

_BUSY_RETRY_DELAY: Final = 0.01
"""Seconds."""

# A purchase has the state `sent` before its request is sent. A unique index allows one
# such purchase for each image and request. Money is in micro-dollars.
MIGRATIONS: Final = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        owner TEXT NOT NULL UNIQUE,
        version TEXT NOT NULL,
        command TEXT NOT NULL,
        started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        ended TEXT,
        exit_status INTEGER
    );
    CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        model TEXT NOT NULL,
        prompt TEXT
    );
    CREATE TABLE purchase (
        id INTEGER PRIMARY KEY,
        task_uuid TEXT NOT NULL UNIQUE,
        image BLOB NOT NULL,
        request INTEGER NOT NULL REFERENCES request (id),
        source BLOB NOT NULL,
        state TEXT NOT NULL DEFAULT 'sent'
            CHECK (state IN ('sent', 'done', 'failed', 'ambiguous')),
        reserved INTEGER NOT NULL,
        cost INTEGER,
        text TEXT,
        error TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        opened TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        settled TEXT,
        run INTEGER NOT NULL REFERENCES run (id),
        owner TEXT,
        asked INTEGER NOT NULL DEFAULT 0,
        CHECK ((state = 'done') = (text IS NOT NULL))
    );
    CREATE INDEX purchase_of_image ON purchase (image, request);
    CREATE UNIQUE INDEX one_live_purchase ON purchase (image, request)
        WHERE state = 'sent';
    CREATE TABLE file (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        image BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE output (
        path BLOB PRIMARY KEY,
        source BLOB NOT NULL
    ) WITHOUT ROWID;
    """,
    # The day of a purchase is in the local time zone at the time it was reserved. The
    # totals of each day, run and request are stored, because each purchase reads them
    # for limits and forecasts; a caption of unknown cost counts with its reservation.
    # Triggers maintain the totals, so they are right if an older rwcap writes. Captions
    # of older ledgers count as written, because version 0.1 did not store that. The
    # index `dear` finds the highest price: few prices are above that of the page.
    """
    ALTER TABLE purchase ADD COLUMN day TEXT NOT NULL DEFAULT '';
    ALTER TABLE purchase ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE purchase ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN priced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN squares INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE day (day TEXT PRIMARY KEY, spent INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE reuse (
        day TEXT NOT NULL,
        purchase INTEGER NOT NULL REFERENCES purchase (id),
        times INTEGER NOT NULL,
        PRIMARY KEY (day, purchase)
    ) WITHOUT ROWID;
    UPDATE purchase SET day = date(opened, 'localtime'), written = 1;
    UPDATE purchase SET replaced = 1 FROM (
        SELECT image, request, max(id) AS newest FROM purchase
        WHERE state = 'done' GROUP BY image, request
    ) AS kept
    WHERE purchase.image = kept.image AND purchase.request = kept.request
        AND purchase.id < kept.newest AND state = 'done';
    INSERT INTO day SELECT day, sum(coalesce(cost, reserved)) FROM purchase
        WHERE state = 'done' GROUP BY day;
    UPDATE run SET spent = sums.spent FROM (
        SELECT run AS id, sum(coalesce(cost, reserved)) AS spent FROM purchase
        WHERE state = 'done' GROUP BY run
    ) AS sums WHERE run.id = sums.id;
    UPDATE request SET priced = sums.priced, total = sums.total, squares = sums.squares
    FROM (
        SELECT request AS id, count(cost) AS priced, sum(cost) AS total,
            sum(cost * cost) AS squares
        FROM purchase WHERE cost IS NOT NULL GROUP BY request
    ) AS sums WHERE request.id = sums.id;
    CREATE TRIGGER dated AFTER INSERT ON purchase WHEN NEW.day = '' BEGIN
        UPDATE purchase SET day = date('now', 'localtime') WHERE id = NEW.id;
    END;
    CREATE TRIGGER booked AFTER UPDATE OF state ON purchase
    WHEN NEW.state = 'done' AND OLD.state != 'done' BEGIN
        INSERT INTO day VALUES (NEW.day, coalesce(NEW.cost, NEW.reserved))
            ON CONFLICT (day) DO UPDATE SET spent = spent + excluded.spent;
        UPDATE run SET spent = spent + coalesce(NEW.cost, NEW.reserved)
            WHERE id = NEW.run;
        UPDATE request SET priced = priced + 1, total = total + NEW.cost,
            squares = squares + NEW.cost * NEW.cost
            WHERE id = NEW.request AND NEW.cost IS NOT NULL;
        UPDATE purchase SET replaced = 1
            WHERE image = NEW.image AND request = NEW.request AND state = 'done'
                AND id < (
                    SELECT max(id) FROM purchase
                    WHERE image = NEW.image AND request = NEW.request
                        AND state = 'done'
                );
    END;
    CREATE INDEX unsettled ON purchase (state, day, run, asked, owner, reserved)
        WHERE state IN ('sent', 'ambiguous');
    CREATE INDEX dear ON purchase (cost) WHERE cost > 2600;
    CREATE INDEX statement ON purchase
        (day, state, run, request, cost, reserved, written, replaced);
    """,
)
"""The migration at index n upgrades a ledger from version n to n + 1."""


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

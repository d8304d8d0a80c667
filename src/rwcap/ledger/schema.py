"""The ledger's file: one SQLite database, opened, checked and brought up to date."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from rwcap.core.errors import LedgerError

APPLICATION_ID: Final = 0x72776361
"""Marks the file as ours: "rwca", in https://www.sqlite.org/pragma.html#pragma_application_id"""

BUSY_TIMEOUT: Final = 60.0
"""Seconds to wait for other processes that write."""

_BUSY_RETRY_DELAY: Final = 0.01

# A purchase is `sent` before its request leaves, and while one is, nobody else can
# open another for the same image and request. Money is in micro-dollars.
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
    # Days are those of the local time zone at the moment a purchase was opened. Sums
    # are kept for each day, run and request, because limits and forecasts are asked for
    # at every purchase; a caption whose price nobody told counts in them with what was
    # reserved. Triggers keep them, so that they are right whatever version of rwcap
    # writes. What an older one has bought counts as written, for it did not note that.
    # Few prices are above the page's dearest, so to find the highest costs nothing.
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
"""Each brings a ledger from the version of its place to the next."""


def open_ledger(path: Path) -> sqlite3.Connection:
    """Return a connection to the ledger at `path`, which is made if need be.

    Raises `LedgerError` for a file that is damaged, of a newer version, or none
    of ours; it is left as it is.
    """
    with translate_errors(path):
        _create_file(path)
        database = connect(path)
        try:
            _check_compatible(database, path)
            _use_wal(database)
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA foreign_keys = ON")
            _migrate(database)
        except BaseException:
            database.close()
            raise
        return database


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection whose users take turns, whichever threads they are in."""
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system complains about into `LedgerError`."""
    try:
        yield
    except OSError as failure:
        raise LedgerError(
            f"the ledger {path}: {failure.strerror}",
            hint="set XDG_DATA_HOME to a folder that can be written",
        ) from failure
    except sqlite3.Error as failure:
        code = getattr(failure, "sqlite_errorcode", 0) & 0xFF  # without what is finer
        damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        raise LedgerError(
            f"the ledger {path}: {failure}",
            hint=_set_aside_command(path) if damaged else None,
        ) from failure


def _create_file(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _check_compatible(database: sqlite3.Connection, path: Path) -> None:
    """Raise `LedgerError` for a database that is not ours, or not yet ours."""
    version = _scalar(database, "PRAGMA user_version")
    tables = _scalar(database, "SELECT count(*) FROM sqlite_schema")
    if tables and _scalar(database, "PRAGMA application_id") != APPLICATION_ID:
        raise LedgerError(
            f"{path}: a database, but not rwcap's ledger", hint=_set_aside_command(path)
        )
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger {path}: written by a newer rwcap (format {version}, this one"
            f" reads up to {len(MIGRATIONS)})",
            hint="install the newest rwcap",
        )


def _use_wal(database: sqlite3.Connection) -> None:
    """Let readers and writers not wait for each other.

    Where two open a new ledger at once, SQLite fails at once instead of waiting,
    lest they wait for each other; so the waiting is done here.
    """
    deadline = monotonic() + BUSY_TIMEOUT
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as failure:
            if (
                failure.sqlite_errorcode != sqlite3.SQLITE_BUSY
                or monotonic() > deadline
            ):
                raise
            sleep(_BUSY_RETRY_DELAY)
        else:
            return


def _migrate(database: sqlite3.Connection) -> None:
    """Bring the ledger up to date, in one step that happens wholly or not at all."""
    if _scalar(database, "PRAGMA user_version") == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        version = _scalar(database, "PRAGMA user_version")  # another may have done it
        for migration in MIGRATIONS[version:]:
            for statement in _split_statements(migration):
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("COMMIT")
    finally:
        if database.in_transaction:  # SQLite has ended it itself where a disk is full
            database.execute("ROLLBACK")


def _split_statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one, each whole."""
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _scalar(database: sqlite3.Connection, question: str) -> int:
    row: tuple[int] = database.execute(question).fetchone()
    return row[0]


def _set_aside_command(path: Path) -> str:
    """Return the command after which a new ledger is begun.

    The folder goes as a whole: SQLite keeps other files beside the ledger.
    """
    folder = shlex.quote(str(path.parent))
    return f"mv {folder} {folder}.aside (what it remembers would be bought again)"

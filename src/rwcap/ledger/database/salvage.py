"""The rows of a damaged ledger, sorted into the tables of a new one.

A row is recognized by its values, because the page that says which tree belongs to
which table may be damaged.
"""

import sqlite3
from typing import Final
from uuid import uuid4

from rwcap.core.prices import MAX_PRICE
from rwcap.ledger.database.pages import Record, Value
from rwcap.ledger.source_names import folder_of

_TABLES: Final = (
    "CREATE TEMP TABLE found AS SELECT * FROM purchase",
    "CREATE TEMP TABLE key (id INTEGER, image BLOB, request INTEGER)",
    "CREATE TEMP TABLE task (id INTEGER, uuid TEXT)",
    "CREATE TEMP TABLE digest (id INTEGER, digest BLOB)",
    "CREATE TEMP TABLE reused AS SELECT * FROM total",
    "CREATE TEMP TABLE counts AS SELECT * FROM ledger WHERE false",
)
"""Tables for rows that wait for others. `key`, `task` and `digest` are indexes."""

_PARENTS: Final = (
    """
    INSERT OR IGNORE INTO request (id, digest, model)
    SELECT id, digest, '(unknown)' FROM digest
    WHERE id IN (SELECT request FROM found UNION SELECT request FROM key)
    """,
    """
    INSERT OR IGNORE INTO request (id, digest, model)
    SELECT request, randomblob(32), '(unknown)'
    FROM (SELECT request FROM found UNION SELECT request FROM key)
    """,
    """
    INSERT OR IGNORE INTO run (id, owner, version, command, ended)
    SELECT run, lower(hex(randomblob(16))), '', '(unknown)', ''
    FROM (SELECT run FROM found UNION SELECT 1)
    """,
)
"""Statements that insert the missing rows to which purchases refer."""

_LATEST_STATE_FIRST: Final = """
    SELECT * FROM found ORDER BY id,
        state IN ('done', 'failed') DESC, state = 'ambiguous' DESC,
        attempts DESC, written DESC
"""
"""A page that is an older copy of another has older states of its purchases."""

_UNREADABLE: Final = """
    SELECT DISTINCT id, image, request FROM key WHERE NOT EXISTS (
        SELECT 1 FROM purchase
        WHERE purchase.image = key.image AND purchase.request = key.request
    )
"""
_TASK: Final = """
    SELECT uuid FROM task WHERE id = ?
        AND uuid NOT IN (SELECT owner FROM run)
        AND uuid NOT IN (SELECT task_uuid FROM purchase)
"""
_INSERT_UNREADABLE: Final = """
    INSERT OR IGNORE INTO purchase
        (id, task_uuid, image, request, source, reserved, run, day)
    SELECT CASE WHEN :id IN (SELECT id FROM purchase) THEN NULL ELSE :id END,
        :task_uuid, :image, :request, CAST('(unknown)' AS BLOB), :reserved,
        coalesce((SELECT run FROM purchase WHERE id < :id ORDER BY id DESC), 1),
        coalesce((SELECT day FROM purchase WHERE id < :id ORDER BY id DESC), '')
"""
_ADD_REUSED: Final = """
    INSERT INTO total (day, run, request, folder, reused, saved)
    SELECT day, run, request, folder, max(reused), max(saved) FROM reused
    WHERE run IN (SELECT id FROM run) AND request IN (SELECT id FROM request)
        AND folder IN (SELECT id FROM folder)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET reused = excluded.reused, saved = excluded.saved
"""

_SETTLE: Final = """
    UPDATE OR IGNORE purchase SET state = :state, text = :text, cost = :cost
    WHERE task_uuid = :task_uuid
"""
_DELIVER: Final = "UPDATE purchase SET written = :written WHERE task_uuid = :task_uuid"

_TYPES: Final = {"INTEGER": int, "TEXT": str | bytes, "BLOB": bytes}
_OLDEST_COLUMNS: Final = 16
"""The number of columns of a purchase in the oldest format."""

_DIGEST_SIZE: Final = 32
_UUID_SIZE: Final = 36
_DAY_SIZE: Final = 10


class Salvage:
    """Rows of a damaged ledger on their way into a new one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use the connection to a new ledger, in a transaction."""
        self._connection = connection
        for statement in _TABLES:
            connection.execute(statement)
        self._columns: dict[str, dict[str, str]] = {}
        self.lost_texts = 0
        """The number of purchases whose caption cannot be read."""

    def add(self, record: Record) -> None:
        """Add a record to the table that it belongs to, if to any."""
        match record:
            case Record(int(rowid), (None, *values)):
                self._add_row(rowid, values)
            case Record(int(), (int(), int(), int(), int(), int()) as counts):
                self._insert("counts", *counts)
            case Record(None, values):
                self._add_entry(values)
            case _:
                pass

    def finish(self) -> None:
        """Insert the purchases, after the rows to which they refer."""
        for statement in _PARENTS:
            self._connection.execute(statement)
        for row in self._connection.execute(_LATEST_STATE_FIRST).fetchall():
            self._insert_purchase(dict(zip(self._types("purchase"), row, strict=True)))
        self._insert_unreadable()
        self._connection.execute(_ADD_REUSED)

    def count(self) -> tuple[int, int, int]:
        """Return the numbers of purchases, of lost ones at most, and of commits."""
        ((purchases, newest),) = self._connection.execute(
            "SELECT count(*), coalesce(max(id), 0) FROM purchase"
        ).fetchall()
        ((counted, commits),) = self._connection.execute(
            "SELECT max(purchases), coalesce(max(commits), 0) FROM counts"
        ).fetchall()
        return purchases, max(0, (counted or newest) - purchases), commits

    def _add_row(self, rowid: int, values: list[Value]) -> None:
        match values:
            case [str(), bytes(image), int(), bytes(), *_] if _is_digest(image):
                self._add_purchase(rowid, values)
            case [str(owner), str(), str(), *_] if len(owner) == _UUID_SIZE:
                self._insert("run", rowid, *map(_text, values[:6]))
            case [bytes(digest), str(model), prompt, *_] if _is_digest(digest):
                self._insert("request", rowid, digest, model, _text(prompt))
            case [bytes(path)]:
                self._insert("folder", rowid, path)
            case _:
                pass

    def _add_entry(self, values: tuple[Value, ...]) -> None:
        """Add an entry of an index, or a row of a table that has no row numbers."""
        match values:
            case (str(uuid), int(rowid)) if len(uuid) == _UUID_SIZE:
                self._insert("task", rowid, uuid)
            case (bytes(image), int(request), int(rowid)) if _is_digest(image):
                self._insert("key", rowid, image, request)
            case (bytes(digest), int(rowid)) if _is_digest(digest):
                self._insert("digest", rowid, digest)
            case (bytes(), int(), int(), int(), bytes()):
                self._insert("file", *values)
            case (bytes(), bytes()):
                self._insert("output", *values)
            case (str(), *_) if len(values) == len(self._types("reused")):
                self._insert("reused", *values)
            case _:
                pass

    def _add_purchase(self, rowid: int, values: list[Value]) -> None:
        """Keep a purchase for later, if each value fits its column."""
        types = self._types("purchase")
        row = dict(zip(types, [rowid, *values], strict=False))
        if len(row) < _OLDEST_COLUMNS:
            return
        row.setdefault("day", str(row["opened"])[:_DAY_SIZE])
        row.setdefault("written", 1)
        for name, value in row.items():
            if value is not None and not isinstance(value, _TYPES[types[name]]):
                return
            if types[name] == "TEXT":
                row[name] = _caption(value) if name == "text" else _text(value)
        self._insert_row("found", row)

    def _insert_purchase(self, row: dict[str, Value]) -> None:
        """Insert a purchase as reserved, then its outcome."""
        row["folder"] = self._folder_id(row["source"])
        outcome = {
            "task_uuid": row["task_uuid"],
            **{name: row.pop(name) for name in ("state", "text", "cost", "written")},
        }
        row["replaced"] = 0  # a trigger sets it
        lost = outcome["state"] == "done" and outcome["text"] is None
        if lost:
            row["reserved"] = outcome["cost"] or row["reserved"]
            outcome |= {"state": "ambiguous", "cost": None}
        if self._insert_row("purchase", row):
            self.lost_texts += lost
            self._connection.execute(_SETTLE, outcome)
            self._connection.execute(_DELIVER, outcome)

    def _folder_id(self, source: Value) -> int:
        """Return the number of the folder of a source, which is inserted if new."""
        folder = folder_of(source) if isinstance(source, bytes) else b""
        self._insert_row("folder", {"path": folder})
        query = "SELECT id FROM folder WHERE path = ?"
        row: tuple[int] = self._connection.execute(query, (folder,)).fetchone()
        return row[0]

    def _insert_unreadable(self) -> None:
        """Insert the purchases of which only an index has an entry, as ambiguous."""
        for rowid, image, request in self._connection.execute(_UNREADABLE).fetchall():
            found = self._connection.execute(_TASK, (rowid,)).fetchall()
            row = {
                "id": rowid,
                "task_uuid": found[0][0] if found else str(uuid4()),
                "image": image,
                "request": request,
                "reserved": MAX_PRICE,
            }
            self._connection.execute(_INSERT_UNREADABLE, row)
            outcome = {**row, "state": "ambiguous", "text": None, "cost": None}
            self._connection.execute(_SETTLE, outcome)
            self.lost_texts += 1

    def _insert(self, table: str, *values: Value) -> None:
        """Insert a row into the first columns of a table."""
        self._insert_row(table, dict(zip(self._types(table), values, strict=False)))

    def _insert_row(self, table: str, row: dict[str, Value]) -> bool:
        """Insert a row, unless the table has its key. Return whether it is inserted."""
        marks = ", ".join("?" * len(row))
        inserted = self._connection.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608  # names of tables and columns
            tuple(row.values()),
        )
        return inserted.rowcount > 0

    def _types(self, table: str) -> dict[str, str]:
        """Return the type of each column of a table, in their order."""
        if table not in self._columns:
            query = "SELECT name, type FROM pragma_table_info(?)"
            found = self._connection.execute(query, (table,)).fetchall()
            self._columns[table] = dict(found)
        return self._columns[table]


def _is_digest(value: bytes) -> bool:
    return len(value) == _DIGEST_SIZE


def _text(value: Value) -> Value:
    """Return a text without the bytes that are not UTF-8."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _caption(value: Value) -> Value:
    """Return a caption, or None if it is not whole. Zeroed pages read as NUL bytes."""
    return value if isinstance(value, str) and "\0" not in value else None

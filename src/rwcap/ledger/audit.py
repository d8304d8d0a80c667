"""Integrity checks of a ledger: an intact file, and totals that match the purchases."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.ledger.schema import APPLICATION_ID, MIGRATIONS, connect

_MAX_PROBLEMS: Final = 3
"""Errors of SQLite to report. A damaged file has many."""

_MAX_FOLDERS: Final = 1000
"""Folders to search for files that killed runs left behind."""

_SUM_CHECKS: Final = {
    "day": """
        SELECT * FROM (
            SELECT day, spent FROM day EXCEPT
            SELECT day, sum(coalesce(cost, reserved)) FROM purchase
            WHERE state = 'done' GROUP BY day
        ) UNION SELECT * FROM (
            SELECT day, sum(coalesce(cost, reserved)) FROM purchase
            WHERE state = 'done' GROUP BY day
            EXCEPT SELECT day, spent FROM day
        )
    """,
    "run": """
        SELECT id FROM run WHERE spent IS NOT (
            SELECT coalesce(sum(coalesce(cost, reserved)), 0) FROM purchase
            WHERE run = run.id AND state = 'done'
        )
    """,
    "request": """
        SELECT id FROM request WHERE (priced, total, squares) IS NOT (
            SELECT count(cost), coalesce(sum(cost), 0), coalesce(sum(cost * cost), 0)
            FROM purchase WHERE request = request.id
        )
    """,
}
"""A query for each table with totals. Its rows are the totals that are wrong."""


class AuditReport(NamedTuple):
    """The result of checking one ledger."""

    problems: tuple[str, ...]
    purchases: int = 0
    """The number of purchases, without those that failed and cost nothing."""
    ambiguous: int = 0
    """The number of ambiguous purchases."""


def audit(path: Path) -> AuditReport:
    """Check the ledger at `path` without changing it."""
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN")  # other processes may write meanwhile
            return _audit(connection)
    except (OSError, sqlite3.Error) as error:
        return AuditReport((str(error),))


def _audit(connection: sqlite3.Connection) -> AuditReport:
    damage = dict.fromkeys(row[0] for row in connection.execute("PRAGMA quick_check"))
    if list(damage) != ["ok"]:
        return AuditReport(tuple(damage)[:_MAX_PROBLEMS])
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        return AuditReport(("a database, but not an rwcap ledger",))
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        return AuditReport(("written by a newer rwcap",))
    problems = []
    if version == len(MIGRATIONS):  # an older ledger does not have all totals yet
        for name, query in _SUM_CHECKS.items():
            if wrong := len(connection.execute(query).fetchall()):
                plural = "" if wrong == 1 else "s"
                problems.append(f"wrong totals for {wrong} {name}{plural}")
    if missing := connection.execute("PRAGMA foreign_key_check").fetchall():
        problems.append(f"rows that refer to missing rows: {len(missing)}")
    purchases, ambiguous = connection.execute(
        "SELECT count(*), coalesce(sum(state = 'ambiguous'), 0) FROM purchase"
        " WHERE state != 'failed'"
    ).fetchone()
    return AuditReport(tuple(problems), purchases, ambiguous)


def unfinished_folders(path: Path) -> list[str]:
    """Return the folders of the captions of runs that have not ended.

    A killed run never ends. The newest runs come first. The list is empty if the
    ledger cannot be read.
    """
    query = """
        SELECT output.path FROM run
        JOIN purchase ON purchase.run = run.id
        JOIN output ON output.source = purchase.source
        WHERE run.ended IS NULL ORDER BY run.id DESC
    """
    folders: dict[str, None] = {}
    with suppress(OSError, sqlite3.Error), closing(connect(path)) as connection:
        for (output,) in connection.execute(query):
            folders[os.path.dirname(os.fsdecode(output))] = None  # noqa: PTH120  # a million times; Path is slower
            if len(folders) == _MAX_FOLDERS:
                break
    return list(folders)


def sqlite_version() -> tuple[int, ...]:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version_info

"""Check a ledger: the file has to be whole, and its sums have to add up."""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rwcap.ledger.schema import APPLICATION_ID, MIGRATIONS, connect

_MAX_PROBLEMS: Final = 3
"""Complaints of SQLite that are told; a damaged file has many."""

_FOLDERS_MAX: Final = 1000
"""Folders that are looked at for what killed runs left behind."""

_SUM_CHECKS: Final = {
    "days": """
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
    "runs": """
        SELECT id FROM run WHERE spent IS NOT (
            SELECT coalesce(sum(coalesce(cost, reserved)), 0) FROM purchase
            WHERE run = run.id AND state = 'done'
        )
    """,
    "requests": """
        SELECT id FROM request WHERE (priced, total, squares) IS NOT (
            SELECT count(cost), coalesce(sum(cost), 0), coalesce(sum(cost * cost), 0)
            FROM purchase WHERE request = request.id
        )
    """,
}
"""Questions whose answers are the sums that do not agree with the purchases."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found in one ledger."""

    problems: tuple[str, ...]
    purchases: int = 0
    ambiguous: int = 0


def audit(path: Path) -> AuditReport:
    """Look over the ledger at `path`; it is left as it is."""
    try:
        with closing(connect(path)) as database:
            database.execute("BEGIN")  # others may write meanwhile
            return _audit(database)
    except (OSError, sqlite3.Error) as failure:
        return AuditReport((str(failure),))


def unfinished_folders(path: Path) -> list[str]:
    """Return the folders to which unfinished runs of a ledger write their captions.

    A killed run stays unfinished. Empty for a ledger that cannot be read.
    """
    question = """
        SELECT output.path FROM run
        JOIN purchase ON purchase.run = run.id
        JOIN output ON output.source = purchase.source
        WHERE run.ended IS NULL ORDER BY run.id DESC
    """
    folders: dict[str, None] = {}
    with suppress(OSError, sqlite3.Error), closing(connect(path)) as database:
        for (output,) in database.execute(question):
            folders[os.path.dirname(os.fsdecode(output))] = None  # noqa: PTH120  # a million times; a Path costs more
            if len(folders) == _FOLDERS_MAX:
                break
    return list(folders)


def _audit(database: sqlite3.Connection) -> AuditReport:
    damage = dict.fromkeys(row[0] for row in database.execute("PRAGMA quick_check"))
    if list(damage) != ["ok"]:
        return AuditReport(tuple(damage)[:_MAX_PROBLEMS])
    if database.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        return AuditReport(("a database, but not rwcap's ledger",))
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        return AuditReport(("written by a newer rwcap",))
    wrong = []
    if version == len(MIGRATIONS):  # an older one has not all of the sums yet
        for what, question in _SUM_CHECKS.items():
            if count := len(database.execute(question).fetchall()):
                wrong.append(f"the sums of {count} {what} do not agree with purchases")
    if strays := database.execute("PRAGMA foreign_key_check").fetchall():
        wrong.append(f"{len(strays)} rows refer to what is not there")
    purchases, ambiguous = database.execute(
        "SELECT count(*), coalesce(sum(state = 'ambiguous'), 0) FROM purchase"
    ).fetchone()
    return AuditReport(tuple(wrong), purchases, ambiguous)


def sqlite_version() -> tuple[int, ...]:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version_info

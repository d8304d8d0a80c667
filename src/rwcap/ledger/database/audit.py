"""Integrity checks of a ledger: an intact file, and totals that match the purchases."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.ledger.database.access import RESCUE, next_step, reason_of
from rwcap.ledger.database.commit_count import read_commit_count
from rwcap.ledger.database.migrations import MIGRATIONS
from rwcap.ledger.database.schema import (
    APPLICATION_ID,
    INSTALL_NEWEST,
    connect,
    find_missing_file,
    find_older_part,
    set_aside_command,
)

_MAX_PROBLEMS: Final = 3
"""Errors of SQLite to report. A damaged file has many."""

_MAX_FOLDERS: Final = 1000
"""Folders to search for files that killed runs left behind."""

_ACTUAL: Final = """
    SELECT
        coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0),
        coalesce(sum(cost), 0),
        coalesce(sum(state = 'done' AND (NOT written OR replaced)), 0),
        coalesce(sum((state = 'done') * coalesce(cost, reserved)), 0),
        count(cost), coalesce(sum(cost * cost), 0)
    FROM purchase
"""
_STORED: Final = """
    SELECT
        coalesce(sum(captions), 0), coalesce(sum(failed), 0),
        coalesce(sum(spent), 0), coalesce(sum(wasted), 0), coalesce(sum(counted), 0),
        (SELECT coalesce(sum(priced), 0) FROM request),
        (SELECT coalesce(sum(squares), 0) FROM request)
    FROM total
"""
"""The sums of all purchases. Only the first query reads every purchase."""

_WRONG_SUMS: Final = {
    "day": """
        SELECT day FROM (
            SELECT day, spent FROM day UNION ALL SELECT day, -counted FROM total
        ) GROUP BY day HAVING sum(spent) != 0
    """,
    "run": """
        SELECT id FROM (
            SELECT id, spent FROM run UNION ALL SELECT run, -counted FROM total
        ) GROUP BY id HAVING sum(spent) != 0
    """,
    "request": """
        SELECT id FROM (
            SELECT id, priced, total FROM request UNION ALL
            SELECT request, unknown - captions, -spent FROM total
        ) GROUP BY id HAVING (sum(priced), sum(total)) != (0, 0)
    """,
}
"""A query for each table with sums. Its rows are the sums that are wrong."""

_TEXTS: Final = (
    "SELECT task_uuid, text, error FROM purchase",
    "SELECT model, prompt FROM request",
    "SELECT owner, version, command FROM run",
)
"""Queries of all texts that the service or the user has chosen."""


class AuditReport(NamedTuple):
    """The result of checking one ledger."""

    problems: tuple[str, ...] = ()
    purchases: int = 0
    """The number of purchases, including those that failed and cost nothing."""
    ambiguous: int = 0
    """The number of ambiguous purchases."""
    hint: str = RESCUE
    """The hint for the problems."""


def audit(path: Path) -> AuditReport:
    """Check the ledger at `path` without changing it."""
    try:
        commits = read_commit_count(path)  # before the ledger: others may write to it
        if problem := find_missing_file(path, commits):
            return AuditReport((problem,))
        with closing(connect(path)) as connection:
            connection.execute("BEGIN")  # other processes may write meanwhile
            return _audit(connection, path, commits)
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        return AuditReport((reason_of(error),), hint=next_step(error, path))


def _audit(connection: sqlite3.Connection, path: Path, commits: int) -> AuditReport:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        return AuditReport(("written by a newer rwcap",), hint=INSTALL_NEWEST)
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        problem = "a database, but not an rwcap ledger"
        return AuditReport((problem,), hint=set_aside_command(path))
    if damage := _damage(connection):
        return AuditReport(damage[:_MAX_PROBLEMS])
    problems: list[str] = []
    if version == len(MIGRATIONS):  # an older ledger does not have all totals yet
        if older := find_older_part(connection, commits):
            problems.append(older)
        problems += _wrong_totals(connection)
    if missing := connection.execute("PRAGMA foreign_key_check").fetchall():
        problems.append(f"rows that refer to missing rows: {len(missing)}")
    for query in _TEXTS:
        for _ in connection.execute(query):
            pass  # a text that is not UTF-8 raises an error
    (purchases,) = connection.execute("SELECT count(*) FROM purchase").fetchone()
    (ambiguous,) = connection.execute(
        "SELECT count(*) FROM purchase"
        " WHERE state IN ('sent', 'ambiguous') AND state = 'ambiguous'"
    ).fetchone()
    return AuditReport(tuple(problems), purchases, ambiguous)


def _damage(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the damage of tables and indexes.

    SQLite looks up each row in each index: a purchase that an index lacks, or has under
    another image, would be made again. 100,000 purchases take 0.5 s.
    """
    rows = connection.execute("PRAGMA integrity_check").fetchall()
    found = dict.fromkeys(row[0] for row in rows)
    return () if list(found) == ["ok"] else tuple(found)


def _wrong_totals(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem for each table with totals that are wrong."""
    actual, stored = (
        connection.execute(each).fetchone() for each in (_ACTUAL, _STORED)
    )
    if actual != stored:
        yield "wrong totals for all purchases"
    for name, query in _WRONG_SUMS.items():
        if wrong := len(connection.execute(query).fetchall()):
            plural = "" if wrong == 1 else "s"
            yield f"wrong totals for {wrong} {name}{plural}"


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

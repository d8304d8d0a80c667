"""What was paid for captions that fail each check, from the texts in the ledger."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.core.fields_prompt import field_lines
from rwcap.ledger.reports.statement_line import StatementLine, sum_lines

if TYPE_CHECKING:
    from rwcap.core.dates import DateRange
    from rwcap.ledger.database.connection import Database, Row

_PAGE: Final = 500
"""Captions that are read at a time: memory does not grow with the ledger."""

_SELECT: Final = f"""
    SELECT purchase.id, text, prompt, cost, coalesce(cost, reserved), reserved,
        NOT written OR replaced
    FROM purchase JOIN request ON request.id = purchase.request
    WHERE purchase.id > ? AND state = 'done' AND day BETWEEN ? AND ?
    ORDER BY purchase.id LIMIT {_PAGE}
"""  # noqa: S608  # a constant


def lines_by_check(database: "Database", days: "DateRange") -> dict[str, StatementLine]:
    """Return a line for each check that captions fail, and "" for all others.

    A caption that fails several checks is in the line of each. Replies with fields are
    among the others: they are not checked. Reuses are in no line.

    Args:
        database: The ledger.
        days: The days of the purchases.
    """
    lines: dict[str, StatementLine] = defaultdict(StatementLine)
    for _, text, prompt, *figures in _purchases(database, days):
        faults = {} if field_lines(prompt) else find_faults(text, CHECKS)
        for name in faults or ("",):
            lines[name] = sum_lines([lines[name], _line(*figures)])
    return lines


def _purchases(database: "Database", days: "DateRange") -> Iterator["Row"]:
    last = 0
    while rows := database.read(_SELECT, last, *days.iso_bounds):
        yield from rows
        last = rows[-1][0]


def _line(cost: int | None, counted: int, reserved: int, wasted: int) -> StatementLine:
    """Return the line of one caption."""
    known = cost or 0
    return StatementLine(
        captions=1,
        spent=known,
        unknown=int(cost is None),
        wasted=wasted,
        wasted_cost=known * wasted,
        counted=counted,
        above=int(known > reserved),
    )

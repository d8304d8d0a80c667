"""Statements: the totals of purchases, grouped by day, folder, prompt and so on."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from rwcap.core.dates import DateRange, month_of, week_of
from rwcap.ledger.reports.statement_line import StatementLine, sum_lines

if TYPE_CHECKING:
    from rwcap.ledger.database.connection import Database

STATEMENT_VERSION = 1
"""The version of the statement's JSON format."""


@unique
class Grouping(StrEnum):
    """The property that the purchases of one statement line share, most used first."""

    DAY = "day"
    MONTH = "month"
    FOLDER = "folder"
    PROMPT = "prompt"
    RUN = "run"
    WEEK = "week"
    MODEL = "model"
    STATUS = "status"
    CHECK = "check"

    @property
    def is_time(self) -> bool:
        """Whether the groups have a chronological order."""
        return self in {self.DAY, self.WEEK, self.MONTH, self.RUN}


_SETTLED: Final = """
    SELECT {key}, sum(captions), sum(spent), sum(unknown), sum(failed), 0, 0, 0,
        sum(wasted), sum(wasted_cost), sum(reused), sum(saved), sum(counted),
        sum(above), 0
    FROM (SELECT *, 'done' AS state FROM total) AS each
    WHERE day BETWEEN ? AND ? GROUP BY 1
"""
_OPEN: Final = """
    SELECT {key}, 0, 0, 0, 0, sum(state = 'sent' AND asked < 2),
        sum(state = 'ambiguous'), sum(reserved * (state != 'sent' OR asked < 2)),
        0, 0, 0, 0, sum(reserved * (state != 'sent' OR asked < 2)), 0,
        sum(state = 'sent' AND asked > 1)
    FROM purchase AS each INDEXED BY unsettled
    WHERE state IN ('sent', 'ambiguous') AND day BETWEEN ? AND ? GROUP BY 1
"""
"""The queries whose rows are a group and the figures of a `StatementLine`.

Purchases that the service does not know (`asked` is 2) have no reservation, as for
limits.
"""

_KEYS: Final = {
    Grouping.RUN: "(SELECT datetime(started, 'localtime') || ' #' || id || ' ' ||"
    " command FROM run WHERE id = each.run)",
    Grouping.PROMPT: "(SELECT coalesce(prompt, '') FROM request"
    " WHERE id = each.request)",
    Grouping.MODEL: "(SELECT model FROM request WHERE id = each.request)",
    Grouping.FOLDER: "(SELECT path FROM folder WHERE id = each.folder)",
    Grouping.STATUS: "state",
}
_GROUP_NAMES: Final[dict[Grouping, Callable[..., str]]] = {
    Grouping.WEEK: week_of,
    Grouping.MONTH: month_of,
    Grouping.FOLDER: os.fsdecode,
}


class Statements:
    """Totals of purchases, exact to the micro-dollar."""

    def __init__(self, database: "Database") -> None:
        """Read from `database`."""
        self._database = database

    def lines(self, by: Grouping, days: DateRange) -> dict[str, StatementLine]:
        """Return a line for each group of purchases.

        A purchase belongs to the local day of its reservation. A reuse belongs to its
        own day; unless it is grouped by time, it is in the group of its purchase.

        Args:
            by: The grouping.
            days: The days to include.

        Returns:
            Lines by group: in chronological order, or the most expensive first.
        """
        lines = self._lines_by_check(days) if by is by.CHECK else self._lines(by, days)
        if by.is_time:
            return dict(sorted(lines.items()))
        return dict(sorted(lines.items(), key=lambda item: -item[1].spent))

    def _lines_by_check(self, days: DateRange) -> dict[str, StatementLine]:
        from rwcap.ledger.reports.check_lines import lines_by_check

        return lines_by_check(self._database, days)

    def _lines(self, by: Grouping, days: DateRange) -> dict[str, StatementLine]:
        """Return the totals of groups in any order."""
        key = _KEYS.get(by, "day")
        group_name = _GROUP_NAMES.get(by, str)
        parts: dict[str, list[StatementLine]] = defaultdict(list)
        for query in (_SETTLED, _OPEN):
            rows = self._database.read(query.format(key=key), *days.iso_bounds)
            for group, *figures in rows:
                parts[group_name(group)].append(StatementLine._make(figures))
        lines = {group: sum_lines(each) for group, each in parts.items()}
        return _split_failed(lines) if by is Grouping.STATUS else lines

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all statements within the block show the same state of the ledger."""
        with self._database.snapshot():
            yield

    def models(self) -> set[str]:
        """Return the models of all requests in the ledger."""
        return {model for (model,) in self._database.read("SELECT model FROM request")}

    def spent_by_day(self, days: DateRange) -> dict[str, int]:
        """Return the cost of captions per day in micro-dollars.

        A day is the UTC day on which a purchase was first reserved.
        """
        rows = self._database.read(
            "SELECT substr(opened, 1, 10), sum(coalesce(cost, 0)) FROM purchase"
            " WHERE state = 'done' AND substr(opened, 1, 10) BETWEEN ? AND ?"
            " GROUP BY 1",
            *days.iso_bounds,
        )
        return dict(rows)


def _split_failed(lines: dict[str, StatementLine]) -> dict[str, StatementLine]:
    """Return lines by status. The totals of settled purchases include failed ones."""
    settled = lines.get("done", StatementLine())
    split = {
        "done": settled._replace(failed=0),
        "failed": StatementLine(failed=settled.failed),
    }
    return {status: line for status, line in {**lines, **split}.items() if any(line)}

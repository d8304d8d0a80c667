"""Statements: the totals of purchases, grouped by day, folder, prompt and so on."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, NamedTuple

from rwcap.core.dates import DateRange, month_of, week_of
from rwcap.core.money import Micros, format_usd
from rwcap.core.source import SourceKind, source_kind
from rwcap.ledger.budget import SPENT, Period

if TYPE_CHECKING:
    from rwcap.ledger.database import Database

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

    @property
    def is_time(self) -> bool:
        """Whether the groups have a chronological order."""
        return self in {self.DAY, self.WEEK, self.MONTH, self.RUN}


class StatementLine(NamedTuple):
    """The totals of a group of purchases. Amounts are in micro-dollars."""

    captions: int = 0
    """Captions bought."""
    spent: int = 0
    """The known costs of captions."""
    unknown: int = 0
    """Captions of unknown cost."""
    failed: int = 0
    """Purchases that failed and cost nothing."""
    in_progress: int = 0
    """Purchases that are sent and not settled."""
    ambiguous: int = 0
    """Purchases that may have been charged, with unknown text."""
    reserved: int = 0
    """The reservations of purchases in progress and ambiguous purchases."""
    wasted: int = 0
    """Captions that were never written, or were bought again with --fresh."""
    wasted_cost: int = 0
    """The costs of wasted captions."""
    reused: int = 0
    """The number of times that a caption was reused free."""
    saved: int = 0
    """The costs avoided by reuse."""
    counted: int = 0
    """The amount that counts towards limits: costs, or reservations."""
    above: int = 0
    """Captions that cost more than was reserved."""

    def to_json(self) -> dict[str, object]:
        """Return the members of the JSON object. Amounts are strings in dollars."""
        return {
            "captions": self.captions,
            "spent_usd": format_usd(Micros(self.spent)),
            "unknown_costs": self.unknown,
            "failed": self.failed,
            "under_way": self.in_progress,
            "in_doubt": self.ambiguous,
            "reserved_usd": format_usd(Micros(self.reserved)),
            "wasted": self.wasted,
            "wasted_usd": format_usd(Micros(self.wasted_cost)),
            "reused": self.reused,
            "saved_usd": format_usd(Micros(self.saved)),
            "counted_usd": format_usd(Micros(self.counted)),
            "above_reserved": self.above,
        }


_SEPARATOR: Final = os.sep.encode()

_PURCHASE_SUMS: Final = """
    SELECT {key}, state,
        count(*), count(cost), sum(cost), sum(reserved), sum(coalesce(cost, reserved)),
        sum(NOT written OR replaced), sum(cost * (NOT written OR replaced)),
        sum(cost > reserved)
    FROM purchase WHERE day BETWEEN ? AND ? GROUP BY 1, 2
"""
_REUSE_SUMS: Final = """
    SELECT {key}, sum(times), coalesce(sum(times * cost), 0)
    FROM reuse JOIN purchase ON purchase.id = purchase
    WHERE reuse.day BETWEEN ? AND ? GROUP BY 1
"""
_KEYS: Final = {
    Grouping.RUN: "(SELECT datetime(started, 'localtime') || ' #' || id || ' ' ||"
    " command FROM run WHERE id = run)",
    Grouping.PROMPT: "(SELECT coalesce(prompt, '') FROM request WHERE id = request)",
    Grouping.MODEL: "(SELECT model FROM request WHERE id = request)",
    Grouping.FOLDER: "folder(source)",
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
        database.create_function("folder", _folder)

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
        key = _KEYS.get(by, "{table}.day")
        group_name = _GROUP_NAMES.get(by, str)
        parts: dict[str, list[StatementLine]] = defaultdict(list)
        query = _PURCHASE_SUMS.format(key=key.format(table="purchase"))
        for group, state, *sums in self._database.read(query, *days.iso_bounds):
            parts[group_name(group)].append(_line_of_state(state, *sums))
        query = _REUSE_SUMS.format(key=key.format(table="reuse"))
        for group, times, saved in self._database.read(query, *days.iso_bounds):
            parts[group_name(group)].append(StatementLine(reused=times, saved=saved))
        lines = {group: sum_lines(each) for group, each in parts.items()}
        if by.is_time:
            return dict(sorted(lines.items()))
        return dict(sorted(lines.items(), key=lambda item: -item[1].spent))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all statements within the block show the same state of the ledger."""
        with self._database.snapshot():
            yield

    def models(self) -> set[str]:
        """Return the models of all requests in the ledger."""
        return {model for (model,) in self._database.read("SELECT model FROM request")}

    def spent(self, period: Period) -> Micros:
        """Return what is spent in the present day or month, as limits count it."""
        [(spent,)] = self._database.read(SPENT[period])
        return Micros(spent or 0)

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


def sum_lines(lines: Iterable[StatementLine]) -> StatementLine:
    """Return the sum of lines, figure by figure."""
    figures = zip(StatementLine(), *lines, strict=True)
    return StatementLine._make(map(sum, figures))


def _line_of_state(  # noqa: PLR0913, PLR0917  # the columns of the query
    state: str,
    count: int,
    priced: int,
    cost: int | None,
    reserved: int,
    counted: int,
    wasted: int,
    wasted_cost: int | None,
    above: int | None,
) -> StatementLine:
    """Return the totals of purchases in one state. SQL's sum of no rows is None."""
    match state:
        case "done":
            return StatementLine(
                captions=count,
                spent=cost or 0,
                unknown=count - priced,
                wasted=wasted,
                wasted_cost=wasted_cost or 0,
                counted=counted,
                above=above or 0,
            )
        case "failed":
            return StatementLine(failed=count)
        case "ambiguous":
            return StatementLine(ambiguous=count, reserved=reserved, counted=reserved)
        case _:
            return StatementLine(in_progress=count, reserved=reserved, counted=reserved)


def _folder(source: bytes) -> bytes:
    """Return the folder of a file, the host of a URL, or the kind of the source."""
    if os.path.isabs(source):  # noqa: PTH117  # called 100,000 times; Path is slower
        return source[: source.rfind(_SEPARATOR)] or _SEPARATOR  # as above
    match source_kind(os.fsdecode(source)):
        case SourceKind.URL:
            return b"/".join(source.split(b"/")[:3])
        case SourceKind.UUID:
            return b"(stored at Runware)"
        case _:
            return b"(standard input and data URIs)"

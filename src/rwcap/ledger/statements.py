"""Statements: what purchases came to, one line for each group of them."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Final, Self

from rwcap.core.dates import DateRange, month_of, week_of
from rwcap.core.money import Micros, format_usd
from rwcap.core.source import SourceKind, source_kind
from rwcap.ledger.database import Database
from rwcap.ledger.grouping import Grouping

STATEMENT_VERSION = 1
"""The version of the statement as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """What some purchases came to. Lines can be added."""

    captions: int = 0
    """Paid for, and here."""
    spent: int = 0
    """What they cost, in micro-dollars, where that was told."""
    unknown: int = 0
    """Captions whose cost was not told."""
    failed: int = 0
    """Purchases that came to nothing and cost nothing."""
    in_progress: int = 0
    """Purchases that are sent and not settled."""
    ambiguous: int = 0
    """Purchases that may have been charged, though no text came of them."""
    reserved: int = 0
    """What those in doubt and under way cost at most, in micro-dollars."""
    wasted: int = 0
    """Captions never written anywhere, or bought again by --fresh."""
    wasted_cost: int = 0
    """What they cost."""
    reused: int = 0
    """How often a caption was had again without buying it."""
    saved: int = 0
    """What those would have cost."""
    counted: int = 0
    """What limits count: costs and, where there is none yet, what is reserved."""
    above: int = 0
    """Captions that cost more than was reserved for them."""

    def __add__(self, other: Self) -> Self:
        """Return what both came to."""
        return type(self)(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )

    def to_json(self) -> dict[str, object]:
        """Return the members of the JSON object; money as strings in dollars."""
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
    """Sums over purchases. They are exact: whole micro-dollars."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database
        database.create_function("folder", _folder)

    def lines(self, by: Grouping, days: DateRange) -> dict[str, StatementLine]:
        """Return a line for each group of what was bought, or had again, in `days`.

        They are in the order of time, else the dearest first. Weeks and months are
        those of the day a purchase began. What was had again counts on the day it
        was, and else for the purchase it came from.
        """
        key = _KEYS.get(by, "{table}.day")
        fold = _GROUP_NAMES.get(by, str)
        lines: dict[str, StatementLine] = defaultdict(StatementLine)
        question = _PURCHASE_SUMS.format(key=key.format(table="purchase"))
        for group, state, *sums in self._database.read(question, *days.iso_bounds):
            lines[fold(group)] += _line_of_state(state, *sums)
        question = _REUSE_SUMS.format(key=key.format(table="reuse"))
        for group, times, saved in self._database.read(question, *days.iso_bounds):
            lines[fold(group)] += StatementLine(reused=times, saved=saved)
        if by.is_time:
            return dict(sorted(lines.items()))
        return dict(sorted(lines.items(), key=lambda item: -item[1].spent))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Draw up several statements of the same moment."""
        with self._database.snapshot():
            yield

    def models(self) -> set[str]:
        """Return the models that captions were ever wanted of."""
        return {model for (model,) in self._database.read("SELECT model FROM request")}

    def spent_by_day(self, days: DateRange) -> dict[str, int]:
        """Return what captions have cost by day, in micro-dollars.

        Days are those of UTC, on which a purchase was opened first.
        """
        rows = self._database.read(
            "SELECT substr(opened, 1, 10), sum(coalesce(cost, 0)) FROM purchase"
            " WHERE state = 'done' AND substr(opened, 1, 10) BETWEEN ? AND ?"
            " GROUP BY 1",
            *days.iso_bounds,
        )
        return dict(rows)


def _line_of_state(  # noqa: PLR0913, PLR0917  # the columns of the question
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
    """Return what purchases in one state came to; a sum over nothing is None."""
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
    """Return the folder of a file, the host of a URL, or what else an image is."""
    if os.path.isabs(source):  # noqa: PTH117  # 100,000 times; a Path costs more
        return os.path.dirname(source)  # noqa: PTH120  # as above
    match source_kind(os.fsdecode(source)):
        case SourceKind.URL:
            return b"/".join(source.split(b"/")[:3])
        case SourceKind.UUID:
            return b"(stored at Runware)"
        case _:
            return b"(standard input and data URIs)"

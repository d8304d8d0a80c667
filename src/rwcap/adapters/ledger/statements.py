"""What all purchases came to, added up by the database."""

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rwcap.adapters.ledger.store import Store
from rwcap.domain.days import Days, month_of, week_of
from rwcap.domain.grouping import Grouping
from rwcap.domain.image import SourceKind, classify
from rwcap.domain.statement import Line

_PURCHASES: Final = """
    SELECT {key},
        sum(state = 'done'),
        coalesce(sum(cost), 0),
        sum(state = 'done' AND cost IS NULL),
        sum(state = 'failed'),
        sum(state = 'sent'),
        sum(state = 'ambiguous'),
        sum(CASE WHEN state IN ('sent', 'ambiguous') THEN reserved ELSE 0 END),
        sum(state = 'done' AND (replaced OR NOT written)),
        sum(CASE WHEN replaced OR NOT written THEN coalesce(cost, 0) ELSE 0 END),
        sum(CASE WHEN state = 'failed' THEN 0 ELSE coalesce(cost, reserved) END),
        coalesce(sum(cost > reserved), 0)
    FROM purchase WHERE day BETWEEN ? AND ? GROUP BY 1
"""
_SUMS: Final = (
    "captions",
    "spent",
    "unknown",
    "failed",
    "under_way",
    "in_doubt",
    "reserved",
    "wasted",
    "wasted_cost",
    "counted",
    "above",
)
_REUSED: Final = """
    SELECT {key}, sum(times), coalesce(sum(times * cost), 0)
    FROM reuse JOIN purchase ON purchase.id = purchase
    WHERE reuse.day BETWEEN ? AND ? GROUP BY 1
"""
_KEYS: Final = {
    Grouping.RUN: "(SELECT datetime(started, 'localtime') || ' ' || command"
    " FROM run WHERE id = run)",
    Grouping.PROMPT: "(SELECT coalesce(prompt, '') FROM request WHERE id = request)",
    Grouping.MODEL: "(SELECT model FROM request WHERE id = request)",
    Grouping.FOLDER: "source",
    Grouping.STATUS: "state",
}
_FOLDED: Final[dict[Grouping, Callable[[str], str]]] = {
    Grouping.WEEK: week_of,
    Grouping.MONTH: month_of,
}


class Statements:
    """Sums over purchases. They are exact: whole micro-dollars."""

    def __init__(self, store: Store) -> None:
        """Read from `store`."""
        self._store = store

    def lines(self, by: Grouping, days: Days) -> dict[str, Line]:
        """Return a line for each group of what was bought, or had again, in `days`.

        They are in the order of time, else the dearest first. Weeks and months are
        those of the day a purchase began. What was had again counts on the day it
        was, and else for the purchase it came from.
        """
        key = _KEYS.get(by, "{table}.day")
        fold = _fold(by)
        lines: dict[str, Line] = defaultdict(Line)
        question = _PURCHASES.format(key=key.format(table="purchase"))
        for group, *sums in self._store.read(question, *days.bounds):
            lines[fold(group)] += Line(**dict(zip(_SUMS, sums, strict=True)))
        question = _REUSED.format(key=key.format(table="reuse"))
        for group, times, saved in self._store.read(question, *days.bounds):
            lines[fold(group)] += Line(reused=times, saved=saved)
        if by.is_time:
            return dict(sorted(lines.items()))
        return dict(sorted(lines.items(), key=lambda item: -item[1].spent))

    def charged(self, days: Days) -> dict[tuple[str, str], int]:
        """Return what captions have cost by day and model, in micro-dollars.

        Days are those of UTC, on which a purchase was opened first.
        """
        rows = self._store.read(
            "SELECT substr(opened, 1, 10), model, sum(coalesce(cost, 0))"
            " FROM purchase JOIN request ON request.id = request"
            " WHERE state = 'done' AND substr(opened, 1, 10) BETWEEN ? AND ?"
            " GROUP BY 1, 2",
            *days.bounds,
        )
        return {(day, model): spent for day, model, spent in rows}


def _fold(by: Grouping) -> Callable[..., str]:
    """Return what the key of a row is the group of."""
    return _folder if by is Grouping.FOLDER else _FOLDED.get(by, str)


def _folder(source: bytes) -> str:
    """Return the folder of a file, the host of a URL, or what else an image is."""
    named = os.fsdecode(source)
    match classify(named):
        case SourceKind.PATH if (path := Path(named)).is_absolute():
            return str(path.parent)
        case SourceKind.URL:
            return "/".join(named.split("/")[:3])
        case SourceKind.UUID:
            return "(stored at Runware)"
        case _:
            return "(standard input and data URIs)"

"""What all purchases came to, added up by the database."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rwcap.adapters.ledger.store import Store
from rwcap.domain.days import Days, month_of, week_of
from rwcap.domain.grouping import Grouping
from rwcap.domain.image import SourceKind, classify
from rwcap.domain.statement import Line

_PURCHASES: Final = """
    SELECT {key}, state,
        count(*), count(cost), sum(cost), sum(reserved), sum(coalesce(cost, reserved)),
        sum(NOT written OR replaced), sum(cost * (NOT written OR replaced)),
        sum(cost > reserved)
    FROM purchase WHERE day BETWEEN ? AND ? GROUP BY 1, 2
"""
_REUSED: Final = """
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
_FOLDED: Final[dict[Grouping, Callable[..., str]]] = {
    Grouping.WEEK: week_of,
    Grouping.MONTH: month_of,
    Grouping.FOLDER: os.fsdecode,
}


class Statements:
    """Sums over purchases. They are exact: whole micro-dollars."""

    def __init__(self, store: Store) -> None:
        """Read from `store`."""
        self._store = store
        store.define("folder", _folder)

    def lines(self, by: Grouping, days: Days) -> dict[str, Line]:
        """Return a line for each group of what was bought, or had again, in `days`.

        They are in the order of time, else the dearest first. Weeks and months are
        those of the day a purchase began. What was had again counts on the day it
        was, and else for the purchase it came from.
        """
        key = _KEYS.get(by, "{table}.day")
        fold = _FOLDED.get(by, str)
        lines: dict[str, Line] = defaultdict(Line)
        question = _PURCHASES.format(key=key.format(table="purchase"))
        for group, state, *sums in self._store.read(question, *days.bounds):
            lines[fold(group)] += _line(state, *sums)
        question = _REUSED.format(key=key.format(table="reuse"))
        for group, times, saved in self._store.read(question, *days.bounds):
            lines[fold(group)] += Line(reused=times, saved=saved)
        if by.is_time:
            return dict(sorted(lines.items()))
        return dict(sorted(lines.items(), key=lambda item: -item[1].spent))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Draw up several statements of the same moment."""
        with self._store.snapshot():
            yield

    def models(self) -> set[str]:
        """Return the models that captions were ever wanted of."""
        return {model for (model,) in self._store.read("SELECT model FROM request")}

    def charged(self, days: Days) -> dict[str, int]:
        """Return what captions have cost by day, in micro-dollars.

        Days are those of UTC, on which a purchase was opened first.
        """
        rows = self._store.read(
            "SELECT substr(opened, 1, 10), sum(coalesce(cost, 0)) FROM purchase"
            " WHERE state = 'done' AND substr(opened, 1, 10) BETWEEN ? AND ?"
            " GROUP BY 1",
            *days.bounds,
        )
        return dict(rows)


def _line(  # noqa: PLR0913, PLR0917  # the columns of the question
    state: str,
    count: int,
    priced: int,
    cost: int | None,
    reserved: int,
    counted: int,
    wasted: int,
    wasted_cost: int | None,
    above: int | None,
) -> Line:
    """Return what purchases in one state came to; a sum over nothing is None."""
    match state:
        case "done":
            return Line(
                captions=count,
                spent=cost or 0,
                unknown=count - priced,
                wasted=wasted,
                wasted_cost=wasted_cost or 0,
                counted=counted,
                above=above or 0,
            )
        case "failed":
            return Line(failed=count)
        case "ambiguous":
            return Line(in_doubt=count, reserved=reserved, counted=reserved)
        case _:
            return Line(under_way=count, reserved=reserved, counted=reserved)


def _folder(source: bytes) -> bytes:
    """Return the folder of a file, the host of a URL, or what else an image is."""
    if os.path.isabs(source):  # noqa: PTH117  # 100,000 times; a Path costs more
        return os.path.dirname(source)  # noqa: PTH120  # as above
    match classify(os.fsdecode(source)):
        case SourceKind.URL:
            return b"/".join(source.split(b"/")[:3])
        case SourceKind.UUID:
            return b"(stored at Runware)"
        case _:
            return b"(standard input and data URIs)"

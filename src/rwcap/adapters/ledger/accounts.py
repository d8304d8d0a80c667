"""What was spent and what is reserved, as it stands inside one transaction."""

import sqlite3
from collections.abc import Callable
from typing import Final

from rwcap.adapters.ledger.runs import Run
from rwcap.domain.budget import Account, Budget, Exhausted, Held, Period, admit
from rwcap.domain.price import DEAREST, Micros

_MONTH: Final = """day BETWEEN date('now', 'localtime', 'start of month')
    AND date('now', 'localtime', 'start of month', '+1 month', '-1 day')"""
_SPENT: Final = {
    Period.RUN: "SELECT spent FROM run WHERE id = :run",
    Period.DAY: "SELECT sum(spent) FROM day WHERE day = date('now', 'localtime')",
    Period.MONTH: f"SELECT sum(spent) FROM day WHERE {_MONTH}",  # noqa: S608  # ours
}
_RESERVED: Final = {
    Period.RUN: "run = :run",
    Period.DAY: "day = date('now', 'localtime')",
    Period.MONTH: _MONTH,
}
# What the service was asked after and has not heard of is charged only if it is sent
# again, which its next owner makes sure of.
_UNSETTLED: Final = """
    SELECT reserved, state, owner, asked FROM purchase INDEXED BY unsettled
    WHERE state IN ('sent', 'ambiguous')
        AND id IS NOT (SELECT id FROM purchase WHERE task_uuid = :besides) AND
"""


def reserve(database: sqlite3.Connection) -> Micros:
    """Return what a caption may cost: the dearest on the model's page, or ever seen.

    The condition is that of the index, word for word.
    """
    (dearer,) = database.execute(
        "SELECT max(cost) FROM purchase INDEXED BY dear WHERE cost > 2600"
    ).fetchone()
    return Micros(max(DEAREST, dearer or 0))


def room(
    database: sqlite3.Connection,
    budget: Budget,
    reserved: Micros,
    run: Run,
    *,
    besides: str = "",
) -> Exhausted | Held | None:
    """Return why the budget has no room for another caption, if it has none.

    The reservation of the purchase `besides` is not counted.
    """
    caps = budget.caps()
    refusal: Exhausted | Held | None = None
    # Whether an owner still runs takes a look at the disk, so it is asked only where
    # all that is reserved does not fit in.
    for is_alive in (_nobody, run.is_alive):
        accounts = {
            period: _account(database, period, run.id, is_alive, besides)
            for period in caps
        }
        refusal = admit(caps, accounts, reserved)
        if refusal is None:
            break
    return refusal


def _nobody(_: str) -> bool:
    return False


def _account(
    database: sqlite3.Connection,
    period: Period,
    run: int,
    is_alive: Callable[[str], bool],
    besides: str,
) -> Account:
    """Return where a period stands.

    What is sent and has nobody who waits for it will not be settled by itself.
    """
    names = {"run": run, "besides": besides}
    (spent,) = database.execute(_SPENT[period], names).fetchone()
    rows = database.execute(_UNSETTLED + _RESERVED[period], names).fetchall()
    owners = {owner for _, state, owner, _ in rows if state == "sent" and owner}
    alive = {owner for owner in owners if is_alive(owner)}
    under_way = sum(reserved for reserved, _, owner, _ in rows if owner in alive)
    in_doubt = sum(
        reserved
        for reserved, _, owner, asked in rows
        if owner not in alive and not asked
    )
    return Account(spent or 0, under_way, in_doubt)

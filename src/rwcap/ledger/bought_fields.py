"""Fields that were bought with others, in one reply."""

from typing import TYPE_CHECKING, Final

from rwcap.core.fields_prompt import asks_for_as_much, field_lines
from rwcap.ledger.reservation import (
    AlreadyBought,
    Ambiguous,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
    already_bought,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from rwcap.ledger.database.connection import Database, Row
    from rwcap.ledger.runs import Buyer

_SELECT: Final = """
    SELECT task_uuid, text, cost, prompt, state, owner, run, asked FROM purchase
    JOIN request ON request.id = purchase.request
    WHERE image = ? AND model = ? AND state != 'failed' AND prompt IS NOT NULL
    ORDER BY purchase.id DESC
"""


def find_with_others(
    database: "Database", image: bytes, request: RequestKey
) -> AlreadyBought | None:
    """Return the newest reply with the fields of a request and others; None if none."""
    if not field_lines(request.prompt):
        return None
    rows = database.read(_SELECT, image, request.model)
    found = (already_bought(*row[:3]) for row in _with_fields(rows, request))
    return next(filter(None, found), None)


def has_ambiguous_others(
    database: "Database", image: bytes, request: RequestKey
) -> bool:
    """Return whether a reply with the fields of a request may have been charged."""
    if not field_lines(request.prompt):
        return False
    rows = database.read(_SELECT, image, request.model)
    return any(row[4] == "ambiguous" for row in _with_fields(rows, request))


def reserved_with_others(
    connection: "sqlite3.Connection",
    wanted: ReservationRequest,
    run: "Buyer",
) -> ReservationResult | None:
    """Return what became of a purchase of the same fields and others; None if none.

    The service is asked for one that nobody waits for, as for an ambiguous one.

    Args:
        connection: The transaction that would make the reservation.
        wanted: The request.
        run: The run that makes it.
    """
    request = wanted.request
    if wanted.fresh or not field_lines(request.prompt):
        return None
    rows = connection.execute(_SELECT, (wanted.image, request.model)).fetchall()
    for row in _with_fields(rows, request):
        task_uuid, *_, state, owner, buyer, asked = row
        if found := already_bought(*row[:3]):
            return found
        if state == "sent" and owner == run.owner:
            return ReservationStatus.IN_PROGRESS
        if state == "sent" and owner and run.is_alive(owner):
            return ReservationStatus.IN_PROGRESS_ELSEWHERE
        of_this_run = state == "ambiguous" and buyer == run.id
        if of_this_run or not (asked > 1 or wanted.rebuy_ambiguous):
            return Ambiguous(task_uuid, of_this_run)
    return None


def _with_fields(rows: "Iterable[Row]", request: RequestKey) -> "Iterable[Row]":
    """Return the rows of purchases that have the fields of a request."""
    return (row for row in rows if asks_for_as_much(row[3], request.prompt or ""))

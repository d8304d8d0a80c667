"""Fields that were bought with others, in one reply."""

from typing import TYPE_CHECKING, Final

from rwcap.core.fields_prompt import asks_for_as_much, field_lines
from rwcap.ledger.reservation import AlreadyBought, RequestKey, already_bought

if TYPE_CHECKING:
    from rwcap.ledger.database import Database

_SELECT: Final = """
    SELECT task_uuid, text, cost, prompt FROM purchase
    JOIN request ON request.id = purchase.request
    WHERE image = ? AND model = ? AND text IS NOT NULL AND prompt IS NOT NULL
    ORDER BY purchase.id DESC
"""


def find_with_others(
    database: "Database", image: bytes, request: RequestKey
) -> AlreadyBought | None:
    """Return the newest reply with the fields of a request and others; None if none."""
    if not request.prompt or not field_lines(request.prompt):
        return None
    for uuid, text, cost, prompt in database.read(_SELECT, image, request.model):
        if asks_for_as_much(prompt, request.prompt):
            return already_bought(uuid, text, cost)
    return None

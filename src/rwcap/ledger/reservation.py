"""Requests to reserve a purchase, and the ledger's answers."""

import json
from collections.abc import Callable, Iterable
from enum import Enum, auto
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rwcap.api.request import Parameters
from rwcap.core.fields_prompt import field_lines
from rwcap.core.money import Micros
from rwcap.core.prices import MAX_FIELDS_PRICE, MAX_PRICE, MAX_UNPROVEN
from rwcap.ledger.budget import UNLIMITED, Budget, BudgetExhausted, BudgetReserved

if TYPE_CHECKING:
    import sqlite3

    from rwcap.ledger.database.connection import Row


_HIGHEST: Final = """
    SELECT cost FROM purchase INDEXED BY dear
    WHERE cost > 2600 AND (
        cost <= ? OR cost <= (
            SELECT min(cost) FROM (
                SELECT cost FROM purchase WHERE cost IS NOT NULL
                ORDER BY id DESC LIMIT 2
            ) HAVING count(*) = 2
        )
    )
    ORDER BY cost DESC LIMIT 1
"""
"""The highest price; `cost > 2600` must be as in the index `dear`, character by
character."""


class RequestKey(NamedTuple):
    """The parameters that determine a caption's text, besides the image.

    Delivery and image output options do not change a caption.
    """

    model: str
    prompt: str | None

    @classmethod
    def of(cls, parameters: Parameters) -> "RequestKey":
        """Return the key of request parameters."""
        return cls(parameters.model, parameters.prompt)

    @property
    def digest(self) -> bytes:
        """SHA-256 of model and prompt."""
        return _digest(self.model, self.prompt)


@lru_cache(maxsize=64)
def _digest(model: str, prompt: str | None) -> bytes:
    """Return the digest. It is cached: most images of a run share one prompt."""
    return sha256(json.dumps([model, prompt]).encode()).digest()


class ReservationRequest(NamedTuple):
    """A request to reserve the purchase of one caption."""

    image: bytes
    """The key of the image."""
    request: RequestKey
    task_uuid: str
    """The UUID of the task, if a new purchase is made."""
    source: str
    fresh: bool = False
    """Whether to ignore captions bought by earlier runs."""
    rebuy_ambiguous: bool = False
    """Whether to buy although a purchase of another run may have been charged."""
    budget: Budget = UNLIMITED
    """The spending limits."""


class ReservationStatus(Enum):
    """The answers without details."""

    RESERVED = auto()
    """The purchase is in the ledger, and this process submits its task."""
    IN_PROGRESS = auto()
    """Another thread of this process is buying the same caption."""
    IN_PROGRESS_ELSEWHERE = auto()
    """Another process is buying the same caption."""
    UUID_TAKEN = auto()
    """Another purchase has the task UUID."""


class AlreadyBought(NamedTuple):
    """The caption was bought before."""

    task_uuid: str
    text: str
    cost: Micros | None
    """None if the service did not report it."""


class BoughtCaption(NamedTuple):
    """A caption in the ledger, and the request that it was bought with."""

    task_uuid: str
    text: str
    cost: Micros | None
    model: str
    prompt: str | None


def already_bought(
    task_uuid: str, text: str | None, cost: Micros | None
) -> AlreadyBought | None:
    """Return the caption in columns of the ledger, or None without a text."""
    return None if text is None else AlreadyBought(task_uuid, text, cost)


def first_bought(rows: "Iterable[Row]") -> AlreadyBought | None:
    """Return the first caption in rows that begin with its UUID, text and cost."""
    return next((each for row in rows if (each := already_bought(*row[:3]))), None)


class Adopted(NamedTuple):
    """This process now owns an abandoned purchase, whose task may have been sent."""

    task_uuid: str


class Ambiguous(NamedTuple):
    """An earlier purchase may have been charged, but its text is unknown."""

    task_uuid: str
    of_this_run: bool = False
    """Whether this run made the purchase, and so makes no other one for the caption."""


ReservationResult: TypeAlias = (
    ReservationStatus
    | AlreadyBought
    | Adopted
    | Ambiguous
    | BudgetReserved
    | BudgetExhausted
)


def price_bound(
    read: Callable[[str, tuple[int]], Iterable[tuple[int]]], prompt: str | None
) -> Micros:
    """Return the amount to reserve for a caption: the highest price known.

    It is the highest on the model's page or in the ledger; more if the prompt asks for
    fields. A price above `MAX_UNPROVEN` counts if the two newest captions had it.

    Args:
        read: Reads rows of the ledger, as `sqlite3.Connection.execute` does.
        prompt: The prompt.
    """
    least = MAX_FIELDS_PRICE if field_lines(prompt) else MAX_PRICE
    found = (price for (price,) in read(_HIGHEST, (MAX_UNPROVEN,)))
    return Micros(max(least, *found, 0))


def renewal_bound(connection: "sqlite3.Connection", task_uuid: str) -> Micros:
    """Return the amount to reserve for a purchase whose task is sent again."""
    (prompt,) = connection.execute(
        "SELECT prompt FROM request JOIN purchase ON request.id = request"
        " WHERE task_uuid = ?",
        (task_uuid,),
    ).fetchone()
    return price_bound(connection.execute, prompt)

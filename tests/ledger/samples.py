"""Sample purchases, and locks that the test controls."""

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import AmbiguousError, InputError
from rwcap.core.money import Micros
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.reservation import (
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)

REQUEST = RequestKey("runware:152@1", None)


TEXT = CaptionResult("A harbour.", Micros(1300))


REFUSED = InputError("no image", code="notAnImage")


AMBIGUOUS = AmbiguousError("lost", code="ambiguous")


RESERVED = ReservationStatus.RESERVED


IN_PROGRESS = ReservationStatus.IN_PROGRESS
ELSEWHERE = ReservationStatus.IN_PROGRESS_ELSEWHERE


UUID_TAKEN = ReservationStatus.UUID_TAKEN


def reserve(ledger: Ledger, wanted: ReservationRequest) -> ReservationResult:
    """Reserve a purchase, and wait until that is durable."""
    return ledger.purchases.begin_reserve(wanted).result()


class FakeLocks:
    """Locks of processes that run until the test says otherwise."""

    held: set[str]

    def __init__(self, held: set[str]) -> None:
        """Share the held locks with other processes."""
        self.held = held

    def acquire(self, task_uuid: str) -> bool:
        """Acquire a lock."""
        self.held.add(task_uuid)
        return True

    def is_held(self, task_uuid: str) -> bool:
        """Return whether any process holds a lock."""
        return task_uuid in self.held

    def release(self, task_uuid: str) -> None:
        """Release a lock."""
        self.held.discard(task_uuid)


def image(number: int) -> bytes:
    """Return the key of an image."""
    return sha256(b"%d" % number).digest()


def task_uuid(number: int) -> str:
    """Return a task UUID."""
    return str(UUID(int=number))


def wanted(
    number: int = 1,
    *,
    of: int = 1,
    request: RequestKey = REQUEST,
    fresh: bool = False,
    rebuy: bool = False,
) -> ReservationRequest:
    """Request the caption of image `of`, under the UUID of a number."""
    return ReservationRequest(
        image=image(of),
        request=request,
        task_uuid=task_uuid(number),
        source="a.jpg",
        fresh=fresh,
        rebuy_ambiguous=rebuy,
    )


def typed(result: object) -> tuple[type, object]:
    """Return a result with its type, because equal tuples may differ in type."""
    return type(result), result


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    """Return the rows of a query, from the file itself."""
    database = sqlite3.connect(path)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def insert(number: int) -> Callable[[sqlite3.Connection], object]:
    """Return a write of one row."""
    return lambda database: database.execute(
        "INSERT INTO output VALUES (?, 'x')", (b"%d" % number,)
    )

"""The ledger of a job, as the pipeline of a worker sees it.

It has the purchases alone. A worker captions bytes from a table and writes one part,
so it needs neither the index of files nor statements.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import cast

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import TaskError
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.open_purchases import OpenPurchases
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.reservation import (
    AlreadyBought,
    RequestKey,
    ReservationRequest,
    ReservationResult,
)
from rwcap.usecases.job.messages import (
    Accept,
    Answer,
    Call,
    Cancel,
    Deliver,
    Release,
    Renew,
    Reserve,
    Settle,
)


class LedgerProxy(Ledger):
    """The ledger of a job, without a file."""

    def __init__(self, begin: Callable[[Call], Future[Answer]]) -> None:
        """Begin each call with `begin`."""
        self.purchases = PurchasesProxy(begin)
        self.open_purchases = NoOpenPurchases()


class PurchasesProxy(Purchases):
    """The purchases of a job, made by this worker."""

    def __init__(self, begin: Callable[[Call], Future[Answer]]) -> None:
        """Begin each call with `begin`."""
        self._begin = begin

    def find_by_key(self, image: bytes, request: RequestKey) -> AlreadyBought | None:
        """Return None: the reservation, which is made in a group, finds the caption."""

    def begin_reserve(self, wanted: ReservationRequest) -> Future[ReservationResult]:
        """Reserve a new purchase, or find why there is none to make."""
        return cast("Future[ReservationResult]", self._begin(Reserve(wanted)))

    def renew_reservation(
        self, task_uuid: str, budget: Budget
    ) -> BudgetReserved | BudgetExhausted | None:
        """Move an adopted purchase to this run and to today."""
        answer = self._begin(Renew(task_uuid, budget)).result()
        return cast("BudgetReserved | BudgetExhausted | None", answer)

    def begin_accept(self, task_uuid: str) -> Future[bool]:
        """Note that the service has accepted the task of a purchase."""
        return cast("Future[bool]", self._begin(Accept(task_uuid)))

    def begin_settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> Future[bool]:
        """Store the outcome of a purchase."""
        write = cast("Future[bool]", self._begin(Settle(task_uuid, outcome, attempts)))
        self.note_cost(outcome)
        return write

    def begin_release(self, task_uuid: str) -> Future[bool]:
        """Give up a purchase in progress, so that another worker can adopt it."""
        return cast("Future[bool]", self._begin(Release(task_uuid)))

    def cancel(self, task_uuid: str) -> Future[bool]:
        """Remove a purchase of this worker whose task was never sent."""
        return cast("Future[bool]", self._begin(Cancel(task_uuid)))

    def mark_delivered(self, task_uuid: str, *, reused: bool) -> None:
        """Note, with the next message, that a caption is written."""
        self._begin(Deliver(task_uuid, reused))


class NoOpenPurchases(OpenPurchases):
    """What a worker knows of earlier runs: nothing. The driver recovers them."""

    def __init__(self) -> None:
        """Need no database."""

    def abandoned(self) -> list[str]:
        """Return nothing."""
        return []

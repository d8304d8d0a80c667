"""Wait for a budget that is reserved for purchases in progress."""

from typing import Final

from rwcap.core.errors import BudgetError
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved
from rwcap.usecases.context import Context

BUDGET_PAUSE: Final = 0.2
"""Seconds between two checks of a budget that is reserved."""


class BudgetWait:
    """Waits, for a limited time, until reservations of others are settled."""

    def __init__(self, context: Context, timeout: float) -> None:
        """Wait up to `timeout` seconds. A stopped process may never settle."""
        self._context = context
        self._deadline = context.now() + timeout
        self._notified = False

    def wait(self, refusal: BudgetReserved | BudgetExhausted) -> BudgetError | None:
        """Wait a moment, or return the error if waiting is over or does not help."""
        if isinstance(refusal, BudgetExhausted):
            return refusal.to_error()
        if self._context.now() >= self._deadline:
            return refusal.exhausted.to_error()
        if not self._notified:
            self._context.notify(
                "waiting: the rest of the limit is reserved for captions in progress"
            )
            self._notified = True
        self._context.sleep_before_purchase(BUDGET_PAUSE)
        return None


def renew_reservation(
    task_uuid: str, budget: Budget, timeout: float, context: Context
) -> BudgetError | None:
    """Renew the reservation of an adopted purchase, or return the budget's error."""
    purchases = context.ledger.purchases
    budget_wait = BudgetWait(context, timeout)
    while refusal := purchases.renew_reservation(task_uuid, budget):
        if error := budget_wait.wait(refusal):
            return error
    return None

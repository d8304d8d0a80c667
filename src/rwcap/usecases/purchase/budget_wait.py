"""Wait for a budget: until captions in progress are settled, or for another day."""

from typing import Final

from rwcap.core.errors import BudgetError
from rwcap.core.money import format_price
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved, Period
from rwcap.usecases.context import Context, RunStopped

BUDGET_PAUSE: Final = 0.2
"""Seconds between two checks of a budget that is reserved."""

DAY_PAUSE: Final = 10.0
"""Seconds between two checks of a budget that is spent until another day."""


class BudgetWait:
    """Waits, for a limited time, until reservations of others are settled.

    A budget that `waits` is also waited for until another day or month.
    """

    def __init__(self, context: Context, timeout: float, budget: Budget) -> None:
        """Wait up to `timeout` seconds. A stopped process may never settle."""
        self._context = context
        self._deadline = context.now() + timeout
        self._waits_for_day = budget.waits
        self._notified = ""

    def wait(self, refusal: BudgetReserved | BudgetExhausted) -> BudgetError | None:
        """Wait a moment, or return the error if waiting is over or does not help."""
        is_reserved = isinstance(refusal, BudgetReserved)
        exhausted = (
            refusal if isinstance(refusal, BudgetExhausted) else refusal.exhausted
        )
        if is_reserved and self._context.now() < self._deadline:
            self._pause(
                "the rest of the limit is reserved for captions in progress",
                BUDGET_PAUSE,
                exhausted,
            )
            return None
        if not self._waits_for_day or exhausted.period is Period.RUN:
            return exhausted.to_error()
        limit, period = format_price(exhausted.limit), exhausted.period
        until = "tomorrow" if period is Period.DAY else "next month"
        self._pause(
            f"the limit of {limit} per {period} is reached; the run goes on {until}",
            DAY_PAUSE,
            exhausted,
        )
        return None

    def _pause(self, reason: str, seconds: float, exhausted: BudgetExhausted) -> None:
        """Say why, once, and sleep. The error of a run that stops is `exhausted`."""
        if reason != self._notified:
            self._context.notify(f"waiting: {reason}")
            self._notified = reason
        try:
            self._context.sleep_before_purchase(seconds)
        except RunStopped as stopped:
            stopped.error = exhausted.to_error()
            raise


def renew_reservation(
    task_uuid: str, budget: Budget, timeout: float, context: Context
) -> BudgetError | None:
    """Renew the reservation of an adopted purchase, or return the budget's error."""
    purchases = context.ledger.purchases
    budget_wait = BudgetWait(context, timeout, budget)
    while refusal := purchases.renew_reservation(task_uuid, budget):
        if error := budget_wait.wait(refusal):
            return error
    return None

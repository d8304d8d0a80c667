"""Wait until a caption can be reserved: for a budget, or for another process."""

from collections.abc import Callable
from typing import Final, TypeAlias

from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import CapacityError, TaskError
from rwcap.core.money import format_price
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved, Period
from rwcap.ledger.reservation import ReservationStatus
from rwcap.usecases.context import Context, RunStopped

IN_PROGRESS_PAUSE: Final = 0.05
"""Seconds between two checks of a purchase in progress."""

BUDGET_PAUSE: Final = 0.2
"""Seconds between two checks of a budget that is reserved."""

DAY_PAUSE: Final = 10.0
"""Seconds between two checks of a budget that is spent until another day."""

NOTICE_SECONDS: Final = 10.0
"""Seconds after which the user is told of another process that buys the caption."""

Refusal: TypeAlias = ReservationStatus | BudgetReserved | BudgetExhausted
"""Why a caption cannot be reserved now."""


class ReservationWait:
    """Waits, for a limited time, for what other processes have reserved.

    A suspended process does not settle its purchases. Only another thread is waited for
    without a limit, and a budget that `waits` for another day or month.
    """

    def __init__(
        self,
        context: Context,
        policy: RetryPolicy,
        budget: Budget,
        check: Callable[[], TaskError | None] = lambda: None,
    ) -> None:
        """Wait for a budget up to a timeout, for a caption as long as its tries.

        `check` returns the error if the image cannot be bought any more after a wait
        for another day.
        """
        self._check = check
        self._context = context
        self._started = context.now()
        self._policy = policy
        self._waits_for_day = budget.waits
        self._notified = ""

    def wait(self, refusal: Refusal) -> TaskError | None:
        """Wait a moment, or return the error if waiting is over or does not help."""
        if isinstance(refusal, ReservationStatus):
            return self._wait_for_caption(refusal)
        return self.wait_for_budget(refusal)

    def _wait_for_caption(self, status: ReservationStatus) -> CapacityError | None:
        waited = self._context.now() - self._started
        if status is ReservationStatus.IN_PROGRESS_ELSEWHERE:
            if waited >= self._policy.timeout * (self._policy.retries + 1):
                return CapacityError(
                    f"another process has not bought this caption in {waited:.0f} s",
                    code="inProgress",
                    hint="end or continue that process, and run the same command again",
                )
            if waited >= NOTICE_SECONDS:
                self._notify("another process is buying this caption")
        self._context.sleep(IN_PROGRESS_PAUSE)
        return None

    def wait_for_budget(
        self, refusal: BudgetReserved | BudgetExhausted
    ) -> TaskError | None:
        """Wait a moment, or return the error if waiting is over or does not help."""
        is_reserved = isinstance(refusal, BudgetReserved)
        exhausted = (
            refusal if isinstance(refusal, BudgetExhausted) else refusal.exhausted
        )
        waited = self._context.now() - self._started
        if is_reserved and waited < self._policy.timeout:
            self._notify("the rest of the limit is reserved for captions in progress")
            self._sleep_before_purchase(BUDGET_PAUSE, exhausted)
            return None
        is_run = exhausted.period is Period.RUN
        if is_run or exhausted.is_too_small or not self._waits_for_day:
            return exhausted.to_error()
        limit, period = format_price(exhausted.limit), exhausted.period
        until = "tomorrow" if period is Period.DAY else "next month"
        self._notify(
            f"the limit of {limit} per {period} is reached; the run goes on {until}"
        )
        self._sleep_before_purchase(DAY_PAUSE, exhausted)
        return self._check()

    def _notify(self, reason: str) -> None:
        """Say, once, what is waited for."""
        if reason != self._notified:
            self._context.notify(f"waiting: {reason}")
            self._notified = reason

    def _sleep_before_purchase(
        self, seconds: float, exhausted: BudgetExhausted
    ) -> None:
        """Sleep. The error of a run that stops is `exhausted`."""
        try:
            self._context.sleep_before_purchase(seconds)
        except RunStopped as stopped:
            stopped.error = exhausted.to_error()
            raise


def renew_reservation(
    task_uuid: str, budget: Budget, waiting: ReservationWait, context: Context
) -> TaskError | None:
    """Renew the reservation of an adopted purchase, or return why it cannot be."""
    purchases = context.ledger.purchases
    while refusal := purchases.renew_reservation(task_uuid, budget):
        if error := waiting.wait_for_budget(refusal):
            return error
    return None

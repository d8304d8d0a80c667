"""Obtain a caption and pay for it once: the ledger, the service, the ledger.

::

    claim ──┬─ bought ──────────────────────────────────► free
            ├─ taken ────► wait for who is at it, claim again
            ├─ held ─────► wait for what is under way, claim again
            ├─ exhausted ─────────────────────────────► over the budget
            ├─ doubtful ─► ask once more ──┬─ known ────► settle
            │                              └─ not ──────► ambiguous
            ├─ adopted ──► bring it to its end ─────────► settle
            └─ opened ───► purchase ────────────────────► settle

What is opened or adopted is on the disk before anything is sent, and settled on
the disk before anybody is told. Killed in between, it is adopted by the next who
wants it, under the same task UUID.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from rwcap.api.reply import CaptionResult, Failed, Pending
from rwcap.api.retry import RetryPolicy
from rwcap.api.task import CaptionTask, Parameters
from rwcap.core.errors import (
    AmbiguousError,
    BudgetError,
    LedgerError,
    RwcapError,
    TaskError,
)
from rwcap.core.record import fetch_command
from rwcap.core.text import strip_url_secrets
from rwcap.ledger.budget import UNLIMITED, Budget, BudgetExhausted, BudgetReserved
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    InProgress,
    RequestKey,
    ReservationRequest,
    Reserved,
    UuidTaken,
)
from rwcap.usecases.context import Context
from rwcap.usecases.submit import (
    Submission,
    TaskOutcome,
    await_result,
    check_uuid_unused,
    resume,
    submit,
    uuid_taken_error,
)
from rwcap.usecases.task_status import ambiguous_error, query_task

if TYPE_CHECKING:
    from rwcap.images.image import Image

IN_PROGRESS_PAUSE: Final = 0.05
"""Seconds between two looks at a purchase that somebody else is at."""

BUDGET_PAUSE: Final = 0.2
"""Seconds between two looks at a budget that is reserved by what is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOptions:
    """On what options captions are bought."""

    policy: RetryPolicy
    fresh: bool = False
    """Buy although it was bought by an earlier run."""
    rebuy_ambiguous: bool = False
    """Buy although an earlier purchase may have been charged."""
    task_uuid: str | None = None
    """The UUID that somebody wants the task to have."""
    budget: Budget = UNLIMITED
    """What may be spent at most."""


PurchaseOutcome: TypeAlias = TaskOutcome | AlreadyBought


@dataclass(frozen=True, slots=True)
class PurchaseResult:
    """What came of it."""

    result: PurchaseOutcome
    task_uuid: str | None
    """The task it was bought under; None where none was begun."""
    attempts: int
    """Requests sent to buy it, now."""


def purchase(
    source: str,
    image: "Image",
    parameters: Parameters,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult:
    """Return the caption of an image, bought now or earlier, or why there is none."""
    bid = ReservationRequest(
        image=image.key,
        request=RequestKey.of(parameters),
        task_uuid=options.task_uuid or context.new_uuid(),
        source=strip_url_secrets(source),
        fresh=options.fresh,
        budget=options.budget,
    )
    purchases = context.ledger.purchases
    if not bid.fresh and (found := purchases.find_by_key(bid.image, bid.request)):
        return PurchaseResult(found, found.task_uuid, attempts=0)
    task = CaptionTask(
        bid.task_uuid, image, parameters, uuid_is_new=not options.task_uuid
    )
    if not (task.uuid_is_new or purchases.has_uuid(task.uuid)) and (
        objection := check_uuid_unused(task.uuid, context)
    ):
        return PurchaseResult(objection, task.uuid, attempts=0)
    return _reserve_and_submit(bid, task, options, context)


def _reserve_and_submit(
    bid: ReservationRequest,
    task: CaptionTask,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult:
    """Claim until there is something to tell."""
    policy = options.policy
    queue = _BudgetWait(context, policy.timeout)
    while True:
        match context.ledger.purchases.reserve(bid):
            case AlreadyBought() as found:
                return PurchaseResult(found, found.task_uuid, attempts=0)
            case UuidTaken():
                return PurchaseResult(
                    uuid_taken_error(task.uuid, context), task.uuid, attempts=0
                )
            case InProgress():
                context.sleep(IN_PROGRESS_PAUSE)
            case BudgetReserved() | BudgetExhausted() as refusal:
                if error := queue.wait(refusal):
                    return PurchaseResult(error, None, attempts=0)
            case Reserved():
                with _note_task_on_error(task.uuid, context):
                    end = submit(task, context, policy)
                    _settle(task.uuid, end, context)
                return PurchaseResult(end.outcome, task.uuid, end.attempts)
            case claim:  # adopted, or in doubt
                end = _finish_earlier(claim, task, options, context)
                doubted = isinstance(claim, Ambiguous) and not end.definite
                again = doubted and options.rebuy_ambiguous
                if not again and (end.attempts or not _has_failed(end)):
                    return PurchaseResult(end.outcome, claim.task_uuid, end.attempts)
                bid = replace(bid, rebuy_ambiguous=again)


def _finish_earlier(
    claim: Adopted | Ambiguous,
    task: CaptionTask,
    options: PurchaseOptions,
    context: Context,
) -> Submission:
    """Bring to an end what was begun earlier, or learn what became of it."""
    uuid = claim.task_uuid
    earlier = task._replace(uuid=uuid, uuid_is_new=True)
    with _note_task_on_error(uuid, context):
        if isinstance(claim, Adopted):
            renew = partial(_renew_reservation, uuid, options, context)
            end = resume(earlier, context, options.policy, renew=renew)
        else:
            end = _query_ambiguous(earlier, context, options.policy)
        _settle(uuid, end, context)
    return end


class _BudgetWait:
    """Waits until the budget has room, but not for ever."""

    def __init__(self, context: Context, patience: float) -> None:
        """Wait `patience` seconds at most: who reserves for longer may never settle."""
        self._context = context
        self._deadline = context.now() + patience
        self._told = False

    def wait(self, refusal: BudgetReserved | BudgetExhausted) -> BudgetError | None:
        """Wait a little; or return why there is nothing to wait for."""
        if isinstance(refusal, BudgetExhausted):
            return refusal.to_error()
        if self._context.now() >= self._deadline:
            return refusal.exhausted.to_error()
        if not self._told:
            self._context.notify("the budget is reserved by what is under way; waiting")
            self._told = True
        self._context.sleep_before_purchase(BUDGET_PAUSE)
        return None


def _renew_reservation(
    task_uuid: str, options: PurchaseOptions, context: Context
) -> BudgetError | None:
    """Reserve anew for what somebody left open, or return why that cannot be."""
    queue = _BudgetWait(context, options.policy.timeout)
    while refusal := context.ledger.purchases.renew_reservation(
        task_uuid, options.budget
    ):
        if error := queue.wait(refusal):
            return error
    return None


@contextmanager
def _note_task_on_error(task_uuid: str, context: Context) -> Iterator[None]:
    """Note on what breaks off a purchase which one it was, and how to get it."""
    try:
        yield
    except RwcapError:
        raise  # before anything was sent
    except BaseException as stop:
        stop.add_note(f"task {task_uuid} may have been accepted")
        stop.add_note(fetch_command(task_uuid, context.service_options))
        raise


def _query_ambiguous(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> Submission:
    """Ask once more what became of a purchase that may have been charged."""
    match query_task(task.uuid, context):
        case CaptionResult() as captioned:
            return Submission(captioned, attempts=0)
        case Pending():
            return Submission(await_result(task, context, policy), attempts=0)
        case Failed(error):
            return Submission(error, attempts=0)
        case _:
            doubt = ambiguous_error(task.uuid, "nothing new is known of it", context)
            doubt.hint = f"{doubt.hint}; --rebuy-ambiguous would pay again"
            return Submission(doubt, attempts=0, definite=False)


def _has_failed(end: Submission) -> bool:
    """Return whether an earlier purchase has failed, so that a new one can begin."""
    failed = isinstance(end.outcome, TaskError)
    return end.definite and failed and not isinstance(end.outcome, AmbiguousError)


def _settle(task_uuid: str, end: Submission, context: Context) -> None:
    """Tell the ledger how a purchase ended, or that it has not."""
    purchases = context.ledger.purchases
    try:
        if isinstance(end.outcome, Pending) or not end.definite:
            purchases.release(task_uuid)
        else:
            purchases.settle(task_uuid, end.outcome, end.attempts)
    except LedgerError as failure:
        raise LedgerError(
            f"{failure.message}; task {task_uuid} may be paid for",
            hint=fetch_command(task_uuid, context.service_options),
        ) from failure

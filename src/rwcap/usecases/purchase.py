"""Purchase one caption once: reserve in the ledger, submit the task, settle.

::

    reserve ──┬─ already bought ──────────────────────► free
              ├─ in progress ────► wait, reserve again
              ├─ budget reserved ─► wait, reserve again
              ├─ budget exhausted ────────────────────► error
              ├─ ambiguous ──► query ──┬─ known ──────► settle
              │                        └─ unknown ────► ambiguous
              ├─ adopted ────► resume ────────────────► settle
              └─ reserved ───► submit ────────────────► settle

A reservation is durable before the request is sent, and the outcome is durable before
it is returned. If the process is killed in between, the next process that wants the
caption adopts the purchase under the same task UUID.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rwcap.api.reply import CONFLICT, CaptionResult, Failed, NoInformation, Pending
from rwcap.api.request import CaptionTask, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import (
    AmbiguousError,
    BudgetError,
    InputError,
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
    RequestKey,
    ReservationRequest,
    ReservationStatus,
)
from rwcap.usecases.context import Context
from rwcap.usecases.submit import (
    Submission,
    TaskOutcome,
    await_result,
    resume,
    submit,
)
from rwcap.usecases.task_status import QueryFailed, ambiguous_error, query_task

if TYPE_CHECKING:
    from rwcap.images.image import Image

IN_PROGRESS_PAUSE: Final = 0.05
"""Seconds between two checks of a purchase in progress elsewhere."""

BUDGET_PAUSE: Final = 0.2
"""Seconds between two checks of a budget that is reserved."""


class PurchaseOptions(NamedTuple):
    """The options of all purchases of a run."""

    policy: RetryPolicy
    fresh: bool = False
    """Whether to buy captions again that earlier runs bought."""
    rebuy_ambiguous: bool = False
    """Whether to buy although an earlier purchase may have been charged."""
    task_uuid: str | None = None
    """The task UUID that the user chose."""
    budget: Budget = UNLIMITED
    """The spending limits."""


PurchaseOutcome: TypeAlias = TaskOutcome | AlreadyBought


class PurchaseResult(NamedTuple):
    """The outcome of a purchase."""

    outcome: PurchaseOutcome
    task_uuid: str | None
    """The UUID of the task; None if there is no task."""
    attempts: int
    """The number of requests sent now."""


def purchase(
    source: str,
    image: "Image",
    parameters: Parameters,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult:
    """Return the caption of an image, bought now or earlier, or an error."""
    wanted = ReservationRequest(
        image=image.key,
        request=RequestKey.of(parameters),
        task_uuid=options.task_uuid or context.new_uuid(),
        source=strip_url_secrets(source),
        fresh=options.fresh,
        budget=options.budget,
    )
    purchases = context.ledger.purchases
    if not wanted.fresh and (
        found := purchases.find_by_key(wanted.image, wanted.request)
    ):
        return PurchaseResult(found, found.task_uuid, attempts=0)
    task = CaptionTask(
        wanted.task_uuid, image, parameters, uuid_is_new=not options.task_uuid
    )
    if not (task.uuid_is_new or purchases.has_uuid(task.uuid)) and (
        error := check_uuid_unused(task.uuid, context)
    ):
        return PurchaseResult(error, task.uuid, attempts=0)
    return _reserve_and_submit(wanted, task, options, context)


def _reserve_and_submit(
    wanted: ReservationRequest,
    task: CaptionTask,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult:
    """Reserve until there is a result, and submit the task if it is reserved."""
    budget_wait = _BudgetWait(context, options.policy.timeout)
    while True:
        match context.ledger.purchases.reserve(wanted):
            case AlreadyBought() as found:
                return PurchaseResult(found, found.task_uuid, attempts=0)
            case ReservationStatus.UUID_TAKEN:
                taken = uuid_taken_error(task.uuid, context)
                return PurchaseResult(taken, task.uuid, attempts=0)
            case ReservationStatus.IN_PROGRESS:
                context.sleep(IN_PROGRESS_PAUSE)
            case BudgetReserved() | BudgetExhausted() as refusal:
                if error := budget_wait.wait(refusal):
                    return PurchaseResult(error, None, attempts=0)
            case ReservationStatus.RESERVED:
                with _note_task_on_interrupt(task.uuid, context):
                    submission = submit(task, context, options.policy)
                    _settle(task.uuid, submission, context)
                return PurchaseResult(
                    submission.outcome, task.uuid, submission.attempts
                )
            case earlier:  # adopted, or ambiguous
                uuid = earlier.task_uuid
                submission = _finish_earlier(earlier, task, options, context)
                is_ambiguous = isinstance(earlier, Ambiguous)
                rebuy = (
                    is_ambiguous and not submission.definite and options.rebuy_ambiguous
                )
                has_failed = submission.attempts == 0 and _has_failed(submission)
                if not (rebuy or has_failed):
                    return PurchaseResult(submission.outcome, uuid, submission.attempts)
                wanted = wanted._replace(rebuy_ambiguous=rebuy)


def _finish_earlier(
    earlier: Adopted | Ambiguous,
    task: CaptionTask,
    options: PurchaseOptions,
    context: Context,
) -> Submission:
    """Resume an adopted purchase or query an ambiguous one, and settle it."""
    uuid = earlier.task_uuid
    earlier_task = task._replace(uuid=uuid, uuid_is_new=True)
    with _note_task_on_interrupt(uuid, context):
        if isinstance(earlier, Adopted):
            renew = partial(_renew_reservation, uuid, options, context)
            submission = resume(earlier_task, context, options.policy, renew=renew)
        else:
            submission = _query_ambiguous(earlier_task, context, options.policy)
        _settle(uuid, submission, context)
    return submission


class _BudgetWait:
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
                "waiting: the rest of the budget is reserved for captions in progress"
            )
            self._notified = True
        self._context.sleep_before_purchase(BUDGET_PAUSE)
        return None


def _renew_reservation(
    task_uuid: str, options: PurchaseOptions, context: Context
) -> BudgetError | None:
    """Renew the reservation of an adopted purchase, or return the budget's error."""
    purchases = context.ledger.purchases
    budget_wait = _BudgetWait(context, options.policy.timeout)
    while refusal := purchases.renew_reservation(task_uuid, options.budget):
        if error := budget_wait.wait(refusal):
            return error
    return None


@contextmanager
def _note_task_on_interrupt(task_uuid: str, context: Context) -> Iterator[None]:
    """Add the UUID and the command that fetches the caption to an interruption."""
    try:
        yield
    except RwcapError:
        raise  # nothing was sent, or the message names the task
    except BaseException as interruption:
        interruption.add_note(f"task {task_uuid} may have been accepted")
        interruption.add_note(fetch_command(task_uuid, context.service_options))
        raise


def _query_ambiguous(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> Submission:
    """Query the task of an ambiguous purchase once more."""
    match query_task(task.uuid, context):
        case CaptionResult() as result:
            return Submission(result, attempts=0)
        case Pending():
            return Submission(await_result(task, context, policy), attempts=0)
        case Failed(error):
            return Submission(error, attempts=0)
        case _:
            reason = "Runware still reports no result"
            ambiguous = ambiguous_error(task.uuid, reason, context)
            ambiguous.hint = f"{ambiguous.hint}; to pay again, add --rebuy-ambiguous"
            return Submission(ambiguous, attempts=0, definite=False)


def _has_failed(submission: Submission) -> bool:
    """Return whether a purchase definitely failed, so that it can be made anew."""
    failed = isinstance(submission.outcome, TaskError)
    return (
        submission.definite
        and failed
        and not isinstance(submission.outcome, AmbiguousError)
    )


def _settle(task_uuid: str, submission: Submission, context: Context) -> None:
    """Settle a purchase, or release it if it has no outcome."""
    purchases = context.ledger.purchases
    try:
        if isinstance(submission.outcome, Pending) or not submission.definite:
            purchases.release(task_uuid)
        else:
            purchases.settle(task_uuid, submission.outcome, submission.attempts)
    except LedgerError as error:
        raise LedgerError(
            f"{error.message}; task {task_uuid} may have been charged",
            hint=fetch_command(task_uuid, context.service_options),
        ) from error


def check_uuid_unused(task_uuid: str, context: Context) -> TaskError | None:
    """Return the error if a task UUID of the user's choice cannot be used.

    The service may have a task of this UUID for another image.
    """
    match query_task(task_uuid, context):
        case NoInformation():
            return None
        case QueryFailed(error):
            return error
        case _:
            return uuid_taken_error(task_uuid, context)


def uuid_taken_error(task_uuid: str, context: Context) -> InputError:
    """Return the error for a task UUID that another task has."""
    return InputError(
        f"the task UUID {task_uuid} was used before; nothing was bought",
        code=CONFLICT,
        hint=fetch_command(task_uuid, context.service_options),
    )

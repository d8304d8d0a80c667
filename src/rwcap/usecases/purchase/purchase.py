"""Purchase one caption once: reserve in the ledger, submit the task, settle.

::

    reserve ──┬─ already bought ──────────────────────► free
              ├─ in progress ────► wait, reserve again; elsewhere, for a limited time
              ├─ budget reserved ─► wait, reserve again
              ├─ budget exhausted ────────────────────► error
              ├─ ambiguous ──► query ──┬─ known ──────► settle
              │                        └─ unknown ────► ambiguous
              ├─ adopted ────► resume ────────────────► settle
              └─ reserved ───► submit ────────────────► settle

A reservation is durable before the request is sent, and the outcome is durable before
it is used. If the process is killed in between, the next process that wants the caption
adopts the purchase under the same task UUID.

`purchase` does all of it. A batch calls the steps `open_purchase`, `complete` and
`PurchaseResult.settle` one by one, so that no request waits for the disk.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rwcap.api.reply import CaptionResult, NoInformation
from rwcap.api.request import CaptionTask, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import (
    AmbiguousError,
    BudgetError,
    TaskError,
)
from rwcap.core.text import strip_url_secrets
from rwcap.ledger.budget import UNLIMITED, Budget, BudgetExhausted, BudgetReserved
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.purchase.reservation_wait import (
    ReservationWait,
    renew_reservation,
)
from rwcap.usecases.purchase.settle import begin_settling, note_task_on_interrupt
from rwcap.usecases.purchase.submit import (
    Submission,
    TaskOutcome,
    find_outcome,
    resume,
    submit,
)
from rwcap.usecases.purchase.task_status import (
    ambiguous_error,
    check_uuid_unused,
    uuid_taken_error,
)

if TYPE_CHECKING:
    from rwcap.images.image import Image
    from rwcap.ledger.database.connection import Awaited


FRESH_HINT: Final = (
    "list the images that are left, or raise the limit before a run with --fresh:"
    " the same command would buy the others again"
)
"""The hint for a run that buys anew and has reached a limit."""


class PurchaseOptions(NamedTuple):
    """The options of all purchases of a run."""

    policy: RetryPolicy
    fresh: bool = False
    """Whether to buy captions again that earlier runs bought."""
    rebuy_ambiguous: bool = False
    """Whether to buy although a purchase of another run may have been charged."""
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
    settle: Callable[[], object] = lambda: None
    """Wait until the outcome is durable. Raises `LedgerError`."""


class OpenPurchase(NamedTuple):
    """A purchase that the ledger is asked to reserve."""

    wanted: ReservationRequest
    task: CaptionTask
    reservation: "Awaited[ReservationResult]"
    highest_cost: int
    """The highest cost of a caption when the reservation began."""


def purchase(
    source: str,
    image: "Image",
    parameters: Parameters,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult:
    """Return the caption of an image, bought now or earlier, or an error."""
    result = complete(
        open_purchase(source, image, parameters, options, context), options, context
    )
    result.settle()
    return result


def open_purchase(
    source: str,
    image: "Image",
    parameters: Parameters,
    options: PurchaseOptions,
    context: Context,
) -> PurchaseResult | OpenPurchase:
    """Begin a reservation, unless the result is known.

    Raises:
        ConfigError: Nothing can be sent; nothing is reserved.
    """
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
    context.check_connection()
    highest = purchases.highest_cost
    return OpenPurchase(wanted, task, purchases.begin_reserve(wanted), highest)


def cancel(opened: PurchaseResult | OpenPurchase, context: Context) -> None:
    """Give up a purchase before its task is sent."""
    if isinstance(opened, PurchaseResult):
        return
    match opened.reservation.result():
        case ReservationStatus.RESERVED:
            context.ledger.purchases.cancel(opened.task.uuid)
        case Adopted(task_uuid):
            context.ledger.purchases.begin_release(task_uuid)
        case _:  # nothing is reserved
            pass


def complete(
    opened: PurchaseResult | OpenPurchase,
    options: PurchaseOptions,
    context: Context,
    check: Callable[[], TaskError | None] = lambda: None,
) -> PurchaseResult:
    """Reserve until there is a result, and submit the task if it is reserved.

    Args:
        opened: The purchase.
        options: The options of all purchases.
        context: The context.
        check: Returns the error if the image has changed. Called after a long wait.
    """
    if isinstance(opened, PurchaseResult):
        return opened
    wanted, task, reservation, highest = opened
    purchases = context.ledger.purchases
    reservation_wait = ReservationWait(context, options.policy, options.budget, check)
    late: TaskError | None = None
    while True:
        match _priced_result(reservation, wanted, highest, context):
            case AlreadyBought() as found:
                return PurchaseResult(found, found.task_uuid, attempts=0)
            case ReservationStatus.UUID_TAKEN:
                taken = uuid_taken_error(task.uuid, context)
                return PurchaseResult(taken, task.uuid, attempts=0)
            case (
                ReservationStatus.IN_PROGRESS
                | ReservationStatus.IN_PROGRESS_ELSEWHERE
                | BudgetReserved()
                | BudgetExhausted()
            ) as refusal:
                late = reservation_wait.wait(refusal)
            case ReservationStatus.RESERVED:
                submission = _submit_reserved(task, options, context)
                settle = begin_settling(task.uuid, submission, context)
                return PurchaseResult(
                    submission.outcome, task.uuid, submission.attempts, settle
                )
            case earlier:  # adopted, or ambiguous
                uuid = earlier.task_uuid
                submission, is_settled_now = _finish_earlier(
                    earlier, task, options, context, check
                )
                rebuy = options.rebuy_ambiguous and _is_lost(earlier, submission)
                has_failed = submission.attempts == 0 and _has_failed(submission)
                if not (rebuy or has_failed):
                    outcome = _counted_once(
                        submission.outcome, uuid, is_settled_now=is_settled_now
                    )
                    return PurchaseResult(outcome, uuid, submission.attempts)
                wanted = wanted._replace(rebuy_ambiguous=rebuy)
        if late:
            if options.fresh and isinstance(late, BudgetError):
                late.hint = FRESH_HINT
            return PurchaseResult(late, None, attempts=0)
        highest = purchases.highest_cost
        reservation = purchases.begin_reserve(wanted)


def _priced_result(
    reservation: "Awaited[ReservationResult]",
    wanted: ReservationRequest,
    highest: int,
    context: Context,
) -> ReservationResult:
    """Return the result of a reservation, made anew after a caption that cost more.

    Args:
        reservation: The reservation.
        wanted: What it is for.
        highest: The highest cost of a caption when it began.
        context: The context.
    """
    purchases, result = context.ledger.purchases, reservation.result()
    while result is ReservationStatus.RESERVED and purchases.highest_cost > highest:
        purchases.cancel(wanted.task_uuid)
        highest = purchases.highest_cost
        result = purchases.begin_reserve(wanted).result()
    return result


def _submit_reserved(
    task: CaptionTask, options: PurchaseOptions, context: Context
) -> Submission:
    """Submit a task. Give up its purchase if the run stops before it is sent."""
    try:
        with note_task_on_interrupt(task.uuid, context):
            return submit(task, context, options.policy)
    except RunStopped as stopped:
        if stopped.nothing_sent:
            context.ledger.purchases.cancel(task.uuid)
        raise


def _finish_earlier(
    earlier: Adopted | Ambiguous,
    task: CaptionTask,
    options: PurchaseOptions,
    context: Context,
    check: Callable[[], TaskError | None],
) -> tuple[Submission, bool]:
    """Resume an adopted purchase or query an ambiguous one, and settle it.

    Returns:
        The submission, and whether it changed the purchase.
    """
    uuid = earlier.task_uuid
    earlier_task = task._replace(uuid=uuid)
    with note_task_on_interrupt(uuid, context):
        if isinstance(earlier, Adopted):
            waiting = ReservationWait(context, options.policy, options.budget, check)
            renew = partial(renew_reservation, uuid, options.budget, waiting, context)
            submission = resume(earlier_task, context, options.policy, renew=renew)
        else:
            submission = _query_ambiguous(earlier_task, context, options.policy)
        return submission, begin_settling(uuid, submission, context)()


def _counted_once(
    outcome: TaskOutcome, task_uuid: str, *, is_settled_now: bool
) -> PurchaseOutcome:
    """Return the outcome of an earlier purchase, whose cost one image has.

    Copies of an image ask for the same task. The others reuse its caption.
    """
    if isinstance(outcome, CaptionResult) and not is_settled_now:
        return AlreadyBought(task_uuid, outcome.text, outcome.cost)
    return outcome


def _query_ambiguous(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> Submission:
    """Query the task of an ambiguous purchase once more."""
    match find_outcome(task, context, policy):
        case Submission() as submission:
            return submission
        case NoInformation():
            reason, is_unknown = "Runware reports no result", True
        case error:
            reason, is_unknown = error.message, False
    ambiguous = ambiguous_error(task.uuid, reason, context, accepted=False)
    if is_unknown:
        ambiguous.hint = f"{ambiguous.hint}; to pay again, add --rebuy-ambiguous"
    return Submission(ambiguous, attempts=0, definite=False, is_unknown=is_unknown)


def _is_lost(earlier: Adopted | Ambiguous, submission: Submission) -> bool:
    """Return whether the service does not know the task of another run."""
    of_this_run = isinstance(earlier, Ambiguous) and earlier.of_this_run
    return submission.is_unknown and not of_this_run


def _has_failed(submission: Submission) -> bool:
    """Return whether a purchase definitely failed, so that it can be made anew."""
    failed = isinstance(submission.outcome, TaskError)
    return (
        submission.definite
        and failed
        and not isinstance(submission.outcome, AmbiguousError)
    )

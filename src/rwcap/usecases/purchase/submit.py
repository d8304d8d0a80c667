"""Submit one task until its outcome is known, without paying twice.

::

    post ──┬─ result ─────────────────────────────► done
           ├─ pending, conflict ─► poll ──────────► done | failed | ambiguous
           ├─ failed ─────────────────────────────► failed
           ├─ failed, says another server ─► query the task: done | failed, or
           │                                 open if the query fails as well
           ├─ busy ──────► pause, post again
           └─ unknown ───► query the task: one of the above. If the service does
                           not know the task: pause, post again

Every request has the same task UUID, so a service that accepted the first one does
not charge for the second. The number of tries is limited. Before the last try fails,
the task is queried in any case, because a gateway can report "busy" for a task that
the service accepted. If the outcome is still unknown, the purchase is ambiguous and
is not repeated.

`resume` continues a purchase whose process has ended. It queries the task first and
submits it, under the same UUID, only if the service does not know it.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from rwcap.api.reply import (
    Busy,
    CaptionResult,
    Failed,
    NoInformation,
    Pending,
    RequestOutcome,
    UnknownOutcome,
    UuidConflict,
    classify_reply,
    decode,
)
from rwcap.api.request import CaptionTask, Parameters
from rwcap.api.retry import MAX_RETRY_AFTER, RetryPolicy
from rwcap.api.wire import encode
from rwcap.core.errors import (
    LedgerError,
    NoKeyError,
    NoReplyError,
    NotSentError,
    TaskError,
)
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.purchase.task_status import (
    QueryFailed,
    TaskStatus,
    ambiguous_error,
    charged_error,
    poll_result,
    query_task,
)

TaskOutcome: TypeAlias = CaptionResult | Pending | TaskError
"""The task is done, still running at the service, or has failed."""


class Submission(NamedTuple):
    """The outcome of submitting a task."""

    outcome: TaskOutcome
    attempts: int
    """The number of requests sent."""
    definite: bool = True
    """Whether `outcome` settles the purchase. False if it is only the error of trying
    to find out, or the budget's refusal to send the task again. The next run adopts
    such a purchase."""
    is_unknown: bool = False
    """Whether the service does not know the task of an ambiguous purchase."""


class _Doubt:
    """What the replies to requests and queries leave open."""

    sent = False
    """Whether a request may have reached a server."""
    uncertain = False
    """Whether a request got no clear reply, and no query says that it failed."""
    unasked = False
    """Whether the service was too busy to answer requests and queries."""
    unconfirmed = False
    """Whether another server says that the task failed, and a query failed, too."""

    def add(
        self, outcome: RequestOutcome, status: TaskStatus, *, maybe_accepted: bool
    ) -> None:
        """Add the outcome of a request, and of the query after it."""
        failed = isinstance(status, QueryFailed)
        is_unknown = isinstance(outcome, UnknownOutcome)
        is_foreign = isinstance(outcome, Failed) and outcome.is_foreign
        self.uncertain |= is_unknown and not isinstance(status, Failed)
        self.unasked |= maybe_accepted and failed
        self.unconfirmed |= is_foreign and failed

    @property
    def is_ambiguous(self) -> bool:
        """Return whether an error means that the task may have been charged."""
        return self.uncertain or self.unasked

    @property
    def is_definite(self) -> bool:
        """Return whether an error is the outcome, and no later run has to ask."""
        return self.uncertain or not (self.unasked or self.unconfirmed)


def submit(
    task: CaptionTask,
    context: Context,
    policy: RetryPolicy,
    *,
    maybe_accepted: bool = False,
) -> Submission:
    """Post a task until its outcome is known or the tries are used up.

    Args:
        task: The task.
        context: The context.
        policy: The number of tries, the pauses and the timeout.
        maybe_accepted: Whether the service may have accepted an earlier request.
    """
    doubt = _Doubt()
    doubt.sent = maybe_accepted
    try:
        return _submit(task, context, policy, doubt, maybe_accepted=maybe_accepted)
    except RunStopped as stopped:
        stopped.nothing_sent = not doubt.sent
        raise


def _submit(
    task: CaptionTask,
    context: Context,
    policy: RetryPolicy,
    doubt: _Doubt,
    *,
    maybe_accepted: bool,
) -> Submission:
    body = encode(task)
    attempt = 0
    while True:
        attempt += 1
        outcome = _post(body, task.uuid, context)
        doubt.sent |= not (isinstance(outcome, Busy) and outcome.rejected)
        retry_after = (
            outcome.retry_after if isinstance(outcome, Busy | UnknownOutcome) else None
        )
        pause = policy.delay(attempt, context.random(), retry_after)
        last = attempt > policy.retries or pause > MAX_RETRY_AFTER
        maybe_accepted |= isinstance(outcome, Busy) and not outcome.rejected
        if _needs_query(outcome, first=attempt == 1 and not maybe_accepted, last=last):
            status = _query_after(outcome, task.uuid, context)
            doubt.add(outcome, status, maybe_accepted=maybe_accepted)
            if not isinstance(status, NoInformation | QueryFailed):
                outcome = status
        match outcome:
            case CaptionResult():
                return Submission(outcome, attempt)
            case UuidConflict(error) if not (
                task.uuid_is_new or maybe_accepted or doubt.uncertain
            ):
                ambiguous = ambiguous_error(
                    task.uuid, error.message, context, accepted=True
                )
                return Submission(ambiguous, attempt)
            case Pending() | UuidConflict():
                return Submission(await_result(task, context, policy), attempt)
            case Busy(error) | UnknownOutcome(error) if not last:
                next_try = f"try {attempt + 1} of {policy.retries + 1} in {pause:.1f} s"
                context.notify(f"{error.message}; {next_try}")
                context.sleep(pause)
            case failure:
                error = failure.error
                if doubt.is_ambiguous:
                    error = ambiguous_error(
                        task.uuid, error.message, context, accepted=False
                    )
                unsent = isinstance(error, NoKeyError)
                return Submission(error, attempt - unsent, doubt.is_definite)


def resume(
    task: CaptionTask,
    context: Context,
    policy: RetryPolicy,
    *,
    renew: Callable[[], TaskError | None],
) -> Submission:
    """Find the outcome of a task that an ended process may have submitted.

    Args:
        task: The task, under its original UUID.
        context: The context.
        policy: The number of tries, the pauses and the timeout.
        renew: Called before the task is submitted again. Returns the reason if it must
            not be submitted.
    """
    match find_outcome(task, context, policy):
        case NoInformation() if refusal := renew():
            return Submission(refusal, attempts=0, definite=False)
        case NoInformation():
            return submit(task, context, policy, maybe_accepted=True)
        case TaskError() as error:
            return Submission(error, attempts=0, definite=False)
        case submission:
            return submission


def find_outcome(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> Submission | NoInformation | TaskError:
    """Query a task of an earlier request, again if a query fails.

    Returns:
        The outcome; `NoInformation` if the service does not know the task; the error if
        it could not be queried.
    """
    attempt = 0
    while True:
        attempt += 1
        match query_task(task.uuid, context):
            case CaptionResult() as result:
                return Submission(result, attempts=0)
            case Pending():
                return Submission(await_result(task, context, policy), attempts=0)
            case Failed(error):
                return Submission(error, attempts=0)
            case NoInformation() as unknown:
                return unknown
            case failure:
                error = failure.error
                if attempt > policy.retries or not error.retryable:
                    return error
                context.notify(f"{error.message}; retrying")
                context.sleep(policy.delay(attempt, context.random(), None))


def is_result_awaited(parameters: Parameters, policy: RetryPolicy) -> bool:
    """Return whether to wait for the text. It may be delivered later or elsewhere."""
    return policy.await_result and parameters.webhook_url is None


def await_result(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> TaskOutcome:
    """Return the result of an accepted task, or `Pending` if it is not awaited.

    The ledger knows first that the task is accepted: it is never sent again.

    Raises:
        LedgerError: That cannot be noted.
    """
    try:
        context.ledger.purchases.begin_accept(task.uuid).result()
    except LedgerError as error:
        raise charged_error(error, task.uuid, context) from error
    if not is_result_awaited(task.parameters, policy):
        return Pending()
    try:
        return poll_result(task.uuid, context, policy)
    except TaskError as error:
        return error


def _post(body: bytes, task_uuid: str, context: Context) -> RequestOutcome:
    try:
        reply = context.post(body)
    except NotSentError as error:
        return Busy(error, rejected=True) if error.retryable else Failed(error)
    except NoReplyError as error:
        return UnknownOutcome(error)
    except TaskError as error:
        return Failed(error)
    return classify_reply(reply, decode(reply.body, task_uuid))


def _needs_query(outcome: RequestOutcome, *, first: bool, last: bool) -> bool:
    """Return whether to query the task before the outcome counts.

    A gateway may have reported "busy" for an earlier request that the service
    accepted, or a filter may have replaced a reply.
    """
    match outcome:
        case UnknownOutcome():
            return True
        case Busy():
            return last
        case Failed():
            return outcome.is_foreign or not first
        case _:
            return False


def _query_after(
    outcome: RequestOutcome, task_uuid: str, context: Context
) -> TaskStatus:
    """Query a task after a request, with a notice if the outcome is unknown."""
    if isinstance(outcome, UnknownOutcome):
        context.notify(f"{outcome.error.message}; checking the status of the task")
    return query_task(task_uuid, context)

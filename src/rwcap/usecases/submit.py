"""Buy one caption, once: the state machine around money.

::

    submit ──┬─ captioned ─────────────────────────► done
             ├─ pending, conflict ─► wait for it ──► done | failed | ambiguous
             ├─ failed ────────────────────────────► failed
             ├─ busy ─────► pause, submit again
             └─ unknown ──► ask what became of it: any of the above, or,
                            if nobody can tell: pause, submit again

Every submission carries the same task UUID, so a service that accepted the
first cannot be made to charge for the second. Tries are limited. Before giving
up, the task's fate is asked for in any case: a gateway may call busy what the
service behind it has accepted. With a fate still unknown the purchase is
ambiguous, and nobody repeats it.

What somebody began who is gone is resumed: asked after first, and submitted, under
the same UUID, only if the service has not heard of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rwcap.api.reply import (
    CONFLICT,
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
from rwcap.api.retry import MAX_RETRY_AFTER, RetryPolicy
from rwcap.api.task import CaptionTask, Parameters
from rwcap.api.wire import encode
from rwcap.core.errors import InputError, NoReplyError, NotSentError, TaskError
from rwcap.core.record import fetch_command
from rwcap.usecases.context import Context
from rwcap.usecases.task_status import (
    QueryFailed,
    TaskStatus,
    ambiguous_error,
    poll_result,
    query_task,
)

TaskOutcome: TypeAlias = CaptionResult | Pending | TaskError
"""Done, left with the service, or failed."""


@dataclass(frozen=True, slots=True)
class Submission:
    """How a purchase ended, and how many requests it took."""

    outcome: TaskOutcome
    attempts: int
    definite: bool = True
    """Whether the outcome is that of the purchase, and not only of this try to
    learn what became of it."""


def submit(
    task: CaptionTask, context: Context, policy: RetryPolicy, *, suspected: bool = False
) -> Submission:
    """Buy the caption that `task` asks for.

    `suspected`: an earlier try, though called busy or never heard of, may have
    been accepted.
    """
    body = encode(task)
    attempt = 0
    in_doubt = False  # a try may have been accepted, for all that can be learned
    while True:
        attempt += 1
        verdict = _post(body, task.uuid, context)
        asked = (
            verdict.retry_after if isinstance(verdict, Busy | UnknownOutcome) else None
        )
        pause = policy.delay(attempt, context.random(), asked)
        over = attempt > policy.retries or pause > MAX_RETRY_AFTER
        suspected |= isinstance(verdict, Busy) and not verdict.rejected
        if _needs_query(verdict, first=attempt == 1 and not suspected, over=over):
            fate = _query_after(task.uuid, verdict, context)
            in_doubt |= isinstance(verdict, UnknownOutcome) and not isinstance(
                fate, Failed
            )
            in_doubt |= suspected and isinstance(fate, QueryFailed)
            verdict = verdict if isinstance(fate, NoInformation | QueryFailed) else fate
        match verdict:
            case CaptionResult():
                return Submission(verdict, attempt)
            case UuidConflict(error) if not (task.uuid_is_new or suspected or in_doubt):
                return Submission(
                    ambiguous_error(task.uuid, error.message, context), attempt
                )
            case Pending() | UuidConflict():
                return Submission(await_result(task, context, policy), attempt)
            case Failed(error):
                return Submission(
                    _final_error(task, error, context, in_doubt=in_doubt), attempt
                )
            case Busy(error) | UnknownOutcome(error) if over:
                return Submission(
                    _final_error(task, error, context, in_doubt=in_doubt), attempt
                )
            case _:
                next_try = f"try {attempt + 1} of {policy.retries + 1} in {pause:.1f} s"
                context.notify(f"{verdict.error.message}; {next_try}")
                context.sleep(pause)


def resume(
    task: CaptionTask,
    context: Context,
    policy: RetryPolicy,
    *,
    renew: Callable[[], TaskError | None],
) -> Submission:
    """Bring to its end what somebody who is gone may have submitted.

    `renew` is called before it is submitted again, and returns why it must not be.
    """
    attempt = 0
    while True:
        attempt += 1
        match query_task(task.uuid, context):
            case CaptionResult() as captioned:
                return Submission(captioned, attempts=0)
            case Pending():
                return Submission(await_result(task, context, policy), attempts=0)
            case Failed(error):
                return Submission(error, attempts=0)
            case NoInformation() if refusal := renew():
                return Submission(refusal, attempts=0, definite=False)
            case NoInformation():
                return submit(task, context, policy, suspected=True)
            case unasked:
                error = unasked.error
                if attempt > policy.retries or not error.retryable:
                    return Submission(error, attempts=0, definite=False)
                context.notify(f"{error.message}; asking again")
                context.sleep(policy.delay(attempt, context.random(), None))


def check_uuid_unused(task_uuid: str, context: Context) -> TaskError | None:
    """Return why a UUID that was given to us cannot be used, if it cannot.

    The caption kept under it may be another image's.
    """
    match query_task(task_uuid, context):
        case NoInformation():
            return None
        case QueryFailed(error):
            return error
        case _:
            return uuid_taken_error(task_uuid, context)


def uuid_taken_error(task_uuid: str, context: Context) -> InputError:
    """Return the refusal of a UUID that is another task's."""
    return InputError(
        f"the task UUID {task_uuid} was used before; nothing was bought",
        code=CONFLICT,
        hint=fetch_command(task_uuid, context.service_options),
    )


def is_result_awaited(parameters: Parameters, policy: RetryPolicy) -> bool:
    """Return whether the text is wanted here, and not later or elsewhere."""
    return policy.await_result and parameters.webhook_url is None


def await_result(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> TaskOutcome:
    """Return the result of an accepted task, or leave it where it is wanted."""
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


def _needs_query(verdict: RequestOutcome, *, first: bool, over: bool) -> bool:
    """Return whether to ask what became of the task before believing the verdict.

    A gateway may have called busy an earlier try that the service had accepted.
    """
    match verdict:
        case UnknownOutcome():
            return True
        case Busy():
            return over
        case Failed():
            return not first
        case _:
            return False


def _query_after(
    task_uuid: str, verdict: RequestOutcome, context: Context
) -> TaskStatus:
    """Ask what became of a task, and say so where it is news."""
    if isinstance(verdict, UnknownOutcome):
        context.notify(f"{verdict.error.message}; asking what became of it")
    return query_task(task_uuid, context)


def _final_error(
    task: CaptionTask, error: TaskError, context: Context, *, in_doubt: bool
) -> TaskError:
    """Return the error, or the doubt where an earlier try may have been accepted."""
    return ambiguous_error(task.uuid, error.message, context) if in_doubt else error

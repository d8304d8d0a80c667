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
from rwcap.usecases.context import World
from rwcap.usecases.task_status import Fate, Unasked, inquire, unfinished, wait

Outcome: TypeAlias = CaptionResult | Pending | TaskError
"""Done, left with the service, or failed."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """How a purchase ended, and how many requests it took."""

    outcome: Outcome
    attempts: int
    definite: bool = True
    """Whether the outcome is that of the purchase, and not only of this try to
    learn what became of it."""


def purchase(
    task: CaptionTask, world: World, policy: RetryPolicy, *, suspected: bool = False
) -> Purchase:
    """Buy the caption that `task` asks for.

    `suspected`: an earlier try, though called busy or never heard of, may have
    been accepted.
    """
    body = encode(task)
    attempt = 0
    in_doubt = False  # a try may have been accepted, for all that can be learned
    while True:
        attempt += 1
        verdict = _submit(body, task.uuid, world)
        asked = (
            verdict.retry_after if isinstance(verdict, Busy | UnknownOutcome) else None
        )
        pause = policy.delay(attempt, world.random(), asked)
        over = attempt > policy.retries or pause > MAX_RETRY_AFTER
        suspected |= isinstance(verdict, Busy) and not verdict.rejected
        if _is_to_be_asked(verdict, first=attempt == 1 and not suspected, over=over):
            fate = _learn(task.uuid, verdict, world)
            in_doubt |= isinstance(verdict, UnknownOutcome) and not isinstance(
                fate, Failed
            )
            in_doubt |= suspected and isinstance(fate, Unasked)
            verdict = verdict if isinstance(fate, NoInformation | Unasked) else fate
        match verdict:
            case CaptionResult():
                return Purchase(verdict, attempt)
            case UuidConflict(error) if not (task.uuid_is_new or suspected or in_doubt):
                return Purchase(unfinished(task.uuid, error.message, world), attempt)
            case Pending() | UuidConflict():
                return Purchase(await_result(task, world, policy), attempt)
            case Failed(error):
                return Purchase(_final(task, error, world, in_doubt=in_doubt), attempt)
            case Busy(error) | UnknownOutcome(error) if over:
                return Purchase(_final(task, error, world, in_doubt=in_doubt), attempt)
            case _:
                next_try = f"try {attempt + 1} of {policy.retries + 1} in {pause:.1f} s"
                world.notice(f"{verdict.error.message}; {next_try}")
                world.sleep(pause)


def resume(
    task: CaptionTask,
    world: World,
    policy: RetryPolicy,
    *,
    renew: Callable[[], TaskError | None],
) -> Purchase:
    """Bring to its end what somebody who is gone may have submitted.

    `renew` is called before it is submitted again, and returns why it must not be.
    """
    attempt = 0
    while True:
        attempt += 1
        match inquire(task.uuid, world):
            case CaptionResult() as captioned:
                return Purchase(captioned, attempts=0)
            case Pending():
                return Purchase(await_result(task, world, policy), attempts=0)
            case Failed(error):
                return Purchase(error, attempts=0)
            case NoInformation() if refusal := renew():
                return Purchase(refusal, attempts=0, definite=False)
            case NoInformation():
                return purchase(task, world, policy, suspected=True)
            case unasked:
                error = unasked.error
                if attempt > policy.retries or not error.retryable:
                    return Purchase(error, attempts=0, definite=False)
                world.notice(f"{error.message}; asking again")
                world.sleep(policy.delay(attempt, world.random(), None))


def used_before(task_uuid: str, world: World) -> TaskError | None:
    """Return why a UUID that was given to us cannot be used, if it cannot.

    The caption kept under it may be another image's.
    """
    match inquire(task_uuid, world):
        case NoInformation():
            return None
        case Unasked(error):
            return error
        case _:
            return used(task_uuid, world)


def used(task_uuid: str, world: World) -> InputError:
    """Return the refusal of a UUID that is another task's."""
    return InputError(
        f"the task UUID {task_uuid} was used before; nothing was bought",
        code=CONFLICT,
        hint=fetch_command(task_uuid, world.reach),
    )


def is_awaited(parameters: Parameters, policy: RetryPolicy) -> bool:
    """Return whether the text is wanted here, and not later or elsewhere."""
    return policy.await_result and parameters.webhook_url is None


def await_result(task: CaptionTask, world: World, policy: RetryPolicy) -> Outcome:
    """Return the result of an accepted task, or leave it where it is wanted."""
    if not is_awaited(task.parameters, policy):
        return Pending()
    try:
        return wait(task.uuid, world, policy)
    except TaskError as error:
        return error


def _submit(body: bytes, task_uuid: str, world: World) -> RequestOutcome:
    try:
        reply = world.post(body)
    except NotSentError as error:
        return Busy(error, rejected=True) if error.retryable else Failed(error)
    except NoReplyError as error:
        return UnknownOutcome(error)
    except TaskError as error:
        return Failed(error)
    return classify_reply(reply, decode(reply.body, task_uuid))


def _is_to_be_asked(verdict: RequestOutcome, *, first: bool, over: bool) -> bool:
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


def _learn(task_uuid: str, verdict: RequestOutcome, world: World) -> Fate:
    """Ask what became of a task, and say so where it is news."""
    if isinstance(verdict, UnknownOutcome):
        world.notice(f"{verdict.error.message}; asking what became of it")
    return inquire(task_uuid, world)


def _final(
    task: CaptionTask, error: TaskError, world: World, *, in_doubt: bool
) -> TaskError:
    """Return the error, or the doubt where an earlier try may have been accepted."""
    return unfinished(task.uuid, error.message, world) if in_doubt else error

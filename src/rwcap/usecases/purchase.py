"""Buy one caption, once: the state machine around money.

::

    submit ──┬─ captioned ───────────────────────────────► done
             ├─ pending ────────► wait for the result ───► done | failed | ambiguous
             ├─ failed ──────────────────────────────────► failed
             ├─ busy ───────────► pause, submit again
             ├─ unknown ────────► ask what became of it: any of the above,
             │                    or never heard of: pause, submit again
             └─ conflict ───────► accepted before: wait for the result, unless
                                  the UUID was given to us: ambiguous

Every submission carries the same task UUID, so a service that accepted the
first cannot be made to charge for the second. Tries are limited; when they end
with a fate still unknown, the purchase is ambiguous and nobody repeats it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from rwcap.domain.errors import (
    AuthError,
    LostError,
    NotSentError,
    TaskError,
)
from rwcap.domain.retry import Busy, Conflict, Failed, Policy, Unknown, Verdict, judge
from rwcap.domain.task import CaptionTask
from rwcap.domain.wire import Captioned, Pending, Silent, decode, encode
from rwcap.usecases.recover import Fate, inquire, unfinished, wait
from rwcap.usecases.world import World

Outcome: TypeAlias = Captioned | Pending | TaskError
"""Done, left with the service, or failed."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """How a purchase ended, and how many requests it took."""

    outcome: Outcome
    attempts: int


def purchase(task: CaptionTask, world: World, policy: Policy) -> Purchase:
    """Buy the caption that `task` asks for."""
    body = encode(task)
    in_doubt = False
    attempt = 0
    while True:
        attempt += 1
        verdict = _submit(body, task.uuid, world)
        if isinstance(verdict, Unknown):
            world.notice(f"{verdict.error.message}; asking what became of it")
            fate = _learn(task.uuid, world)
            in_doubt = not isinstance(fate, Failed)
            verdict = verdict if isinstance(fate, Silent) else fate
        match verdict:
            case Captioned():
                return Purchase(verdict, attempt)
            case Conflict(error) if attempt == 1 and not task.fresh:
                return Purchase(unfinished(task.uuid, error.message, world), attempt)
            case Pending() | Conflict():
                return Purchase(_await(task, world, policy), attempt)
            case Failed(error):
                return Purchase(_final(task, error, world, in_doubt=in_doubt), attempt)
            case _:
                pass  # not accepted yet, as far as anybody knows
        if attempt > policy.retries:
            error = _final(task, verdict.error, world, in_doubt=in_doubt)
            return Purchase(error, attempt)
        pause = policy.pause(verdict, attempt, world.random())
        next_try = f"try {attempt + 1} of {policy.retries + 1} in {pause:.1f} s"
        world.notice(f"{verdict.error.message}; {next_try}")
        world.sleep(pause)


def _await(task: CaptionTask, world: World, policy: Policy) -> Outcome:
    """Return the result of an accepted task, or leave it where it is wanted."""
    if not policy.await_result or task.parameters.webhook_url is not None:
        return Pending()
    try:
        return wait(task.uuid, world, policy)
    except TaskError as error:
        return error


def _submit(body: bytes, task_uuid: str, world: World) -> Verdict:
    try:
        reply = world.post(body)
    except NotSentError as error:
        return Busy(error, None) if error.retryable else Failed(error)
    except LostError as error:
        return Unknown(error)
    except TaskError as error:
        return Failed(error)
    return judge(reply, decode(reply.body, task_uuid))


def _learn(task_uuid: str, world: World) -> Fate:
    """Ask for the fate of a task; a refused key leaves it unknown."""
    try:
        return inquire(task_uuid, world)
    except AuthError:
        return Silent()


def _final(
    task: CaptionTask, error: TaskError, world: World, *, in_doubt: bool
) -> TaskError:
    """Return the error, or the doubt where an earlier try may have been accepted."""
    return unfinished(task.uuid, error.message, world) if in_doubt else error

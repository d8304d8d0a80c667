"""Buy one caption, once: the state machine around money.

::

    submit ──┬─ captioned ───────────────────────────────► done
             ├─ pending ────────► wait for the result ───► done | failed | ambiguous
             ├─ failed ──────────────────────────────────► failed
             ├─ busy ───────────► pause, submit again
             ├─ unknown ────────► ask what became of it: any of the above,
             │                    or never heard of: pause, submit again
             └─ conflict ───────► accepted before: wait for the result

Every submission carries the same task UUID, so a service that accepted the
first cannot be made to charge for the second. Tries are limited; when they end
with a fate still unknown, the purchase is ambiguous and nobody repeats it.
"""

from dataclasses import dataclass

from rwcap.domain.errors import (
    InputError,
    Interrupted,
    LostError,
    NotSentError,
    SafetyError,
    TaskError,
)
from rwcap.domain.record import fetch_command
from rwcap.domain.retry import Busy, Conflict, Failed, Policy, Unknown, Verdict, judge
from rwcap.domain.task import CaptionTask
from rwcap.domain.wire import Captioned, Pending, Silent, decode, encode
from rwcap.usecases.recover import inquire, unfinished, wait
from rwcap.usecases.world import World


@dataclass(frozen=True, slots=True)
class Purchase:
    """A task that the service accepted, with its answer if there is one yet."""

    captioned: Captioned | None
    attempts: int


def purchase(task: CaptionTask, world: World, policy: Policy) -> Purchase:
    """Buy the caption that `task` asks for.

    Raises the `TaskError` it ended in.
    """
    body = encode(task)
    in_doubt = False
    for attempt in range(1, policy.retries + 2):
        verdict = _submit(body, task.uuid, world)
        if isinstance(verdict, Unknown):
            in_doubt = True
            world.notice(f"{verdict.error.message}; asking what became of it")
            fate = inquire(task.uuid, world)
            verdict = verdict if isinstance(fate, Silent) else fate
        match verdict:
            case Captioned():
                return Purchase(verdict, attempt)
            case Conflict(error) if attempt == 1:
                raise error
            case Pending() | Conflict():
                return Purchase(_await(task, world, policy), attempt)
            case Failed(error):
                raise _final(task, error, world, in_doubt=in_doubt)
            case Busy(error) | Unknown(error):
                if attempt > policy.retries:
                    raise _final(task, error, world, in_doubt=in_doubt)
                pause = policy.backoff(attempt, world.random())
                if isinstance(verdict, Busy) and verdict.retry_after is not None:
                    pause = verdict.retry_after
                world.notice(
                    f"{error.message}; try {attempt + 1} of {policy.retries + 1}"
                    f" in {pause:.1f} s"
                )
                world.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _await(task: CaptionTask, world: World, policy: Policy) -> Captioned | None:
    """Return the result of an accepted task, or nothing if it goes elsewhere."""
    if not policy.await_result or task.parameters.webhook_url is not None:
        return None
    return wait(task.uuid, world, policy)


def _submit(body: bytes, task_uuid: str, world: World) -> Verdict:
    try:
        reply = world.post(body)
    except NotSentError as error:
        return Busy(error, None) if error.retryable else Failed(error)
    except LostError as error:
        return Unknown(error)
    except Interrupted as stop:
        stop.add_note(f"task {task_uuid} may have been accepted")
        stop.add_note(fetch_command(task_uuid, sandbox=world.sandbox))
        raise
    return judge(reply, decode(reply.body, task_uuid))


def _final(
    task: CaptionTask, error: TaskError, world: World, *, in_doubt: bool
) -> TaskError:
    """Return the error, or the doubt where an earlier try may have been accepted.

    What is wrong with the image or the prompt was wrong at every try.
    """
    if in_doubt and not isinstance(error, InputError | SafetyError):
        return unfinished(task.uuid, error.message, world)
    return error

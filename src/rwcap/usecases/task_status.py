"""Learn the fate of a task by its UUID. Asking is free and buys nothing."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from rwcap.api.errors import error_from_api
from rwcap.api.reply import (
    CaptionResult,
    Failed,
    NoInformation,
    Pending,
    Refused,
    decode,
)
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import encode_query
from rwcap.core.errors import AmbiguousError, AuthError, InputError, TaskError
from rwcap.core.record import fetch_command
from rwcap.usecases.context import World


@dataclass(frozen=True, slots=True)
class Unasked:
    """The question got no answer that says anything of the task."""

    error: TaskError


Fate: TypeAlias = CaptionResult | Pending | Failed | NoInformation | Unasked
"""`NoInformation`: the service was asked, and has not heard of the task."""

UNHEARD_OF_MAX: Final = 4
"""Questions that may find nothing before a UUID counts as never used: an accepted
task can be invisible for a moment."""


def inquire(task_uuid: str, world: World) -> Fate:
    """Ask once: first for the result of a running task, then in the archive.

    Which of the two holds an answer given while we waited for it is not
    documented, so both are asked.
    """
    trouble: TaskError | None = None
    for task_type in ("getResponse", "getTaskDetails"):
        try:
            reply = world.ask(encode_query(task_type, task_uuid))
        except TaskError as failure:
            trouble = failure
            continue
        match decode(reply.body, task_uuid):
            case CaptionResult() | Pending() as fate:
                return fate
            case Refused(error) if error.ended_task:
                return Failed(error_from_api(reply.status, error))
            case Refused(error):
                trouble = error_from_api(reply.status, error)
            case NoInformation() if reply.status < 400:  # noqa: PLR2004  # not an error
                continue
            case _:
                trouble = error_from_api(reply.status, None)
    return Unasked(trouble) if trouble else NoInformation()


def wait(task_uuid: str, world: World, policy: RetryPolicy) -> CaptionResult:
    """Ask until an accepted task is done.

    Raises the error the task ended in, or `AmbiguousError` when it is not done
    in time: it was accepted, so it will be charged.
    """
    deadline = world.now() + policy.timeout
    pauses = policy.poll_intervals()
    while (remaining := deadline - world.now()) > 0:
        world.sleep(min(next(pauses), remaining))
        match inquire(task_uuid, world):
            case CaptionResult() as captioned:
                return captioned
            case Failed(error):
                raise error
            case Unasked(AuthError() as refusal):
                raise unfinished(task_uuid, refusal.message, world)
            case _:
                continue
    raise unfinished(task_uuid, f"no result within {policy.timeout:g} s", world)


def fetch(task_uuid: str, world: World, policy: RetryPolicy) -> CaptionResult:
    """Return the result of a task that was submitted earlier.

    Raises `InputError` for a UUID that the service has not heard of, and what
    went wrong where it could not be asked.
    """
    pauses = policy.poll_intervals()
    trouble: TaskError | None = None
    for question in range(UNHEARD_OF_MAX):
        if question:
            world.sleep(next(pauses))
        match inquire(task_uuid, world):
            case CaptionResult() as captioned:
                return captioned
            case Pending():
                world.notice("accepted, not done yet")
                return wait(task_uuid, world, policy)
            case Failed(error):
                raise error
            case Unasked(error) if not error.retryable:
                raise error
            case Unasked(error):
                trouble = error
                world.notice(f"{error.message}; asking again")
            case _:
                continue
    raise trouble or InputError(
        f"Runware has no task {task_uuid}",
        code="taskNotFound",
        hint="check the UUID; results are not kept for ever",
    )


def unfinished(task_uuid: str, reason: str, world: World) -> TaskError:
    """Return the error of a task that may be charged though its text is unknown."""
    return AmbiguousError(
        f"task {task_uuid} may have been charged, but its text is not here: {reason}",
        code="ambiguous",
        hint=fetch_command(task_uuid, world.reach),
    )

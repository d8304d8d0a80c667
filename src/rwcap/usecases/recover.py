"""Learn the fate of a task by its UUID. Asking is free and buys nothing."""

from typing import Final, TypeAlias

from rwcap.domain.errors import (
    AmbiguousError,
    AuthError,
    InputError,
    NetworkError,
    TaskError,
)
from rwcap.domain.record import fetch_command
from rwcap.domain.retry import Failed, Policy, judge
from rwcap.domain.wire import (
    Captioned,
    Pending,
    Refused,
    Silent,
    decode,
    encode_query,
)
from rwcap.usecases.world import World

Fate: TypeAlias = Captioned | Pending | Failed | Silent
"""`Silent`: the service has not heard of the task, or cannot be asked now."""

UNHEARD_OF_MAX: Final = 4
"""Questions that may find nothing before a UUID counts as never used: an accepted
task can be invisible for a moment."""


def inquire(task_uuid: str, world: World) -> Fate:
    """Ask once: first for the result of a running task, then in the archive.

    Which of the two holds an answer given while we waited for it is not
    documented, so both are asked. Raises `AuthError` where asking is refused.
    """
    for task_type in ("getResponse", "getTaskDetails"):
        try:
            reply = world.post(encode_query(task_type, task_uuid))
        except NetworkError:
            continue
        answer = decode(reply.body, task_uuid)
        match judge(reply, answer):
            case Captioned() | Pending() as fate:
                return fate
            case Failed(AuthError() as refusal):
                raise refusal
            case Failed() as fate if isinstance(answer, Refused) and answer.error.fate:
                return fate
            case _:
                continue  # an error of the question says nothing of the task
    return Silent()


def wait(task_uuid: str, world: World, policy: Policy) -> Captioned:
    """Ask until an accepted task is done.

    Raises the error the task ended in, or `AmbiguousError` when it is not done
    in time: it was accepted, so it will be charged.
    """
    deadline = world.now() + policy.timeout
    pauses = policy.polls()
    while (pause := next(pauses)) <= deadline - world.now():
        world.sleep(pause)
        try:
            fate = inquire(task_uuid, world)
        except AuthError as refusal:
            raise unfinished(task_uuid, refusal.message, world) from refusal
        if isinstance(fate, Captioned):
            return fate
        if isinstance(fate, Failed):
            raise fate.error
    raise unfinished(task_uuid, f"no result within {policy.timeout:g} s", world)


def fetch(task_uuid: str, world: World, policy: Policy) -> Captioned:
    """Return the result of a task that was submitted earlier.

    Raises `InputError` for a UUID that the service has not heard of.
    """
    pauses = policy.polls()
    for question in range(UNHEARD_OF_MAX):
        if question:
            world.sleep(next(pauses))
        fate = inquire(task_uuid, world)
        if isinstance(fate, Captioned):
            return fate
        if isinstance(fate, Pending):
            world.notice("accepted, not done yet")
            return wait(task_uuid, world, policy)
        if isinstance(fate, Failed):
            raise fate.error
    raise InputError(
        f"Runware has no task {task_uuid}",
        code="taskNotFound",
        hint="check the UUID; results are not kept for ever",
    )


def unfinished(task_uuid: str, reason: str, world: World) -> TaskError:
    """Return the error of a task that may be charged though its text is unknown."""
    return AmbiguousError(
        f"task {task_uuid} may have been charged, but its text is not here: {reason}",
        code="ambiguous",
        hint=fetch_command(task_uuid, sandbox=world.sandbox),
    )

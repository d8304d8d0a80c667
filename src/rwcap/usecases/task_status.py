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
from rwcap.usecases.context import Context


@dataclass(frozen=True, slots=True)
class QueryFailed:
    """The question got no answer that says anything of the task."""

    error: TaskError


TaskStatus: TypeAlias = CaptionResult | Pending | Failed | NoInformation | QueryFailed
"""`NoInformation`: the service was asked, and has not heard of the task."""

MAX_NOT_FOUND: Final = 4
"""Questions that may find nothing before a UUID counts as never used: an accepted
task can be invisible for a moment."""


def query_task(task_uuid: str, context: Context) -> TaskStatus:
    """Ask once: first for the result of a running task, then in the archive.

    Which of the two holds an answer given while we waited for it is not
    documented, so both are asked.
    """
    trouble: TaskError | None = None
    for task_type in ("getResponse", "getTaskDetails"):
        try:
            reply = context.query(encode_query(task_type, task_uuid))
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
    return QueryFailed(trouble) if trouble else NoInformation()


def poll_result(task_uuid: str, context: Context, policy: RetryPolicy) -> CaptionResult:
    """Ask until an accepted task is done.

    Raises the error the task ended in, or `AmbiguousError` when it is not done
    in time: it was accepted, so it will be charged.
    """
    deadline = context.now() + policy.timeout
    pauses = policy.poll_intervals()
    while (remaining := deadline - context.now()) > 0:
        context.sleep(min(next(pauses), remaining))
        match query_task(task_uuid, context):
            case CaptionResult() as captioned:
                return captioned
            case Failed(error):
                raise error
            case QueryFailed(AuthError() as refusal):
                raise ambiguous_error(task_uuid, refusal.message, context)
            case _:
                continue
    raise ambiguous_error(task_uuid, f"no result within {policy.timeout:g} s", context)


def fetch_result(
    task_uuid: str, context: Context, policy: RetryPolicy
) -> CaptionResult:
    """Return the result of a task that was submitted earlier.

    Raises `InputError` for a UUID that the service has not heard of, and what
    went wrong where it could not be asked.
    """
    pauses = policy.poll_intervals()
    trouble: TaskError | None = None
    for question in range(MAX_NOT_FOUND):
        if question:
            context.sleep(next(pauses))
        match query_task(task_uuid, context):
            case CaptionResult() as captioned:
                return captioned
            case Pending():
                context.notify("accepted, not done yet")
                return poll_result(task_uuid, context, policy)
            case Failed(error):
                raise error
            case QueryFailed(error) if not error.retryable:
                raise error
            case QueryFailed(error):
                trouble = error
                context.notify(f"{error.message}; asking again")
            case _:
                continue
    raise trouble or InputError(
        f"Runware has no task {task_uuid}",
        code="taskNotFound",
        hint="check the UUID; results are not kept for ever",
    )


def ambiguous_error(task_uuid: str, reason: str, context: Context) -> TaskError:
    """Return the error of a task that may be charged though its text is unknown."""
    return AmbiguousError(
        f"task {task_uuid} may have been charged, but its text is not here: {reason}",
        code="ambiguous",
        hint=fetch_command(task_uuid, context.service_options),
    )

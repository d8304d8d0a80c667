"""Query the service for the status of a task. A query is free and buys nothing."""

from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from rwcap.api.errors import error_from_api
from rwcap.api.reply import (
    CONFLICT,
    CaptionResult,
    Failed,
    NoInformation,
    Pending,
    Refused,
    decode,
)
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import encode_query
from rwcap.core.errors import (
    AmbiguousError,
    AuthError,
    InputError,
    LedgerError,
    TaskError,
)
from rwcap.core.record import fetch_command, recover_command
from rwcap.usecases.context import Context


class QueryFailed(NamedTuple):
    """The query got no reply about the task."""

    error: TaskError


TaskStatus: TypeAlias = CaptionResult | Pending | Failed | NoInformation | QueryFailed
"""`NoInformation` means that the service does not know the task."""

_QUERY_REFUSED: Final = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Statuses of a refused query, whatever the error says of the task."""

MAX_NOT_FOUND: Final = 4
"""Queries without a result after which a task counts as unknown. An accepted task can
be invisible for a moment."""


def query_task(task_uuid: str, context: Context) -> TaskStatus:
    """Query a task once: among running tasks, then in the archive.

    Which of the two has a result that was delivered in the meantime is not
    documented, so both are queried.
    """
    trouble: TaskError | None = None
    for task_type in ("getResponse", "getTaskDetails"):
        try:
            reply = context.query(encode_query(task_type, task_uuid))
        except TaskError as failure:
            trouble = failure
            continue
        match decode(reply.body, task_uuid):
            case CaptionResult() | Pending() as status:
                return status
            case Refused(error) if (
                error.ended_task and reply.status not in _QUERY_REFUSED
            ):
                return Failed(error_from_api(reply.status, error, reply.key_hint))
            case Refused(error):
                trouble = error_from_api(reply.status, error, reply.key_hint)
            case NoInformation() if reply.status < HTTPStatus.BAD_REQUEST:
                continue
            case _:
                trouble = error_from_api(reply.status, None, reply.key_hint)
    return QueryFailed(trouble) if trouble else NoInformation()


def poll_result(task_uuid: str, context: Context, policy: RetryPolicy) -> CaptionResult:
    """Query an accepted task until it is done.

    Raises:
        AmbiguousError: The task is not done before the timeout. It will be charged.
        TaskError: The task failed.
    """
    deadline = context.now() + policy.timeout
    intervals = policy.poll_intervals()
    while (remaining := deadline - context.now()) > 0:
        context.sleep(min(next(intervals), remaining))
        match query_task(task_uuid, context):
            case CaptionResult() as result:
                return result
            case Failed(error):
                raise error
            case QueryFailed(AuthError() as error):
                raise ambiguous_error(task_uuid, error.message, context, accepted=True)
            case _:
                continue
    reason = f"no result within {policy.timeout:g} s"
    raise ambiguous_error(task_uuid, reason, context, accepted=True)


def fetch_result(
    task_uuid: str, context: Context, policy: RetryPolicy
) -> CaptionResult:
    """Return the result of a task that was submitted earlier.

    Raises:
        InputError: The service does not know the task.
        TaskError: The task failed, or the service could not be queried.
    """
    intervals = policy.poll_intervals()
    trouble: TaskError | None = None
    for attempt in range(MAX_NOT_FOUND):
        if attempt:
            context.sleep(next(intervals))
        match query_task(task_uuid, context):
            case CaptionResult() as result:
                return result
            case Pending():
                context.notify("the task is still running; waiting")
                return poll_result(task_uuid, context, policy)
            case Failed(error):
                raise error
            case QueryFailed(error) if not error.retryable:
                raise error
            case QueryFailed(error):
                trouble = error
                context.notify(f"{error.message}; retrying")
            case _:
                continue
    raise trouble or InputError(
        f"Runware has no task {task_uuid}",
        code="taskNotFound",
        hint="check the UUID; Runware keeps results for a limited time",
    )


def ambiguous_error(
    task_uuid: str, reason: str, context: Context, *, accepted: bool
) -> AmbiguousError:
    """Return the error for a task that may be charged and has no known text.

    Args:
        task_uuid: The UUID of the task.
        reason: Why its text is unknown.
        context: The context.
        accepted: Whether the service knows the task, so that it can be fetched.
    """
    options = context.service_options
    return AmbiguousError(
        f"task {task_uuid} may have been charged, but its text is unknown: {reason}",
        code="ambiguous",
        hint=fetch_command(task_uuid, options)
        if accepted
        else f"{recover_command(options)} (asks the service, free)",
    )


def charged_error(error: LedgerError, task_uuid: str, context: Context) -> LedgerError:
    """Return the error of a ledger that cannot store what a task has become."""
    return LedgerError(
        f"{error.message}; task {task_uuid} may have been charged",
        hint=fetch_command(task_uuid, context.service_options),
    )


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

"""The content of a reply, and what it means for the payment of a task.

`decode` accepts any bytes. It finds a task by its UUID, never by its position in the
envelope.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from rwcap.api.errors import SERVER_ERROR_STATUSES, ApiError, error_from_api
from rwcap.api.wire import Json, Reply, load, printable_line
from rwcap.core import money, text
from rwcap.core.errors import CapacityError, ServerError, TaskError
from rwcap.core.money import Micros

CONFLICT: Final = "conflictTaskUUID"
"""The error code for a UUID under which the service accepted a task earlier."""


class CaptionResult(NamedTuple):
    """The task is done. The cost is None if the reply does not report it."""

    text: str
    cost: Micros | None


class Pending:
    """The service accepted the task; the result comes later."""

    __slots__ = ()


class Refused(NamedTuple):
    """The reply has an error for the task."""

    error: ApiError


class NoInformation:
    """The reply is valid and does not mention the task."""

    __slots__ = ()


class InvalidReply:
    """The reply is not one of this API: truncated, a web page, other JSON."""

    __slots__ = ()


ReplyContent: TypeAlias = (
    CaptionResult | Pending | Refused | NoInformation | InvalidReply
)


def decode(body: bytes, task_uuid: str) -> ReplyContent:
    """Return the content of `body` for one task; accepts any bytes.

    A caption has precedence over an error, because it is paid for. An error without
    a UUID belongs to the task, because a request contains one task.
    """
    try:
        envelope = load(body)
    except ValueError:
        return InvalidReply()
    return _read_envelope(envelope, task_uuid)


def _read_envelope(
    envelope: Json, task_uuid: str, *, archive: bool = True
) -> ReplyContent:
    """Read `data` and `errors`, and entries of the archive if `archive` is set.

    Older versions of the API send a single error outside of `errors`. It must carry
    the UUID of the task, because gateways send replies of a similar form.
    """
    if isinstance(envelope, list):
        envelope = {"data": envelope}
    if not isinstance(envelope, Mapping):
        return InvalidReply()
    single = envelope.get("error")
    errors = [*_matching(envelope.get("errors"), task_uuid, or_without_uuid=True)]
    if isinstance(single, Mapping) and _has_uuid({**envelope, **single}, task_uuid):
        errors.append(single)
    if "code" in envelope and _has_uuid(envelope, task_uuid):
        errors.append(envelope)
    if not errors and not envelope.keys() & {"data", "errors"}:
        return InvalidReply()
    contents = [
        _read_archived(item["response"], task_uuid)
        if archive and "response" in item
        else _read_result(item)
        for item in _matching(envelope.get("data"), task_uuid)
    ]
    # An error without a code proves nothing, because it may not be from the API.
    contents += [Refused(_read_error(error)) for error in errors if _code(error)]
    for preferred in (CaptionResult, Refused, Pending):
        for content in contents:
            if isinstance(content, preferred):
                return content
    return NoInformation()


def _has_uuid(item: Mapping[str, Json], task_uuid: str) -> bool:
    uuid = item.get("taskUUID")
    return isinstance(uuid, str) and uuid.lower() == task_uuid


def _matching(
    items: Json, task_uuid: str, *, or_without_uuid: bool = False
) -> Iterator[Mapping[str, Json]]:
    """Yield the objects in `items` with the UUID and, if requested, without any."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, Mapping) and (
            _has_uuid(item, task_uuid)
            or (or_without_uuid and item.get("taskUUID") is None)
        ):
            yield item


def _read_result(item: Mapping[str, Json]) -> ReplyContent:
    """Read one object of `data`: a result, an error, or an acknowledgement.

    A task that ended without a text is paid for, so its text is still awaited.
    """
    caption = item.get("text")
    if isinstance(caption, str):
        return CaptionResult(
            text.strip_control(caption), money.price_from_json(item.get("cost"))
        )
    if isinstance(error := item.get("error"), Mapping):
        return Refused(_read_error(error)._replace(ended_task=True))
    if item.get("status") == "error":
        return Refused(_read_error(item))
    return Pending()


def _read_archived(response: Json, task_uuid: str) -> ReplyContent:
    """Read the archived reply of a task, which proves that the task exists.

    The archive stores an envelope, a list, or the bare object. A conflict in it is
    the refusal of a repeated request, so the reply to the first is still to come.
    """
    content = _read_envelope(response, task_uuid, archive=False)
    if isinstance(content, InvalidReply) and isinstance(response, Mapping):
        content = _read_result(response)
    match content:
        case CaptionResult():
            return content
        case Refused(error) if error.code != CONFLICT:
            return Refused(error._replace(ended_task=True))
        case _:
            return Pending()


def _read_error(error: Mapping[str, Json]) -> ApiError:
    parameter = error.get("parameter")
    names = parameter if isinstance(parameter, list) else [parameter]
    documentation = printable_line(error.get("documentation"))
    message = error.get("message")
    if isinstance(message, str):
        message = text.strip_secrets_of_urls(message)
    return ApiError(
        code=_code(error) or "unknownError",
        message=printable_line(message) or "the service gave no reason",
        parameters=tuple(filter(None, map(printable_line, names))),
        documentation=documentation if documentation.startswith("https://") else None,
        ended_task=error.get("status") == "error",
    )


def _code(error: Mapping[str, Json]) -> str:
    return printable_line(error.get("code"))


class Failed(NamedTuple):
    """The task ended with an error and is not charged."""

    error: TaskError
    is_foreign: bool = False
    """Whether another server, such as a filter of a network, says so: query the task
    before that counts."""


class Busy(NamedTuple):
    """The service most likely did not accept the task, so it can be sent again."""

    error: TaskError
    retry_after: float | None = None
    """Seconds to wait, if the service names them."""
    rejected: bool = False
    """Whether the service certainly did not accept the task: the request was not
    sent, or the reply has an error object of the service."""


class UnknownOutcome(NamedTuple):
    """The service may have accepted the task: query it before sending it again."""

    error: TaskError
    retry_after: float | None = None
    """Seconds to wait, if the service names them."""


class UuidConflict(NamedTuple):
    """The service accepted a task with this UUID earlier."""

    error: TaskError


RequestOutcome: TypeAlias = (
    CaptionResult | Pending | Failed | Busy | UnknownOutcome | UuidConflict
)

_REFUSING_STATUSES: Final = frozenset(range(300, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
"""Statuses after which no task runs, unless a filter has replaced the reply."""

# Gateways send these before a request reaches the service. A 408, 500, 502 or 504
# without an error object can hide a task that the service accepted.
_NOT_FORWARDED: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

# The service or a gateway stopped waiting for a task.
_TIMED_OUT: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}


def classify_reply(reply: Reply, content: ReplyContent) -> RequestOutcome:
    """Return the outcome of a request for a caption.

    A caption counts under any status. Otherwise the status has precedence over the
    error code, because codes are many and change and statuses do not
    (https://runware.ai/docs/platform/errors).

    Args:
        reply: The reply to the request.
        content: The content of the reply for the task, from `decode`.
    """
    match content:
        case CaptionResult() | Pending():
            return content
        case Refused(error) if error.code == CONFLICT:
            return UuidConflict(error_from_api(reply.status, error, reply.key_hint))
        case Refused(error):
            failure, from_service = (
                error_from_api(reply.status, error, reply.key_hint),
                True,
            )
        case NoInformation() if reply.status < HTTPStatus.BAD_REQUEST:
            message = "the reply does not mention the task"
            failure, from_service = ServerError(message, code="noAnswer"), False
        case _:
            failure, from_service = (
                error_from_api(reply.status, None, reply.key_hint),
                False,
            )
    if isinstance(failure, CapacityError) and (
        from_service or reply.status in _NOT_FORWARDED
    ):
        if reply.retry_after:
            failure.hint = f"run the same command again in {reply.retry_after:.0f} s"
        rejected = from_service and reply.status not in _TIMED_OUT
        return Busy(failure, reply.retry_after, rejected=rejected)
    if reply.status in _REFUSING_STATUSES or (
        from_service and reply.status not in SERVER_ERROR_STATUSES
    ):
        return Failed(failure, is_foreign=not from_service)
    return UnknownOutcome(failure, reply.retry_after)

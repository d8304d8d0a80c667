"""What a reply says of a task, and what that means for the money.

Any bytes can be read. What concerns the task is found by its UUID, never by its
place in the envelope.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, TypeAlias

from rwcap.api.errors import SERVER_ERROR_STATUSES, ApiError, error_from_api
from rwcap.api.wire import Json, Reply, load
from rwcap.core import money, text
from rwcap.core.errors import CapacityError, ServerError, TaskError
from rwcap.core.money import Micros

CONFLICT: Final = "conflictTaskUUID"
"""The code that says a task of this UUID was accepted before."""


@dataclass(frozen=True, slots=True)
class CaptionResult:
    """The task is done: here is its text, and its price where it was told."""

    text: str
    cost: Micros | None


@dataclass(frozen=True, slots=True)
class Pending:
    """The task is accepted, its answer comes later."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The task ended in an error."""

    error: ApiError


@dataclass(frozen=True, slots=True)
class NoInformation:
    """The answer is readable and says nothing of this task."""


@dataclass(frozen=True, slots=True)
class InvalidReply:
    """The answer is not one of this API: cut off, a web page, another JSON."""


ReplyContent: TypeAlias = (
    CaptionResult | Pending | Refused | NoInformation | InvalidReply
)


def decode(body: bytes, task_uuid: str) -> ReplyContent:
    """Return what `body` says of the task, whatever `body` is.

    A text wins over an error, for it was paid for. An error without a UUID is
    taken as this task's, because a request holds one task.
    """
    try:
        envelope = load(body)
    except ValueError:
        return InvalidReply()
    return _read_envelope(envelope, task_uuid)


def _read_envelope(
    envelope: Json, task_uuid: str, *, archive: bool = True
) -> ReplyContent:
    """Read `data` and `errors`; `archive` where entries of the archive may stand.

    An error that stands alone, as older versions of the API send it, must carry
    the task's UUID: gateways answer in much the same shape.
    """
    if isinstance(envelope, list):
        envelope = {"data": envelope}
    if not isinstance(envelope, Mapping):
        return InvalidReply()
    alone = envelope.get("error")
    errors = [*_mine(envelope.get("errors"), task_uuid, or_nobodys=True)]
    if isinstance(alone, Mapping) and _is_of({**envelope, **alone}, task_uuid):
        errors.append(alone)
    if "code" in envelope and _is_of(envelope, task_uuid):
        errors.append(envelope)
    if not errors and not envelope.keys() & {"data", "errors"}:
        return InvalidReply()
    answers = [
        _read_archived(item["response"], task_uuid)
        if archive and "response" in item
        else _read_result(item)
        for item in _mine(envelope.get("data"), task_uuid)
    ]
    # An error without a code is nobody's word: it proves nothing.
    answers += [Refused(_read_error(error)) for error in errors if _code(error)]
    for preferred in (CaptionResult, Refused, Pending):
        for answer in answers:
            if isinstance(answer, preferred):
                return answer
    return NoInformation()


def _is_of(item: Mapping[str, Json], task_uuid: str) -> bool:
    uuid = item.get("taskUUID")
    return isinstance(uuid, str) and uuid.lower() == task_uuid


def _mine(
    items: Json, task_uuid: str, *, or_nobodys: bool = False
) -> Iterator[Mapping[str, Json]]:
    """Yield the objects among `items` that carry the UUID, or, if asked, none."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, Mapping) and (
            _is_of(item, task_uuid) or (or_nobodys and item.get("taskUUID") is None)
        ):
            yield item


def _read_result(item: Mapping[str, Json]) -> ReplyContent:
    """Read one object of `data`: a result, a failure, or an acknowledgement."""
    caption = item.get("text")
    if isinstance(caption, str):
        return CaptionResult(
            text.strip_control(caption), money.price_from_json(item.get("cost"))
        )
    if isinstance(error := item.get("error"), Mapping):
        return Refused(replace(_read_error(error), ended_task=True))
    if item.get("status") == "error":
        return Refused(_read_error(item))
    if item.get("status") == "success":
        return Refused(
            ApiError("noText", "the task ended without a text", ended_task=True)
        )
    return Pending()


def _read_archived(response: Json, task_uuid: str) -> ReplyContent:
    """Read the last answer kept under a UUID, which shows that the task exists.

    It is kept as an envelope, a list, or the bare object. A conflict there is
    the refusal of a repeated request; the answer to the first one is to come.
    """
    answer = _read_envelope(response, task_uuid, archive=False)
    if isinstance(answer, InvalidReply) and isinstance(response, Mapping):
        answer = _read_result(response)
    match answer:
        case CaptionResult():
            return answer
        case Refused(error) if error.code != CONFLICT:
            return Refused(replace(error, ended_task=True))
        case _:
            return Pending()


def _read_error(error: Mapping[str, Json]) -> ApiError:
    parameter = error.get("parameter")
    named = parameter if isinstance(parameter, list) else [parameter]
    documentation = _line(error.get("documentation"))
    return ApiError(
        code=_code(error) or "unknownError",
        message=_line(error.get("message")) or "the service gave no reason",
        parameters=tuple(filter(None, map(_line, named))),
        documentation=documentation if documentation.startswith("https://") else None,
        ended_task=error.get("status") == "error",
    )


def _code(error: Mapping[str, Json]) -> str:
    return _line(error.get("code"))


def _line(value: Json) -> str:
    """Return a string from the service as one harmless line, anything else as ''."""
    if not isinstance(value, str):
        return ""
    return text.truncate(text.for_terminal(text.one_line(value)))


@dataclass(frozen=True, slots=True)
class Failed:
    """Definite: the task ended, and will not be charged again."""

    error: TaskError


@dataclass(frozen=True, slots=True)
class Busy:
    """The task was most likely not accepted; the request may be sent again."""

    error: TaskError
    retry_after: float | None = None
    """Seconds the service asks to be left alone."""
    rejected: bool = False
    """Whether it cannot have been accepted: never sent, or turned away by the
    service itself, in its own words."""


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """The task may have been accepted: ask before sending it again."""

    error: TaskError
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class UuidConflict:
    """A task of this UUID was accepted before."""

    error: TaskError


RequestOutcome: TypeAlias = (
    CaptionResult | Pending | Failed | Busy | UnknownOutcome | UuidConflict
)

_REFUSALS: Final = frozenset(range(300, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
"""Statuses after which no task runs, whatever the body."""

# Gateways send these two before a request reaches what they guard; 408, 500, 502
# and 504 without the service's own word may hide a task that went through.
_TURNED_AWAY: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


# The service, or a gateway, waited for a task and gave up waiting.
_WAITED: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}


def classify_reply(reply: Reply, answer: ReplyContent) -> RequestOutcome:
    """Return what the reply to a request means.

    A caption is a caption under any status. Without one, the status counts
    first and the code of an error second: codes are many and change, statuses
    do not (https://runware.ai/docs/platform/errors).
    """
    match answer:
        case CaptionResult() | Pending():
            return answer
        case Refused(error) if error.code == CONFLICT:
            return UuidConflict(error_from_api(reply.status, error))
        case Refused(error):
            failure, proven = error_from_api(reply.status, error), True
        case NoInformation() if reply.status < 400:  # noqa: PLR2004  # errors begin there
            failure, proven = (
                ServerError("the answer says nothing of the task", code="noAnswer"),
                False,
            )
        case _:
            failure, proven = error_from_api(reply.status, None), False
    if isinstance(failure, CapacityError) and (proven or reply.status in _TURNED_AWAY):
        if reply.retry_after:
            failure.hint = f"run the same command again in {reply.retry_after:.0f} s"
        rejected = proven and reply.status not in _WAITED
        return Busy(failure, reply.retry_after, rejected=rejected)
    if reply.status in _REFUSALS or (
        proven and reply.status not in SERVER_ERROR_STATUSES
    ):
        return Failed(failure)
    return UnknownOutcome(failure, reply.retry_after)

"""What an answer says of a task: total in what it reads.

What concerns the task is found by its UUID, never by its place in the envelope.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from rwcap.domain import price, text
from rwcap.domain.price import Micros
from rwcap.domain.wire import Json, load

CONFLICT: Final = "conflictTaskUUID"
"""The code that says a task of this UUID was accepted before."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error object. Only its code and message can be counted on."""

    code: str
    message: str
    parameters: tuple[str, ...] = ()
    documentation: str | None = None
    fate: bool = False
    """Whether an accepted task ended so; else it is of the request that was made,
    be it only a question about a task."""


@dataclass(frozen=True, slots=True)
class Captioned:
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
class Silent:
    """The answer is readable and says nothing of this task."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The answer is not one of this API: cut off, a web page, another JSON."""


Answer: TypeAlias = Captioned | Pending | Refused | Silent | Unreadable


def decode(body: bytes, task_uuid: str) -> Answer:
    """Return what `body` says of the task, whatever `body` is.

    A text wins over an error, for it was paid for. An error without a UUID is
    taken as this task's, because a request holds one task.
    """
    try:
        envelope = load(body)
    except ValueError:
        return Unreadable()
    return _read_envelope(envelope, task_uuid)


def _read_envelope(envelope: Json, task_uuid: str, *, archive: bool = True) -> Answer:
    """Read `data` and `errors`; `archive` where entries of the archive may stand.

    An error that stands alone, as older versions of the API send it, must carry
    the task's UUID: gateways answer in much the same shape.
    """
    if isinstance(envelope, list):
        envelope = {"data": envelope}
    if not isinstance(envelope, Mapping):
        return Unreadable()
    alone = envelope.get("error")
    errors = [*_mine(envelope.get("errors"), task_uuid, or_nobodys=True)]
    if isinstance(alone, Mapping) and _is_of({**envelope, **alone}, task_uuid):
        errors.append(alone)
    if "code" in envelope and _is_of(envelope, task_uuid):
        errors.append(envelope)
    if not errors and not envelope.keys() & {"data", "errors"}:
        return Unreadable()
    answers = [
        _read_archived(item["response"], task_uuid)
        if archive and "response" in item
        else _read_result(item)
        for item in _mine(envelope.get("data"), task_uuid)
    ]
    # An error without a code is nobody's word: it proves nothing.
    answers += [Refused(_read_error(error)) for error in errors if _code(error)]
    for preferred in (Captioned, Refused, Pending):
        for answer in answers:
            if isinstance(answer, preferred):
                return answer
    return Silent()


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


def _read_result(item: Mapping[str, Json]) -> Answer:
    """Read one object of `data`: a result, a failure, or an acknowledgement."""
    caption = item.get("text")
    if isinstance(caption, str):
        return Captioned(text.plain(caption), price.from_dollars(item.get("cost")))
    if isinstance(error := item.get("error"), Mapping):
        return Refused(replace(_read_error(error), fate=True))
    if item.get("status") == "error":
        return Refused(_read_error(item))
    if item.get("status") == "success":
        return Refused(ApiError("noText", "the task ended without a text", fate=True))
    return Pending()


def _read_archived(response: Json, task_uuid: str) -> Answer:
    """Read the last answer kept under a UUID, which shows that the task exists.

    It is kept as an envelope, a list, or the bare object. A conflict there is
    the refusal of a repeated request; the answer to the first one is to come.
    """
    answer = _read_envelope(response, task_uuid, archive=False)
    if isinstance(answer, Unreadable) and isinstance(response, Mapping):
        answer = _read_result(response)
    match answer:
        case Captioned():
            return answer
        case Refused(error) if error.code != CONFLICT:
            return Refused(replace(error, fate=True))
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
        fate=error.get("status") == "error",
    )


def _code(error: Mapping[str, Json]) -> str:
    return _line(error.get("code"))


def _line(value: Json) -> str:
    """Return a string from the service as one harmless line, anything else as ''."""
    if not isinstance(value, str):
        return ""
    return text.short(text.for_terminal(text.one_line(value)))

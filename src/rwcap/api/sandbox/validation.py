"""Validation of caption tasks, with the error codes of the API.

A code is `missing` or `invalid` and the parameter, or `unsupportedParameter`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from rwcap.api.request import (
    DOCUMENTATION,
    MAX_QUALITY,
    MIN_QUALITY,
    MIN_TTL,
    MODEL,
    Delivery,
    OutputFormat,
    OutputType,
    parse_task_uuid,
)
from rwcap.api.wire import Json
from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import SourceKind, source_kind
from rwcap.images.image import Image, parse_stream, parse_url, parse_uuid


class Refusal(Exception):  # noqa: N818  # the service refuses; rwcap works as intended
    """The sandbox does not accept a task."""

    def __init__(self, code: str, parameter: str, message: str) -> None:
        """Store the error code, the parameter it is about, and the message."""
        super().__init__(code)
        self.code = code
        self.parameter = parameter
        self.message = message

    def to_json(self, task: Mapping[str, Json]) -> dict[str, object]:
        """Return the error object of the API for `task`."""
        return {
            "code": self.code,
            "message": self.message,
            "parameter": self.parameter,
            "documentation": f"{DOCUMENTATION}#request-{self.parameter.lower()}",
            **{key: task[key] for key in ("taskType", "taskUUID") if key in task},
        }


class AcceptedTask(NamedTuple):
    """A caption task that the API accepts."""

    uuid: str
    image: Image
    prompt: str | None
    include_cost: bool
    deferred: bool
    """Whether the first reply is an acknowledgement and the result comes later."""


def validate_task(task: Mapping[str, Json]) -> AcceptedTask:
    """Return the valid content of a caption task, or raise `Refusal`."""
    uuid = validate_uuid(task)
    for parameter, value in task.items():
        if parameter not in _ALLOWED:
            raise Refusal(
                "unsupportedParameter",
                parameter,
                f"The model does not support the parameter '{parameter}'.",
            )
        is_allowed, description = _ALLOWED[parameter]
        if not is_allowed(value):
            raise _invalid(parameter, description)
    for parameter in ("model", "inputs"):
        if parameter not in task:
            raise _missing(parameter)
    if task["model"] != MODEL:
        raise Refusal(
            "invalidCaptionModel", "model", f"The sandbox only has the model {MODEL}."
        )
    prompt = task.get("prompt")
    return AcceptedTask(
        uuid=uuid,
        image=_image(task["inputs"]),
        prompt=prompt if isinstance(prompt, str) else None,
        include_cost=task.get("includeCost") is True,
        deferred=task.get("deliveryMethod") == Delivery.ASYNC or "webhookURL" in task,
    )


def validate_uuid(task: Mapping[str, Json]) -> str:
    """Return the UUID of any task, or raise `Refusal`."""
    uuid = task.get("taskUUID")
    if uuid is None:
        raise _missing("taskUUID")
    try:
        return parse_task_uuid(uuid if isinstance(uuid, str) else "")
    except UsageError as error:
        raise _invalid("taskUUID", "a UUID v4") from error


def _image(inputs: Json) -> Image:
    value = inputs.get("image") if isinstance(inputs, Mapping) else None
    if value is None:
        raise _missing("inputs.image")
    if not isinstance(value, str):
        raise _invalid("inputs.image", "a string")
    try:
        match source_kind(value):
            case SourceKind.URL:
                return parse_url(value)
            case SourceKind.UUID:
                return parse_uuid(value)
            case _:
                return parse_stream(value.encode(), name="inputs.image")
    except InputError as error:
        raise _invalid(
            "inputs.image", "a UUID, a URL, a data URI or base64 of a JPEG, PNG or WebP"
        ) from error


def _missing(parameter: str) -> Refusal:
    return Refusal(
        f"missing{_code(parameter)}", parameter, f"'{parameter}' is required."
    )


def _invalid(parameter: str, allowed: str) -> Refusal:
    return Refusal(
        f"invalid{_code(parameter)}",
        parameter,
        f"Invalid value for '{parameter}'. Allowed: {allowed}.",
    )


def _code(parameter: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in parameter.split("."))


_Rule = tuple[Callable[[Json], bool], str]


def _one_of(choices: type[StrEnum]) -> _Rule:
    values = {choice.value for choice in choices}
    return lambda value: isinstance(value, str) and value in values, ", ".join(values)


def _integer(low: int, high: int | None = None) -> _Rule:
    def is_allowed(value: Json) -> bool:
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return low <= value and (high is None or value <= high)

    description = f"an integer, {low} to {high}" if high else f"an integer from {low}"
    return is_allowed, description


def _is_url(value: Json) -> bool:
    return isinstance(value, str) and source_kind(value) is SourceKind.URL


_STRING: Final[_Rule] = (lambda value: isinstance(value, str), "a string")
_URL: Final[_Rule] = (_is_url, "a URI")

_ALLOWED: Final[dict[str, _Rule]] = {
    "taskType": _STRING,
    "taskUUID": _STRING,
    "model": _STRING,
    "prompt": _STRING,
    "inputs": (lambda value: isinstance(value, Mapping), "an object"),
    "includeCost": (lambda value: isinstance(value, bool), "a boolean"),
    "deliveryMethod": _one_of(Delivery),
    "webhookURL": _URL,
    "outputType": _one_of(OutputType),
    "outputFormat": _one_of(OutputFormat),
    "outputQuality": _integer(MIN_QUALITY, MAX_QUALITY),
    "ttl": _integer(MIN_TTL),
    "uploadEndpoint": _URL,
}

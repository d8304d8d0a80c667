"""Requests and replies as JSON.

A request is an array with one task. A reply is an envelope of `data` and `errors`.
https://runware.ai/docs/en/getting-started/how-to-connect
"""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rwcap.api.request import CaptionTask
from rwcap.core import text

if TYPE_CHECKING:
    from rwcap.images.image import PreparedImage

API_URL: Final = "https://api.runware.ai/v1"
"""https://runware.ai/docs/en/getting-started/how-to-connect"""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
"""A document from `load`. A number with a fraction is a `Decimal`."""

SET_KEY: Final = "rwcap config set-key"
"""The hint for a key that is refused and not of the environment."""


class Reply(NamedTuple):
    """The parts of an HTTP response that rwcap uses."""

    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds to wait, from the header `Retry-After`."""
    clock_ahead: float | None = None
    """Seconds by which the server's clock is ahead of ours, from the header `Date`."""
    key_hint: str = SET_KEY
    """What to do if the key is refused: it depends on the origin of the key."""


def encode(task: CaptionTask) -> bytes:
    """Return the body of a caption request.

    The image is appended as bytes: base64 needs no escapes in JSON, so a large image
    never passes through the JSON encoder.
    """
    from pybase64 import b64encode

    from rwcap.images.image import PreparedImage

    fields = json.dumps(_fields(task)).removesuffix("}").encode()
    head = b"".join((b"[", fields, b', "inputs": {"image": '))
    if isinstance(task.image, PreparedImage):
        prefix = f'"data:{task.image.format.media_type};base64,'.encode()
        return b"".join((head, prefix, b64encode(task.image.data), b'"}}]'))
    return b"".join((head, json.dumps(task.image.value).encode(), b"}}]"))


def preview(task: CaptionTask) -> str:
    """Return the request as indented JSON, for display.

    A description replaces the bytes of the image. Of URLs to which the service sends
    something, only the host is shown, because the rest can be a secret.
    """
    from rwcap.images.image import PreparedImage

    if isinstance(task.image, PreparedImage):
        description = _describe(task.image)
        image = f"data:{task.image.format.media_type};base64,... ({description})"
    else:
        image = task.image.value
    fields = _fields(task) | {"inputs": {"image": image}}
    for name in ("webhookURL", "uploadEndpoint"):
        if name in fields:
            fields[name] = text.hide_path(str(fields[name]))
    return text.escape_json(json.dumps([fields], indent=2, ensure_ascii=False))


def _describe(image: "PreparedImage") -> str:
    """Return what rwcap sends of an image and what it removes."""
    width, height = image.size
    size = f"{width} by {height} pixels, {len(image.data):,} bytes"
    parts = [f"{image.format.name}, {size}, digest {image.digest}"]
    if image.removed:
        removed = (f"{kind} ({count:,} bytes)" for kind, count in image.removed)
        parts.append(f"removed: {', '.join(removed)}")
    if image.changes:
        parts.append(f"re-encoded without metadata: {', '.join(image.changes)}")
    return "; ".join(parts)


def encode_query(task_type: str, task_uuid: str, **fields: str | list[str]) -> bytes:
    """Return the body of a query, which is free."""
    query = {"taskType": task_type, "taskUUID": task_uuid, **fields}
    return json.dumps([query]).encode()


def load(body: bytes) -> Json:
    """Return the JSON document in `body`, without any float.

    Raises:
        ValueError: The body is not JSON, is nested too deeply, or has a number that
            is too long.
    """
    try:
        document: Json = json.loads(
            body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse
        )
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("nested too deeply, or a number is too long") from error
    return document


def printable_line(value: Json) -> str:
    """Return a string as one short printable line, anything else as ''."""
    if not isinstance(value, str):
        return ""
    return text.truncate(text.for_terminal(text.one_line(value)))


def _fields(task: CaptionTask) -> dict[str, object]:
    """Return the fields of a request without its image."""
    parameters = task.parameters
    fields: dict[str, object | None] = {
        "taskType": "caption",
        "taskUUID": task.uuid,
        "model": parameters.model,
        "prompt": parameters.prompt,
        "includeCost": parameters.include_cost or None,
        "deliveryMethod": parameters.delivery,
        "webhookURL": parameters.webhook_url,
        "outputType": parameters.output_type,
        "outputFormat": parameters.output_format,
        "outputQuality": parameters.output_quality,
        "ttl": parameters.ttl,
        "uploadEndpoint": parameters.upload_endpoint,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")

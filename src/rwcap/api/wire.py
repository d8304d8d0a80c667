"""The API's JSON as it goes over the wire: requests written, documents loaded.

A request is an array with one task; an answer is an envelope of `data` and
`errors`. https://runware.ai/docs/en/getting-started/how-to-connect
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from rwcap.api.task import CaptionTask
from rwcap.core import text

if TYPE_CHECKING:
    from rwcap.images.image import PreparedImage

API_URL: Final = "https://api.runware.ai/v1"
"""https://runware.ai/docs/en/getting-started/how-to-connect"""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
"""What `load` returns; a number with a fraction is a `Decimal`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, as far as it matters."""

    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds the service asks to be left alone, where it says so."""
    clock_ahead: float | None = None
    """Seconds by which the service's clock is ahead of ours, where it tells them."""


def encode(task: CaptionTask) -> bytes:
    """Return the body of the request.

    The image is joined in last and as bytes: base64 needs no escape in JSON, so
    a large picture never goes through a JSON writer.
    """
    from rwcap.images.image import PreparedImage

    fields = json.dumps(_fields(task)).removesuffix("}").encode()
    head = b"".join((b"[", fields, b', "inputs": {"image": '))
    if isinstance(task.image, PreparedImage):
        prefix = f'"data:{task.image.format.media_type};base64,'.encode()
        return b"".join((head, prefix, b64encode(task.image.data), b'"}}]'))
    return b"".join((head, json.dumps(task.image.value).encode(), b"}}]"))


def preview(task: CaptionTask) -> str:
    """Return the request for people: indented, a picture's bytes told in words."""
    from rwcap.images.image import PreparedImage

    if isinstance(task.image, PreparedImage):
        image = f"data:{task.image.format.media_type};base64,... ({_told(task.image)})"
    else:
        image = task.image.value
    fields = _fields(task) | {"inputs": {"image": image}}
    return text.escape_json(json.dumps([fields], indent=2, ensure_ascii=False))


def _told(picture: "PreparedImage") -> str:
    """Return in words what of a picture leaves this machine, and what does not."""
    width, height = picture.size
    size = f"{width} by {height} pixels, {len(picture.data):,} bytes"
    told = [f"{picture.format.name}, {size}, identity {picture.digest}"]
    if picture.removed:
        removed = (f"{kind} ({count:,} bytes)" for kind, count in picture.removed)
        told.append(f"removed: {', '.join(removed)}")
    if picture.changes:
        told.append(f"encoded anew, pixels only: {', '.join(picture.changes)}")
    return "; ".join(told)


def encode_query(task_type: str, task_uuid: str, **fields: str | list[str]) -> bytes:
    """Return the body of a request that asks and buys nothing."""
    query = {"taskType": task_type, "taskUUID": task_uuid, **fields}
    return json.dumps([query]).encode()


def load(body: bytes) -> Json:
    """Return the JSON in `body`; no number in it becomes a float.

    Raises `ValueError` for whatever is not JSON, or has bounds we cannot hold.
    """
    try:
        document: Json = json.loads(
            body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse
        )
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("too deep, or a number too long") from error
    return document


def _fields(task: CaptionTask) -> dict[str, object]:
    parameters = task.parameters
    given: dict[str, object | None] = {
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
    return {key: value for key, value in given.items() if value is not None}


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")

"""A caption request: its parameters, their defaults and their validation.

Source of every range and default, and of the anchors (#) in this file:
https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

import re
from copy import copy
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from rwcap.core.errors import UsageError
from rwcap.core.text import is_web_url

if TYPE_CHECKING:
    from rwcap.images.image import Image

DOCUMENTATION: Final = "https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct"

MODEL: Final = "runware:152@1"
"""Qwen2.5-VL-3B-Instruct; #request-model."""

MIN_QUALITY: Final = 20
"""Lowest `outputQuality`; #request-outputquality."""

MAX_QUALITY: Final = 99
"""Highest `outputQuality`; #request-outputquality."""

MIN_TTL: Final = 60
"""Lowest `ttl`, in seconds; #request-ttl."""


class Delivery(StrEnum):
    """How the service delivers a result; #request-deliverymethod. Default: `sync`."""

    SYNC = "sync"
    ASYNC = "async"


class OutputType(StrEnum):
    """How the service returns an image; #request-outputtype. Default: `URL`."""

    URL = "URL"
    BASE64 = "base64Data"
    DATA_URI = "dataURI"


class OutputFormat(StrEnum):
    """The file format of a returned image; #request-outputformat. Default: `JPG`."""

    JPG = "JPG"
    PNG = "PNG"
    WEBP = "WEBP"


class ParameterError(UsageError):
    """A request parameter has a value that the service does not allow."""

    def __init__(self, parameter: str, value: object, allowed: str) -> None:
        """Describe the error.

        Args:
            parameter: Name of the parameter in the API.
            value: The value given.
            allowed: The values allowed, in words.
        """
        super().__init__(
            f"{parameter} is {value!r}; allowed: {allowed}",
            hint=f"see {DOCUMENTATION}#request-{parameter.lower()}",
        )
        self.parameter = parameter


_MODEL = "(?i)[a-z0-9-]+:[0-9]+@[0-9]+"
_UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


class Parameters:
    """The parameters of a request, without its UUID and its image.

    None means "not given". A parameter that is not given is not sent, so the default
    of the service applies.
    """

    __slots__ = (
        "delivery",
        "include_cost",
        "model",
        "output_format",
        "output_quality",
        "output_type",
        "prompt",
        "ttl",
        "upload_endpoint",
        "webhook_url",
    )

    def __init__(  # noqa: PLR0913  # as many as the API has
        self,
        *,
        model: str = MODEL,
        prompt: str | None = None,
        delivery: Delivery | None = None,
        include_cost: bool = True,
        webhook_url: str | None = None,
        output_type: OutputType | None = None,
        output_format: OutputFormat | None = None,
        output_quality: int | None = None,
        ttl: int | None = None,
        upload_endpoint: str | None = None,
    ) -> None:
        """Check and store the parameters.

        Args:
            model: An AIR identifier; #request-model. Other models that write captions
                take the same parameters.
            prompt: Instructions or a question. Without a prompt the service describes
                the image; #request-prompt.
            delivery: #request-deliverymethod.
            include_cost: Whether the reply reports the price; #request-includecost.
                The default of the service is false. Ours is true, because the ledger
                needs the price.
            webhook_url: Where the service posts the result; #request-webhookurl.
            output_type: For images; captions ignore it; #request-outputtype.
            output_format: For images; captions ignore it; #request-outputformat.
            output_quality: For images, 20 to 99, default 95; #request-outputquality.
            ttl: Lifetime of the URL of an image in seconds, 60 or more; #request-ttl.
            upload_endpoint: Where the service uploads an image with HTTP PUT;
                #request-uploadendpoint.

        Raises:
            ParameterError: The page does not allow a value.
            UsageError: A URL is not one of the web.
        """
        _check_model(model)
        if prompt is not None:
            _check_prompt(prompt)
        if webhook_url is not None:
            _check_url("--webhook-url", webhook_url)
        if upload_endpoint is not None:
            _check_url("--upload-endpoint", upload_endpoint)
        if output_quality is not None:
            _check_quality(output_quality)
        if ttl is not None:
            _check_ttl(ttl, output_type)
        self.model = model
        self.prompt = prompt
        self.delivery = delivery
        self.include_cost = include_cost
        self.webhook_url = webhook_url
        self.output_type = output_type
        self.output_format = output_format
        self.output_quality = output_quality
        self.ttl = ttl
        self.upload_endpoint = upload_endpoint

    def with_prompt(self, prompt: str) -> "Parameters":
        """Return the same parameters with another prompt.

        Raises:
            ParameterError: The prompt cannot be sent.
        """
        _check_prompt(prompt)
        changed = copy(self)
        changed.prompt = prompt
        return changed


class CaptionTask(NamedTuple):
    """A request for one caption under a task UUID."""

    uuid: str
    """UUID v4. The service charges once per UUID; #request-taskuuid."""

    image: "Image"
    """#request-inputs-image."""

    parameters: Parameters

    uuid_is_new: bool = True
    """Whether the UUID was generated for this task, so no other task can have it."""


def parse_task_uuid(text: str) -> str:
    """Return `text` in lower case; raise `ParameterError` if it is not a UUID v4."""
    if not re.fullmatch(_UUID4, text.lower()):
        raise ParameterError(
            "taskUUID",
            text,
            "a UUID v4 such as 0f8fad5b-d9cb-469f-a165-70867728950e",
        )
    return text.lower()


def _check_model(model: str) -> None:
    if not re.fullmatch(_MODEL, model):
        raise ParameterError("model", model, f"an AIR identifier such as {MODEL}")


def _check_prompt(prompt: str) -> None:
    if not prompt.strip():
        raise ParameterError("prompt", prompt, "text that is not blank")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise ParameterError("prompt", prompt, "text in UTF-8")


def _check_url(option: str, url: str) -> None:
    """Check a URL. It can be a secret, so the error does not repeat it."""
    if not is_web_url(url):
        raise UsageError(
            f"{option} is not a complete http(s) URL",
            hint=f"{option} https://HOST/PATH (without blanks)",
        )


def _check_quality(quality: int) -> None:
    if not MIN_QUALITY <= quality <= MAX_QUALITY:
        allowed = f"a whole number from {MIN_QUALITY} to {MAX_QUALITY}"
        raise ParameterError("outputQuality", quality, allowed)


def _check_ttl(ttl: int, output_type: OutputType | None) -> None:
    if ttl < MIN_TTL:
        raise ParameterError("ttl", ttl, f"{MIN_TTL} seconds or more")
    if output_type not in {None, OutputType.URL}:
        raise ParameterError("ttl", ttl, f"none, because outputType is {output_type}")

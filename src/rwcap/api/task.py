"""One caption as the service is asked for it: every parameter of the model's page.

Source of every range and default:
https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

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
    """How the answer comes; #request-deliverymethod. The default is `sync`."""

    SYNC = "sync"
    ASYNC = "async"


class OutputType(StrEnum):
    """How an image is returned; #request-outputtype. The default is `URL`."""

    URL = "URL"
    BASE64 = "base64Data"
    DATA_URI = "dataURI"


class OutputFormat(StrEnum):
    """The file format of a returned image; #request-outputformat. Default `JPG`."""

    JPG = "JPG"
    PNG = "PNG"
    WEBP = "WEBP"


class ParameterError(UsageError):
    """A request parameter has a value that the service does not allow."""

    def __init__(self, parameter: str, value: object, allowed: str) -> None:
        """Name the parameter as the API does, its value, and what may stand there."""
        super().__init__(
            f"{parameter} is {value!r}; allowed: {allowed}",
            hint=f"see {DOCUMENTATION}#request-{parameter.lower()}",
        )
        self.parameter = parameter


_MODEL = re.compile(r"[a-z0-9-]+:[0-9]+@[0-9]+", re.IGNORECASE)
_UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What one request says beside its UUID and its image.

    None means "not given", and what is not given is not sent: the service's
    own default holds. Raises `ParameterError` for a value the page rules out.
    """

    model: str = MODEL
    """An AIR identifier; #request-model. The page is of one model; others that
    write captions can be asked for in the same way."""

    prompt: str | None = None
    """Instructions or a question; without one the service describes the image;
    #request-prompt."""

    delivery: Delivery | None = None
    """#request-deliverymethod."""

    include_cost: bool = True
    """Ask for the price paid; #request-includecost. The service's default is
    false, ours is true: money that is not reported cannot be accounted for."""

    webhook_url: str | None = None
    """Where the service posts the answer; #request-webhookurl."""

    output_type: OutputType | None = None
    """Of an image; a caption has none; #request-outputtype."""

    output_format: OutputFormat | None = None
    """Of an image; a caption has none; #request-outputformat."""

    output_quality: int | None = None
    """Of an image, 20 to 99, default 95; #request-outputquality."""

    ttl: int | None = None
    """Seconds that an image's URL lives, 60 or more; #request-ttl."""

    upload_endpoint: str | None = None
    """Where the service puts an image by HTTP PUT; #request-uploadendpoint."""

    def __post_init__(self) -> None:
        """Check every value against the page."""
        if not _MODEL.fullmatch(self.model):
            raise ParameterError(
                "model", self.model, f"an AIR identifier such as {MODEL}"
            )
        if self.prompt is not None:
            _check_prompt(self.prompt)
        if self.webhook_url is not None:
            _check_url("webhookURL", self.webhook_url)
        if self.upload_endpoint is not None:
            _check_url("uploadEndpoint", self.upload_endpoint)
        quality = self.output_quality
        if quality is not None and not MIN_QUALITY <= quality <= MAX_QUALITY:
            raise ParameterError(
                "outputQuality",
                quality,
                f"an integer from {MIN_QUALITY} to {MAX_QUALITY}",
            )
        if self.ttl is not None and self.ttl < MIN_TTL:
            raise ParameterError("ttl", self.ttl, f"{MIN_TTL} seconds or more")
        if self.ttl is not None and self.output_type not in {None, OutputType.URL}:
            raise ParameterError(
                "ttl", self.ttl, f"only with outputType {OutputType.URL}"
            )


@dataclass(frozen=True, slots=True)
class CaptionTask:
    """One request for one caption."""

    uuid: str
    """UUID v4, unique per task: the name under which it is paid for once;
    #request-taskuuid."""

    image: "Image"
    """#request-inputs-image."""

    parameters: Parameters

    uuid_is_new: bool = True
    """Whether the UUID was made for this task, so that nobody used it before."""


def parse_task_uuid(text: str) -> str:
    """Return `text` in lower case, or raise `ParameterError` if it is no UUID v4."""
    if not _UUID4.fullmatch(text.lower()):
        raise ParameterError(
            "taskUUID",
            text,
            "a UUID v4 such as 0f8fad5b-d9cb-469f-a165-70867728950e",
        )
    return text.lower()


def _check_prompt(prompt: str) -> None:
    if not prompt.strip():
        raise ParameterError("prompt", prompt, "some text, or no prompt at all")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise ParameterError("prompt", prompt, "text in UTF-8")


def _check_url(parameter: str, url: str) -> None:
    if not is_web_url(url):
        raise ParameterError(parameter, url, "a complete http(s) URL")

"""Tests of the JSON of requests and replies."""

import json
from base64 import b64decode
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.request import (
    CaptionTask,
    Delivery,
    OutputFormat,
    OutputType,
    Parameters,
)
from rwcap.api.wire import encode, encode_query, load, preview
from rwcap.images.container import ImageInfo
from rwcap.images.formats import Format
from rwcap.images.image import PreparedImage, RemoteImage

FACTS = ImageInfo(width=28, height=28)
UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
URL = RemoteImage("https://example.com/a.jpg")


def test_parameters_that_are_not_given_are_not_sent() -> None:
    """Only the required fields and `includeCost` are sent."""
    (request,) = json.loads(encode(CaptionTask(UUID, URL, Parameters())))

    assert request == {
        "taskType": "caption",
        "taskUUID": UUID,
        "model": "runware:152@1",
        "includeCost": True,
        "inputs": {"image": "https://example.com/a.jpg"},
    }


def test_parameters_that_are_given_are_sent() -> None:
    """All parameters of the model's page have their names."""
    parameters = Parameters(
        prompt="What?",
        delivery=Delivery.ASYNC,
        include_cost=False,
        webhook_url="https://example.com/hook",
        output_type=OutputType.URL,
        output_format=OutputFormat.WEBP,
        output_quality=20,
        ttl=60,
        upload_endpoint="https://example.com/put",
    )
    (request,) = json.loads(encode(CaptionTask(UUID, URL, parameters)))

    assert request == {
        "taskType": "caption",
        "taskUUID": UUID,
        "model": "runware:152@1",
        "prompt": "What?",
        "deliveryMethod": "async",
        "webhookURL": "https://example.com/hook",
        "outputType": "URL",
        "outputFormat": "WEBP",
        "outputQuality": 20,
        "ttl": 60,
        "uploadEndpoint": "https://example.com/put",
        "inputs": {"image": "https://example.com/a.jpg"},
    }


PROMPTS = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)


@given(st.sampled_from(Format), st.binary(max_size=2000), PROMPTS)
def test_a_request_contains_the_image_and_the_prompt(
    kind: Format, data: bytes, prompt: str
) -> None:
    """The body is valid JSON, and both can be read back."""
    task = CaptionTask(
        UUID, PreparedImage(kind, data, FACTS, ""), Parameters(prompt=prompt)
    )
    (request,) = json.loads(encode(task))
    head, _, payload = request["inputs"]["image"].partition(",")

    assert request["prompt"] == prompt
    assert head == f"data:image/{kind};base64"
    assert b64decode(payload) == data


@given(PROMPTS)
def test_any_reference_is_sent_unchanged(url: str) -> None:
    """Quotes and backslashes in a URL do not break the JSON."""
    (request,) = json.loads(encode(CaptionTask(UUID, RemoteImage(url), Parameters())))

    assert request["inputs"]["image"] == url


def test_a_preview_is_the_request_without_the_image_bytes() -> None:
    """A description takes their place and lists the metadata that is removed."""
    picture = PreparedImage(
        Format.PNG,
        b"12345",
        FACTS,
        "00ff",
        removed=(("Exif", 1234), ("XMP", 5)),
        changes=("orientation 6", "side 56"),
        encoded_size=(56, 42),
    )
    task = CaptionTask(UUID, picture, Parameters(prompt="\x9bWhat?"))
    shown = preview(task)
    (request,) = json.loads(shown)
    (sent,) = json.loads(encode(task))

    assert request["inputs"]["image"] == (
        "data:image/png;base64,... (PNG, 56 by 42 pixels, 5 bytes,"
        " digest 00ff;"
        " removed: Exif (1,234 bytes), XMP (5 bytes);"
        " re-encoded without metadata: orientation 6, side 56)"
    )
    assert request | {"inputs": sent["inputs"]} == sent
    assert "\x9b" not in shown


def test_a_preview_shows_a_reference_unchanged() -> None:
    """A URL is not shortened."""
    (request,) = json.loads(preview(CaptionTask(UUID, URL, Parameters())))

    assert request["inputs"] == {"image": "https://example.com/a.jpg"}


def test_a_query_names_its_task() -> None:
    """A query is an array with one object, like every request."""
    assert json.loads(encode_query("getResponse", UUID, operation="x")) == [
        {"taskType": "getResponse", "taskUUID": UUID, "operation": "x"}
    ]


def test_a_number_never_becomes_a_float() -> None:
    """Decimal fractions stay exact."""
    document = load(b"[0.1, 0.2, 1e-7, 3]")

    assert isinstance(document, list)
    assert document == [Decimal("0.1"), Decimal("0.2"), Decimal("1e-7"), 3]
    assert not any(isinstance(number, float) for number in document)

"""Tests of the request parameters against the limits of the model's page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.request import (
    Delivery,
    OutputType,
    ParameterError,
    Parameters,
    parse_task_uuid,
)
from rwcap.core.errors import UsageError
from rwcap.core.exit_status import ExitStatus


@pytest.mark.parametrize(
    ("given_", "parameter"),
    [
        ({"model": "qwen"}, "model"),
        ({"model": ""}, "model"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": "caf\udce9"}, "prompt"),
        ({"output_quality": 19}, "outputQuality"),
        ({"output_quality": 100}, "outputQuality"),
        ({"ttl": 59}, "ttl"),
        ({"ttl": 60, "output_type": OutputType.BASE64}, "ttl"),
    ],
)
def test_an_invalid_value_is_an_error(given_: dict[str, Any], parameter: str) -> None:
    """The message has the parameter, the value and what is allowed."""
    with pytest.raises(ParameterError, match="allowed: ") as refused:
        Parameters(**given_)

    assert refused.value.message.startswith(f"{parameter} is ")
    assert refused.value.hint
    assert refused.value.hint.endswith(f"#request-{parameter.lower()}")
    assert refused.value.status is ExitStatus.USAGE


@pytest.mark.parametrize(
    "url",
    [
        "example.com/a-token",
        "ftp://example.com/a-token",
        "https://exa mple.com/a-token",
        "https://me:a-token@",
        "https://[bad/a-token",
    ],
)
def test_a_url_that_is_refused_is_not_repeated(url: str) -> None:
    """It can have a token."""
    with pytest.raises(UsageError, match="--webhook-url is not a complete") as webhook:
        Parameters(webhook_url=url)
    with pytest.raises(UsageError, match="--upload-endpoint is not a ") as upload:
        Parameters(upload_endpoint=url)

    for refused in (webhook.value, upload.value):
        assert "a-token" not in f"{refused.message} {refused.hint}"


@given(quality=st.integers(20, 99), ttl=st.integers(60, 10**6))
def test_the_whole_range_is_valid(quality: int, ttl: int) -> None:
    """All values that the page allows are accepted."""
    parameters = Parameters(
        output_quality=quality,
        ttl=ttl,
        output_type=OutputType.URL,
        webhook_url="https://example.com/hook?secret=1",
        upload_endpoint="http://bucket.example.com/x",
        prompt="What is it?",
    )

    assert parameters.output_quality == quality


@given(st.uuids(version=4))
def test_every_uuid_v4_is_a_task_uuid(uuid: object) -> None:
    """Upper case becomes lower case, as the service writes it."""
    assert parse_task_uuid(str(uuid).upper()) == str(uuid)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0f8fad5b-d9cb-169f-a165-70867728950e",
        "0f8fad5bd9cb469fa16570867728950e",
    ],
)
def test_other_strings_are_not_task_uuids(text: str) -> None:
    """The page requires version 4, with dashes."""
    with pytest.raises(ParameterError, match="taskUUID"):
        parse_task_uuid(text)


def test_there_are_two_delivery_methods() -> None:
    """They are those of the page."""
    assert [choice.value for choice in Delivery] == ["sync", "async"]

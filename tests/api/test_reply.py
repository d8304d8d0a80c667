"""Tests of the reply decoder."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.errors import ApiError
from rwcap.api.reply import (
    CaptionResult,
    InvalidReply,
    NoInformation,
    Pending,
    Refused,
    decode,
)
from rwcap.core.money import Micros

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
OTHER = "3e62120b-9210-4117-9231-9f6bdbfecc8a"


def envelope(*data: object, **more: object) -> bytes:
    """Return a reply with these objects in `data`."""
    return json.dumps({"data": data, **more}).encode()


def result(**fields: object) -> dict[str, object]:
    """Return the result of a caption, as in the examples of the model's page."""
    return {"taskType": "imageCaption", "taskUUID": UUID, "text": "A cat.", **fields}


CAT = CaptionResult("A cat.", Micros(1300))
FAILURE = {"code": "timeoutProvider", "message": "It took too long."}
FAILED = Refused(ApiError("timeoutProvider", "It took too long."))
ENDED = Refused(ApiError("timeoutProvider", "It took too long.", ended_task=True))
UNNAMED = Refused(
    ApiError("unknownError", "the service gave no reason", ended_task=True)
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (envelope(result(cost=0.0013)), CAT),
        (envelope(result(cost=0.0013, taskType="caption")), CAT),
        (envelope(result(cost=0.0013, taskUUID=UUID.upper())), CAT),
        (envelope(result(cost=0.0013, status="success")), CAT),
        (envelope(result(cost=0.0013, unknown=[{"deep": None}])), CAT),
        (envelope(result(taskUUID=OTHER), result(cost=0.0013)), CAT),
        (json.dumps([result(cost=0.0013)]).encode(), CAT),
        (envelope(result()), CaptionResult("A cat.", None)),
        (envelope(result(cost="0.0013")), CaptionResult("A cat.", None)),
        (envelope(result(text="")), CaptionResult("", None)),
        (envelope(result(text="\x1b[2Jx\r\ny")), CaptionResult("[2Jx\ny", None)),
        (envelope(result(text="\ud800")), CaptionResult("\ufffd", None)),
        (envelope({"taskType": "caption", "taskUUID": UUID}), Pending),
        (envelope({"taskUUID": UUID, "status": "processing"}), Pending),
        (envelope(result(text=None)), Pending),
        (envelope({"taskUUID": UUID, "error": {}}), UNNAMED),
        (envelope(), NoInformation),
        (envelope(result(taskUUID=OTHER)), NoInformation),
        (envelope(result(taskUUID=None)), NoInformation),
        (envelope("text", 1, None, [result()]), NoInformation),
        (envelope({"taskUUID": UUID, "status": "error", **FAILURE}), ENDED),
        (envelope({"taskUUID": UUID, "status": "error", "error": FAILURE}), ENDED),
        (envelope(errors=[FAILURE]), FAILED),
        (envelope(errors=[{**FAILURE, "taskUUID": UUID}]), FAILED),
        (envelope(errors=[{**FAILURE, "status": "error"}]), ENDED),
        (envelope(errors=[{**FAILURE, "taskUUID": OTHER}]), NoInformation),
        (envelope(result(cost=0.0013), errors=[FAILURE]), CAT),
        (envelope({"taskUUID": UUID}, errors=[FAILURE]), FAILED),
        (json.dumps({"error": FAILURE, "taskUUID": UUID}).encode(), FAILED),
        (json.dumps(FAILURE | {"taskUUID": UUID}).encode(), FAILED),
        (json.dumps(FAILURE).encode(), InvalidReply),
        (json.dumps({"error": FAILURE}).encode(), InvalidReply),
        (b'{"code": 504, "message": "Gateway Timeout"}', InvalidReply),
        (b'{"errors": [{}]}', NoInformation),
        (b'{"errors": []}', NoInformation),
        (envelope({"taskUUID": UUID, "status": "success"}), Pending),
        (json.dumps({"errors": "none", "data": 5}).encode(), NoInformation),
        (b"", InvalidReply),
        (b"<html>", InvalidReply),
        (b"\xef\xbb\xbf" + envelope(result(cost=0.0013)), CAT),
        (envelope(result()).decode().encode("utf-16"), InvalidReply),
        (envelope(result())[:-9], InvalidReply),
        (b"null", InvalidReply),
        (b'"data"', InvalidReply),
        (b'{"unrelated": 1}', InvalidReply),
        (b"\xff\xfe\x00", InvalidReply),
        (b"[" * 100_000, InvalidReply),
        (b'{"data": [NaN]}', InvalidReply),
        (b'{"data": [' + b"9" * 5000 + b"]}", InvalidReply),
        (b'{"data": [1e99999999999999999999]}', InvalidReply),
    ],
)
def test_a_reply_is_read_by_the_uuid_of_its_task(body: bytes, expected: object) -> None:
    """All forms of replies seen so far, and invalid ones."""
    found = decode(body, UUID)

    assert expected in {found, type(found)}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"data": [result(cost=0.0013)]}, CAT),
        ({"errors": [FAILURE]}, ENDED),
        ({"errors": [{"code": "conflictTaskUUID", "message": "x"}]}, Pending),
        ({"data": []}, Pending),
        ({}, Pending),
        (None, Pending),
        (5, Pending),
        (result(cost=0.0013), CAT),
        ([result(cost=0.0013)], CAT),
        ({"data": [{"taskUUID": UUID, "response": result()}]}, Pending),
    ],
)
def test_an_archived_reply_is_read_like_a_new_one(
    response: object, expected: object
) -> None:
    """An archive entry proves that the task exists, whatever it contains."""
    entry = {"taskUUID": UUID, "request": [], "response": response}

    found = decode(envelope(entry), UUID)

    assert expected in {found, type(found)}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "c", "message": "m", "parameter": "p"}, ApiError("c", "m", ("p",))),
        (
            {"code": "c", "message": "m", "parameter": ["p", 5, "q"]},
            ApiError("c", "m", ("p", "q")),
        ),
        (
            {"code": "c", "message": "m", "documentation": "https://x/#request-p"},
            ApiError("c", "m", documentation="https://x/#request-p"),
        ),
        (
            {"code": "c", "message": "m", "documentation": "javascript:x"},
            ApiError("c", "m"),
        ),
        (
            {"code": "c", "message": ["m"], "parameter": {}},
            ApiError("c", "the service gave no reason"),
        ),
        (
            {"code": "\x1bc", "message": "two\nlines \u202eand more"},
            ApiError("c", "two lines and more"),
        ),
    ],
)
def test_an_error_object_is_read_leniently(error: object, expected: ApiError) -> None:
    """Fields of a wrong type are ignored."""
    assert decode(envelope(errors=[error]), UUID) == Refused(expected)


KEYS = """
data errors error taskUUID text cost status code message parameter documentation
response
"""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None))
    | st.just(UUID),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.sampled_from(KEYS.split()), inner)
    ),
)
ENVELOPES = st.builds(lambda *both: {"data": both, "errors": both}, JSON, JSON)


@given(JSON | ENVELOPES, st.integers(0, 10))
def test_any_json_is_decoded(document: object, cut: int) -> None:
    """No document and no part of one raises an exception."""
    body = json.dumps(document).encode()

    for part in (body, body[:-cut]):
        content = decode(part, UUID)
        assert isinstance(
            content, CaptionResult | Pending | Refused | NoInformation | InvalidReply
        )


@given(st.binary())
def test_any_bytes_are_decoded(body: bytes) -> None:
    """Bytes that are not JSON raise no exception."""
    assert decode(body, UUID) is not None

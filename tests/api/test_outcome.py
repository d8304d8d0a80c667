"""What an answer means for the money."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.reply import (
    Busy,
    CaptionResult,
    Failed,
    Pending,
    RequestOutcome,
    UnknownOutcome,
    UuidConflict,
    classify_reply,
    decode,
)
from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
PAGE = b"<html>"


def verdict(
    status: int, body: bytes = PAGE, *, retry_after: float | None = None
) -> RequestOutcome:
    """Return what a reply with this body means."""
    reply = Reply(status, body, retry_after)
    return classify_reply(reply, decode(body, UUID))


def error(code: str) -> bytes:
    """Return an envelope with one error."""
    return json.dumps({"errors": [{"code": code, "message": "m"}]}).encode()


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500, 504])
def test_a_caption_is_a_caption_under_any_status(status: int) -> None:
    """What was paid for is not thrown away for the sake of a number."""
    data = b'{"data": [{"taskUUID": "%s", "text": "x"}]}' % UUID.encode()

    assert verdict(status, data) == CaptionResult("x", None)


def test_an_acknowledgement_means_wait() -> None:
    """Async delivery begins with one."""
    assert verdict(200, b'{"data": [{"taskUUID": "%s"}]}' % UUID.encode()) == Pending()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalidPrompt"), ErrorKind.INPUT),
        (400, error("failedToTransferImage"), ErrorKind.INPUT),
        (400, error("inferenceRateLimitRequestTooLarge"), ErrorKind.INPUT),
        (400, error("modelNotFound"), ErrorKind.INPUT),
        (400, error("insufficientCredits"), ErrorKind.CREDITS),
        (200, error("thirdPartyInsufficientCredits"), ErrorKind.CREDITS),
        (402, PAGE, ErrorKind.CREDITS),
        (401, error("invalidApiKey"), ErrorKind.AUTH),
        (400, error("missingApiKey"), ErrorKind.AUTH),
        (403, error("x"), ErrorKind.AUTH),
        (403, PAGE, ErrorKind.NETWORK),
        (403, error("contentPolicyViolation"), ErrorKind.SAFETY),
        (413, PAGE, ErrorKind.INPUT),
        (400, error("contentPolicyViolation"), ErrorKind.SAFETY),
        (200, error("invalidProviderContent"), ErrorKind.SAFETY),
        (200, error("timeoutProvider"), ErrorKind.SERVER),
        (200, error("providerError"), ErrorKind.SERVER),
        (200, error("internalServerError"), ErrorKind.SERVER),
        (200, error("inferenceError"), ErrorKind.SERVER),
        (404, PAGE, ErrorKind.NETWORK),
        (302, PAGE, ErrorKind.NETWORK),
    ],
)
def test_a_definite_answer_ends_the_task(
    status: int, body: bytes, kind: ErrorKind
) -> None:
    """Nothing is resent after it; its kind follows status first, code second."""
    found = verdict(status, body)

    assert isinstance(found, Failed)
    assert found.error.kind is kind
    assert found.error.hint or kind is ErrorKind.INPUT


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, PAGE),
        (503, PAGE),
        (429, error("rateLimitExceeded")),
        (503, error("serviceUnavailable")),
        (504, error("queueTimeout")),
        (408, error("timeout")),
        (400, error("inferenceRateLimitExceeded")),
        (200, error("providerRateLimitExceeded")),
    ],
)
def test_a_busy_service_may_be_asked_again(status: int, body: bytes) -> None:
    """The task was not accepted; the pause asked for is passed on."""
    found = verdict(status, body, retry_after=7.0)

    assert isinstance(found, Busy)
    assert found.retry_after == 7.0
    assert found.error.kind is ErrorKind.CAPACITY


def test_a_long_pause_is_told_in_the_hint() -> None:
    """Whoever gives up now knows when to come back."""
    found = verdict(429, retry_after=301.0)

    assert isinstance(found, Busy)
    assert found.error.hint == "run the same command again in 301 s"


@pytest.mark.parametrize("status", [302, 404, 405])
def test_what_answers_in_the_place_of_the_service_will_not_change(status: int) -> None:
    """Trying the same again is no advice."""
    found = verdict(status)

    assert isinstance(found, Failed)
    assert not found.error.retryable


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, PAGE),
        (200, b""),
        (200, b'{"data": []}'),
        (204, b""),
        (408, PAGE),
        (500, PAGE),
        (500, error("internalServerError")),
        (502, PAGE),
        (502, error("x")),
        (504, PAGE),
        (520, PAGE),
    ],
)
def test_an_answer_that_proves_nothing_leaves_the_fate_unknown(
    status: int, body: bytes
) -> None:
    """The task may have been accepted: it must be asked after, not bought again."""
    assert isinstance(verdict(status, body), UnknownOutcome)


@pytest.mark.parametrize("status", [400, 409, 200])
def test_a_conflict_is_known_by_its_code(status: int) -> None:
    """Never by its status, which is not agreed upon."""
    assert isinstance(verdict(status, error("conflictTaskUUID")), UuidConflict)


@given(st.integers(100, 599), st.binary(max_size=50) | st.text().map(error))
def test_every_reply_means_something(status: int, body: bytes) -> None:
    """Judging is total."""
    assert verdict(status, body) is not None


def test_a_failure_says_what_the_service_said() -> None:
    """Code and message are in the line, the page in the hint."""
    body = json.dumps(
        {
            "errors": [
                {
                    "code": "invalidPrompt",
                    "message": "Too long.",
                    "documentation": "https://runware.ai/docs#request-prompt",
                }
            ]
        }
    ).encode()
    found = verdict(400, body)

    assert isinstance(found, Failed)
    assert found.error.message == (
        "Runware refused the request (invalidPrompt): Too long."
    )
    assert found.error.hint == "see https://runware.ai/docs#request-prompt"

"""Tests of the outcome of a request, which decides about payment."""

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


def outcome(
    status: int, body: bytes = PAGE, *, retry_after: float | None = None
) -> RequestOutcome:
    """Return the outcome of a reply."""
    reply = Reply(status, body, retry_after)
    return classify_reply(reply, decode(body, UUID))


def error(code: str) -> bytes:
    """Return an envelope with one error."""
    return json.dumps({"errors": [{"code": code, "message": "m"}]}).encode()


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500, 504])
def test_a_caption_counts_under_any_status(status: int) -> None:
    """A caption that is paid for is never discarded."""
    data = b'{"data": [{"taskUUID": "%s", "text": "x"}]}' % UUID.encode()

    assert outcome(status, data) == CaptionResult("x", None)


def test_an_acknowledgement_is_pending() -> None:
    """Async delivery begins with one."""
    body = b'{"data": [{"taskUUID": "%s"}]}' % UUID.encode()

    assert isinstance(outcome(200, body), Pending)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalidPrompt"), ErrorKind.INPUT),
        (400, error("failedToTransferImage"), ErrorKind.INPUT),
        (400, error("inferenceRateLimitRequestTooLarge"), ErrorKind.INPUT),
        (400, error("modelNotFound"), ErrorKind.INPUT),
        (400, b'{"data": []}', ErrorKind.NETWORK),
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
def test_a_definite_error_ends_the_task(
    status: int, body: bytes, kind: ErrorKind
) -> None:
    """The request is not sent again. The status has precedence over the code.

    Without an error object of the service, the reply may be another server's.
    """
    found = outcome(status, body)

    assert isinstance(found, Failed)
    assert found.error.kind is kind
    assert found.is_foreign == (b"errors" not in body)
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
def test_a_request_to_a_busy_service_can_be_sent_again(
    status: int, body: bytes
) -> None:
    """The service did not accept the task. The requested pause is passed on."""
    found = outcome(status, body, retry_after=7.0)

    assert isinstance(found, Busy)
    assert found.retry_after == 7.0
    assert found.error.kind is ErrorKind.CAPACITY


def test_a_requested_pause_is_in_the_hint() -> None:
    """The hint says when to run the command again."""
    found = outcome(429, retry_after=301.0)

    assert isinstance(found, Busy)
    assert found.error.hint == "run the same command again in 301 s"


def test_a_valid_reply_without_the_task_says_so() -> None:
    """The outcome is unknown."""
    found = outcome(200, b'{"data": []}')

    assert isinstance(found, UnknownOutcome)
    assert found.error.code == "noAnswer"
    assert found.error.message == "the reply does not mention the task"


@pytest.mark.parametrize("body", [PAGE, error("invalidApiKey")])
def test_a_refused_key_has_the_hint_about_its_place(body: bytes) -> None:
    """The reply knows where the key comes from."""
    reply = Reply(401, body, key_hint="unset RWCAP_API_KEY")

    found = classify_reply(reply, decode(body, UUID))

    assert isinstance(found, Failed)
    assert found.error.hint == "unset RWCAP_API_KEY"


@pytest.mark.parametrize("status", [302, 404, 405])
def test_a_reply_of_another_server_is_not_retryable(status: int) -> None:
    """The same request would get the same reply."""
    found = outcome(status)

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
def test_an_inconclusive_reply_leaves_the_outcome_unknown(
    status: int, body: bytes
) -> None:
    """The service may have accepted the task, so the client must query it first.

    The requested pause is passed on.
    """
    found = outcome(status, body, retry_after=7.0)

    assert isinstance(found, UnknownOutcome)
    assert found.retry_after == 7.0


@pytest.mark.parametrize("status", [400, 409, 200])
def test_a_conflict_is_recognized_by_its_code(status: int) -> None:
    """Its status does not matter."""
    assert isinstance(outcome(status, error("conflictTaskUUID")), UuidConflict)


@given(st.integers(100, 599), st.binary(max_size=50) | st.text().map(error))
def test_every_reply_has_an_outcome(status: int, body: bytes) -> None:
    """No reply raises an exception."""
    assert outcome(status, body) is not None


def test_an_error_has_the_message_of_the_service() -> None:
    """The code and the message are in the message, the page is in the hint."""
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
    found = outcome(400, body)

    assert isinstance(found, Failed)
    assert found.error.message == (
        "Runware refused the request (invalidPrompt): Too long."
    )
    assert found.error.hint == "see https://runware.ai/docs#request-prompt"

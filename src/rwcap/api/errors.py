"""API errors as exceptions, each with a hint."""

import re
from collections.abc import Container
from http import HTTPStatus
from typing import Final, NamedTuple

from rwcap.api.request import DOCUMENTATION
from rwcap.api.wire import SET_KEY
from rwcap.core.errors import (
    AuthError,
    CapacityError,
    CreditsError,
    ForeignReplyError,
    InputError,
    SafetyError,
    ServerError,
    TaskError,
)


class ApiError(NamedTuple):
    """An error object of the API. Every field but code and message is optional."""

    code: str
    message: str
    parameters: tuple[str, ...] = ()
    documentation: str | None = None
    ended_task: bool = False
    """Whether an accepted task ended with this error. If not, the error is about the
    request itself, which can be a mere query about a task."""


SERVER_ERROR_STATUSES: Final = range(500, 600)


def error_from_api(
    status: int, error: ApiError | None, key_hint: str = SET_KEY
) -> TaskError:
    """Return the exception for an HTTP status and an error object, if there is one.

    `key_hint` is the hint if the key is refused.
    """
    code = error.code if error else f"http{status}"
    detail = f": {error.message}" if error else ""
    documentation = error.documentation if error else None
    for rule in _RULES:
        if rule.matches(status, error):
            return rule.exception(
                f"{rule.message} ({code}){detail}",
                code=code,
                hint=key_hint if rule.exception is AuthError else rule.hint,
                documentation=documentation,
            )
    if error is None:
        return ForeignReplyError(
            f"the reply is not from the Runware API ({code})",
            code=code,
            hint="check --api-url, and any proxy or login portal in between",
        )
    return InputError(
        f"Runware refused the request ({code}){detail}",
        code=code,
        hint=_HINTS.get(code) or f"see {documentation or DOCUMENTATION}",
        documentation=documentation,
    )


class _Rule(NamedTuple):
    """One class of errors: how to recognize it and what to tell the user."""

    exception: type[TaskError]
    codes: str
    """A pattern for error codes in any case, compiled when an error comes."""
    statuses: Container[int]
    message: str
    hint: str
    needs_error: bool = False
    """Whether a status matches only together with an error object."""

    def matches(self, status: int, error: ApiError | None) -> bool:
        if error and re.search(self.codes, error.code, re.IGNORECASE):
            return True
        return status in self.statuses and (error is not None or not self.needs_error)


def _codes(*names: str) -> str:
    return "|".join(names)


_NO_CODES: Final = "(?!)"
_TRY_LATER: Final = "run the same command again later"

# The first match wins. Rules about content and money come first, because the API
# sends their codes under several statuses.
_RULES: Final = (
    _Rule(
        SafetyError,
        _codes(
            "contentPolicy",
            "(nsfw|sensitive|unsafe)Content",
            "(prompt|image)Blocked",
            "moderation",
            "invalidProviderContent",
        ),
        (),
        "Runware refused the content",
        "caption another image, or change the prompt",
    ),
    _Rule(
        CreditsError,
        _codes("insufficient.*credit", "balance", "quota", "paymentRequired"),
        {HTTPStatus.PAYMENT_REQUIRED},
        "the Runware account is out of credit",
        "add credit to the account, then run the same command again",
    ),
    _Rule(
        AuthError,
        _codes("apiKey$", "unauthorized", "forbidden", "accountSuspended", "tokenExp"),
        {HTTPStatus.UNAUTHORIZED},
        "Runware refused the API key",
        SET_KEY,
    ),
    _Rule(
        AuthError,
        _NO_CODES,
        {HTTPStatus.FORBIDDEN},
        "Runware refused the API key",
        SET_KEY,
        needs_error=True,
    ),
    _Rule(
        CapacityError,
        _codes("rateLimit(?!.*TooLarge)"),
        {
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.GATEWAY_TIMEOUT,
        },
        "Runware is too busy",
        _TRY_LATER,
    ),
    _Rule(
        InputError,
        _NO_CODES,
        {HTTPStatus.REQUEST_ENTITY_TOO_LARGE},
        "the request is too large",
        "magick IMAGE -resize '2048x2048>' small.jpg",
    ),
    _Rule(
        ForeignReplyError,
        _NO_CODES,
        range(300, 400),
        "the API URL redirects, and rwcap does not follow redirects",
        "check --api-url",
    ),
    _Rule(
        ServerError,
        _codes(
            "(internal|standard|unknown|default|inference)\\w*Error$",
            "provider",
            "timeout",
            "Unavailable",
            "(processing|task|download|upload)Failed$",
            "modelNotReady",
            "noAvailableServer",
        ),
        SERVER_ERROR_STATUSES,
        "Runware reports a server error",
        _TRY_LATER,
    ),
)

_HINTS: Final = {
    "failedToTransferImage": (
        "check that the URL opens without a login, or caption a local copy"
    ),
}

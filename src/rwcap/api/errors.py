"""Errors of the API as failures of ours, each with a hint."""

import re
from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

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


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error object. Only its code and message can be counted on."""

    code: str
    message: str
    parameters: tuple[str, ...] = ()
    documentation: str | None = None
    ended_task: bool = False
    """Whether an accepted task ended so; else it is of the request that was made,
    be it only a question about a task."""


SERVER_ERROR_STATUSES: Final = range(500, 600)


def error_from_api(status: int, error: ApiError | None) -> TaskError:
    """Return the failure that an HTTP status and an error object, if any, amount to."""
    code = error.code if error else f"http{status}"
    said = f": {error.message}" if error else ""
    page = error.documentation if error else None
    for rule in _RULES:
        if rule.covers(status, error):
            return rule.failure(
                f"{rule.meaning} ({code}){said}",
                code=code,
                hint=rule.hint,
                documentation=page,
            )
    if error is None:
        return ForeignReplyError(
            f"the answer is not one of Runware's API ({code})",
            code=code,
            hint="check --api-url and what stands between (proxy, portal)",
        )
    return InputError(
        f"Runware refused the request ({code}){said}",
        code=code,
        hint=_HINTS.get(code) or (page and f"see {page}"),
        documentation=page,
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    """One class of failure, and by what it is known."""

    failure: type[TaskError]
    codes: re.Pattern[str]
    statuses: Container[int]
    meaning: str
    hint: str
    anonymous: bool = True
    """Whether a status counts without an error object of the service's own."""

    def covers(self, status: int, error: ApiError | None) -> bool:
        if error and self.codes.search(error.code):
            return True
        return status in self.statuses and (error is not None or self.anonymous)


def _codes(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(names), re.IGNORECASE)


_NONE: Final = _codes("(?!)")
_SET_KEY: Final = "rwcap config set-key"
_LATER: Final = "run the same command again later"

# The first that covers a failure names it. Codes that are about money or content
# come first: they are sent under several statuses.
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
        _SET_KEY,
    ),
    _Rule(
        AuthError,
        _NONE,
        {HTTPStatus.FORBIDDEN},
        "Runware refused the API key",
        _SET_KEY,
        anonymous=False,
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
        _LATER,
    ),
    _Rule(
        InputError,
        _NONE,
        {HTTPStatus.REQUEST_ENTITY_TOO_LARGE},
        "the request is too large",
        "magick IMAGE -resize '2048x2048>' small.jpg",
    ),
    _Rule(
        ForeignReplyError,
        _NONE,
        range(300, 400),
        "the API answered with a redirection, which is not followed",
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
            "noText",
        ),
        SERVER_ERROR_STATUSES,
        "Runware failed",
        _LATER,
    ),
)

_HINTS: Final = {
    "failedToTransferImage": (
        "check that the URL opens without a login, or caption a local copy"
    ),
}

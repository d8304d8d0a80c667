"""What the service says went wrong, as one of our failures with a way forward."""

import re
from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from rwcap.domain.errors import (
    AuthError,
    CapacityError,
    CreditsError,
    InputError,
    NetworkError,
    SafetyError,
    ServerError,
    TaskError,
)
from rwcap.domain.wire import ApiError

_REDIRECTIONS: Final = range(300, 400)
SERVER_ERRORS: Final = range(500, 600)


def explain(status: int, error: ApiError | None) -> TaskError:
    """Return the failure that an HTTP status and an error object, if any, amount to."""
    code = error.code if error else f"http{status}"
    said = f": {error.message}" if error else ""
    page = error.documentation if error else None
    for rule in _RULES:
        if status in rule.statuses or (error and rule.codes.search(code)):
            return rule.failure(
                f"{rule.meaning} ({code}){said}",
                code=code,
                hint=rule.hint,
                documentation=page,
            )
    if error is None:
        return NetworkError(
            f"{status}: the answer is not one of Runware's API",
            code="unreadableAnswer",
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
    """One class of failure: by which statuses and codes it is known."""

    failure: type[TaskError]
    statuses: Container[int]
    codes: re.Pattern[str]
    meaning: str
    hint: str


def _codes(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(names), re.IGNORECASE)


_LATER: Final = "run the same command again later"

_RULES: Final = (
    _Rule(
        AuthError,
        {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN},
        _codes("apiKey$", "unauthorized", "forbidden", "accountSuspended", "tokenExp"),
        "Runware refused the API key",
        "rwcap config set-key",
    ),
    _Rule(
        CreditsError,
        {HTTPStatus.PAYMENT_REQUIRED},
        _codes("insufficient.*credit", "balance", "quota", "paymentRequired"),
        "the Runware account is out of credit",
        "add credit to the account, then run the same command again",
    ),
    _Rule(
        CapacityError,
        {
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.GATEWAY_TIMEOUT,
        },
        _codes("rateLimit(?!.*TooLarge)"),
        "Runware is too busy",
        _LATER,
    ),
    _Rule(
        NetworkError,
        _REDIRECTIONS,
        _codes("(?!)"),
        "the API answered with a redirection, which is not followed",
        "check --api-url",
    ),
    _Rule(
        SafetyError,
        (),
        _codes(
            "contentPolicy",
            "(nsfw|sensitive|unsafe)Content",
            "(prompt|image)Blocked",
            "moderation",
            "invalidProviderContent",
        ),
        "Runware refused the content",
        "caption another image, or change the prompt",
    ),
    _Rule(
        ServerError,
        SERVER_ERRORS,
        _codes(
            "(internal|standard|unknown|default|inference)\\w*Error$",
            "provider",
            "timeout",
            "Unavailable",
            "(processing|task|download|upload)Failed$",
            "modelNotReady",
            "noAvailableServer",
        ),
        "Runware failed",
        _LATER,
    ),
)

_HINTS: Final = {
    "failedToTransferImage": (
        "check that the URL opens without a login, or caption a local copy"
    ),
}

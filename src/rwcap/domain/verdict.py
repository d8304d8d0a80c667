"""What an answer means for the money."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from rwcap.domain.answer import CONFLICT, Answer, Captioned, Pending, Refused, Silent
from rwcap.domain.errors import CapacityError, ServerError, TaskError
from rwcap.domain.explain import SERVER_ERRORS, explain
from rwcap.domain.wire import Reply


@dataclass(frozen=True, slots=True)
class Failed:
    """Definite: the task ended, and will not be charged again."""

    error: TaskError


@dataclass(frozen=True, slots=True)
class Busy:
    """The task was most likely not accepted; the request may be sent again."""

    error: TaskError
    retry_after: float | None = None
    """Seconds the service asks to be left alone."""
    sure: bool = False
    """Whether it cannot have been accepted: never sent, or turned away by the
    service itself, in its own words."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The task may have been accepted: ask before sending it again."""

    error: TaskError
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A task of this UUID was accepted before."""

    error: TaskError


Verdict: TypeAlias = Captioned | Pending | Failed | Busy | Unknown | Conflict

_REFUSALS: Final = frozenset(range(300, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
"""Statuses after which no task runs, whatever the body."""

# Gateways send these two before a request reaches what they guard; 408, 500, 502
# and 504 without the service's own word may hide a task that went through.
_TURNED_AWAY: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


# The service, or a gateway, waited for a task and gave up waiting.
_WAITED: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}


def judge(reply: Reply, answer: Answer) -> Verdict:
    """Return what the reply to a request means.

    A caption is a caption under any status. Without one, the status counts
    first and the code of an error second: codes are many and change, statuses
    do not (https://runware.ai/docs/platform/errors).
    """
    match answer:
        case Captioned() | Pending():
            return answer
        case Refused(error) if error.code == CONFLICT:
            return Conflict(explain(reply.status, error))
        case Refused(error):
            failure, proven = explain(reply.status, error), True
        case Silent() if reply.status < 400:  # noqa: PLR2004  # errors begin there
            failure, proven = (
                ServerError("the answer says nothing of the task", code="noAnswer"),
                False,
            )
        case _:
            failure, proven = explain(reply.status, None), False
    if isinstance(failure, CapacityError) and (proven or reply.status in _TURNED_AWAY):
        if reply.retry_after:
            failure.hint = f"run the same command again in {reply.retry_after:.0f} s"
        sure = proven and reply.status not in _WAITED
        return Busy(failure, reply.retry_after, sure=sure)
    if reply.status in _REFUSALS or (proven and reply.status not in SERVER_ERRORS):
        return Failed(failure)
    return Unknown(failure, reply.retry_after)

"""What an answer means for the money, and how long to wait before the next try."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from rwcap.domain.errors import CapacityError, TaskError
from rwcap.domain.explain import SERVER_ERRORS, explain
from rwcap.domain.wire import (
    CONFLICT,
    Answer,
    Captioned,
    Pending,
    Refused,
    Reply,
)

RETRY_AFTER_MAX: Final = 300.0
"""Seconds: a service that asks for a longer pause is told as unavailable."""


RETRIES: Final = 4
"""Tries after the first, unless the user wants others."""

TIMEOUT: Final = 120.0
"""Seconds, unless the user wants others; a task may run 60 to 120 s before the
service gives up waiting for it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Definite: the task ended, and will not be charged again."""

    error: TaskError


@dataclass(frozen=True, slots=True)
class Busy:
    """The task was not accepted; the same request may be sent again."""

    error: TaskError
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The task may have been accepted: ask before sending it again."""

    error: TaskError


@dataclass(frozen=True, slots=True)
class Conflict:
    """A task of this UUID was accepted before."""

    error: TaskError


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a purchase is. All times are in seconds."""

    retries: int = RETRIES
    """Tries after the first, all under the same task UUID."""

    timeout: float = TIMEOUT
    """Longest wait for one answer, and for the result of an accepted task."""

    await_result: bool = True
    """Whether to wait for a task that is answered later."""

    wait_initial: float = 1.0
    """Upper bound of the first pause; it doubles with every try."""

    wait_max: float = 30.0
    """Upper bound of any pause that the service did not ask for."""

    poll_initial: float = 1.0
    """Pause before the first question for an accepted task's result."""

    poll_max: float = 10.0
    """Longest pause between two such questions."""

    def pause(self, verdict: Busy | Unknown, attempt: int, random: float) -> float:
        """Return the pause after try number `attempt`, the first being 1.

        What the service asks for wins. Else full jitter: `random`, from [0, 1),
        is spread over the whole range, so that clients refused together do not
        return together
        (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
        """
        if isinstance(verdict, Busy) and verdict.retry_after is not None:
            return verdict.retry_after
        return random * min(
            self.wait_max, self.wait_initial * 2.0 ** min(attempt - 1, 60)
        )

    def polls(self) -> Iterator[float]:
        """Yield the pauses between questions for a result, growing by half."""
        pause = self.poll_initial
        while True:
            yield pause
            pause = min(self.poll_max, pause * 1.5)


Verdict: TypeAlias = Captioned | Pending | Failed | Busy | Unknown | Conflict

_REFUSALS: Final = frozenset(range(300, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
"""Statuses after which no task runs, whatever the body."""

# Gateways send these two before a request reaches what they guard; 408, 500, 502
# and 504 without the service's own word may hide a task that went through.
_TURNED_AWAY: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


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
        case _:
            failure, proven = explain(reply.status, None), False
    if isinstance(failure, CapacityError) and (proven or reply.status in _TURNED_AWAY):
        too_long = (reply.retry_after or 0.0) > RETRY_AFTER_MAX
        return Failed(failure) if too_long else Busy(failure, reply.retry_after)
    if reply.status in _REFUSALS or (proven and reply.status not in SERVER_ERRORS):
        return Failed(failure)
    return Unknown(failure)

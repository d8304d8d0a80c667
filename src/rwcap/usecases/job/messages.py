"""What a worker and the ledger of a job say to each other."""

from typing import NamedTuple, TypeAlias

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import RwcapError, TaskError
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved
from rwcap.ledger.reservation import ReservationRequest, ReservationResult
from rwcap.usecases.batch.limits import BatchState


class Reserve(NamedTuple):
    """Reserve a purchase."""

    wanted: ReservationRequest


class Renew(NamedTuple):
    """Renew the reservation of an adopted purchase."""

    task_uuid: str
    budget: Budget


class Accept(NamedTuple):
    """Note that the service has accepted a task."""

    task_uuid: str


class Settle(NamedTuple):
    """Store the outcome of a purchase."""

    task_uuid: str
    outcome: CaptionResult | TaskError
    attempts: int


class Release(NamedTuple):
    """Give up a purchase that another worker may adopt."""

    task_uuid: str


class Cancel(NamedTuple):
    """Remove a purchase whose task was never sent."""

    task_uuid: str


class Deliver(NamedTuple):
    """Note that a caption is written."""

    task_uuid: str
    reused: bool


Call: TypeAlias = Reserve | Renew | Accept | Settle | Release | Cancel | Deliver
"""One call of the ledger."""

Answer: TypeAlias = (
    ReservationResult | BudgetReserved | BudgetExhausted | RwcapError | bool | None
)
"""The result of a call, or the error that it raised."""


class Message(NamedTuple):
    """A group of calls of a worker, which may be empty."""

    worker: str
    """The lease of the worker."""
    number: int
    """The number of the message, higher than that of every earlier one."""
    calls: tuple[Call, ...]
    share: int
    """The requests in flight that the worker may have, as it was last told."""
    state: BatchState
    """What the worker is doing."""
    held: frozenset[str] | None = None
    """After a message without a reply: the purchases that the worker knows to be its
    own. It does not know what the ledger did with the lost message."""


class Reply(NamedTuple):
    """The reply to a message."""

    answers: tuple[Answer, ...] = ()
    share: int = 0
    """The requests in flight that the worker may have."""
    pause: float = 0.0
    """The seconds until the next request, if the service asked a worker to wait."""
    grace: float | None = None
    """The seconds to wait for requests in flight, if the job stops."""
    lost: bool = False
    """Whether the lease has expired or the message is old: nothing was done."""


class LedgerUnreachableError(Exception):
    """No reply came. The ledger may or may not have received the message."""

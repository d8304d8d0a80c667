"""What the ledger is asked before money is spent, and its answers."""

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from rwcap.api.task import Parameters
from rwcap.core.money import Micros
from rwcap.ledger.budget import UNLIMITED, Budget, BudgetExhausted, BudgetReserved


@dataclass(frozen=True, slots=True)
class RequestKey:
    """All that determines the text, but for the image.

    How the answer is delivered, and what is said of images it might hold, does
    not change a caption.
    """

    model: str
    prompt: str | None

    @classmethod
    def of(cls, parameters: Parameters) -> "RequestKey":
        """Return what of the parameters changes the text."""
        return cls(parameters.model, parameters.prompt)

    @property
    def digest(self) -> bytes:
        """SHA-256 of model and prompt."""
        return _digest(self.model, self.prompt)


@lru_cache(maxsize=64)
def _digest(model: str, prompt: str | None) -> bytes:
    """Return what is the same for most images of a run."""
    return sha256(json.dumps([model, prompt]).encode()).digest()


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """The wish to buy one caption."""

    image: bytes
    """Its identity."""
    request: RequestKey
    task_uuid: str
    """The name it would be paid for under."""
    source: str
    fresh: bool = False
    """Whether a caption bought by an earlier run is not wanted."""
    rebuy_ambiguous: bool = False
    """Whether to buy though an earlier purchase may have been charged."""
    budget: Budget = UNLIMITED
    """What may be spent by this run, today, and this month."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Ours to buy; the ledger knows, whatever happens from here on."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """Ours to bring to an end: somebody who is gone may have sent it."""

    task_uuid: str


@dataclass(frozen=True, slots=True)
class AlreadyBought:
    """Paid for already."""

    task_uuid: str
    text: str
    cost: Micros | None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """May be paid for already, though its text is not known."""

    task_uuid: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """Somebody else is buying it at this moment."""


@dataclass(frozen=True, slots=True)
class UuidTaken:
    """The task UUID is that of another purchase."""


ReservationResult: TypeAlias = (
    Reserved
    | Adopted
    | AlreadyBought
    | Ambiguous
    | InProgress
    | UuidTaken
    | BudgetReserved
    | BudgetExhausted
)

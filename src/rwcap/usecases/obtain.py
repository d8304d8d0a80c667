"""Obtain a caption and pay for it once: the ledger, the service, the ledger.

::

    claim ──┬─ bought ──────────────────────────────────► free
            ├─ taken ────► wait for who is at it, claim again
            ├─ held ─────► wait for what is under way, claim again
            ├─ exhausted ─────────────────────────────► over the budget
            ├─ doubtful ─► ask once more ──┬─ known ────► settle
            │                              └─ not ──────► ambiguous
            ├─ adopted ──► bring it to its end ─────────► settle
            └─ opened ───► purchase ────────────────────► settle

What is opened or adopted is on the disk before anything is sent, and settled on
the disk before anybody is told. Killed in between, it is adopted by the next who
wants it, under the same task UUID.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from rwcap.domain.answer import Captioned, Pending
from rwcap.domain.budget import UNLIMITED, Budget, Exhausted, Held
from rwcap.domain.claim import (
    Adopted,
    Bid,
    Bought,
    Opened,
    Request,
    Taken,
    Used,
    identity,
)
from rwcap.domain.errors import AmbiguousError, LedgerError, RwcapError, TaskError
from rwcap.domain.image import Image
from rwcap.domain.record import fetch_command
from rwcap.domain.retry import Policy
from rwcap.domain.task import CaptionTask, Parameters
from rwcap.domain.text import without_secrets
from rwcap.domain.verdict import Failed
from rwcap.usecases.purchase import (
    Outcome,
    Purchase,
    await_result,
    purchase,
    resume,
    used,
    used_before,
)
from rwcap.usecases.recover import inquire, unfinished
from rwcap.usecases.world import World

TAKEN_PAUSE: Final = 0.05
"""Seconds between two looks at a purchase that somebody else is at."""

HELD_PAUSE: Final = 0.2
"""Seconds between two looks at a budget that is reserved by what is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms captions are bought."""

    policy: Policy
    fresh: bool = False
    """Buy although it was bought by an earlier run."""
    rebuy_ambiguous: bool = False
    """Buy although an earlier purchase may have been charged."""
    task_uuid: str | None = None
    """The UUID that somebody wants the task to have."""
    budget: Budget = UNLIMITED
    """What may be spent at most."""


_PAUSES: Final = {Taken: TAKEN_PAUSE, Held: HELD_PAUSE}

Result: TypeAlias = Outcome | Bought


@dataclass(frozen=True, slots=True)
class Obtained:
    """What came of it."""

    result: Result
    task_uuid: str | None
    """The task it was bought under; None where none was begun."""
    attempts: int
    """Requests sent to buy it, now."""


def obtain(
    source: str, image: Image, parameters: Parameters, terms: Terms, world: World
) -> Obtained:
    """Return the caption of an image, bought now or earlier, or why there is none."""
    bid = Bid(
        image=identity(image),
        request=Request.of(parameters),
        task_uuid=terms.task_uuid or world.new_uuid(),
        source=without_secrets(source),
        fresh=terms.fresh,
        budget=terms.budget,
    )
    purchases = world.ledger.purchases
    if not bid.fresh and (found := purchases.find(bid.image, bid.request)):
        return Obtained(found, found.task_uuid, attempts=0)
    task = CaptionTask(bid.task_uuid, image, parameters, fresh=not terms.task_uuid)
    if not (task.fresh or purchases.is_used(task.uuid)) and (
        objection := used_before(task.uuid, world)
    ):
        return Obtained(objection, task.uuid, attempts=0)
    return _buy(bid, task, terms, world)


def _buy(bid: Bid, task: CaptionTask, terms: Terms, world: World) -> Obtained:
    """Claim until there is something to tell."""
    policy = terms.policy
    while True:
        match world.ledger.purchases.claim(bid):
            case Bought() as found:
                return Obtained(found, found.task_uuid, attempts=0)
            case Used():
                return Obtained(used(task.uuid, world), task.uuid, attempts=0)
            case Taken() | Held() as others:
                world.sleep(_PAUSES[type(others)])
            case Exhausted() as limit:
                return Obtained(limit.explain(), None, attempts=0)
            case Opened():
                with _named(task.uuid, world):
                    end = purchase(task, world, policy)
                    _settle(task.uuid, end, world)
                return Obtained(end.outcome, task.uuid, end.attempts)
            case claim:  # adopted, or doubtful
                uuid = claim.task_uuid
                earlier = replace(task, uuid=uuid, fresh=True)
                with _named(uuid, world):
                    if isinstance(claim, Adopted):
                        end = resume(earlier, world, policy)
                    else:
                        end = _doubt(earlier, world, policy)
                    _settle(uuid, end, world)
                doubted = not isinstance(claim, Adopted) and not end.definite
                if terms.rebuy_ambiguous and doubted:
                    bid = replace(bid, rebuy_ambiguous=True)
                elif end.attempts or not _has_failed(end):
                    return Obtained(end.outcome, uuid, end.attempts)


@contextmanager
def _named(task_uuid: str, world: World) -> Iterator[None]:
    """Note on what breaks off a purchase which one it was, and how to get it."""
    try:
        yield
    except RwcapError:
        raise  # before anything was sent
    except BaseException as stop:
        stop.add_note(f"task {task_uuid} may have been accepted")
        stop.add_note(fetch_command(task_uuid, world.reach))
        raise


def _doubt(task: CaptionTask, world: World, policy: Policy) -> Purchase:
    """Ask once more what became of a purchase that may have been charged."""
    match inquire(task.uuid, world):
        case Captioned() as captioned:
            return Purchase(captioned, attempts=0)
        case Pending():
            return Purchase(await_result(task, world, policy), attempts=0)
        case Failed(error):
            return Purchase(error, attempts=0)
        case _:
            doubt = unfinished(task.uuid, "nothing new is known of it", world)
            doubt.hint = f"{doubt.hint}; --rebuy-ambiguous would pay again"
            return Purchase(doubt, attempts=0, definite=False)


def _has_failed(end: Purchase) -> bool:
    """Return whether an earlier purchase has failed, so that a new one can begin."""
    failed = isinstance(end.outcome, TaskError)
    return end.definite and failed and not isinstance(end.outcome, AmbiguousError)


def _settle(task_uuid: str, end: Purchase, world: World) -> None:
    """Tell the ledger how a purchase ended, or that it has not."""
    purchases = world.ledger.purchases
    try:
        if isinstance(end.outcome, Pending) or not end.definite:
            purchases.release(task_uuid)
        else:
            purchases.settle(task_uuid, end.outcome, end.attempts)
    except LedgerError as failure:
        raise LedgerError(
            f"{failure.message}; task {task_uuid} may be paid for",
            hint=fetch_command(task_uuid, world.reach),
        ) from failure

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
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from rwcap.api.reply import CaptionResult, Failed, Pending
from rwcap.api.retry import RetryPolicy
from rwcap.api.task import CaptionTask, Parameters
from rwcap.core.errors import (
    AmbiguousError,
    BudgetError,
    LedgerError,
    RwcapError,
    TaskError,
)
from rwcap.core.record import fetch_command
from rwcap.core.text import strip_url_secrets
from rwcap.ledger.budget import UNLIMITED, Budget, Exhausted, Held
from rwcap.ledger.reservation import (
    Adopted,
    Bid,
    Bought,
    Doubtful,
    Opened,
    Request,
    Taken,
    Used,
)
from rwcap.usecases.context import World
from rwcap.usecases.submit import (
    Outcome,
    Purchase,
    await_result,
    purchase,
    resume,
    used,
    used_before,
)
from rwcap.usecases.task_status import inquire, unfinished

if TYPE_CHECKING:
    from rwcap.images.image import Image

TAKEN_PAUSE: Final = 0.05
"""Seconds between two looks at a purchase that somebody else is at."""

HELD_PAUSE: Final = 0.2
"""Seconds between two looks at a budget that is reserved by what is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms captions are bought."""

    policy: RetryPolicy
    fresh: bool = False
    """Buy although it was bought by an earlier run."""
    rebuy_ambiguous: bool = False
    """Buy although an earlier purchase may have been charged."""
    task_uuid: str | None = None
    """The UUID that somebody wants the task to have."""
    budget: Budget = UNLIMITED
    """What may be spent at most."""


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
    source: str, image: "Image", parameters: Parameters, terms: Terms, world: World
) -> Obtained:
    """Return the caption of an image, bought now or earlier, or why there is none."""
    bid = Bid(
        image=image.key,
        request=Request.of(parameters),
        task_uuid=terms.task_uuid or world.new_uuid(),
        source=strip_url_secrets(source),
        fresh=terms.fresh,
        budget=terms.budget,
    )
    purchases = world.ledger.purchases
    if not bid.fresh and (found := purchases.find(bid.image, bid.request)):
        return Obtained(found, found.task_uuid, attempts=0)
    task = CaptionTask(
        bid.task_uuid, image, parameters, uuid_is_new=not terms.task_uuid
    )
    if not (task.uuid_is_new or purchases.is_used(task.uuid)) and (
        objection := used_before(task.uuid, world)
    ):
        return Obtained(objection, task.uuid, attempts=0)
    return _buy(bid, task, terms, world)


def _buy(bid: Bid, task: CaptionTask, terms: Terms, world: World) -> Obtained:
    """Claim until there is something to tell."""
    policy = terms.policy
    queue = _Queue(world, policy.timeout)
    while True:
        match world.ledger.purchases.claim(bid):
            case Bought() as found:
                return Obtained(found, found.task_uuid, attempts=0)
            case Used():
                return Obtained(used(task.uuid, world), task.uuid, attempts=0)
            case Taken():
                world.sleep(TAKEN_PAUSE)
            case Held() | Exhausted() as refusal:
                if error := queue.wait(refusal):
                    return Obtained(error, None, attempts=0)
            case Opened():
                with _named(task.uuid, world):
                    end = purchase(task, world, policy)
                    _settle(task.uuid, end, world)
                return Obtained(end.outcome, task.uuid, end.attempts)
            case claim:  # adopted, or in doubt
                end = _go_on(claim, task, terms, world)
                doubted = isinstance(claim, Doubtful) and not end.definite
                again = doubted and terms.rebuy_ambiguous
                if not again and (end.attempts or not _has_failed(end)):
                    return Obtained(end.outcome, claim.task_uuid, end.attempts)
                bid = replace(bid, rebuy_ambiguous=again)


def _go_on(
    claim: Adopted | Doubtful, task: CaptionTask, terms: Terms, world: World
) -> Purchase:
    """Bring to an end what was begun earlier, or learn what became of it."""
    uuid = claim.task_uuid
    earlier = replace(task, uuid=uuid, uuid_is_new=True)
    with _named(uuid, world):
        if isinstance(claim, Adopted):
            renew = partial(_renew, uuid, terms, world)
            end = resume(earlier, world, terms.policy, renew=renew)
        else:
            end = _doubt(earlier, world, terms.policy)
        _settle(uuid, end, world)
    return end


class _Queue:
    """Waits until the budget has room, but not for ever."""

    def __init__(self, world: World, patience: float) -> None:
        """Wait `patience` seconds at most: who reserves for longer may never settle."""
        self._world = world
        self._deadline = world.now() + patience
        self._told = False

    def wait(self, refusal: Held | Exhausted) -> BudgetError | None:
        """Wait a little; or return why there is nothing to wait for."""
        if isinstance(refusal, Exhausted):
            return refusal.explain()
        if self._world.now() >= self._deadline:
            return refusal.limit.explain()
        if not self._told:
            self._world.notice("the budget is reserved by what is under way; waiting")
            self._told = True
        self._world.pause(HELD_PAUSE)
        return None


def _renew(task_uuid: str, terms: Terms, world: World) -> BudgetError | None:
    """Reserve anew for what somebody left open, or return why that cannot be."""
    queue = _Queue(world, terms.policy.timeout)
    while refusal := world.ledger.purchases.renew(task_uuid, terms.budget):
        if error := queue.wait(refusal):
            return error
    return None


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


def _doubt(task: CaptionTask, world: World, policy: RetryPolicy) -> Purchase:
    """Ask once more what became of a purchase that may have been charged."""
    match inquire(task.uuid, world):
        case CaptionResult() as captioned:
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

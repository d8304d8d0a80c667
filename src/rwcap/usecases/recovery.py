"""Purchases whose owner is gone: find out what became of them. Buys nothing."""

from dataclasses import dataclass
from typing import Final

from rwcap.api.reply import CaptionResult, Failed, NoInformation
from rwcap.core.errors import RwcapError, TaskError
from rwcap.usecases.context import Context
from rwcap.usecases.task_status import QueryFailed, query_task

TIME_LIMIT: Final = 2.0
"""Seconds that a command for a few images spends on them before its own work;
what is left is left to the next."""


def recover(context: Context) -> None:
    """Settle what earlier runs left open, for as long as patience lasts."""
    deadline = context.now() + TIME_LIMIT
    for task_uuid in context.ledger.purchases.abandoned():
        if context.now() > deadline or not recover_one(task_uuid, context):
            return


def recover_one(task_uuid: str, context: Context) -> bool:
    """Ask what became of one purchase; return whether the service could be asked.

    One that the service has not heard of stays open: whoever wants its caption
    sends it again, under the same UUID.
    """
    purchases = context.ledger.purchases
    try:
        match query_task(task_uuid, context):
            case CaptionResult() as captioned:
                purchases.settle(task_uuid, captioned, attempts=0)
                context.notify(f"found what an earlier run paid for: task {task_uuid}")
            case Failed(error):
                purchases.settle(task_uuid, error, attempts=0)
            case NoInformation():
                purchases.mark_not_found(task_uuid)
            case QueryFailed():
                return False
            case _:  # accepted, and still running
                pass
    except RwcapError:
        return False  # the command's own work will tell
    return True


@dataclass(slots=True)
class RecoveryReport:
    """What became of purchases that were open or in doubt."""

    found: int = 0
    """Charged, and their texts are here now."""
    spent: int = 0
    """What they cost, in micro-dollars."""
    failed: int = 0
    """Came to nothing, and are not charged."""
    running: int = 0
    """Accepted, and not done yet."""
    unknown: int = 0
    """The service has not heard of them; sent again when they are wanted."""
    ambiguous: int = 0
    """May have been charged, and the service knows nothing of them."""
    not_queried: int = 0
    """Nothing is known of them, because the service could not be asked."""
    error: TaskError | None = None
    """Why the rest could not be asked after."""


def recover_all(context: Context) -> RecoveryReport:
    """Ask what became of every purchase that is open or in doubt; buy nothing."""
    recovery = RecoveryReport()
    purchases = context.ledger.purchases
    unsettled = purchases.unsettled()
    for number, (task_uuid, doubtful) in enumerate(unsettled):
        match query_task(task_uuid, context):
            case CaptionResult(_, cost) as captioned:
                purchases.settle(task_uuid, captioned, attempts=0)
                recovery.found += 1
                recovery.spent += cost or 0
            case Failed(error):
                purchases.settle(task_uuid, error, attempts=0)
                recovery.failed += 1
            case QueryFailed(error):
                recovery.error = error
                recovery.not_queried = len(unsettled) - number
                break
            case NoInformation() if doubtful:
                recovery.ambiguous += 1
            case NoInformation():
                purchases.mark_not_found(task_uuid)
                recovery.unknown += 1
            case _:
                recovery.running += 1
    return recovery

"""Settle purchases that earlier runs left open, by status queries. Buys nothing."""

from typing import Final, NamedTuple

from rwcap.api.reply import CaptionResult, Failed, NoInformation
from rwcap.core.errors import RwcapError, TaskError
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.task_status import QueryFailed, query_task

TIME_LIMIT: Final = 2.0
"""Seconds that a command for a few images spends on recovery before its own work. The
next command continues."""


def recover(context: Context) -> None:
    """Settle abandoned purchases until the time limit, without a report."""
    deadline = context.now() + TIME_LIMIT
    for task_uuid in context.ledger.open_purchases.abandoned():
        if context.now() > deadline or not recover_one(task_uuid, context):
            return


def recover_one(task_uuid: str, context: Context) -> bool:
    """Query one abandoned purchase and settle it if its outcome is known.

    A purchase that the service does not know stays open. It is sent again, under the
    same UUID, when its caption is requested.

    Returns:
        Whether the service could be queried.
    """
    purchases = context.ledger.purchases
    try:
        match query_task(task_uuid, context):
            case CaptionResult() as result:
                purchases.settle(task_uuid, result, attempts=0)
                context.notify(f"recovered a caption of an earlier run: {task_uuid}")
            case Failed(error):
                purchases.settle(task_uuid, error, attempts=0)
            case NoInformation():
                context.ledger.open_purchases.mark_not_found(task_uuid)
            case QueryFailed():
                return False
            case _:  # still running
                purchases.begin_accept(task_uuid).result()
    except RwcapError:
        return False  # the command itself reports the error if it needs the service
    return True


class RecoveryReport(NamedTuple):
    """The number of purchases by outcome, and their cost."""

    found: int = 0
    """Charged; their texts are now in the ledger."""
    spent: int = 0
    """The cost of those found, in micro-dollars."""
    failed: int = 0
    """Failed, and not charged."""
    running: int = 0
    """Accepted, and still running."""
    unknown: int = 0
    """Unknown to the service. They are sent again when their caption is requested."""
    ambiguous: int = 0
    """Possibly charged, and unknown to the service."""
    not_queried: int = 0
    """Not queried, because the service failed."""
    error: TaskError | None = None
    """The error of the service that ended the recovery."""


def recover_all(context: Context) -> RecoveryReport:
    """Query every purchase that is open or ambiguous, and settle what is known."""
    report = RecoveryReport()
    purchases = context.ledger.purchases
    unsettled = context.ledger.open_purchases.unsettled()
    for done, (task_uuid, is_ambiguous) in enumerate(unsettled):
        match query_task(task_uuid, context):
            case CaptionResult(_, cost) as result:
                purchases.settle(task_uuid, result, attempts=0)
                report = report._replace(
                    found=report.found + 1, spent=report.spent + (cost or 0)
                )
            case Failed(error):
                purchases.settle(task_uuid, error, attempts=0)
                report = report._replace(failed=report.failed + 1)
            case QueryFailed(error):
                return report._replace(error=error, not_queried=len(unsettled) - done)
            case NoInformation() if is_ambiguous:
                context.ledger.open_purchases.mark_not_found(task_uuid)
                report = report._replace(ambiguous=report.ambiguous + 1)
            case NoInformation():
                context.ledger.open_purchases.mark_not_found(task_uuid)
                report = report._replace(unknown=report.unknown + 1)
            case _:
                purchases.begin_accept(task_uuid).result()
                report = report._replace(running=report.running + 1)
    return report

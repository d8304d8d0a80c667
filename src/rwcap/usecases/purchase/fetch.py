"""Fetch the caption of a task that was submitted earlier; buy nothing."""

from contextlib import suppress
from typing import TYPE_CHECKING

from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import LedgerError, TaskError
from rwcap.core.record import Record, RecordStatus
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.purchase.task_status import fetch_result

if TYPE_CHECKING:
    from rwcap.usecases.purchase.purchase import PurchaseOutcome


def fetch_caption(task_uuid: str, *, context: Context, policy: RetryPolicy) -> Record:
    """Return the record of a task that was submitted earlier."""
    started = context.now()
    record = Record(
        source=task_uuid,
        status=RecordStatus.FAILED,
        task_uuid=task_uuid,
        sandbox=context.sandbox,
    )
    purchases = context.ledger.purchases
    outcome: PurchaseOutcome | None = purchases.find_by_uuid(task_uuid)
    if outcome is None:
        try:
            outcome = fetch_result(task_uuid, context, policy)
            with suppress(LedgerError):  # the user gets the text in any case
                purchases.settle(task_uuid, outcome, attempts=0)
        except TaskError as error:
            outcome = error
    record = with_outcome(record, outcome)
    if record.status is RecordStatus.OK:
        record = record._replace(status=RecordStatus.CACHED)
    return record._replace(seconds=context.now() - started)

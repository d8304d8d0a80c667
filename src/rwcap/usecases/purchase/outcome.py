"""The outcome of a purchase in the record of an image."""

from rwcap.api.reply import CaptionResult, Pending
from rwcap.core.errors import AmbiguousError
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.ledger.reservation import AlreadyBought
from rwcap.usecases.purchase.purchase import PurchaseOutcome


def with_outcome(
    record: Record, outcome: PurchaseOutcome, *, awaited: bool = True
) -> Record:
    """Return the record with an outcome, and with the text if it is awaited."""
    match outcome:
        case Pending():
            return record._replace(status=RecordStatus.ACCEPTED)
        case CaptionResult() | AlreadyBought() if not awaited:
            return record._replace(status=RecordStatus.ACCEPTED)
        case CaptionResult(text, cost):
            return record._replace(
                status=RecordStatus.OK,
                text=text,
                cost=cost,
                cost_source=CostSource.NONE if cost is None else CostSource.API,
            )
        case AlreadyBought(uuid, text, cost):
            return record._replace(
                status=RecordStatus.CACHED,
                task_uuid=uuid,
                text=text,
                cost=cost,
                cost_source=CostSource.NONE if cost is None else CostSource.LEDGER,
            )
        case AmbiguousError():
            details = ErrorDetails.from_error(outcome)
            return record._replace(status=RecordStatus.AMBIGUOUS, error=details)
        case _:
            details = ErrorDetails.from_error(outcome)
            return record._replace(status=RecordStatus.FAILED, error=details)

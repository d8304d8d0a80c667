"""What a run would buy, and for how much: nothing is sent, nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rwcap.core.errors import InputError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.ledger.forecast import Forecast, PriceHistory, forecast
from rwcap.ledger.reservation import RequestKey
from rwcap.usecases.batch.limits import Limits, apply_sample
from rwcap.usecases.batch.pipeline import prepare_one
from rwcap.usecases.caption import PreparedRequest, RunOptions
from rwcap.usecases.context import Context

if TYPE_CHECKING:
    from rwcap.core.exit_status import ExitStatus


class Estimate:
    """What a survey comes to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.done = 0
        """Images whose caption is there, or is the same as another's."""
        self.failures: list[ExitStatus] = []
        """One for each that cannot be captioned."""
        self._requests: Counter[RequestKey] = Counter()

    @property
    def to_buy(self) -> int:
        """Captions that would be bought."""
        return self._requests.total()

    @property
    def images(self) -> int:
        """All that the sources name."""
        return self.done + len(self.failures) + self.to_buy

    def add(self, found: Record | PreparedRequest) -> None:
        """Take one finding into account."""
        if isinstance(found, PreparedRequest):
            self._requests[RequestKey.of(found.parameters)] += 1
        elif found.error:
            self.failures.append(found.error.status)
        else:
            self.done += 1

    def forecast(
        self, context: Context, *, bought: Iterable[PreparedRequest] = ()
    ) -> Forecast:
        """Predict what is to be paid for all of it but what was bought since.

        Requests of which nothing was bought before are predicted as one, from the mean
        price of each of the others: the rows of one manifest are much alike.
        """
        left = self._requests.copy()
        left.subtract(RequestKey.of(job.parameters) for job in bought)
        known: list[tuple[int, PriceHistory]] = []
        unknown = 0
        others = PriceHistory()
        for request, count in left.items():
            evidence = context.ledger.purchases.price_history(request)
            if evidence.count:
                known.append((count, evidence))
                others = others.with_price(evidence.total // evidence.count)
            else:
                unknown += count
        return forecast([*known, (unknown, others)])


def preview(
    wanted: Iterable[CaptionRequest | UnusableSource],
    options: RunOptions,
    context: Context,
    limits: Limits,
) -> Iterator[Record | PreparedRequest]:
    """Yield a record of what is done or cannot be done, a job for what would be.

    An image that occurs twice would be bought once. It ends where the run would.
    """
    dry = replace(options, outputs=replace(options.outputs, dry_run=True))
    planned: set[bytes] = set()
    for each in apply_sample(wanted, limits):
        found = prepare_one(each, dry, context)
        if isinstance(found, PreparedRequest):
            found = _preview_one(found, dry, context, planned)
        if isinstance(found, PreparedRequest) and len(planned) - 1 == limits.captions:
            return
        yield found


def _preview_one(
    job: PreparedRequest, options: RunOptions, context: Context, planned: set[bytes]
) -> Record | PreparedRequest:
    """Read an image, and return whether it would be bought."""
    try:
        image = context.read_image(job.wanted.source)
    except InputError as error:
        return job.record._replace(error=ErrorDetails.from_error(error))
    request = RequestKey.of(job.parameters)
    key = image.key + request.digest
    found = context.ledger.purchases.find_by_key(image.key, request)
    if key in planned or (found and not options.purchase.fresh):
        return job.record._replace(status=RecordStatus.CACHED)
    planned.add(key)
    return job

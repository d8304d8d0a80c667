"""The estimate of a run: what it would buy, and the predicted cost. Sends nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rwcap.core.errors import InputError, StorageError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.ledger.reports.forecast import Forecast, PriceHistory, forecast
from rwcap.ledger.reservation import RequestKey
from rwcap.usecases.batch.limits import Limits, apply_sample
from rwcap.usecases.batch.prepare import prepare_all
from rwcap.usecases.caption import PreparedRequest, RunOptions
from rwcap.usecases.context import Context

if TYPE_CHECKING:
    from rwcap.core.exit_status import ExitStatus


class Estimate:
    """The counts of a previewed run, and its predicted cost."""

    def __init__(self) -> None:
        """Start with no images."""
        self.done = 0
        """Images that have a caption, or are equal to another image of the run."""
        self.failures: list[ExitStatus] = []
        """The exit status for each image that cannot be captioned."""
        self.ambiguous = 0
        """Images whose caption may have been charged: it is not bought again."""
        self._requests: Counter[RequestKey] = Counter()

    @property
    def to_buy(self) -> int:
        """The number of captions to buy."""
        return self._requests.total()

    @property
    def images(self) -> int:
        """The number of images."""
        return self.done + len(self.failures) + self.ambiguous + self.to_buy

    def add(self, found: Record | PreparedRequest) -> None:
        """Count one item of `preview`."""
        if isinstance(found, PreparedRequest):
            self._requests[RequestKey.of(found.parameters)] += 1
        elif found.error:
            self.failures.append(found.error.status)
        elif found.status is RecordStatus.AMBIGUOUS:
            self.ambiguous += 1
        else:
            self.done += 1

    def forecast(
        self, context: Context, *, bought: Iterable[PreparedRequest] = ()
    ) -> Forecast:
        """Predict the cost of the captions to buy.

        Requests without a price history share one: the mean price of each of the
        others. The rows of one table usually have similar prompts.

        Args:
            context: The context.
            bought: Requests that were bought since the preview. They are left out.
        """
        remaining = self._requests.copy()
        remaining.subtract(RequestKey.of(each.parameters) for each in bought)
        known: list[tuple[int, PriceHistory]] = []
        unknown = 0
        others = PriceHistory()
        for request, captions in remaining.items():
            history = context.ledger.purchases.price_history(request)
            if history.priced:
                known.append((captions, history))
                others = others.with_price(history.total // history.priced)
            else:
                unknown += captions
        return forecast([*known, (unknown, others)])


def preview(
    requests: Iterable[CaptionRequest | UnusableSource],
    options: RunOptions,
    context: Context,
    limits: Limits,
) -> Iterator[Record | PreparedRequest]:
    """Yield what a run would do, up to its limits.

    Yields:
        A record for each image that is done, possibly charged or cannot be captioned,
        and a prepared request for each caption to buy. Equal images are bought once.
    """
    dry_run = options._replace(outputs=options.outputs._replace(dry_run=True))
    planned: set[bytes] = set()
    for prepared in prepare_all(apply_sample(requests, limits), dry_run, context):
        found = prepared
        if isinstance(prepared, PreparedRequest):
            found = _preview_one(prepared, dry_run, context, planned)
        if isinstance(found, PreparedRequest) and len(planned) - 1 == limits.captions:
            return
        yield found


def _preview_one(
    prepared: PreparedRequest,
    options: RunOptions,
    context: Context,
    planned: set[bytes],
) -> Record | PreparedRequest:
    """Read an image. Return its record if its caption would not be bought."""
    try:
        image = context.requested_image(prepared.request)
    except (InputError, StorageError) as error:
        return prepared.record._replace(error=ErrorDetails.from_error(error))
    request = RequestKey.of(prepared.parameters)
    key = image.key + request.digest
    purchase, ledger = options.purchase, context.ledger
    found = ledger.purchases.find_by_key(image.key, request)
    if key in planned or (found and not purchase.fresh):
        return prepared.record._replace(status=RecordStatus.CACHED)
    if not purchase.rebuy_ambiguous and ledger.open_purchases.has_ambiguous(
        image.key, request, fresh=purchase.fresh
    ):
        return prepared.record._replace(status=RecordStatus.AMBIGUOUS)
    planned.add(key)
    return prepared

"""What a run would buy, and for how much: nothing is sent, nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rwcap.core.errors import InputError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.ledger.forecast import Evidence, Forecast, forecast
from rwcap.ledger.reservation import Request
from rwcap.usecases.batch.limits import Limits, chosen
from rwcap.usecases.batch.pipeline import prepare_one
from rwcap.usecases.caption import Job, Order
from rwcap.usecases.context import World

if TYPE_CHECKING:
    from rwcap.core.exit_status import ExitStatus


class Plan:
    """What a survey comes to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.done = 0
        """Images whose caption is there, or is the same as another's."""
        self.failures: list[ExitStatus] = []
        """One for each that cannot be captioned."""
        self._requests: Counter[Request] = Counter()

    @property
    def to_buy(self) -> int:
        """Captions that would be bought."""
        return self._requests.total()

    @property
    def images(self) -> int:
        """All that the sources name."""
        return self.done + len(self.failures) + self.to_buy

    def add(self, found: Record | Job) -> None:
        """Take one finding into account."""
        if isinstance(found, Job):
            self._requests[Request.of(found.parameters)] += 1
        elif found.error:
            self.failures.append(found.error.status)
        else:
            self.done += 1

    def forecast(self, world: World, *, bought: Iterable[Job] = ()) -> Forecast:
        """Predict what is to be paid for all of it but what was bought since.

        Requests of which nothing was bought before are predicted as one, from the mean
        price of each of the others: the rows of one manifest are much alike.
        """
        left = self._requests.copy()
        left.subtract(Request.of(job.parameters) for job in bought)
        known: list[tuple[int, Evidence]] = []
        unknown = 0
        others = Evidence()
        for request, count in left.items():
            evidence = world.ledger.purchases.evidence(request)
            if evidence.count:
                known.append((count, evidence))
                others = others.and_one(evidence.total // evidence.count)
            else:
                unknown += count
        return forecast([*known, (unknown, others)])


def survey(
    wanted: Iterable[CaptionRequest | UnusableSource],
    order: Order,
    world: World,
    limits: Limits,
) -> Iterator[Record | Job]:
    """Yield a record of what is done or cannot be done, a job for what would be.

    An image that occurs twice would be bought once. It ends where the run would.
    """
    dry = replace(order, writing=replace(order.writing, dry=True))
    planned: set[bytes] = set()
    for each in chosen(wanted, limits):
        found = prepare_one(each, dry, world)
        if isinstance(found, Job):
            found = _look_at(found, dry, world, planned)
        if isinstance(found, Job) and len(planned) - 1 == limits.captions:
            return
        yield found


def _look_at(job: Job, order: Order, world: World, planned: set[bytes]) -> Record | Job:
    """Read an image, and return whether it would be bought."""
    try:
        image = world.read(job.wanted.source)
    except InputError as error:
        return replace(job.record, error=ErrorDetails.from_error(error))
    request = Request.of(job.parameters)
    key = image.key + request.digest
    found = world.ledger.purchases.find(image.key, request)
    if key in planned or (found and not order.terms.fresh):
        return replace(job.record, status=RecordStatus.CACHED)
    planned.add(key)
    return job

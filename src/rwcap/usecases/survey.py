"""What a run would buy, and for how much: nothing is sent, nothing is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rwcap.domain.claim import RESERVED, Request, identity
from rwcap.domain.errors import InputError
from rwcap.domain.price import Micros, prior
from rwcap.domain.record import Failure, Record, Status
from rwcap.domain.wanted import Unusable, Wanted
from rwcap.usecases.batch import prepare_one
from rwcap.usecases.caption import Job, Order
from rwcap.usecases.world import World


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a caption costs, from the cheapest to the dearest."""

    low: Micros
    high: Micros
    purchases: int
    """Of the user's own that it is made of; 0 for the examples on the model's page."""


def survey(
    wanted: Iterable[Wanted | Unusable], order: Order, world: World
) -> Iterator[Record | Job]:
    """Yield a record of what is done or cannot be done, a job for what would be.

    An image that occurs twice would be bought once.
    """
    dry = replace(order, writing=replace(order.writing, dry=True))
    planned: set[bytes] = set()
    for each in wanted:
        prepared = prepare_one(each, dry, world)
        if isinstance(prepared, Job):
            yield _look_at(prepared, dry, world, planned)
        else:
            yield prepared


def estimate(order: Order, world: World) -> Estimate:
    """Return what a caption of this order is likely to cost."""
    request = Request.of(order.parameters)
    count, low, high = world.ledger.purchases.prices(request)
    if not count:
        return Estimate(prior(1), RESERVED, purchases=0)
    return Estimate(low, high, count)


def _look_at(job: Job, order: Order, world: World, planned: set[bytes]) -> Record | Job:
    """Read an image, and return whether it would be bought."""
    try:
        image = world.read(job.wanted.source)
    except InputError as error:
        return replace(job.record, error=Failure.of(error))
    request = Request.of(job.parameters)
    key = identity(image) + request.digest
    found = world.ledger.purchases.find(identity(image), request)
    if key in planned or (found and not order.terms.fresh):
        return replace(job.record, status=Status.CACHED)
    planned.add(key)
    return job

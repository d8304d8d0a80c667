"""A pilot: buy a few at random, say what the rest will cost, and ask."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rwcap.cli import talk
from rwcap.cli.follow import Stage
from rwcap.cli.plan import basis, interval, to_buy
from rwcap.domain.errors import UsageError
from rwcap.usecases.batch import Batch, Limits, Reason, chosen, sampled
from rwcap.usecases.caption import Job, Order
from rwcap.usecases.survey import Plan

if TYPE_CHECKING:
    from rwcap.adapters.sources import Sources
    from rwcap.usecases.world import World


def piloted(
    sources: "Sources",
    order: Order,
    world: "World",
    limits: Limits,
    *,
    size: int,
    agrees: Callable[[str], bool],
) -> Iterator[Stage]:
    """Return the pilot as a stage, and the rest as another if somebody agrees.

    What the rest will cost is said before. Images that cost nothing are of the rest.
    """
    if not sources.countable:
        raise UsageError(
            "--pilot reads the sources twice, and standard input can be read once",
            hint="write the list to a file, and name it with --files-from",
        )
    plan = Plan()
    planned = to_buy(plan, sources, order, world, limits)
    sample = list(sampled(planned, size, limits.seed))

    def stages() -> Iterator[Stage]:
        pilot = Batch(order, replace(limits, sample=None, captions=None), world)
        yield Stage(pilot, [job.wanted for job in sample], lambda: len(sample))
        left = plan.to_buy - len(sample)
        if left:
            cost = plan.forecast(world, bought=sample)
            talk.say(f"the other {left:,} will cost {interval(cost)}, by {basis(cost)}")
        elif limits.captions is not None:
            pilot.reason = Reason.LIMIT
            return
        if left and not agrees(f"buy the other {left:,}?"):
            pilot.reason = Reason.PILOT
            return
        yield _rest(sources, order, world, limits, plan=plan, sample=sample)

    return stages()


def _rest(
    sources: "Sources",
    order: Order,
    world: "World",
    limits: Limits,
    *,
    plan: Plan,
    sample: list[Job],
) -> Stage:
    """Return all that was not of the pilot."""
    captions = None if limits.captions is None else limits.captions - len(sample)
    mine = {(job.wanted.source, job.wanted.id) for job in sample}
    others = (
        each for each in chosen(sources, limits) if (each.source, each.id) not in mine
    )
    batch = Batch(order, replace(limits, sample=None, captions=captions), world)
    return Stage(batch, others, lambda: plan.images - len(sample))

"""What a batch would buy: `--dry-run`."""

from typing import TYPE_CHECKING

from rwcap.cli import render, talk
from rwcap.domain.errors import ExitStatus, NoInputError, overall
from rwcap.domain.price import Micros, display
from rwcap.domain.text import name
from rwcap.usecases.batch import Limits, chosen
from rwcap.usecases.caption import Job, Order
from rwcap.usecases.survey import estimate, survey

if TYPE_CHECKING:
    from rwcap.adapters.sources import Sources
    from rwcap.usecases.world import World


def show_plan(
    sources: "Sources", order: Order, world: "World", limits: Limits
) -> ExitStatus:
    """Print the sources whose captions would be bought; send nothing.

    What they would cost goes to standard error.
    """
    bought = done = 0
    failures: list[ExitStatus] = []
    for found in survey(chosen(sources, limits), order, world):
        if isinstance(found, Job):
            if bought == limits.captions:
                break
            bought += 1
            render.data(f"{name(found.wanted.source)}\n")
        elif found.error:
            talk.error(render.complaint(found, found.error), found.error.hint)
            failures.append(found.error.status)
        else:
            done += 1
    if not (bought or done or failures):
        raise NoInputError("no image found", hint="rwcap batch --help")
    price = estimate(order, world)
    low, high = Micros(bought * price.low), Micros(bought * price.high)
    basis = (
        f"{price.purchases:,} captions bought earlier"
        if price.purchases
        else "the examples on the model's page"
    )
    talk.say(f"would buy {bought:,} for {display(low)} to {display(high)}, by {basis}")
    talk.say(f"done, or the same as another: {done:,}; unusable: {len(failures):,}")
    talk.say("dry run: nothing was sent")
    return overall(failures, succeeded=bought + done)

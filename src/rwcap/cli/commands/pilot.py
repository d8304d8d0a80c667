"""A pilot: buy a random sample, estimate the cost of the rest, and ask."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rwcap.cli.commands.estimate import describe_basis, find_purchases, format_interval
from rwcap.cli.terminal import messages
from rwcap.cli.terminal.stages import Stage
from rwcap.core.errors import UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.usecases.batch.estimate import Estimate
from rwcap.usecases.batch.limits import Limits, StopReason, apply_sample, random_sample
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.caption import PreparedRequest, RunOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rwcap.ledger.reports.forecast import Forecast
    from rwcap.sources.sources import Sources
    from rwcap.usecases.context import Context


def pilot_stages(
    sources: "Sources",
    options: RunOptions,
    context: "Context",
    limits: Limits,
    *,
    size: int,
    confirm: Callable[[str], bool],
) -> Iterator[Stage]:
    """Return the pilot and, if the user confirms its estimated cost, the rest.

    Images that cost nothing belong to the rest.

    Args:
        sources: The sources of the batch.
        options: The options of the run.
        context: The context of the run.
        limits: The limits of both stages together.
        size: The number of captions in the pilot.
        confirm: Asks the user a question.

    Raises:
        UsageError: The sources can be read only once.
    """
    if not sources.repeatable:
        raise UsageError(
            "--pilot reads the sources twice, but standard input can be read only once",
            hint="write the list to a file, and name it with --files-from",
        )
    plan = Estimate()
    planned = find_purchases(plan, sources, options, context, limits)
    sample = list(random_sample(planned, size, limits.seed))

    def stages() -> Iterator[Stage]:
        began = context.now()
        pilot = Batch(options, limits._replace(sample=None, captions=None), context)
        first = pilot.run(job.request for job in sample)
        yield Stage(pilot, first, lambda: len(sample))
        left = plan.to_buy - len(sample)
        if left and not pilot.bought:
            messages.say("the pilot bought no caption, so the run ends")
            return
        if left:
            pilot.reason = StopReason.PILOT
            others = f"{left:,} more caption{'s' * (left != 1)}"
            _show_cost(others, plan.forecast(context, bought=sample))
            if not confirm(f"buy {others}?"):
                return
            pilot.reason = None
        elif len(sample) == limits.captions:
            pilot.reason = StopReason.LIMIT
            return
        rest = Batch(
            options, _remaining_limits(limits, pilot, context.now() - began), context
        )
        other_requests = _exclude_sample(apply_sample(sources, limits), sample)
        yield Stage(rest, rest.run(other_requests), lambda: plan.images - len(sample))

    return stages()


def _show_cost(captions: str, cost: "Forecast") -> None:
    """Print what captions will cost, and what that is based on."""
    messages.say(
        f"{captions} will cost {format_interval(cost)}, based on {describe_basis(cost)}"
    )


def _remaining_limits(limits: Limits, pilot: Batch, seconds: float) -> Limits:
    """Return the limits that remain after a pilot of `seconds` seconds."""
    captions, errors = limits.captions, limits.errors
    return limits._replace(
        sample=None,
        captions=None if captions is None else captions - pilot.captions,
        errors=None if errors is None else errors - pilot.failures,
        seconds=None if limits.seconds is None else max(0.0, limits.seconds - seconds),
    )


def _exclude_sample(
    requests: "Iterable[CaptionRequest | UnusableSource]", sample: list[PreparedRequest]
) -> "Iterator[CaptionRequest | UnusableSource]":
    """Yield the requests outside the sample; each request removes one equal request."""
    bought = Counter(_request_key(job.request) for job in sample)
    for each in requests:
        if isinstance(each, CaptionRequest) and bought[_request_key(each)]:
            bought[_request_key(each)] -= 1
        else:
            yield each


def _request_key(wanted: CaptionRequest) -> tuple[object, ...]:
    return wanted.source, wanted.id, tuple(wanted.columns.items())

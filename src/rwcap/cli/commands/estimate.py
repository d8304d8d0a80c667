"""Estimate what a batch buys: `rwcap batch --dry-run` and `rwcap cost estimate`."""

import json
import sys
from typing import TYPE_CHECKING

from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.tables import format_table, interval_line
from rwcap.core.errors import NoInputError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.money import Micros, format_price, format_usd
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.core.text import display_name, one_line
from rwcap.ledger.reports.forecast import COVERAGE, Forecast
from rwcap.usecases.batch.estimate import Estimate, preview
from rwcap.usecases.batch.limits import Limits, LimitUsage, first_limit
from rwcap.usecases.caption import PreparedRequest, RunOptions
from rwcap.usecases.checking.quality import with_first_prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rwcap.core.source import CaptionRequest, UnusableSource
    from rwcap.usecases.context import Context


def find_purchases(
    plan: Estimate,
    sources: "Iterable[CaptionRequest | UnusableSource]",
    options: RunOptions,
    context: "Context",
    limits: Limits,
) -> "Iterator[PreparedRequest]":
    """Yield the requests that would be bought, and count all sources in `plan`.

    Raises:
        NoInputError: There are no sources.
    """
    errors = results.ErrorLines()
    for found in preview(sources, options, context, limits):
        plan.add(found)
        if isinstance(found, PreparedRequest):
            yield found
        elif found.error:
            errors.show(found, found.error)
    if not plan.images:
        raise NoInputError("no image found", hint="rwcap batch --help")
    if plan.ambiguous:
        messages.say(
            f"possibly charged: {plan.ambiguous:,}; the run asks for their text, and"
            " buys none of them again without --rebuy-ambiguous"
        )


def show_plan(
    sources: "Iterable[CaptionRequest | UnusableSource]",
    options: RunOptions,
    context: "Context",
    limits: Limits,
) -> ExitStatus:
    """Print the sources whose captions would be bought; send nothing.

    A prompt of its own follows its source. The estimated cost goes to standard error.
    """
    plan = Estimate()
    shared = with_first_prompt(options.parameters, options.quality).prompt
    if shared != options.parameters.prompt:
        messages.say(f"prompt: {shared}")
    for job in find_purchases(plan, sources, options, context, limits):
        prompt = job.parameters.prompt
        own = f"\t{one_line(prompt or '')}" if prompt != shared else ""
        results.write(f"{display_name(job.request.source)}{own}\n")
    cost = plan.forecast(context)
    messages.say(
        f"would buy {plan.to_buy:,} caption{'s' * (plan.to_buy != 1)} for"
        f" {format_interval(cost)}, based on {describe_basis(cost)}"
    )
    messages.say(
        f"already done or duplicate: {plan.done:,}; unusable: {len(plan.failures):,}"
    )
    _say_limit(plan, cost, options, context)
    messages.say("dry run: nothing was sent")
    return _exit_status(plan)


def show_estimate(
    sources: "Iterable[CaptionRequest | UnusableSource]",
    options: RunOptions,
    context: "Context",
    limits: Limits,
    *,
    as_json: bool,
    prompts: int = 1,
) -> ExitStatus:
    """Print the number and the estimated cost of purchases; send nothing.

    Args:
        sources: The sources, each once for each prompt that is compared.
        options: The options of the run.
        context: The context of the run.
        limits: The limits of the run.
        as_json: Whether to print a JSON document.
        prompts: The number of prompts that are compared.
    """
    plan = Estimate()
    for _ in find_purchases(plan, sources, options, context, limits):
        pass
    cost = plan.forecast(context)
    if options.quality and options.quality.retries:
        messages.say("the estimate does not include what --retry-quality buys")
    limit = _say_limit(plan, cost, options, context)
    images = -(-plan.images // prompts)
    if as_json:
        fields = {
            "v": 1,
            "images": images,
            **({"prompts": prompts} if prompts > 1 else {}),
            "done": plan.done,
            "unusable": len(plan.failures),
            **({"ambiguous": plan.ambiguous} if plan.ambiguous else {}),
            "to_buy": plan.to_buy,
            "expected_usd": format_usd(cost.expected),
            "low_usd": format_usd(cost.low),
            "high_usd": format_usd(cost.high),
            "coverage": COVERAGE,
            "limit_left_usd": limit and format_usd(limit.left),
            "purchases": cost.purchases,
            "sandbox": context.sandbox,
        }
        results.write(f"{json.dumps(fields)}\n")
        return _exit_status(plan)
    mark = f"{SANDBOX_PREFIX}\n" if context.sandbox else ""
    table = _table(plan, cost, images, prompts) + _chart(cost)
    results.write(f"{mark}{table}based on {describe_basis(cost)}\n")
    return _exit_status(plan)


def _table(plan: Estimate, cost: Forecast, images: int, prompts: int) -> str:
    """Return the counts of an estimate and its cost, as a table."""
    return format_table(
        [
            ("images", f"{images:,}"),
            *([("prompts", f"{prompts:,}")] if prompts > 1 else []),
            ("already done or duplicate", f"{plan.done:,}"),
            ("unusable", f"{len(plan.failures):,}"),
            *([("possibly charged", f"{plan.ambiguous:,}")] if plan.ambiguous else []),
            ("to buy", f"{plan.to_buy:,}"),
            ("expected", round_price(cost.expected)),
            ("low (90 % interval)", round_price(cost.low)),
            ("high", round_price(cost.high)),
        ]
    )


def _chart(cost: Forecast) -> str:
    """Return a picture of the interval for a terminal; "" elsewhere."""
    if not (sys.stdout.isatty() and cost.high):
        return ""
    chart = interval_line(cost.low, cost.expected, cost.high)
    return f"\n{chart}\n$0{round_price(cost.high).rjust(len(chart) - 2)}\n\n"


def _say_limit(
    plan: Estimate, cost: Forecast, options: RunOptions, context: "Context"
) -> LimitUsage | None:
    """Print whether a limit can stop the run before it has bought all captions.

    The last caption needs its reservation.

    Returns:
        The spending limit that would stop the run first; None without a limit.
    """
    ledger = context.ledger
    limit = first_limit(options.purchase.budget, ledger)
    if not limit or not plan.to_buy:
        return limit
    prompt = with_first_prompt(options.parameters, options.quality).prompt
    last = ledger.purchases.price_bound(prompt)
    if limit.left < cost.high - cost.high // plan.to_buy + last:
        lowest = limit.usage.spent + cost.low - cost.low // plan.to_buy
        is_sure = limit.limit < lowest + last
        stops = "would" if is_sure else "could"
        messages.say(
            f"the limit of {format_price(limit.limit)} per {limit.period} leaves"
            f" {format_price(limit.left)}: the run {stops} stop before it has bought"
            f" all, with status {ExitStatus.LIMIT.value}"
        )
    return limit


def format_interval(cost: Forecast) -> str:
    """Return the expected cost and its interval: "$0.02 (90 %: $0.01 to $0.03)"."""
    low, high = round_price(cost.low), round_price(cost.high)
    return f"{round_price(cost.expected)} (90 %: {low} to {high})"


def describe_basis(cost: Forecast) -> str:
    """Return the data that a forecast is based on."""
    if not cost.purchases:
        return "the examples on the model's page"
    return f"{cost.purchases:,} earlier purchase{'s' * (cost.purchases != 1)}"


def round_price(amount: Micros) -> str:
    """Return an amount, rounded to 100 micro-dollars as prices are."""
    return format_price(Micros(round(amount, -2)))


def _exit_status(plan: Estimate) -> ExitStatus:
    return overall_status(plan.failures, succeeded=plan.done + plan.to_buy)

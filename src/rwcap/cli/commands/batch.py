"""rwcap batch and rwcap cost estimate: many images, each paid for once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rwcap.cli.checks import refuse
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.group import command
from rwcap.core.exit_status import ExitStatus

if TYPE_CHECKING:
    from rwcap.cli.terminal.run_view import Follower, View
    from rwcap.sources.sources import Sources
    from rwcap.usecases.batch.limits import Limits
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.context import Context


@command
def batch(given: BatchOptions) -> ExitStatus:
    """Caption many images and write the captions to files.

    \b
    rwcap batch photos --write txt
    rwcap batch photos --write embed
    rwcap batch photos -o captions.jsonl
    find . -name '*.jpg' -print0 | rwcap batch --files-from - -0 --write txt
    rwcap batch products.csv -p "Describe this {colour} {article}." -o alt.csv

    Stop it, kill it, run it again: what was paid for is not paid again, and what
    is written is left alone. Without --write and -o, standard output gets a line
    for each image: path, tab, caption.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands.estimate import show_plan
    from rwcap.cli.commands.pilot import piloted
    from rwcap.cli.terminal.run_view import whole
    from rwcap.usecases.batch.pipeline import Batch

    given.verbosity.apply()
    refuse("batch", *given.mistakes())
    with opened(given, dry=given.money.dry_run) as run:
        sources, options, limits, context, follower = run
        if given.money.dry_run:
            return show_plan(sources, options, context, limits)
        if given.money.pilot is None:
            stages = iter([whole(Batch(options, limits, context), sources)])
        else:
            size, agrees = given.money.pilot, _agreement(given)
            stages = piloted(
                sources, options, context, limits, size=size, agrees=agrees
            )
        status = follower.follow(stages)
        context.ledger.run.end(status)
    return status


@command
def estimate(given: BatchOptions) -> ExitStatus:
    """Estimate the cost of a batch; buy nothing.

    \b
    rwcap cost estimate photos --write txt
    rwcap cost estimate products.csv -p "Describe this {article}." --jsonl

    It takes the words and options of rwcap batch, and needs no key and no network.
    The interval holds in nine of ten cases.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands.estimate import show_estimate

    given.verbosity.apply()
    refuse("cost estimate", *given.mistakes())
    with opened(given, dry=True) as run:
        sources, options, limits, context, _ = run
        return show_estimate(
            sources, options, context, limits, as_json=given.files.jsonl
        )


class Run(NamedTuple):
    """The parts of a batch, put together."""

    sources: "Sources"
    options: "RunOptions"
    limits: "Limits"
    context: "Context"
    follower: "Follower"


@contextmanager
def opened(given: BatchOptions, *, dry: bool) -> Iterator[Run]:
    """Yield the run that the options ask for; a `dry` one creates no record file."""
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages
    from rwcap.cli.terminal.run_view import Follower
    from rwcap.cli.wiring import open_context, open_records

    sources = given.sources.find(_ignore if given.verbosity.quiet else messages.say)
    options, view = _run_options(given), _view(given)
    with open_records(given.files.output, dry=dry) as records:
        outputs = replace(options.outputs, record_file=records)
        options = replace(options, outputs=outputs)
        follower = Follower(outputs, view)
        with open_context(
            Service.of(given.running),
            notice=follower.notice,
            preparation=given.prepared.preparation(),
            remark=follower.remark,
        ) as context:
            yield Run(sources, options, given.limits(), context, follower)


def _run_options(given: BatchOptions) -> "RunOptions":
    """Return the options of a run; raises `UsageError`."""
    from rwcap.api.task import Parameters
    from rwcap.cli.settings.defaults import HABITS
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.write import Outputs

    request, files, money = given.request, given.files, given.money
    alt = given.text.wanted(money.retry_quality)
    parameters = Parameters(
        model=request.model,
        prompt=request.text(alt, HABITS.prompt),
        delivery=request.delivery,
        include_cost=not request.no_include_cost,
    )
    outputs = Outputs(
        targets=files.outputs(alt=given.text.alt),
        mode=files.mode,
        style=files.style,
        collide=files.collide,
    )
    return RunOptions(
        parameters=parameters,
        purchase=money.terms(given.running.policy(), money.budget(HABITS.limits())),
        outputs=outputs,
        alt=alt,
        checksum=given.sources.checksum,
    )


def _view(given: BatchOptions) -> "View":
    """Return what of the run is shown, and where."""
    from rwcap.cli.terminal import results
    from rwcap.cli.terminal.run_view import View

    files = given.files
    form = results.Form.JSONL if files.jsonl else results.Form.TEXT
    is_printed = files.jsonl or not (files.write or files.output)
    if is_printed:
        results.check_output()
    return View(
        form=form if is_printed else None,
        report=files.report,
        grace=given.running.grace,
        sandbox=given.running.sandbox,
        fresh=given.money.fresh,
    )


def _agreement(given: BatchOptions) -> Callable[[str], bool]:
    """Return who answers questions: the command line, or somebody at the terminal."""
    from rwcap.cli.terminal import messages

    yes = given.money.yes
    return (lambda _: yes) if yes or given.running.no_input else messages.confirm


def _ignore(_: str) -> None:
    """Say nothing: -q is not known in the threads that look for images."""

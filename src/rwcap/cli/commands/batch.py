"""The commands `rwcap batch` and `rwcap cost estimate`."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rwcap.cli.options.batch import BatchOptions, EstimateOptions, PlanOptions
from rwcap.cli.options.group import command, refuse
from rwcap.core.errors import RwcapError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.sidecar import MergeMode

if TYPE_CHECKING:
    from rwcap.cli.terminal.held import HeldCommand
    from rwcap.cli.terminal.report_file import Report
    from rwcap.cli.terminal.run_view import RunView, ViewOptions
    from rwcap.cli.terminal.stages import Stage
    from rwcap.sources.sources import Sources
    from rwcap.usecases.batch.limits import Limits
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.context import Context


@command
def batch(given: BatchOptions) -> ExitStatus:  # noqa: PLR0911  # one for each way
    """Caption many images and write the captions to files.

    \b
    rwcap batch photos --write txt
    rwcap batch photos --write embed
    rwcap batch photos -o captions.jsonl
    find . -name '*.jpg' -print0 | rwcap batch --files-from - -0 --write txt
    rwcap batch products.csv -p "Describe this {colour} {article}." -o alt.csv

    A run can be stopped or killed at any time; the same command continues it. Paid
    captions are not bought again (except with --fresh), and written captions are kept.
    Without --write and -o, standard output has a line for each image: path, tab,
    caption.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands.estimate import show_plan

    given.verbosity.apply()
    refuse("batch", *given.mistakes())
    if given.checking.check_only:
        from rwcap.cli.commands.checking import check_captions

        return check_captions(given)
    if given.cluster.is_used:
        from rwcap.cli.commands.job import run_job

        options = _run_options(given)
        return run_job(given, options, _view_options(given, options))
    with open_run(given, dry=given.money.dry_run) as run:
        sources, options, limits, context, view = run
        if given.files.mode is MergeMode.REMOVE:
            from rwcap.cli.commands.removal import remove_captions

            return remove_captions(sources, options, context, dry=given.money.dry_run)
        if given.texts.table is not None:
            from rwcap.cli.commands.texts import write_texts

            return write_texts(given, sources, options, context, view)
        if given.request.is_trial:
            from rwcap.cli.commands.trial import run_trial

            return run_trial(given, sources, options, context, view)
        if given.money.dry_run:
            return show_plan(sources, options, context, limits)
        status = view.run(_stages(given, run))
        context.ledger.run.end(status)
    return status


@command
def estimate(given: EstimateOptions) -> ExitStatus:
    """Estimate the cost of a batch; buy nothing.

    \b
    rwcap cost estimate photos --write txt
    rwcap cost estimate products.csv -p "Describe this {article}." --json

    It takes the arguments and options of rwcap batch except --check, --check-only,
    --on-fail, --only, --texts, --watch and --mode remove. It needs no key and no
    network. The cost of all captions is within the interval in nine of ten cases. A
    line says where a limit on spending would or could stop the run before.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands.estimate import show_estimate

    given.verbosity.apply()
    removing = given.files.mode is MergeMode.REMOVE
    refuse(
        "cost estimate",
        ("--mode remove costs nothing", removing),
        ("--watch has no estimate, because the run has no end", given.running.watch),
        *given.mistakes(),
    )
    with open_run(given, dry=True) as run:
        sources, options, limits, context, _ = run
        as_json = given.files.jsonl
        if given.request.is_trial:
            from rwcap.cli.commands.trial import open_trial

            texts = given.request.file_texts()
            trial = open_trial(texts, sources, options, limits)
            limits, number = limits._replace(sample=None), len(trial.prompts)
            return show_estimate(
                trial, options, context, limits, as_json=as_json, prompts=number
            )
        return show_estimate(sources, options, context, limits, as_json=as_json)


class Run(NamedTuple):
    """The objects of a batch."""

    sources: "Sources"
    options: "RunOptions"
    limits: "Limits"
    context: "Context"
    view: "RunView"


@contextmanager
def open_run(given: PlanOptions, *, dry: bool) -> Iterator[Run]:
    """Yield the objects of a batch; a `dry` one creates no record file."""
    options = _run_options(given)
    view_options = _view_options(given, options)
    with ExitStack() as stack:
        try:
            run = _open(given, options, view_options, stack, dry=dry)
        except RwcapError as error:
            if view_options.report and not given.files.makes_sheet:
                from rwcap.cli.terminal.report_file import write_failure

                write_failure(view_options.report, error, sandbox=view_options.sandbox)
            raise
        # Imports are over, and a long run creates garbage: collect it as often as
        # Python does, so that no request body waits for the collector.
        gc.set_threshold(700)
        yield run


def _open(
    given: PlanOptions,
    options: "RunOptions",
    view_options: "ViewOptions",
    stack: ExitStack,
    *,
    dry: bool,
) -> Run:
    """Return the objects of a batch, which the stack closes."""
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages
    from rwcap.cli.terminal.run_view import RunView
    from rwcap.cli.wiring import open_context, open_records

    notice = _ignore if given.verbosity.quiet else messages.say
    sources = given.sources.find(notice, are_folders=given.running.watch)
    if options.parameters.prompt and not sources.may_have_columns:
        from rwcap.usecases.prompts import check_prompt

        check_prompt(options.parameters.prompt)
    fields = options.quality.fields if options.quality else ()
    style = given.files.table_style._replace(fields=fields)
    records = stack.enter_context(
        open_records(given.files.output, style, dry=dry, warn=messages.warn_always)
    )
    outputs = options.outputs._replace(record_file=records)
    view = RunView(outputs, view_options)
    context = stack.enter_context(
        open_context(
            Service.from_options(given.running),
            notify=view.notify_verbose,
            preparation=given.prepared.preparation(),
            on_image_note=view.notify,
        )
    )
    options = options._replace(outputs=outputs)
    return Run(sources, options, given.limits(), context, view)


def _stages(given: BatchOptions, run: Run) -> "Iterator[Stage]":
    """Return the stages of a run; raises `UsageError`."""
    from rwcap.usecases.batch.pipeline import Batch

    sources, options, limits, context, _ = run
    if given.money.pilot is not None:
        from rwcap.cli.commands.pilot import pilot_stages

        size, confirm = given.money.pilot, _confirmation(given)
        return pilot_stages(
            sources, options, context, limits, size=size, confirm=confirm
        )
    batch = Batch(options, limits, context)
    if given.running.watch:
        from rwcap.cli.commands.watch import open_stage

        return iter([open_stage(batch, sources, given.sources.names)])
    from rwcap.cli.terminal.stages import single_stage

    return iter([single_stage(batch, sources)])


def _run_options(given: PlanOptions) -> "RunOptions":
    """Return the options of a run; raises `UsageError`."""
    from rwcap.api.request import Parameters
    from rwcap.cli.settings.option_settings import OPTION_SETTINGS
    from rwcap.images.limits import Pairs
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.writing.write import Outputs

    request, files, money = given.request, given.files, given.money
    quality = given.fields.wanted(
        given.text, money.retry_quality, lambda: OPTION_SETTINGS.fields(request.preset)
    )
    names = [each.name for each in quality.fields] if quality else []
    refuse("batch", *given.checking.conflicts(alt=given.text.alt, fields=bool(names)))
    parameters = Parameters(
        model=request.model,
        prompt=request.text(given.text.alt_chars, OPTION_SETTINGS.prompt),
        delivery=request.delivery,
        include_cost=not request.no_include_cost,
    )
    pairs = given.prepared.pairs is Pairs.TOGETHER
    outputs = Outputs(
        targets=files.outputs(alt=given.text.alt, pairs=pairs, fields=names),
        overwriting=files.overwriting().outputs(
            alt=given.text.alt, pairs=pairs, fields=names
        ),
        mode=files.mode,
        style=files.style(names),
        collide=files.collide,
        hold=files.hold,
        pairs=pairs,
        tells_before=isinstance(given, BatchOptions) and files.makes_sheet,
    )
    budget = money.budget(OPTION_SETTINGS.limits(), waits=given.running.watch)
    return RunOptions(
        parameters=parameters,
        purchase=money.terms(given.running.policy(), budget),
        outputs=outputs,
        quality=quality,
        checks=given.checking.caption_checks(),
        checksum=given.sources.checksum,
    )


def _view_options(given: PlanOptions, options: "RunOptions") -> "ViewOptions":
    """Return the options for the output of the run."""
    from rwcap.cli.terminal import results
    from rwcap.cli.terminal.run_view import ViewOptions
    from rwcap.cli.terminal.summary import Places

    files = given.files
    result_format = (
        results.ResultFormat.JSONL if files.jsonl else results.ResultFormat.TEXT
    )
    is_trial = given.request.is_trial
    is_kept = files.write or files.output or files.hold
    is_printed = files.jsonl or not (is_kept or is_trial)
    if is_printed or is_trial:
        results.check_stdout()
    return ViewOptions(
        format=result_format if is_printed else None,
        report=_report(given, options),
        grace=given.running.grace,
        sandbox=given.running.sandbox,
        fresh=given.money.fresh,
        places=Places(files.ext, files.out_dir, files.output),
        counted="captions" if is_trial else "images",
        checks=None
        if given.money.dry_run
        else given.checking.run_checks(is_endless=given.running.watch),
        held=_held_command(given, options) if files.hold else None,
    )


def _held_command(given: PlanOptions, options: "RunOptions") -> "HeldCommand":
    """Return the function that returns the command for held captions."""
    from rwcap.cli.commands.held_command import held_command

    has_fields = bool(options.quality and options.quality.fields)
    return partial(held_command, given, has_fields=has_fields)


def _report(given: PlanOptions, options: "RunOptions") -> "Report | None":
    """Return the report of the run; None if there is none."""
    path = given.files.report
    if path is None or not isinstance(given, BatchOptions) or given.money.dry_run:
        return None
    if given.files.makes_sheet:
        from rwcap.cli.commands.sheet import SheetReport

        return SheetReport(given, options.outputs.targets)
    from rwcap.cli.terminal.report_file import JsonReport

    return JsonReport(path)


def _confirmation(given: BatchOptions) -> Callable[[str], bool]:
    """Return the function that confirms a question: --yes, or the user's answer."""
    from rwcap.cli.terminal import messages

    yes = given.money.yes
    return (lambda _: yes) if yes or given.running.no_input else messages.confirm


def _ignore(_: str) -> None:
    """Ignore a message: threads that search for images do not know -q."""

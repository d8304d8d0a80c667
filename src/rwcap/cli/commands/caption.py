"""The command `rwcap caption`: captions of a few images on standard output."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from rwcap.cli.options.caption import CaptionOptions
from rwcap.cli.options.group import command, refuse
from rwcap.core.errors import InputError, Interrupted, OutputError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest

if TYPE_CHECKING:
    from rwcap.api.request import Parameters
    from rwcap.cli.service import Service
    from rwcap.cli.terminal.results import ResultPrinter
    from rwcap.core.record import Record
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.checking.quality import Quality
    from rwcap.usecases.context import Context

_FATAL_STATUSES: Final = {ExitStatus.AUTH, ExitStatus.CREDITS, ExitStatus.LIMIT}
"""Exit statuses of errors that would recur for all other images."""


@command
def caption(given: CaptionOptions) -> ExitStatus:
    """Caption images and print the text.

    \b
    rwcap caption photo.jpg
    rwcap caption photo.jpg -p "Name the main subject in five words."
    rwcap caption photo.jpg --write embed
    rwcap caption https://example.com/photo.jpg --json
    curl -s https://example.com/photo.jpg | rwcap caption -

    One image: standard output is the caption. Several: a line each, path, tab,
    caption. The cost goes to standard error.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.terminal import messages, results
    from rwcap.cli.wiring import open_context
    from rwcap.usecases.caption import mark_delivered

    given.verbosity.apply()
    refuse("caption", *given.mistakes())
    if given.input.show:
        from rwcap.cli.commands.show import show_texts

        return show_texts(given)
    removing = given.places.mode is MergeMode.REMOVE
    if given.money.dry_run and not removing:
        return _print_requests(given)
    options = _run_options(given)
    service = _service(given)
    printer = results.ResultPrinter(
        output=given.printed.form,
        requested=max(1, len(given.sources)),
        service_options=service.options,
    )
    with open_context(
        service,
        notify=messages.say,
        preparation=given.prepared.preparation(),
        on_image_note=messages.say,
        on_purchase=printer.add_purchase,
    ) as context:
        if removing:
            from rwcap.cli.commands.removal import remove_captions

            requests = map(CaptionRequest, given.sources)
            return remove_captions(requests, options, context, dry=given.money.dry_run)
        if given.request.fetch is None:
            records = _caption(given.sources, options, context)
        else:
            records = _fetch(given.request.fetch, options, context)
        try:
            _print_records(records, printer)
        finally:
            for record in printer.written_records():
                mark_delivered(record, context)
        context.ledger.run.end(printer.status())
    return printer.status()


def _service(given: CaptionOptions) -> "Service":
    """Return the service, with what its replies must not show of the request."""
    from rwcap.cli.service import Service
    from rwcap.core.text import url_secrets

    webhook, upload = given.request.webhook_url, given.returned.upload_endpoint
    return Service.from_options(given.connection)._replace(
        secrets=(*(url_secrets(webhook) if webhook else ()), upload or "")
    )


def _run_options(given: CaptionOptions) -> "RunOptions":
    """Return the options of a run; raises `UsageError`."""
    from rwcap.cli.settings.option_settings import OPTION_SETTINGS
    from rwcap.images.limits import Pairs
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.writing.write import Outputs

    money, request, places = given.money, given.request, given.places
    quality, parameters = _quality(given), _parameters(given)
    names = [each.name for each in quality.fields] if quality else []
    policy = given.connection.policy(await_result=not request.no_wait)
    pairs = given.prepared.pairs is Pairs.TOGETHER
    return RunOptions(
        parameters=parameters,
        purchase=money.terms(
            policy, money.budget(OPTION_SETTINGS.limits()), request.uuid
        ),
        outputs=Outputs(
            targets=places.outputs(alt=given.text.alt, pairs=pairs, fields=names),
            mode=places.mode,
            pairs=pairs,
        ),
        quality=quality,
    )


def _quality(given: CaptionOptions) -> "Quality | None":
    """Return the requirements for replies; raises `UsageError`."""
    from rwcap.cli.settings.option_settings import OPTION_SETTINGS

    retries, preset = given.money.retry_quality, given.request.preset
    return given.fields.wanted(
        given.text, retries, lambda: OPTION_SETTINGS.fields(preset)
    )


def _parameters(given: CaptionOptions) -> "Parameters":
    """Return the request parameters; raises `UsageError`."""
    from rwcap.cli.settings.option_settings import OPTION_SETTINGS

    parameters = given.parameters(OPTION_SETTINGS.prompt)
    if parameters.prompt:
        from rwcap.usecases.prompts import check_prompt

        check_prompt(parameters.prompt)
    return parameters


def _print_records(records: "Iterator[Record]", printer: "ResultPrinter") -> None:
    """Print the records, and the total cost even after an error."""
    try:
        for record in records:
            printer.show(record)
    except BaseException:
        with suppress(OutputError, Interrupted):  # the first error is raised
            printer.finish()
        raise
    printer.finish()


def _caption(
    sources: list[str], options: "RunOptions", context: "Context"
) -> "Iterator[Record]":
    """Yield a record for each image; stop if the other images would fail, too."""
    from rwcap.cli.terminal.spinner import spinner
    from rwcap.usecases.caption import caption
    from rwcap.usecases.purchase.recovery import recover

    recover(context)
    for source in sources:
        with spinner(source, context) as watched:
            record = caption(CaptionRequest(source), options, watched)
        yield record
        if record.error and record.error.status in _FATAL_STATUSES:
            return


def _fetch(
    task_uuid: str, options: "RunOptions", context: "Context"
) -> "Iterator[Record]":
    from rwcap.api.request import parse_task_uuid
    from rwcap.cli.terminal.spinner import spinner
    from rwcap.usecases.purchase.fetch import fetch_caption

    uuid, policy = parse_task_uuid(task_uuid), options.purchase.policy
    with spinner(task_uuid, context) as watched:
        record = fetch_caption(uuid, context=watched, policy=policy)
    yield record


def _print_requests(given: CaptionOptions) -> ExitStatus:
    """Print the request for each image; send nothing."""
    from rwcap.api.request import CaptionTask
    from rwcap.api.wire import preview
    from rwcap.cli.terminal import messages, results
    from rwcap.cli.wiring import image_reader, new_task_uuid
    from rwcap.core.source import CaptionRequest
    from rwcap.usecases.checking.quality import with_first_prompt
    from rwcap.usecases.prompts import fill_prompt

    options, uuid = _run_options(given), given.request.uuid
    images = image_reader(given.prepared.preparation(), messages.say)
    failures: list[ExitStatus] = []
    for source in given.sources:
        image_uuid = uuid or new_task_uuid()
        try:
            request = CaptionRequest(source)
            _, filled = fill_prompt(request, options.parameters, options.outputs)
            filled = with_first_prompt(filled, options.quality)
            task = CaptionTask(image_uuid, images.read(source), filled)
        except InputError as failure:
            messages.error(failure.message, failure.hint)
            failures.append(failure.status)
        else:
            results.write(f"{preview(task)}\n")
    messages.say("dry run: nothing was sent")
    return overall_status(failures, succeeded=len(given.sources) - len(failures))

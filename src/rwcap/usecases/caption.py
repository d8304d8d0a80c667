"""Caption one image: know, read, obtain, write, account. One way for every command.

What can be known without reading the image is found out first (`prepare`); the
rest may be done by another thread (`finish`).
"""

from contextlib import suppress
from dataclasses import dataclass

from rwcap.api.reply import CaptionResult, Pending
from rwcap.api.retry import RetryPolicy
from rwcap.api.task import Parameters
from rwcap.core.alt_text import AltTextOptions
from rwcap.core.errors import AmbiguousError, InputError, LedgerError, TaskError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.core.request import CaptionRequest
from rwcap.core.source import source_label
from rwcap.images.image import Image, PreparedImage
from rwcap.ledger.reservation import AlreadyBought, RequestKey
from rwcap.usecases.alt_text import apply_alt, retry_until_fits
from rwcap.usecases.context import Context
from rwcap.usecases.purchase import PurchaseOptions, PurchaseOutcome, purchase
from rwcap.usecases.submit import is_result_awaited
from rwcap.usecases.task_status import fetch_result
from rwcap.usecases.write import Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What is wanted of every image of a run."""

    parameters: Parameters
    purchase: PurchaseOptions
    outputs: Outputs
    alt: AltTextOptions | None = None
    """Whether the reply is to be alternative text, and which."""
    checksum: bool = False
    """Read every image, instead of trusting size and time of those known."""


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A caption that is still to be had."""

    wanted: CaptionRequest
    parameters: Parameters
    paths: tuple[str, ...]
    """Where it is to be written, one for each output."""
    stamp: FileStamp | None
    """Of its file, before it is read."""
    record: Record
    """What is known of it before it is begun."""


def caption(wanted: CaptionRequest, options: RunOptions, context: Context) -> Record:
    """Return the record of captioning one image.

    A failure of this image is in the record, not raised.
    """
    prepared = prepare(wanted, options, context)
    if isinstance(prepared, PreparedRequest):
        return finish(prepared, options, context)
    return prepared


def prepare(
    wanted: CaptionRequest, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Return the record, if it takes neither the image nor the service to have it."""
    parameters = options.parameters
    if wanted.prompt is not None:
        parameters = parameters.with_prompt(wanted.prompt)
    blank = Record(
        source=source_label(wanted.source),
        id=wanted.id,
        status=RecordStatus.FAILED,
        model=parameters.model,
        prompt=parameters.prompt,
        sandbox=context.sandbox,
    )
    try:
        paths = options.outputs.paths(wanted, context.ledger)
        stamp = context.stamp(wanted.source)
        seen = None if options.checksum else stamp
        record = blank
        if seen:
            request = RequestKey.of(parameters)
            record = _find_in_ledger(blank, wanted.source, seen, request, context)
        is_done = options.outputs.is_done(paths, record, context.ledger, seen)
    except InputError as error:
        return _with_outcome(blank, error)
    if options.purchase.fresh:
        return PreparedRequest(wanted, parameters, paths, stamp, blank)
    if is_done:
        return record._replace(status=RecordStatus.SKIPPED, outputs=paths)
    if record.status is RecordStatus.CACHED and is_result_awaited(
        parameters, options.purchase.policy
    ):
        record = apply_alt(record, options.alt)
        if not record.error:
            return options.outputs.write(wanted, paths, record, context, stamp)
    return PreparedRequest(wanted, parameters, paths, stamp, blank)


def finish(job: PreparedRequest, options: RunOptions, context: Context) -> Record:
    """Read the image, obtain its caption, write it, and return the record."""
    started = context.now()
    source, record = job.wanted.source, job.record
    try:
        image = context.read_image(source)
    except InputError as error:
        return _with_outcome(record, error)._replace(seconds=context.now() - started)
    if job.stamp:
        context.ledger.files.save(source, job.stamp, image.key)
    digest = image.digest if isinstance(image, PreparedImage) else None
    record = record._replace(image_sha256=digest)
    blank, prompt = record, job.parameters.prompt
    record = _purchase(blank, image, job.parameters, options, context)
    if options.alt and prompt:

        def again(less: str) -> Record:
            parameters = job.parameters.with_prompt(less)
            return _purchase(blank, image, parameters, options, context)

        record = retry_until_fits(
            record, options.alt, prompt, again=again, notify=context.notify
        )
    record = record._replace(seconds=context.now() - started)
    record = options.outputs.write(job.wanted, job.paths, record, context, job.stamp)
    context.on_purchase(record)
    return record


def _purchase(
    record: Record,
    image: Image,
    parameters: Parameters,
    options: RunOptions,
    context: Context,
) -> Record:
    """Return the record with a caption, shaped as it is wanted, or without one."""
    got = purchase(record.source, image, parameters, options.purchase, context)
    record = record._replace(task_uuid=got.task_uuid, attempts=got.attempts)
    awaited = is_result_awaited(parameters, options.purchase.policy)
    return apply_alt(_with_outcome(record, got.result, awaited=awaited), options.alt)


def fetch_caption(task_uuid: str, *, context: Context, policy: RetryPolicy) -> Record:
    """Return the record of a task that was submitted earlier."""
    started = context.now()
    record = Record(
        source=task_uuid,
        status=RecordStatus.FAILED,
        task_uuid=task_uuid,
        sandbox=context.sandbox,
    )
    purchases = context.ledger.purchases
    result: PurchaseOutcome | None = purchases.find_by_uuid(task_uuid)
    if result is None:
        try:
            result = fetch_result(task_uuid, context, policy)
            with suppress(LedgerError):  # the text is what is wanted
                purchases.settle(task_uuid, result, attempts=0)
        except TaskError as error:
            result = error
    record = _with_outcome(record, result)
    if record.status is RecordStatus.OK:
        record = record._replace(status=RecordStatus.CACHED)
    return record._replace(seconds=context.now() - started)


def mark_delivered(record: Record, context: Context) -> None:
    """Have the ledger know that a caption has come to whoever wanted it."""
    if record.task_uuid and record.text is not None and not record.error:
        reused = record.status is RecordStatus.CACHED
        if reused or record.status is RecordStatus.OK:
            context.ledger.purchases.mark_delivered(record.task_uuid, reused=reused)


def _find_in_ledger(
    record: Record, path: str, stamp: FileStamp, request: RequestKey, context: Context
) -> Record:
    """Return the record with what an earlier run knew of an unchanged file."""
    image = context.ledger.files.find(path, stamp)
    if image is None:
        return record
    record = record._replace(image_sha256=image.hex())
    found = context.ledger.purchases.find_by_key(image, request)
    return _with_outcome(record, found) if found else record


def _with_outcome(
    record: Record, result: PurchaseOutcome, *, awaited: bool = True
) -> Record:
    """Return the record with what came of it; the text only where it is awaited."""
    match result:
        case Pending():
            return record._replace(status=RecordStatus.ACCEPTED)
        case CaptionResult() | AlreadyBought() if not awaited:
            return record._replace(status=RecordStatus.ACCEPTED)
        case CaptionResult(text, cost):
            told = CostSource.NONE if cost is None else CostSource.API
            return record._replace(
                status=RecordStatus.OK, text=text, cost=cost, cost_source=told
            )
        case AlreadyBought(uuid, text, cost):
            told = CostSource.NONE if cost is None else CostSource.LEDGER
            return record._replace(
                status=RecordStatus.CACHED,
                task_uuid=uuid,
                text=text,
                cost=cost,
                cost_source=told,
            )
        case AmbiguousError():
            failure = ErrorDetails.from_error(result)
            return record._replace(status=RecordStatus.AMBIGUOUS, error=failure)
        case _:
            failure = ErrorDetails.from_error(result)
            return record._replace(status=RecordStatus.FAILED, error=failure)

"""Caption one image: know, read, obtain, write, account. One way for every command.

What can be known without reading the image is found out first (`prepare`); the
rest may be done by another thread (`finish`).
"""

from contextlib import suppress
from dataclasses import dataclass, replace

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
from rwcap.ledger.reservation import Bought, Request
from rwcap.usecases.alt_text import fitted, shaped
from rwcap.usecases.context import World
from rwcap.usecases.purchase import Result, Terms, obtain
from rwcap.usecases.submit import is_awaited
from rwcap.usecases.task_status import fetch
from rwcap.usecases.write import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of every image of a run."""

    parameters: Parameters
    terms: Terms
    writing: Writing
    alt: AltTextOptions | None = None
    """Whether the reply is to be alternative text, and which."""
    checksum: bool = False
    """Read every image, instead of trusting size and time of those known."""


@dataclass(frozen=True, slots=True)
class Job:
    """A caption that is still to be had."""

    wanted: CaptionRequest
    parameters: Parameters
    places: tuple[str, ...]
    """Where it is to be written, one for each output."""
    stamp: FileStamp | None
    """Of its file, before it is read."""
    record: Record
    """What is known of it before it is begun."""


def caption(wanted: CaptionRequest, order: Order, world: World) -> Record:
    """Return the record of captioning one image.

    A failure of this image is in the record, not raised.
    """
    prepared = prepare(wanted, order, world)
    if isinstance(prepared, Job):
        return finish(prepared, order, world)
    return prepared


def prepare(wanted: CaptionRequest, order: Order, world: World) -> Record | Job:
    """Return the record, if it takes neither the image nor the service to have it."""
    parameters = order.parameters
    if wanted.prompt is not None:
        parameters = replace(parameters, prompt=wanted.prompt)
    blank = Record(
        source=source_label(wanted.source),
        id=wanted.id,
        status=RecordStatus.FAILED,
        model=parameters.model,
        prompt=parameters.prompt,
        sandbox=world.sandbox,
    )
    try:
        places = order.writing.places(wanted, world.ledger)
        stamp = world.stamp(wanted.source)
        seen = None if order.checksum else stamp
        record = blank
        if seen:
            request = Request.of(parameters)
            record = _recall(blank, wanted.source, seen, request, world)
        is_done = order.writing.is_done(places, record, world.ledger, seen)
    except InputError as error:
        return _ended(blank, error)
    if order.terms.fresh:
        return Job(wanted, parameters, places, stamp, blank)
    if is_done:
        return replace(record, status=RecordStatus.SKIPPED, outputs=places)
    if record.status is RecordStatus.CACHED and is_awaited(
        parameters, order.terms.policy
    ):
        record = shaped(record, order.alt)
        if not record.error:
            return order.writing.write(wanted, places, record, world, stamp)
    return Job(wanted, parameters, places, stamp, blank)


def finish(job: Job, order: Order, world: World) -> Record:
    """Read the image, obtain its caption, write it, and return the record."""
    started = world.now()
    source, record = job.wanted.source, job.record
    try:
        image = world.read(source)
    except InputError as error:
        return replace(_ended(record, error), seconds=world.now() - started)
    if job.stamp:
        world.ledger.files.remember(source, job.stamp, image.key)
    digest = image.digest if isinstance(image, PreparedImage) else None
    record = replace(record, image_sha256=digest)
    blank, prompt = record, job.parameters.prompt
    record = _obtained(blank, image, job.parameters, order, world)
    if order.alt and prompt:

        def again(less: str) -> Record:
            parameters = replace(job.parameters, prompt=less)
            return _obtained(blank, image, parameters, order, world)

        record = fitted(record, order.alt, prompt, again=again, notice=world.notice)
    record = replace(record, seconds=world.now() - started)
    record = order.writing.write(job.wanted, job.places, record, world, job.stamp)
    world.landed(record)
    return record


def _obtained(
    record: Record, image: Image, parameters: Parameters, order: Order, world: World
) -> Record:
    """Return the record with a caption, shaped as it is wanted, or without one."""
    got = obtain(record.source, image, parameters, order.terms, world)
    record = replace(record, task_uuid=got.task_uuid, attempts=got.attempts)
    awaited = is_awaited(parameters, order.terms.policy)
    return shaped(_ended(record, got.result, awaited=awaited), order.alt)


def fetch_caption(task_uuid: str, *, world: World, policy: RetryPolicy) -> Record:
    """Return the record of a task that was submitted earlier."""
    started = world.now()
    record = Record(
        source=task_uuid,
        status=RecordStatus.FAILED,
        task_uuid=task_uuid,
        sandbox=world.sandbox,
    )
    purchases = world.ledger.purchases
    result: Result | None = purchases.look_up(task_uuid)
    if result is None:
        try:
            result = fetch(task_uuid, world, policy)
            with suppress(LedgerError):  # the text is what is wanted
                purchases.settle(task_uuid, result, attempts=0)
        except TaskError as error:
            result = error
    record = _ended(record, result)
    if record.status is RecordStatus.OK:
        record = replace(record, status=RecordStatus.CACHED)
    return replace(record, seconds=world.now() - started)


def delivered(record: Record, world: World) -> None:
    """Have the ledger know that a caption has come to whoever wanted it."""
    if record.task_uuid and record.text is not None and not record.error:
        reused = record.status is RecordStatus.CACHED
        if reused or record.status is RecordStatus.OK:
            world.ledger.purchases.deliver(record.task_uuid, reused=reused)


def _recall(
    record: Record, path: str, stamp: FileStamp, request: Request, world: World
) -> Record:
    """Return the record with what an earlier run knew of an unchanged file."""
    image = world.ledger.files.recall(path, stamp)
    if image is None:
        return record
    record = replace(record, image_sha256=image.hex())
    found = world.ledger.purchases.find(image, request)
    return _ended(record, found) if found else record


def _ended(record: Record, result: Result, *, awaited: bool = True) -> Record:
    """Return the record with what came of it; the text only where it is awaited."""
    match result:
        case Pending():
            return replace(record, status=RecordStatus.ACCEPTED)
        case CaptionResult() | Bought() if not awaited:
            return replace(record, status=RecordStatus.ACCEPTED)
        case CaptionResult(text, cost):
            told = CostSource.NONE if cost is None else CostSource.API
            return replace(
                record, status=RecordStatus.OK, text=text, cost=cost, cost_source=told
            )
        case Bought(uuid, text, cost):
            told = CostSource.NONE if cost is None else CostSource.LEDGER
            return replace(
                record,
                status=RecordStatus.CACHED,
                task_uuid=uuid,
                text=text,
                cost=cost,
                cost_source=told,
            )
        case AmbiguousError():
            failure = ErrorDetails.from_error(result)
            return replace(record, status=RecordStatus.AMBIGUOUS, error=failure)
        case _:
            failure = ErrorDetails.from_error(result)
            return replace(record, status=RecordStatus.FAILED, error=failure)

"""Caption one image: check ledger and outputs, read, purchase, write.

All commands use this module. `prepare` does what needs neither the image data nor the
service. `finish` does the rest, possibly in another thread.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError, StorageError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest, FileStamp, is_object
from rwcap.images.image import Image, PreparedImage
from rwcap.ledger.reservation import RequestKey
from rwcap.usecases.checking.quality import Quality, refuse_empty, retry_until_fits
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.filled_request import FilledRequest, fill
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.purchase.purchase import (
    OpenPurchase,
    PurchaseOptions,
    PurchaseResult,
    complete,
    open_purchase,
    purchase,
)
from rwcap.usecases.purchase.submit import is_result_awaited
from rwcap.usecases.writing.changing_image import find_change
from rwcap.usecases.writing.write import Outputs

if TYPE_CHECKING:
    from rwcap.usecases.checking.caption_checks import CaptionChecks


class RunOptions(NamedTuple):
    """The options for all images of a run."""

    parameters: Parameters
    purchase: PurchaseOptions
    outputs: Outputs
    quality: Quality | None = None
    """The requirements for replies. None for captions of any kind."""
    checks: "CaptionChecks | None" = None
    """The checks of captions before they are written. None for no checks."""
    checksum: bool = False
    """Whether to read files even if their size and time are unchanged."""

    def with_quality(self, record: Record) -> Record:
        """Return a record with its text checked."""
        return self.quality.apply(record) if self.quality else refuse_empty(record)

    def with_checks(self, record: Record) -> Record:
        """Return a record with what is wrong with its text."""
        return self.checks.apply(record) if self.checks else record

    def fill(self, request: CaptionRequest, context: Context) -> Record | FilledRequest:
        """Return a request with its own prompt, or the record of one that is done.

        Raises:
            UsageError: The prompt reads a text file that the run writes.
        """
        filled = fill(request, self.parameters, self.quality, self.outputs, context)
        keeps = self.outputs.mode is MergeMode.SKIP and not self.purchase.fresh
        if request.caption and keeps and isinstance(filled, FilledRequest):
            skipped, text = RecordStatus.SKIPPED, request.caption
            return filled.blank._replace(status=skipped, text=text)
        return filled

    def wants_other(self, record: Record) -> bool:
        """Return whether another caption is bought in place of that of a record."""
        return self.checks is not None and self.checks.wants_other(record)

    @property
    def may_buy_others(self) -> bool:
        """Return whether several captions may be bought for an image."""
        return bool(self.quality or (self.checks and self.checks.buys_others))


class PreparedRequest(NamedTuple):
    """A request whose caption must be read, purchased or both."""

    request: CaptionRequest
    parameters: Parameters
    paths: tuple[str, ...]
    """The path to write to, one for each output."""
    stamp: FileStamp | None
    """The stamp of the image file before it is read."""
    record: Record
    """The record without a result."""
    own: Collection[str] = ()
    """The captions in outputs that this one replaces."""


def caption(request: CaptionRequest, options: RunOptions, context: Context) -> Record:
    """Caption one image and return its record.

    The record contains the error if the image cannot be captioned.
    """
    prepared = prepare(request, options, context)
    if isinstance(prepared, PreparedRequest):
        return finish(prepared, options, context)
    return prepared


def prepare(
    request: CaptionRequest, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Return the record if neither the image data nor the service is needed."""
    filled = options.fill(request, context)
    if isinstance(filled, Record):
        return filled
    return _prepare_filled(*filled, options, context)


def _prepare_filled(
    request: CaptionRequest,
    parameters: Parameters,
    blank: Record,
    options: RunOptions,
    context: Context,
) -> Record | PreparedRequest:
    """Prepare a request with its own prompt, which is in the parameters."""
    try:
        paths = options.outputs.paths(request, context)
        stamp = _find_stamp(request, paths, blank, options, context)
        known = None if options.checksum else stamp
        record = blank
        if known:
            key = RequestKey.of(parameters)
            record = _find_in_ledger(blank, request.source, known, key, context)
        is_done = options.outputs.is_done(paths, record, context.ledger, known)
    except (InputError, StorageError) as error:
        return with_outcome(blank, error)
    if options.purchase.fresh:
        return PreparedRequest(request, parameters, paths, stamp, blank)
    if is_done:
        files = options.outputs.files_of(paths)
        return record._replace(status=RecordStatus.SKIPPED, outputs=files)
    is_awaited = is_result_awaited(parameters, options.purchase.policy)
    if record.status is RecordStatus.CACHED and is_awaited:
        record = options.with_checks(options.with_quality(record))
        if not (record.error or options.wants_other(record)):
            return options.outputs.write(request, paths, record, context, stamp)
    return PreparedRequest(request, parameters, paths, stamp, blank)


def _find_stamp(
    request: CaptionRequest,
    paths: tuple[str, ...],
    blank: Record,
    options: RunOptions,
    context: Context,
) -> FileStamp | None:
    """Return the stamp of an image.

    The storage is not asked about an object whose caption is written already.
    """
    is_unlisted = is_object(request.source) and request.stamp is None
    if is_unlisted and options.outputs.is_done(paths, blank, context.ledger, None):
        return None
    return context.stamp(request)


def finish(prepared: PreparedRequest, options: RunOptions, context: Context) -> Record:
    """Read the image, purchase its caption, write it, and return the record.

    A batch calls the three steps in threads of their own.
    """
    opened = open_request(prepared, options, context)
    return write(buy(opened, options, context), options, context)


class OpenRequest(NamedTuple):
    """A request whose image is read and whose purchase is about to be reserved."""

    prepared: PreparedRequest
    started: float
    record: Record
    """The record without a result."""
    image: Image | None
    """The image, if it may be sent again with another prompt."""
    opened: PurchaseResult | OpenPurchase


class UnreadableRequest(NamedTuple):
    """A request whose image cannot be captioned."""

    record: Record


class BoughtRequest(NamedTuple):
    """A request whose purchase has an outcome."""

    prepared: PreparedRequest
    record: Record
    settle: Callable[[], object]
    """Wait until the outcome is durable. Raises `LedgerError`."""


def open_request(
    prepared: PreparedRequest, options: RunOptions, context: Context
) -> OpenRequest | UnreadableRequest:
    """Read the image and begin to reserve the purchase."""
    started = context.now()
    source, record = prepared.request.source, prepared.record
    try:
        image = context.requested_image(prepared.request)
    except (InputError, StorageError) as error:
        failed = with_outcome(record, error)
        return UnreadableRequest(failed._replace(seconds=context.now() - started))
    if prepared.stamp:
        context.ledger.files.save(source, prepared.stamp, image.key)
    if isinstance(image, PreparedImage):
        record = record._replace(image_sha256=image.digest)
    terms = options.purchase
    opened = open_purchase(source, image, prepared.parameters, terms, context)
    kept = image if options.may_buy_others else None
    return OpenRequest(prepared, started, record, kept, opened)


def buy(
    request: OpenRequest | UnreadableRequest, options: RunOptions, context: Context
) -> BoughtRequest | UnreadableRequest:
    """Purchase the caption."""
    if isinstance(request, UnreadableRequest):
        return request
    prepared, image = request.prepared, request.image
    check = partial(find_change, prepared.request, prepared.stamp, context)
    result = complete(request.opened, options.purchase, context, check)
    record = _with_result(request.record, result, prepared.parameters, options)
    prompt = prepared.parameters.prompt
    if image:

        def purchase_with(prompt: str) -> Record:
            parameters = prepared.parameters.with_prompt(prompt)
            blank, terms = request.record, options.purchase
            try:
                bought = purchase(blank.source, image, parameters, terms, context)
            except RunStopped as stopped:  # the first caption is bought
                return with_outcome(blank, stopped.error)
            return _with_result(blank, bought, parameters, options)

        notify = context.notify
        if options.quality and prompt:
            record = retry_until_fits(
                record, options.quality, prompt, purchase_with, notify=notify
            )
        record = options.with_checks(record)
        if options.checks and options.wants_other(record):
            record = options.checks.retry(record, prompt, purchase_with, notify=notify)
    else:
        record = options.with_checks(record)
    record = record._replace(seconds=context.now() - request.started)
    return BoughtRequest(prepared, record, result.settle)


def write(
    bought: BoughtRequest | UnreadableRequest, options: RunOptions, context: Context
) -> Record:
    """Write the caption to the outputs when its purchase is durable."""
    if isinstance(bought, UnreadableRequest):
        return bought.record
    bought.settle()
    prepared = bought.prepared
    outputs = options.outputs.replacing(prepared.own)
    record = outputs.write(
        prepared.request, prepared.paths, bought.record, context, prepared.stamp
    )
    context.on_purchase(record)
    return record


def _with_result(
    record: Record, result: PurchaseResult, parameters: Parameters, options: RunOptions
) -> Record:
    """Return the record with the outcome of a purchase."""
    record = record._replace(task_uuid=result.task_uuid, attempts=result.attempts)
    awaited = is_result_awaited(parameters, options.purchase.policy)
    record = with_outcome(record, result.outcome, awaited=awaited)
    return options.with_quality(record)


def mark_delivered(record: Record, context: Context) -> None:
    """Note in the ledger that a caption is printed or written."""
    if record.task_uuid and record.text is not None and not record.error:
        reused = record.status is RecordStatus.CACHED
        if reused or record.status is RecordStatus.OK:
            context.ledger.purchases.mark_delivered(record.task_uuid, reused=reused)


def _find_in_ledger(
    record: Record, path: str, stamp: FileStamp, key: RequestKey, context: Context
) -> Record:
    """Return the record with the ledger's caption of an unchanged file, if any."""
    image = context.ledger.files.find(path, stamp)
    if image is None:
        return record
    record = record._replace(image_sha256=image.hex())
    found = context.ledger.purchases.find_by_key(image, key)
    return with_outcome(record, found) if found else record

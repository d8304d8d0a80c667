"""Images whose caption fails the checks, captioned again: `--only failed-checks`.

Each caption of an image is bought with another prompt, so the ledger tells what was
tried: a run buys one caption for an image, and none again. Only texts of rwcap are
replaced.
"""

from collections.abc import Collection, Iterator

from rwcap.api.request import Parameters
from rwcap.checks.all_checks import find_faults
from rwcap.core.errors import InputError, NotWrittenError, StorageError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import Removal
from rwcap.core.source import CaptionRequest
from rwcap.core.text import one_line
from rwcap.ledger.reservation import RequestKey
from rwcap.usecases.caption import PreparedRequest, RunOptions
from rwcap.usecases.checking.caption_checks import (
    MAX_OTHERS,
    CaptionChecks,
    other_prompt,
)
from rwcap.usecases.context import Context
from rwcap.usecases.existing.known_captions import as_written, bought_records, image_key
from rwcap.usecases.filled_request import FilledRequest
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.writing.output import Output


def prepare_failed(
    request: CaptionRequest,
    options: RunOptions,
    checks: CaptionChecks,
    context: Context,
) -> Record | PreparedRequest:
    """Return the record of an image that is left alone, or a request to caption it.

    An image without a text in the outputs is chosen if its last purchase fails.
    """
    filled = options.fill(request, context)
    if isinstance(filled, Record):
        return filled
    try:
        return _choose(filled, options, checks, context)
    except (InputError, StorageError, NotWrittenError) as error:
        return with_outcome(filled.blank, error)


def _choose(
    filled: FilledRequest, options: RunOptions, checks: CaptionChecks, context: Context
) -> Record | PreparedRequest:
    request, _, blank = filled
    outputs = options.outputs
    paths = outputs.paths(request, context)
    texts = [
        (output, path, text)
        for output, path in zip(outputs.targets, paths, strict=True)
        if (text := output.read(path)) is not None
    ]
    found = [(*each, find_faults(each[2], checks.names)) for each in texts]
    left = blank._replace(
        status=RecordStatus.SKIPPED, outputs=outputs.files_of(paths) if texts else ()
    )
    if texts and not any(faults for *_, faults in found):
        return left
    stamp = context.stamp(request)
    image = image_key(request, None if options.checksum else stamp, context)
    bought = bought_records(image, blank, options, context)
    own = as_written(bought, request, outputs.style)
    if texts and not any(
        faults and _is_ours(output, path, text, own)
        for output, path, text, faults in found
    ):
        names = dict.fromkeys(name for *_, faults in found for name in faults)
        return left._replace(faults=tuple(names))
    replaced = own if texts else ()
    prepared = PreparedRequest(*filled[:2], paths, stamp, blank, replaced)
    return _next_caption(prepared, image, options, checks, context) or left


def _is_ours(output: Output, path: str, text: str, own: Collection[str]) -> bool:
    """Return whether a text is of rwcap, and nobody has changed it since."""
    if one_line(text) not in {one_line(each) for each in own}:
        return False
    return output.remove(path, lambda: own, dry=True) is Removal.REMOVED


def _next_caption(
    prepared: PreparedRequest,
    image: bytes,
    options: RunOptions,
    checks: CaptionChecks,
    context: Context,
) -> Record | PreparedRequest | None:
    """Return what replaces the caption of an image; None if nothing has to.

    That is the record of a caption that was bought and passes, the request for one that
    was not bought, or, if all are bought, the record of one that fails.
    """
    is_written = bool(prepared.own)
    last: Record | None = None
    for parameters in _attempts(prepared.parameters):
        found = context.ledger.purchases.find_by_key(image, RequestKey.of(parameters))
        is_first = last is None
        record = prepared.record._replace(prompt=parameters.prompt)
        if found is None:
            if is_first and not is_written:
                return None  # it has no caption that could fail
            return prepared._replace(parameters=parameters, record=record)
        record = options.with_quality(with_outcome(record, found))
        last = checks.apply(record._replace(image_sha256=image.hex()))
        if not last.error:
            if is_first and not is_written:
                return None  # it passes
            return options.outputs.replacing(prepared.own).write(
                prepared.request, prepared.paths, last, context, prepared.stamp
            )
    return last


def _attempts(parameters: Parameters) -> Iterator[Parameters]:
    """Yield the parameters of the captions of an image, in the order of purchase."""
    yield parameters
    for number in range(1, MAX_OTHERS + 1):
        yield parameters.with_prompt(other_prompt(parameters.prompt, number))

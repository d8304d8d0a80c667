"""The captions that were bought for an image: as records, and in text files."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rwcap.checks.mending import mended_forms
from rwcap.core.alt_text import DEFAULT_ALT_CHARS, clean_alt, fit_length
from rwcap.core.record import CostSource, Record, RecordStatus
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.outputs.prefix_suffix import Style
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.writing.written_text import is_same_text, written_text


def image_key(
    request: CaptionRequest, stamp: FileStamp | None, context: Context
) -> bytes:
    """Return the key of an image, which is read only if the ledger does not know it.

    Raises:
        InputError: The image cannot be read.
        StorageError: The storage of the image fails.
    """
    files = context.ledger.files
    known = files.find(request.source, stamp) if stamp else None
    if known is not None:
        return known
    key = context.requested_image(request).key
    if stamp:
        files.save(request.source, stamp, key)
    return key


def bought_records(
    image: bytes, blank: Record, options: RunOptions, context: Context
) -> list[Record]:
    """Return a record for each caption in the ledger for an image, the newest first.

    Captions that do not meet the requirements of the run are left out.
    """
    return fitting_records(all_records(image, blank, context), options)


def fitting_records(records: Iterable[Record], options: RunOptions) -> list[Record]:
    """Return the records that meet the requirements of the run."""
    checked = map(options.with_quality, records)
    return [each for each in checked if each.text is not None]


def all_records(image: bytes, blank: Record, context: Context) -> list[Record]:
    """Return the same of all captions, each with the whole reply."""
    return [
        blank._replace(
            status=RecordStatus.CACHED,
            task_uuid=each.task_uuid,
            text=each.text,
            cost=each.cost,
            cost_source=CostSource.NONE if each.cost is None else CostSource.LEDGER,
            model=each.model,
            prompt=each.prompt,
        )
        for each in context.ledger.purchases.captions_of(image)
    ]


def mended_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records without those sentences that `--on-fail` may leave out."""
    for each in records:
        for form in mended_forms(each.text or ""):
            yield each._replace(text=form, long=None)


def other_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records as runs with `--alt` have their texts."""
    for each in records:
        if form := fit_length(each.text or "", DEFAULT_ALT_CHARS):
            yield each._replace(text=form, long=each.long or each.text)


def record_of_part(records: Sequence[Record], text: str, whole: str) -> Record | None:
    """Return the record of a caption of which a run has written a part.

    A person can leave out the same sentence as `--on-fail` or `--alt`. It was rwcap if
    it has put down the whole text, too.

    Args:
        records: The captions of an image.
        text: The part.
        whole: The text in the column `long` beside it; empty if there is none.
    """
    parts = chain.from_iterable(_parts(each, whole) for each in records)
    return next((each for each in parts if is_same_text(text, each.text or "")), None)


def _parts(record: Record, whole: str) -> list[Record]:
    """Return the records of parts of a caption; none if `whole` is not a form of it."""
    reply = record.text or ""
    parts = [*other_records([record])]
    parts += mended_records([record, *parts])
    wholes = [reply, clean_alt(reply), *(part.text or "" for part in parts)]
    return parts if any(is_same_text(whole, known) for known in wholes) else []


def as_written(
    records: Sequence[Record], request: CaptionRequest, style: Style
) -> set[str]:
    """Return the captions of an image as they are written to text files."""
    every = chain(records, mended_records(records))
    return {written_text(each, request, style) for each in every}

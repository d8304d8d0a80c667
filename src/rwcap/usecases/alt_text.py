"""Alternative text out of replies, and other replies where one does not fit."""

from collections.abc import Callable
from typing import Final

from rwcap.core.alt_text import AltTextOptions, clean_alt, fit_length, shorter_prompt
from rwcap.core.errors import QualityError
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus

DOES_NOT_FIT: Final = "altTooLong"
"""The code of a reply that cannot be made to fit."""


def apply_alt(record: Record, alt: AltTextOptions | None) -> Record:
    """Return the record with alternative text in the place of the reply.

    A reply that cannot be made to fit is kept, and no text.
    """
    if alt is None or record.text is None:
        return record
    text, whole = fit_length(record.text, alt.limit), clean_alt(record.text)
    if text is not None:
        return record._replace(text=text, long=None if text == whole else whole)
    error = QualityError(
        f"{len(whole)} characters, and no sentence ends by {alt.limit}"
        if whole
        else "an empty reply",
        code=DOES_NOT_FIT,
        hint="another --prompt, which is a purchase"
        if alt.retries
        else "--retry-quality 2 (each is a purchase)",
    )
    failure = ErrorDetails.from_error(error)
    return record._replace(
        status=RecordStatus.FAILED, text=None, long=whole, error=failure
    )


def retry_until_fits(
    record: Record,
    alt: AltTextOptions,
    asked: str,
    *,
    again: Callable[[str], Record],
    notify: Callable[[str], None],
) -> Record:
    """Return the record, with another text as long as it does not fit.

    `again` obtains what another prompt than `asked` gets. Each asks for less, and is
    a purchase of its own unless it was made before. What is bought of them now is
    what the caption costs. Where one fails, that is how it ends.
    """
    for retry in range(1, alt.retries + 1):
        if not does_not_fit(record):
            break
        notify(f"the reply does not fit; asking for less, {retry} of {alt.retries}")
        kept = record.long
        record = _add_costs(record, again(shorter_prompt(asked, alt.limit, retry)))
        if record.error and not does_not_fit(record):  # what there is is kept
            return record._replace(long=kept)
    return record


def does_not_fit(record: Record) -> bool:
    """Return whether there is a reply that cannot be made to fit."""
    return record.error is not None and record.error.code == DOES_NOT_FIT


def _add_costs(first: Record, second: Record) -> Record:
    """Return the second of two records for one image, with what both cost now."""
    bought = [each for each in (first, second) if each.attempts]
    if not bought:
        return second
    known = [each.cost for each in bought if each.cost is not None]
    return second._replace(
        status=RecordStatus.OK
        if second.status is RecordStatus.CACHED
        else second.status,
        attempts=first.attempts + second.attempts,
        cost=Micros(sum(known)) if known else None,
        cost_source=CostSource.API if known else CostSource.NONE,
    )

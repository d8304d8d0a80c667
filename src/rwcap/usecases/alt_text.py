"""Captions as alternative text: shorten them, or buy shorter ones until one fits."""

from collections.abc import Callable
from typing import Final

from rwcap.core.alt_text import AltTextOptions, clean_alt, fit_length, shorter_prompt
from rwcap.core.errors import QualityError
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus

DOES_NOT_FIT: Final = "altTooLong"
"""The error code of a caption that cannot be shortened to the limit."""


def apply_alt(record: Record, alt: AltTextOptions | None) -> Record:
    """Return the record with alternative text in place of the caption.

    If the caption does not fit, the record has an error, and `long` has the caption.
    """
    if alt is None or record.text is None:
        return record
    text, whole = fit_length(record.text, alt.limit), clean_alt(record.text)
    if text is not None:
        return record._replace(text=text, long=None if text == whole else whole)
    error = QualityError(
        f"too long: {len(whole)} characters, and no sentence ends within the first"
        f" {alt.limit}"
        if whole
        else "the caption is empty",
        code=DOES_NOT_FIT,
        hint="try another --prompt (a new purchase)"
        if alt.retries
        else "--retry-quality 2 buys up to 2 shorter captions",
    )
    details = ErrorDetails.from_error(error)
    return record._replace(
        status=RecordStatus.FAILED, text=None, long=whole, error=details
    )


def retry_until_fits(
    record: Record,
    alt: AltTextOptions,
    prompt: str,
    purchase_with: Callable[[str], Record],
    *,
    notify: Callable[[str], None],
) -> Record:
    """Purchase shorter captions until one fits or the retries are used up.

    Args:
        record: The record of the first caption.
        alt: The limit and the number of retries.
        prompt: The prompt of the first caption.
        purchase_with: Returns the record for another prompt. A caption bought earlier
            is reused free.
        notify: Shows a line that explains the delay.

    Returns:
        The last record, with the cost of all captions bought now. If a purchase
        fails, the record has its error, and `long` has the last caption.
    """
    for retry in range(1, alt.retries + 1):
        if not does_not_fit(record):
            break
        notify(
            f"the caption does not fit; buying a shorter one ({retry} of {alt.retries})"
        )
        last_caption = record.long
        shorter = purchase_with(shorter_prompt(prompt, alt.limit, retry))
        record = _add_costs(record, shorter)
        if record.error and not does_not_fit(record):
            return record._replace(long=last_caption)
    return record


def does_not_fit(record: Record) -> bool:
    """Return whether the record has a caption that cannot be shortened to the limit."""
    return record.error is not None and record.error.code == DOES_NOT_FIT


def _add_costs(first: Record, second: Record) -> Record:
    """Return the second record with the requests and costs of both."""
    bought = [each for each in (first, second) if each.attempts]
    if not bought:
        return second
    known = [each.cost for each in bought if each.cost is not None]
    cached = second.status is RecordStatus.CACHED
    return second._replace(
        status=RecordStatus.OK if cached else second.status,
        attempts=first.attempts + second.attempts,
        cost=Micros(sum(known)) if known else None,
        cost_source=CostSource.API if known else CostSource.NONE,
    )

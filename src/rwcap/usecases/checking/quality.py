"""Requirements for a reply, and purchases until one meets them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from rwcap.api.request import Parameters
from rwcap.core.errors import ErrorKind, QualityError
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.core.text import has_visible_text

if TYPE_CHECKING:
    from rwcap.fields.definitions import Field


class Quality(Protocol):
    """The requirements for a reply."""

    @property
    def fields(self) -> "tuple[Field, ...]":
        """Return the fields that the reply has; empty if it is a caption."""

    @property
    def retries(self) -> int:
        """Return the number of other replies to buy if the first does not fit."""

    @property
    def retry_notice(self) -> str:
        """Return the message before a retry: "the caption does not fit; ..."."""

    def first_prompt(self, prompt: str | None) -> str | None:
        """Return the prompt that asks for what is required, too."""

    def retry_prompt(self, prompt: str, retry: int) -> str:
        """Return the prompt of a retry.

        Args:
            prompt: The first prompt.
            retry: The number of the retry, from 1.
        """

    def apply(self, record: Record) -> Record:
        """Return a record with its text checked.

        If the text does not fit, the record has an error of the kind `quality`, and
        `long` has the reply.
        """


def refuse_empty(record: Record) -> Record:
    """Return the record; with an error if nobody could see its text."""
    if record.text is None or has_visible_text(record.text):
        return record
    error = QualityError(
        "the reply is empty",
        code="emptyText",
        hint="rwcap caption FILE --fresh, with the same prompt (buys another one)",
    )
    details = ErrorDetails.from_error(error)
    return record._replace(
        status=RecordStatus.FAILED, text=None, long=record.text, error=details
    )


def with_first_prompt(parameters: Parameters, quality: Quality | None) -> Parameters:
    """Return parameters whose prompt asks for what is required, too."""
    prompt = quality.first_prompt(parameters.prompt) if quality else None
    return parameters if prompt is None else parameters.with_prompt(prompt)


def retry_until_fits(
    record: Record,
    quality: Quality,
    prompt: str,
    purchase_with: Callable[[str], Record],
    *,
    notify: Callable[[str], None],
) -> Record:
    """Purchase other replies until one fits or the retries are used up.

    Args:
        record: The record of the first reply.
        quality: The requirements.
        prompt: The prompt of the first reply.
        purchase_with: Returns the record for another prompt. A reply bought earlier
            is reused free.
        notify: Shows a line that explains the delay.

    Returns:
        The last record, with the cost of all replies bought now. If a purchase
        fails, the record has its error, and `long` has the last reply.
    """
    for retry in range(1, quality.retries + 1):
        if not does_not_fit(record):
            break
        notify(f"{quality.retry_notice} ({retry} of {quality.retries})")
        last_reply = record.long
        other = purchase_with(quality.retry_prompt(prompt, retry))
        record = add_costs(record, other)
        if record.error and not does_not_fit(record):
            return record._replace(long=last_reply)
    return record


def does_not_fit(record: Record) -> bool:
    """Return whether the record has a reply that does not meet the requirements."""
    return record.error is not None and record.error.kind is ErrorKind.QUALITY


def add_costs(first: Record, second: Record) -> Record:
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

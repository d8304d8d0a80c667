"""Captions as alternative text: shortened to a limit."""

from typing import Final, NamedTuple

from rwcap.core.alt_text import DEFAULT_ALT_CHARS, clean_alt, fit_length, shorter_prompt
from rwcap.core.errors import QualityError
from rwcap.core.record import ErrorDetails, Record, RecordStatus

DOES_NOT_FIT: Final = "altTooLong"
"""The error code of a caption that cannot be shortened to the limit."""


class AltTextQuality(NamedTuple):
    """The requirements for alternative text."""

    limit: int = DEFAULT_ALT_CHARS
    """The maximum length in characters."""
    retries: int = 0
    fields: tuple[()] = ()
    retry_notice: str = "the caption does not fit; trying a shorter one"

    def first_prompt(self, prompt: str | None) -> str | None:
        """Return the prompt as it is: it asks for alternative text, or for another."""
        return prompt

    def retry_prompt(self, prompt: str, retry: int) -> str:
        """Return a prompt that asks for a shorter text; the limit stays the same."""
        return shorter_prompt(prompt, self.limit, retry)

    def apply(self, record: Record) -> Record:
        """Return the record with alternative text in place of the caption."""
        if record.text is None:
            return record
        text, whole = fit_length(record.text, self.limit), clean_alt(record.text)
        if text is not None:
            return record._replace(text=text, long=None if text == whole else whole)
        error = QualityError(
            f"too long: {len(whole)} characters, and no sentence ends within the first"
            f" {self.limit}"
            if whole
            else "the caption is empty",
            code=DOES_NOT_FIT,
            hint="try another --prompt (a new purchase)"
            if self.retries
            else "--retry-quality 2 buys up to 2 shorter captions",
        )
        details = ErrorDetails.from_error(error)
        return record._replace(
            status=RecordStatus.FAILED, text=None, long=whole, error=details
        )

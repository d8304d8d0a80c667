"""The fields of an image in place of its caption."""

from typing import Final, NamedTuple

from rwcap.core.errors import QualityError
from rwcap.core.fields import main_text
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.fields.definitions import Field, short_form
from rwcap.fields.reader import Reading, read_reply
from rwcap.fields.request_text import fields_prompt, retry_prompt
from rwcap.fields.rules import FieldRules

UNREADABLE: Final = "fieldsUnreadable"
"""The error code of a reply that has none of the fields."""

INCOMPLETE: Final = "fieldsIncomplete"
"""The error code of a reply without some fields, or with values that do not fit."""


class FieldsQuality(NamedTuple):
    """The fields that a reply must have."""

    fields: tuple[Field, ...]
    rules: FieldRules = FieldRules()
    retries: int = 0
    retry_notice: str = "the reply does not fit; trying another one"

    def first_prompt(self, prompt: str | None) -> str | None:
        """Return the prompt with the text that asks for the fields."""
        return fields_prompt(prompt, self.fields, self.rules)

    def retry_prompt(self, prompt: str, retry: int) -> str:
        """Return a prompt that asks for the same fields again."""
        return retry_prompt(prompt, retry)

    def apply(self, record: Record) -> Record:
        """Return the record with the fields, and one text that stands for them.

        If a field does not fit, the record has an error, and the other fields.
        """
        if record.text is None:
            return record
        reading = read_reply(record.text, self.fields, self.rules)
        if reading is None:
            return self._failed(record, "the reply is not a JSON object", UNREADABLE)
        record = record._replace(fields=reading.values, repairs=reading.repairs)
        if reading.problems:
            problems = "; ".join(reading.problems)
            return self._failed(record, problems, INCOMPLETE, self._subset(reading))
        return record._replace(text=main_text(reading.values))

    def _subset(self, reading: Reading) -> str:
        """Return the hint to ask for the fields that fit; empty if there are none.

        They are asked for in the same words, so the same reply answers.
        """
        fitting = [
            each for each in self.fields if reading.values[each.name] is not None
        ]
        names = ",".join(filter(None, map(short_form, fitting)))
        return f"--fields {names} costs nothing" if names else ""

    def _failed(
        self, record: Record, message: str, code: str, subset: str = ""
    ) -> Record:
        again = (
            "try another --prompt (a new purchase)"
            if self.retries
            else "--retry-quality 2 buys up to 2 other replies"
        )
        hint = f"{again}; {subset}" if subset else again
        error = ErrorDetails.from_error(QualityError(message, code=code, hint=hint))
        return record._replace(
            status=RecordStatus.FAILED, text=None, long=record.text, error=error
        )

"""The checks of captions in a run, before they are written."""

from collections.abc import Callable
from typing import Final, NamedTuple

from rwcap.checks.all_checks import find_faults
from rwcap.checks.field_faults import find_all_faults
from rwcap.checks.mending import mend
from rwcap.core.checking import OnFail
from rwcap.core.errors import QualityError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.usecases.checking.quality import add_costs, does_not_fit

FAILS_CHECK: Final = "failsCheck"
"""The error code of a caption that fails a check and is not written."""

MAX_OTHERS: Final = 5
"""Captions that `--only` buys for an image, besides that of its own prompt."""

_VERSION: Final = " Write version {}."
"""What the prompts of the second to the last of them end with."""

_OTHER_PROMPT: Final = (
    "{} Write whole sentences in plain text. Begin with the main subject, say only what"
    " is certain, and do not mention the image."
)
"""The prompt of a retry. It is the same whatever failed, so that a later run with
other checks finds what was bought."""

_NO_PROMPT: Final = "Describe this image."
"""What the first prompt of a retry stands for if there is none."""


class CaptionChecks(NamedTuple):
    """The checks of a caption alone, and what is done about faults."""

    names: tuple[str, ...]
    """The names of the checks."""
    on_fail: OnFail = OnFail.WARN
    only_failed: bool = False
    """Whether only images whose caption fails are captioned."""

    @property
    def buys_others(self) -> bool:
        """Return whether another caption is bought if one fails."""
        return self.on_fail is OnFail.RETRY

    def apply(self, record: Record) -> Record:
        """Return the record with the names of the checks that it fails.

        With `fail`, a record with a fault has an error, and `long` has the text. With
        `drop-sentence`, the text is mended if that is possible, and `long` has it all.
        """
        if record.text is None:
            return record
        found = find_all_faults(record.text, record.fields, self.names)
        if found and self.on_fail is OnFail.DROP_SENTENCE:  # not for fields
            record = self._mended(record, record.text)
            found = find_faults(record.text or "", self.names)
        if not found:
            return record
        record = record._replace(faults=tuple(found))
        return self._failed(record, found) if self.on_fail is OnFail.FAIL else record

    def wants_other(self, record: Record) -> bool:
        """Return whether another caption is bought in place of a checked one."""
        return self.buys_others and bool(record.faults)

    def retry(
        self,
        record: Record,
        prompt: str | None,
        purchase_with: Callable[[str], Record],
        *,
        notify: Callable[[str], None],
    ) -> Record:
        """Purchase another caption in place of one that fails, and check it.

        Args:
            record: The record of the first caption, which was checked.
            prompt: Its prompt.
            purchase_with: Returns the record for another prompt. A caption bought
                earlier is reused free.
            notify: Shows a line that explains the delay.

        Returns:
            The record of the caption with fewer faults, with the cost of both. If the
            purchase fails, the record has its error, and `long` has the first caption.
        """
        notify("the caption fails a check; trying another one")
        other = self.apply(purchase_with(other_prompt(prompt)))
        if other.error and not does_not_fit(other):
            other = other._replace(long=record.text, faults=record.faults)
            return add_costs(record, other)
        if other.text is None or len(other.faults) >= len(record.faults):
            return add_costs(other, record)
        return add_costs(record, other)

    def _mended(self, record: Record, text: str) -> Record:
        mended = mend(text, self.names)
        if mended is None:
            return record
        repairs = tuple(f"sentence dropped: {name}" for name in mended.dropped)
        return record._replace(text=mended.text, long=text, repairs=repairs)

    def _failed(self, record: Record, found: dict[str, str]) -> Record:
        """Return a record without a caption, because it fails a check."""
        is_last = (record.prompt or "").endswith(_VERSION.format(MAX_OTHERS))
        buys_another = self.only_failed and not is_last
        if buys_another:
            hint = "the same command buys another one"
        elif self.only_failed:
            hint = "all five others are bought; try another --prompt, or write a text"
        elif record.fields is not None:
            hint = "try another --prompt (a new purchase); --on-fail warn writes it"
        else:
            hint = "--on-fail retry buys another caption, --on-fail warn writes it"
        error = QualityError(describe_faults(found), code=FAILS_CHECK, hint=hint)
        details = ErrorDetails.from_error(error)._replace(retryable=buys_another)
        return record._replace(
            status=RecordStatus.FAILED,
            text=None,
            long=record.long or record.text,
            error=details,
        )


def other_prompt(prompt: str | None, number: int = 1) -> str:
    """Return the prompt that asks for another caption than `prompt`.

    Args:
        prompt: The first prompt.
        number: How many other captions there will be with this one.
    """
    asked = _OTHER_PROMPT.format((prompt or _NO_PROMPT).rstrip())
    return asked if number == 1 else asked + _VERSION.format(number)


def describe_faults(found: dict[str, str]) -> str:
    """Return the names of failed checks, each with its excerpt."""
    return "; ".join(f"{name}: {piece}" for name, piece in found.items())

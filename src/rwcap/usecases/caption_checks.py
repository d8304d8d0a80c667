"""The checks of captions in a run, before they are written."""

from typing import Final, NamedTuple

from rwcap.checks.all_checks import find_faults
from rwcap.core.checking import OnFail
from rwcap.core.errors import QualityError
from rwcap.core.record import ErrorDetails, Record, RecordStatus

FAILS_CHECK: Final = "failsCheck"
"""The error code of a caption that fails a check and is not written."""


class CaptionChecks(NamedTuple):
    """The checks of a caption alone, and what is done about faults."""

    names: tuple[str, ...]
    """The names of the checks."""
    on_fail: OnFail = OnFail.WARN

    def apply(self, record: Record) -> Record:
        """Return the record with the names of the checks that its text fails.

        With `fail`, a record with a fault has an error, and `long` has the text.
        """
        if record.text is None:
            return record
        found = find_faults(record.text, self.names)
        if not found:
            return record
        record = record._replace(faults=tuple(found))
        if self.on_fail is OnFail.WARN:
            return record
        error = QualityError(
            describe_faults(found),
            code=FAILS_CHECK,
            hint="try another --prompt (a new purchase), or --on-fail warn writes it",
        )
        return record._replace(
            status=RecordStatus.FAILED,
            text=None,
            long=record.long or record.text,
            error=ErrorDetails.from_error(error),
        )


def describe_faults(found: dict[str, str]) -> str:
    """Return the names of failed checks, each with its excerpt."""
    return "; ".join(f"{name}: {piece}" for name, piece in found.items())

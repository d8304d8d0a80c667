"""What the checks found in the captions of a run."""

from collections.abc import Collection

from rwcap.checks.field_faults import find_all_faults
from rwcap.checks.set_statistics import SetStatistics
from rwcap.core.errors import OutputError
from rwcap.core.money import Micros, format_usd
from rwcap.core.record import Record, RecordStatus
from rwcap.usecases.checking.caption_checks import describe_faults
from rwcap.usecases.checking.checking import (
    Checking,
    Counts,
    StoredCaption,
    counts_document,
)


class RunChecks:
    """The captions of a run: `add` each record; then read the counts."""

    def __init__(self, names: Collection[str], *, has_set: bool = True) -> None:
        """Start.

        Args:
            names: The checks.
            has_set: Whether captions are compared with each other.

        Raises:
            OutputError: No temporary file can be created.
        """
        self._statistics = SetStatistics()
        self._checking = Checking(names, self._statistics)
        self.problem: OutputError | None = None
        """The reason why the set of all captions was not checked."""
        self._has_ended = False
        self.kept = 0
        """Captions that fail and are left, because they are not of rwcap."""
        if not has_set:
            self._checking.forget_set()

    def add(self, record: Record) -> str | None:
        """Count a record, and return what is wrong with its caption; None if nothing.

        A caption that was written earlier was not checked, unless it is left because it
        is not of rwcap.
        """
        if record.status is RecordStatus.SKIPPED and record.faults:
            self.kept += 1
            return f"kept, because it is not of rwcap: {', '.join(record.faults)}"
        text = record.long if record.text is None and record.faults else record.text
        if text is None or record.status is RecordStatus.SKIPPED:
            return None
        known = find_all_faults(text, record.fields, record.faults)
        found = dict.fromkeys(record.faults, "") | known
        caption = StoredCaption(record.source, record.source, text, record.cost or 0)
        try:
            for _ in self._checking.add(caption, found):
                pass
        except OutputError as error:
            self._forget_set(error)
        return describe_faults(found) if found else None

    @property
    def counts(self) -> Counts:
        """Compare all captions, and return the counts. Nothing can be added then."""
        if not self._has_ended:
            self._has_ended = True
            try:
                for _ in self._checking.end():
                    pass
            except OutputError as error:
                self._forget_set(error)
        return self._checking.counts

    def to_json(self) -> dict[str, object]:
        """Return the member of a report: the counts, and the statistics of the set."""
        counts = self.counts
        document = {
            **counts_document(counts),
            "paid_usd": format_usd(Micros(counts.paid)),
            "statistics": self._statistics.to_json(),
        }
        return {"checks": document}

    def _forget_set(self, error: OutputError) -> None:
        self.problem = error
        self._checking.forget_set()

"""Where captions are written, beside standard output."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rwcap.domain.errors import InputError, UnwrittenError
from rwcap.domain.record import MARK, Failure, Record, Status
from rwcap.domain.sidecar import Collide, Mode, Style
from rwcap.domain.text import name, short
from rwcap.domain.wanted import Wanted

if TYPE_CHECKING:
    from rwcap.adapters.ledger import Ledger
    from rwcap.adapters.outputs import RecordFile, Sidecars


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """The outputs of a run."""

    sidecars: "Sidecars | None" = None
    """A file for each caption."""
    mode: Mode = Mode.SKIP
    style: Style = field(default_factory=Style)
    """How a caption reads in a sidecar."""
    collide: Collide = Collide.ERROR
    """What two images do that would share a sidecar."""
    records: "RecordFile | None" = None
    """One file for all records."""
    dry: bool = False
    """Whether nothing is written in truth."""

    def place(self, wanted: Wanted, ledger: "Ledger") -> str | None:
        """Return the sidecar that is this image's own, if there are sidecars.

        Raises `InputError` where there can be none, before anything is spent.
        """
        if not self.sidecars:
            return None
        self.style.decorate("", fields=_fields(wanted))
        assign = ledger.files.foresee if self.dry else ledger.files.assign
        path = self.sidecars.path(wanted)
        other = assign(path, wanted.source)
        if other != wanted.source and self.collide is Collide.SUFFIX:
            path = self.sidecars.path(wanted, full_name=True)
            other = assign(path, wanted.source)
        if other == wanted.source:
            return path
        raise InputError(
            f"{_shown(wanted.source)}: would share {_shown(path)} with {_shown(other)}",
            code="sidecarTaken",
            hint="--collide suffix (keeps the image's own suffix in the name)"
            if self.collide is Collide.ERROR
            else "--out-dir DIR, or another id in the manifest",
        )

    def is_done(self, place: str | None, record: Record) -> bool:
        """Return whether everything is written that is to be written.

        Standard output does not count: what is printed is gone.
        """
        if self.sidecars and place:
            # In the other modes the caption tells whether it is there.
            if self.mode is not Mode.SKIP or not _is_present(
                self.sidecars, place, record
            ):
                return False
        elif not self.records:
            return False
        return self._is_recorded(record)

    def write(self, wanted: Wanted, place: str | None, record: Record) -> Record:
        """Write a caption beside its image, and return the record of it.

        A caption that cannot be written is not lost: the ledger has it.
        """
        if self.dry or not (place and self.sidecars) or record.text is None:
            return record
        caption = self.style.decorate(record.text, fields=_fields(wanted))
        try:
            if self.mode is not Mode.SKIP or not _is_present(
                self.sidecars, place, record
            ):
                self.sidecars.write(place, caption)
        except UnwrittenError as failure:
            return replace(record, status=Status.FAILED, error=Failure.of(failure))
        return replace(record, outputs=(place,))

    def append(self, record: Record) -> None:
        """Add a record to the file of records, unless it is there.

        Raises `UnwrittenError`.
        """
        if self.records and record.status is not Status.SKIPPED:
            fresh = record.status is Status.OK
            if fresh or not self.records.has(record):
                self.records.append(record)

    def _is_recorded(self, record: Record) -> bool:
        """Return whether the file of records, if there is one, has a caption."""
        return not self.records or self.records.holds(record)


def _is_present(sidecars: "Sidecars", place: str, record: Record) -> bool:
    """Return whether a sidecar is there that was not written to try rwcap out.

    What the sandbox said must not pass for what the service says.
    """
    is_sandbox = record.sandbox or MARK in (record.text or "")
    return sidecars.is_present(place, unless=None if is_sandbox else MARK)


def _fields(wanted: Wanted) -> dict[str, str]:
    """Return what a template can name: the row's columns, and the file's name."""
    last = wanted.source.rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return {"name": last, "stem": stem, **wanted.fields}


def _shown(path: str) -> str:
    return short(name(path))

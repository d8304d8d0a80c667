"""Several outputs of one caption, each of which may fail."""

from typing import TYPE_CHECKING, cast

from rwcap.domain.errors import InputError, Kind, UnwrittenError
from rwcap.domain.record import Record, Status
from rwcap.domain.wanted import Wanted
from rwcap.usecases.writing import Writing

if TYPE_CHECKING:
    from rwcap.adapters.ledger import Ledger

NO_LEDGER = cast("Ledger", None)


class Output:
    """An output that may fail when it is looked at, or written to."""

    inside = False

    def __init__(self, *, seen: Exception | None = None) -> None:
        """Fail with what is `seen`, if anything."""
        self._seen = seen
        self.written: list[str] = []

    def path(self, wanted: Wanted, *, full_name: bool = False) -> str:
        """Return no place in particular."""
        return f"{wanted.source}{full_name}"

    def is_present(self, path: str, *, unless: str | None = None) -> bool:
        """Return that nothing is there."""
        if self._seen:
            raise self._seen
        return path == unless

    def write(self, path: str, caption: str, record: Record) -> bool:
        """Remember the caption."""
        self.written.append(caption)
        return record.source in path


def test_what_one_output_cannot_have_the_others_have() -> None:
    """The first reason is told, as one of writing: the caption is bought."""
    good = Output()
    damaged = Output(seen=InputError("b: damaged", code="damagedImage", hint="mend it"))
    full = Output(seen=UnwrittenError("c: disk full", code="outputFailed"))
    writing = Writing(outputs=[damaged, good, full])
    record = Record(source="a", status=Status.OK, text="A cat.")

    told = writing.write(Wanted("a"), ("b", "a.txt", "c"), record, NO_LEDGER)

    assert good.written == ["A cat."]
    assert (told.status, told.text, told.outputs) == (
        *(Status.FAILED, "A cat."),
        ("a.txt",),
    )
    assert told.error
    assert (told.error.kind, told.error.message) == (Kind.OUTPUT, "b: damaged")
    assert (told.error.hint, told.error.retryable) == ("mend it", True)

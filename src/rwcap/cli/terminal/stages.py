"""The stages of a run: one for a batch, two with a pilot, one without an end."""

from collections.abc import Callable, Generator
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.live_display import Watched
from rwcap.core.errors import RwcapError
from rwcap.core.record import ErrorDetails, Record
from rwcap.usecases.batch.limits import StopReason
from rwcap.usecases.batch.pipeline import Batch

if TYPE_CHECKING:
    from rwcap.sources.sources import Sources
    from rwcap.sources.watch import Watch


class RunningBatch(Watched, Protocol):
    """A batch, on this machine or on others."""

    @property
    def reason(self) -> StopReason | None:
        """The reason why it stopped before all images were done."""

    @property
    def refusal(self) -> ErrorDetails | None:
        """The error of the budget, if it stopped the batch."""

    @property
    def is_over(self) -> bool:
        """Whether no image is in progress."""

    def stop(self, grace: float, /) -> None:
        """Start nothing new. Wait up to `grace` seconds for images in progress."""

    def note_result(self, record: Record, /, *, is_delivered: bool) -> None:
        """Count a record, and note in the ledger if its text is printed or written."""


class Stage(NamedTuple):
    """A part of a run. The next stage begins when it has ended."""

    batch: RunningBatch
    records: Generator[Record, None, None]
    """Runs the batch."""
    total: Callable[[], int | None]
    """Returns the expected number of records; None if unknown."""
    add_record: Callable[[Record], None] = lambda _: None
    """Receives each record."""
    watched: str = ""
    """The folders that are watched while there is nothing to do. Empty for a stage
    that ends then."""


def single_stage(batch: Batch, sources: "Sources") -> Stage:
    """Return one stage; a thread counts the sources if they can be read twice."""
    found: list[int] = []

    def count() -> None:
        with suppress(RwcapError):  # the run reports the error
            found.append(sum(1 for _ in sources))

    if sources.countable and messages.verbosity.get() >= 0:
        Thread(target=count, name="count", daemon=True).start()
    return Stage(
        batch, batch.run(sources), lambda: batch.records(found[0]) if found else None
    )


def watch_stage(
    batch: Batch, sources: "Sources", watch: "Watch", watched: str
) -> Stage:
    """Return a stage that goes on with the images that come to the folders."""
    first = single_stage(batch, sources)

    def total() -> int | None:
        return first.total() if watch.is_first_look else watch.yielded

    return Stage(batch, batch.run(watch), total, watch.add_record, watched)

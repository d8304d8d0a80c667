"""Caption many images at the same time, as `usecases.caption` captions one.

Images are read and reserved ahead of their requests, and settled and written behind
them. The number of requests in flight adapts to the service. A run stops early when a
limit is reached or the remaining images would fail too.
"""

from collections.abc import Generator, Iterable, Iterator
from threading import Lock, Timer
from typing import NamedTuple, TypeAlias

from rwcap.core.errors import ErrorKind
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.usecases.batch.limits import (
    OUTAGE_SECONDS,
    OUTAGES,
    REFUSED_KINDS,
    BatchState,
    Failures,
    Limits,
    LimitUsage,
    StopReason,
    apply_sample,
    first_limit,
    is_known_failure,
)
from rwcap.usecases.batch.pace import Pace
from rwcap.usecases.batch.prepare import memory_bytes, prepare_all
from rwcap.usecases.batch.worker_pool import KnownResult, Steps, WorkerPool
from rwcap.usecases.caption import (
    BoughtRequest,
    OpenRequest,
    PreparedRequest,
    RunOptions,
    UnreadableRequest,
    buy,
    mark_delivered,
    open_request,
    write,
)
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.purchase import recovery
from rwcap.usecases.purchase.purchase import cancel

Opened: TypeAlias = OpenRequest | UnreadableRequest | str
"""An image before its request, or the UUID of an abandoned purchase."""

Bought: TypeAlias = BoughtRequest | UnreadableRequest | None
"""An image after its request; None if it has no result."""


class KnownRecord(NamedTuple):
    """The record of an image that needs no purchase."""

    record: Record


Result: TypeAlias = Record | KnownRecord | None
"""The result of an image; None if it has none."""


class Batch:
    """One run over many images."""

    def __init__(self, options: RunOptions, limits: Limits, context: Context) -> None:
        """Prepare a run.

        Args:
            options: The options for all images.
            limits: The limits of the run.
            context: The context. The run replaces its functions that send and sleep.
        """
        self._options = options
        self._limits = limits
        self._outside = context
        self._pace = Pace(context, limits.concurrency)
        self._context = context._replace(
            post=self._pace.post,
            sleep=self._pace.sleep,
            sleep_before_purchase=self._pace.sleep_before_purchase,
        )
        self._lock = Lock()
        self._given_up = False
        self._failures = Failures(limits)
        self._reachable = True
        self.reason: StopReason | None = None
        """The reason why the run stopped before all images were done."""
        self.captions = 0
        """Purchases that were tried, including failed ones."""
        self.bought = 0
        """Captions that were bought."""
        self.refusal: ErrorDetails | None = None
        """The error of the budget, if it stopped the run."""
        self._pool: WorkerPool[PreparedRequest | str, Opened, Bought, Result] = (
            WorkerPool(
                Steps(self._open, self._work, self._finish),
                slots=lambda: self._pace.concurrency,
                size=memory_bytes,
                left=self._left,
            )
        )
        self._pace.slots = self._pool.slots

    @property
    def state(self) -> BatchState:
        """What the run is doing now."""
        slots, pace = self._pool.slots, self._pace
        return BatchState(pace.concurrency, slots.used, slots.paused, pace.pause)

    def first_limit(self) -> LimitUsage | None:
        """Return the spending limit that stops the run first."""
        return first_limit(self._options.purchase.budget, self._context.ledger)

    @property
    def failures(self) -> int:
        """The number of images that failed."""
        return self._failures.number

    @property
    def is_over(self) -> bool:
        """Whether no image is in progress."""
        return self._pool.is_idle

    def records(self, sources: int) -> int | None:
        """Return the number of records for a number of sources. None if unknown."""
        if self._limits.captions is not None:
            return None
        sample = self._limits.sample
        return sources if sample is None else min(sources, sample)

    def run(
        self, requests: Iterable[CaptionRequest | UnusableSource]
    ) -> Generator[Record, None, None]:
        """Yield the record of each image as soon as it is finished.

        First, purchases that earlier runs left open are recovered.
        """
        timer = self._start_timer()
        try:
            abandoned = self._context.ledger.open_purchases.abandoned()
            for _ in self._pool.run(abandoned):
                pass
            sample = apply_sample(requests, self._limits)
            for result in self._pool.run(self._feed(sample)):
                if isinstance(result, KnownRecord):
                    self._check_record(result.record)
                    yield result.record
                elif result:
                    self.bought += bool(result.attempts and not result.error)
                    yield result
        except GeneratorExit:
            if not self._pace.is_stopped:  # the consumer of the records has failed
                self._pool.drain()
            raise
        finally:
            timer.cancel()
        if self.reason in {StopReason.MAX_DURATION, StopReason.LIMIT}:
            self.reason = self._reason_for_rest(self.reason)
        if self.is_over:
            self._pool.shut_down()

    def _reason_for_rest(self, reason: StopReason) -> StopReason | None:
        """Return the reason why images are left, after the time or the limit.

        The images in progress at that moment may have been the last ones.
        """
        if self.refusal:
            return StopReason.BUDGET
        if self._pool.is_exhausted and not self._given_up:
            return None
        return StopReason.LIMIT if self.captions == self._limits.captions else reason

    def stop(self, grace: float) -> None:
        """Start nothing new. Wait up to `grace` seconds for images in progress."""
        self._stop_feeding(StopReason.REQUESTED, grace=grace)
        self._pace.stop()

    def share_service(self, slots: int, pause: float) -> None:
        """Send at most `slots` requests at a time, and none for `pause` seconds."""
        self._pace.share_service(slots, pause)

    def note_result(self, record: Record, *, is_delivered: bool) -> None:
        """Count whether a text is written, and note in the ledger that it is.

        An image that was done before does not show that something can be written.

        Args:
            record: The record, with the error if it could not be written anywhere.
            is_delivered: Whether the text is printed or written.
        """
        error = record.error
        if error and error.kind is ErrorKind.OUTPUT:
            self._check_failure(error)
        elif is_delivered and not error and record.status is not RecordStatus.SKIPPED:
            self._failures.add_written()
            self.mark_delivered(record)

    def mark_delivered(self, record: Record) -> None:
        """Note in the ledger that a caption is printed or written."""
        mark_delivered(record, self._outside)

    def _stop_feeding(self, reason: StopReason, *, grace: float | None = None) -> None:
        if self.reason is None or reason is StopReason.REQUESTED:
            self.reason = reason
        self._pace.begin_nothing()
        self._pool.stop(grace=grace)

    def _start_timer(self) -> Timer:
        """Return the timer that stops the run, started if there is a time limit."""
        seconds = self._limits.seconds
        timer = Timer(seconds or 0.0, self._stop_at_max_duration)
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _stop_at_max_duration(self) -> None:
        """Start nothing new, and end all pauses; open requests get their replies."""
        self._stop_feeding(StopReason.MAX_DURATION)
        self._pace.stop()

    def _feed(
        self, requests: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[PreparedRequest | KnownResult[Result]]:
        """Yield prepared requests, and the records of images that are done."""
        for prepared in prepare_all(requests, self._options, self._context):
            if isinstance(prepared, Record):
                yield KnownResult(KnownRecord(prepared))
            else:
                yield prepared

    def _open(self, job: PreparedRequest | str) -> Opened:
        """Read an image and begin to reserve its purchase."""
        if isinstance(job, str):
            return job
        return open_request(job, self._options, self._context)

    def _work(self, job: Opened) -> Bought:
        """Buy a caption, or recover an abandoned purchase by its UUID."""
        if isinstance(job, str):
            self._reachable = self._reachable and recovery.recover_one(
                job, self._context
            )
            return None
        # What fits into the budget is bought.
        is_given_up = self._pool.is_stopping and self.reason is not StopReason.BUDGET
        if is_given_up and isinstance(job, OpenRequest):
            self._given_up = True
            cancel(job.opened, self._outside)
            return None
        try:
            bought = buy(job, self._options, self._context)
        except RunStopped:
            self._given_up = True  # what may have been sent stays open
            return None
        return bought if self._check_purchase(bought.record) else None

    def _finish(self, bought: Bought) -> Record | None:
        """Wait until a purchase is settled, and write its caption."""
        if bought is None:
            return None
        return write(bought, self._options, self._context)

    def _check_purchase(self, record: Record) -> bool:
        """Count a purchase, and stop the run if the remaining images would fail.

        Returns:
            Whether the image has a result.
        """
        if record.error and record.error.kind is ErrorKind.BUDGET:
            self.refusal = record.error
            self._stop_feeding(StopReason.BUDGET)
            if record.long is None:
                return False  # no purchase was tried
        self._check_record(record)
        is_refused = record.error and record.error.kind in REFUSED_KINDS
        if record.attempts and not is_refused:  # none for a caption of an earlier run
            self._count()
        return True

    def _count(self) -> None:
        """Count a purchase that was tried, and stop at the limit."""
        with self._lock:
            self.captions += 1
            reached = self.captions == self._limits.captions
        if reached:
            self._stop_feeding(StopReason.LIMIT)

    def _left(self) -> int | None:
        """Return the number of captions that may still be bought; None for no limit.

        A refused image makes room for the next one.
        """
        if self._limits.captions is None:
            return None
        return self._limits.captions - self.captions

    def _check_record(self, record: Record) -> None:
        """Count a failure or a success of this run."""
        error = record.error
        is_unwritten = error and error.kind is ErrorKind.OUTPUT  # `note_result` counts
        if error and not (is_unwritten or is_known_failure(record)):
            self._check_failure(error)
        elif record.attempts:  # a cached caption does not show that the service works
            self._failures.add_success()

    def _check_failure(self, error: ErrorDetails) -> None:
        """Stop or pause the run if the remaining images would fail too."""
        reason = self._failures.add(error)
        if self._pace.take_long_pause():
            reason = reason or StopReason.LONG_PAUSE
        if reason in OUTAGES and self._limits.goes_on:
            self._failures.forgive_one()  # one more failure pauses the run again
            self._pace.hold(OUTAGE_SECONDS)
            self._outside.notify(f"waiting: {reason.value}")
        elif reason:
            self._stop_feeding(reason)

"""Caption many images at the same time, as `usecases.caption` captions one.

The number of requests in flight adapts to the service. A run stops early when a limit
is reached or the remaining images would fail too.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from threading import Event, Lock, Timer
from typing import Final

from rwcap.api.concurrency import ConcurrencyLimit
from rwcap.api.retry import MAX_RETRY_AFTER
from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.usecases import recovery
from rwcap.usecases.batch.limits import (
    MAX_CONSECUTIVE_FAILURES,
    Limits,
    StopReason,
    apply_sample,
)
from rwcap.usecases.batch.prompts import prepare_one
from rwcap.usecases.batch.worker_pool import KnownResult, WorkerPool
from rwcap.usecases.caption import (
    PreparedRequest,
    RunOptions,
    finish,
    mark_delivered,
)
from rwcap.usecases.context import Context

_CONGESTION_STATUSES: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_SYSTEMIC_KINDS: Final = {
    *(ErrorKind.CAPACITY, ErrorKind.SERVER, ErrorKind.NETWORK, ErrorKind.AMBIGUOUS),
    ErrorKind.OUTPUT,
}
"""Errors that are not caused by the image."""

_ACCOUNT_STATUSES: Final = {ExitStatus.AUTH, ExitStatus.CREDITS}
"""Errors that all other images would have too."""


class RunStopped(BaseException):
    """The run has stopped, so a waiting thread gives up its image."""


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
        self._context = context._replace(
            post=self._post,
            sleep=self._sleep,
            sleep_before_purchase=self._sleep_before_purchase,
        )
        self._outside = context
        self._concurrency = ConcurrencyLimit(limits.concurrency)
        self._lock = Lock()
        self._paused_until = 0.0
        self._stop_now = Event()
        self._no_new_purchases = Event()
        self._given_up = False
        self._consecutive_failures = 0
        self._reachable = True
        self.reason: StopReason | None = None
        """The reason why the run stopped before all images were done."""
        self.captions = 0
        """Purchases that were tried, including failed ones."""
        self.bought = 0
        """Captions that were bought."""
        self.failures = 0
        self.refusal: ErrorDetails | None = None
        """The error of the budget, if it stopped the run."""
        self._pool: WorkerPool[PreparedRequest | str, Record | None] = WorkerPool(
            self._work, limit=self._limit, size=_memory_bytes
        )

    @property
    def concurrency(self) -> int:
        """The number of images that may be in progress now."""
        return self._concurrency.value

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
    ) -> Iterator[Record]:
        """Yield the record of each image as soon as it is finished.

        First, purchases that earlier runs left open are recovered.
        """
        timer = self._start_timer()
        try:
            for _ in self._pool.run(self._context.ledger.purchases.abandoned()):
                pass
            sample = apply_sample(requests, self._limits)
            for record in self._pool.run(self._feed(sample)):
                if record:
                    self._check_failures(record)
                    yield record
        except GeneratorExit:
            if not self._stop_now.is_set():  # the consumer of the records has failed
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
        self._stop_now.set()

    def mark_delivered(self, record: Record) -> None:
        """Note in the ledger that a caption is printed or written."""
        mark_delivered(record, self._outside)

    def _stop_feeding(self, reason: StopReason, *, grace: float | None = None) -> None:
        if self.reason is None or reason is StopReason.REQUESTED:
            self.reason = reason
        self._no_new_purchases.set()
        self._pool.stop(grace=grace)

    def _start_timer(self) -> Timer:
        """Return the timer that stops the run, started if there is a time limit."""
        seconds = self._limits.seconds
        timer = Timer(
            seconds or 0.0, lambda: self._stop_feeding(StopReason.MAX_DURATION)
        )
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _feed(
        self, requests: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[PreparedRequest | KnownResult[Record | None]]:
        """Yield prepared requests, and the records of images that are done."""
        for each in requests:
            prepared = prepare_one(each, self._options, self._context)
            if isinstance(prepared, Record):
                yield KnownResult(prepared)
            else:
                yield prepared

    def _work(self, job: PreparedRequest | str) -> Record | None:
        """Finish a request, or recover an abandoned purchase by its UUID."""
        if isinstance(job, str):
            self._reachable = self._reachable and recovery.recover_one(
                job, self._context
            )
            return None
        try:
            record = finish(job, self._options, self._context)
        except RunStopped:
            self._given_up = True
            return None  # the next run adopts the purchase, which stays open
        if record.error and record.error.kind is ErrorKind.BUDGET:
            self.refusal = record.error
            self._stop_feeding(StopReason.BUDGET)
            if record.long is None:
                return None  # no purchase was tried
        is_unusable = record.error and record.error.kind is ErrorKind.INPUT
        if not is_unusable and record.status is not RecordStatus.CACHED:
            self._count()
        return record

    def _count(self) -> None:
        """Count a purchase that was tried, and stop at the limit."""
        with self._lock:
            self.captions += 1
            reached = self.captions == self._limits.captions
        if reached:
            self._stop_feeding(StopReason.LIMIT)

    def _limit(self) -> int:
        """Return the number of jobs that may be in progress.

        It never exceeds the number of captions that may still be bought. An unusable
        image makes room for the next one.
        """
        if self._limits.captions is None:
            return self._concurrency.value
        return min(self._concurrency.value, self._limits.captions - self.captions)

    def _check_failures(self, record: Record) -> None:
        """Stop the run if the remaining images would fail too."""
        if record.error is None:
            if record.attempts:  # a cached caption does not show that the service works
                self._consecutive_failures = 0
                self.bought += 1
            return
        self.failures += 1
        if record.error.status in _ACCOUNT_STATUSES:
            self._stop_feeding(StopReason.ACCOUNT)
        elif self.failures == self._limits.errors:
            self._stop_feeding(StopReason.MAX_ERRORS)
        # An ambiguous purchase of an earlier run is no failure of the service now.
        is_old = record.error.kind is ErrorKind.AMBIGUOUS and not record.attempts
        if record.error.kind in _SYSTEMIC_KINDS and not is_old:
            self._consecutive_failures += 1
            if self._consecutive_failures == MAX_CONSECUTIVE_FAILURES:
                self._stop_feeding(StopReason.CONSECUTIVE_FAILURES)

    def _post(self, body: bytes) -> Reply:
        """Send a request, and adapt the concurrency to the reply.

        If the service asks one thread to wait, all threads wait.
        """
        while (pause := self._paused_until - self._context.now()) > 0:
            self._sleep(pause)
        with self._lock:
            token = self._concurrency.start_request()
        started = self._context.now()
        reply = self._outside.post(body)
        seconds = self._context.now() - started
        with self._lock:
            if reply.status in _CONGESTION_STATUSES:
                self._concurrency.record_congestion(token)
                pause = min(reply.retry_after or 0.0, MAX_RETRY_AFTER)
                self._paused_until = max(
                    self._paused_until, self._context.now() + pause
                )
            elif reply.status < HTTPStatus.BAD_REQUEST:
                self._concurrency.record_success(token, seconds)
        return reply

    def _sleep(self, seconds: float) -> None:
        """Sleep, or raise `RunStopped` if a signal stops the run."""
        if self._stop_now.wait(seconds):
            raise RunStopped

    def _sleep_before_purchase(self, seconds: float) -> None:
        """Sleep, or raise `RunStopped` if the run may not begin a purchase."""
        if self._no_new_purchases.wait(seconds):
            raise RunStopped


def _memory_bytes(job: PreparedRequest | str) -> int:
    """Return the memory that a job needs: the image and its base64."""
    if isinstance(job, str):
        return 0
    size = job.stamp.size if job.stamp else len(job.request.content or b"")
    return size * 7 // 3

"""Caption many images: the way of one, for as many at a time as goes well."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from threading import Event, Lock, Timer
from typing import Final

from rwcap.api.concurrency import ConcurrencyLimit
from rwcap.api.retry import MAX_RETRY_AFTER
from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind, InputError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.sources.templates import render_template
from rwcap.usecases import recovery
from rwcap.usecases.batch.limits import (
    MAX_CONSECUTIVE_FAILURES,
    Limits,
    StopReason,
    apply_sample,
)
from rwcap.usecases.batch.worker_pool import KnownResult, WorkerPool
from rwcap.usecases.caption import (
    PreparedRequest,
    RunOptions,
    finish,
    mark_delivered,
    prepare,
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
_ACCOUNT_STATUSES: Final = {ExitStatus.AUTH, ExitStatus.CREDITS}


class RunStopped(BaseException):
    """A thread that was waiting shall not wait any longer."""


class Batch:
    """One run over many images."""

    def __init__(self, options: RunOptions, limits: Limits, context: Context) -> None:
        """Caption what `options` says, in `context`, as far as `limits` go."""
        self._options = options
        self._limits = limits
        self._context = replace(
            context,
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
        """Why work is left, if so."""
        self.captions = 0
        """Captions that were to be had, be it that they failed."""
        self.bought = 0
        """Captions that the service has answered with."""
        self.failures = 0
        self.refusal: ErrorDetails | None = None
        """Which budget had no room for more, and what it stands at."""
        self._pool: WorkerPool[PreparedRequest | str, Record | None] = WorkerPool(
            self._work, limit=self._limit, size=_memory_bytes
        )

    @property
    def concurrency(self) -> int:
        """How many images may be under way at this moment."""
        return self._concurrency.value

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way any more."""
        return self._pool.is_idle

    def records(self, sources: int) -> int | None:
        """Return how many records so many sources will give; None if nobody knows."""
        if self._limits.captions is not None:
            return None
        sample = self._limits.sample
        return sources if sample is None else min(sources, sample)

    def run(
        self, wanted: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[Record]:
        """Yield the record of each image, as it comes.

        First, what earlier runs left open is asked after.
        """
        clock = self._clock()
        try:
            for _ in self._pool.run(self._context.ledger.purchases.abandoned()):
                pass
            for record in self._pool.run(
                self._feed(apply_sample(wanted, self._limits))
            ):
                if record:
                    self._check_failures(record)
                    yield record
        except GeneratorExit:
            if not self._stop_now.is_set():  # whoever takes the records has failed
                self._pool.drain()
            raise
        finally:
            clock.cancel()
        if self.reason in {StopReason.MAX_DURATION, StopReason.LIMIT}:
            self.reason = self._reason_for_rest(self.reason)
        if self.is_over:
            self._pool.shut_down()

    def _reason_for_rest(self, reason: StopReason) -> StopReason | None:
        """Return why work is left, when time was over or the limit reached.

        What was under way then may have been the rest, or all that was wanted.
        """
        if self.refusal:
            return StopReason.BUDGET
        if self._pool.is_exhausted and not self._given_up:
            return None
        return StopReason.LIMIT if self.captions == self._limits.captions else reason

    def stop(self, grace: float) -> None:
        """Begin nothing more, and wait `grace` seconds for what is under way."""
        self._stop_feeding(StopReason.REQUESTED, grace=grace)
        self._stop_now.set()

    def mark_delivered(self, record: Record) -> None:
        """Learn that a caption has come to where it was wanted."""
        mark_delivered(record, self._outside)

    def _stop_feeding(self, reason: StopReason, *, grace: float | None = None) -> None:
        if self.reason is None or reason is StopReason.REQUESTED:
            self.reason = reason
        self._no_new_purchases.set()
        self._pool.stop(grace=grace)

    def _clock(self) -> Timer:
        """Return the timer that ends the run."""
        seconds = self._limits.seconds
        timer = Timer(
            seconds or 0.0, lambda: self._stop_feeding(StopReason.MAX_DURATION)
        )
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _feed(
        self, wanted: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[PreparedRequest | KnownResult[Record | None]]:
        """Yield what is still to be done, and what is done as ready."""
        for each in wanted:
            prepared = prepare_one(each, self._options, self._context)
            if isinstance(prepared, Record):
                yield KnownResult(prepared)
            else:
                yield prepared

    def _work(self, job: PreparedRequest | str) -> Record | None:
        """Do one job: a caption, or an orphan of the name."""
        if isinstance(job, str):
            self._reachable = self._reachable and recovery.recover_one(
                job, self._context
            )
            return None
        try:
            record = finish(job, self._options, self._context)
        except RunStopped:
            self._given_up = True
            return None  # its purchase stays open, and the next run adopts it
        if record.error and record.error.kind is ErrorKind.BUDGET:
            self.refusal = record.error
            self._stop_feeding(StopReason.BUDGET)
            if record.long is None:
                return None  # it was not begun, so there is nothing to tell of it
        unusable = record.error and record.error.kind is ErrorKind.INPUT
        if not unusable and record.status is not RecordStatus.CACHED:
            self._count()
        return record

    def _count(self) -> None:
        """Count a caption that was to be had, and stop at the limit."""
        with self._lock:
            self.captions += 1
            reached = self.captions == self._limits.captions
        if reached:
            self._stop_feeding(StopReason.LIMIT)

    def _limit(self) -> int:
        """Return how many jobs may be under way.

        Under a limit of captions no more than are still to be had: one that turns
        out to be no image makes room for another.
        """
        if self._limits.captions is None:
            return self._concurrency.value
        return min(self._concurrency.value, self._limits.captions - self.captions)

    def _check_failures(self, record: Record) -> None:
        """Stop where the rest would fail as well."""
        if record.error is None:
            if record.attempts:  # what was there already says nothing of the service
                self._consecutive_failures = 0
                self.bought += 1
            return
        self.failures += 1
        if record.error.status in _ACCOUNT_STATUSES:
            self._stop_feeding(StopReason.ACCOUNT)
        elif self.failures == self._limits.errors:
            self._stop_feeding(StopReason.MAX_ERRORS)
        # A doubt from an earlier run says nothing of the service as it is now.
        old = record.error.kind is ErrorKind.AMBIGUOUS and not record.attempts
        if record.error.kind in _SYSTEMIC_KINDS and not old:
            self._consecutive_failures += 1
            if self._consecutive_failures == MAX_CONSECUTIVE_FAILURES:
                self._stop_feeding(StopReason.CONSECUTIVE_FAILURES)

    def _post(self, body: bytes) -> Reply:
        """Send a request when the service wants to be asked, and learn from the answer.

        When it asks one thread to wait, all wait.
        """
        while (pause := self._paused_until - self._context.now()) > 0:
            self._sleep(pause)
        with self._lock:
            token = self._concurrency.start_request()
        began = self._context.now()
        reply = self._outside.post(body)
        seconds = self._context.now() - began
        with self._lock:
            if reply.status in _CONGESTION_STATUSES:
                self._concurrency.record_congestion(token)
                asked = min(reply.retry_after or 0.0, MAX_RETRY_AFTER)
                self._paused_until = max(
                    self._paused_until, self._context.now() + asked
                )
            elif reply.status < HTTPStatus.BAD_REQUEST:
                self._concurrency.record_success(token, seconds)
        return reply

    def _sleep(self, seconds: float) -> None:
        """Sleep; raises `Stopped` where the run is to end now."""
        if self._stop_now.wait(seconds):
            raise RunStopped

    def _sleep_before_purchase(self, seconds: float) -> None:
        """Sleep before a purchase is begun; raises `Stopped` where none is to be."""
        if self._no_new_purchases.wait(seconds):
            raise RunStopped


def prepare_one(
    each: CaptionRequest | UnusableSource, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Prepare one image, with the prompt that is its own."""
    try:
        if isinstance(each, UnusableSource):
            raise each.error
        prompt = each.prompt
        if prompt is None and options.parameters.prompt is not None:
            prompt = render_template(options.parameters.prompt, each.columns)
        if prompt is not None:
            options.parameters.with_prompt(prompt)  # raises if it cannot be sent
            each = each._replace(prompt=prompt)
        return prepare(each, options, context)
    except InputError as error:
        failure = ErrorDetails.from_error(error)
    except UsageError as error:
        complaint = InputError(error.message, code="invalidPrompt", hint=error.hint)
        failure = ErrorDetails.from_error(complaint)
    return Record(
        source=each.source,
        id=each.id,
        status=RecordStatus.FAILED,
        error=failure,
        model=options.parameters.model,
        sandbox=context.sandbox,
    )


def _memory_bytes(job: PreparedRequest | str) -> int:
    """Return the bytes that a job will hold: the image and its base64."""
    return 0 if isinstance(job, str) or not job.stamp else job.stamp.size * 7 // 3

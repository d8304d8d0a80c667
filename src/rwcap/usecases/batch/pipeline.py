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
from rwcap.usecases.batch.limits import BREAKER, Limits, Reason, chosen
from rwcap.usecases.batch.worker_pool import Crew, Ready
from rwcap.usecases.caption import Job, Order, delivered, finish, prepare
from rwcap.usecases.context import World

_CONGESTED: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_OF_ALL: Final = {
    *(ErrorKind.CAPACITY, ErrorKind.SERVER, ErrorKind.NETWORK, ErrorKind.AMBIGUOUS),
    ErrorKind.OUTPUT,
}
_OF_ACCOUNT: Final = {ExitStatus.AUTH, ExitStatus.CREDITS}


class Stopped(BaseException):
    """A thread that was waiting shall not wait any longer."""


class Batch:
    """One run over many images."""

    def __init__(self, order: Order, limits: Limits, world: World) -> None:
        """Caption what `order` says, in `world`, as far as `limits` go."""
        self._order = order
        self._limits = limits
        self._world = replace(
            world, post=self._post, sleep=self._sleep, pause=self._pause
        )
        self._outside = world
        self._concurrency = ConcurrencyLimit(limits.concurrency)
        self._lock = Lock()
        self._closed_until = 0.0
        self._asked = Event()
        self._ending = Event()
        self._given_up = False
        self._in_a_row = 0
        self._reachable = True
        self.reason: Reason | None = None
        """Why work is left, if so."""
        self.captions = 0
        """Captions that were to be had, be it that they failed."""
        self.bought = 0
        """Captions that the service has answered with."""
        self.failures = 0
        self.refusal: ErrorDetails | None = None
        """Which budget had no room for more, and what it stands at."""
        self._crew: Crew[Job | str, Record | None] = Crew(
            self._work, limit=self._limit, size=_size
        )

    @property
    def concurrency(self) -> int:
        """How many images may be under way at this moment."""
        return self._concurrency.value

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way any more."""
        return self._crew.is_idle

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
            for _ in self._crew.run(self._world.ledger.purchases.orphans()):
                pass
            for record in self._crew.run(self._feed(chosen(wanted, self._limits))):
                if record:
                    self._heed(record)
                    yield record
        except GeneratorExit:
            if not self._asked.is_set():  # whoever takes the records has failed
                self._crew.drain()
            raise
        finally:
            clock.cancel()
        if self.reason in {Reason.TIME, Reason.LIMIT}:
            self.reason = self._what_is_left(self.reason)
        if self.is_over:
            self._crew.dismiss()

    def _what_is_left(self, reason: Reason) -> Reason | None:
        """Return why work is left, when time was over or the limit reached.

        What was under way then may have been the rest, or all that was wanted.
        """
        if self.refusal:
            return Reason.BUDGET
        if self._crew.is_exhausted and not self._given_up:
            return None
        return Reason.LIMIT if self.captions == self._limits.captions else reason

    def stop(self, grace: float) -> None:
        """Begin nothing more, and wait `grace` seconds for what is under way."""
        self._end(Reason.ASKED, grace=grace)
        self._asked.set()

    def delivered(self, record: Record) -> None:
        """Learn that a caption has come to where it was wanted."""
        delivered(record, self._outside)

    def _end(self, reason: Reason, *, grace: float | None = None) -> None:
        if self.reason is None or reason is Reason.ASKED:
            self.reason = reason
        self._ending.set()
        self._crew.stop(grace=grace)

    def _clock(self) -> Timer:
        """Return the timer that ends the run."""
        seconds = self._limits.seconds
        timer = Timer(seconds or 0.0, lambda: self._end(Reason.TIME))
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _feed(
        self, wanted: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[Job | Ready[Record | None]]:
        """Yield what is still to be done, and what is done as ready."""
        for each in wanted:
            prepared = prepare_one(each, self._order, self._world)
            if isinstance(prepared, Record):
                yield Ready(prepared)
            else:
                yield prepared

    def _work(self, job: Job | str) -> Record | None:
        """Do one job: a caption, or an orphan of the name."""
        if isinstance(job, str):
            self._reachable = self._reachable and recovery.settle(job, self._world)
            return None
        try:
            record = finish(job, self._order, self._world)
        except Stopped:
            self._given_up = True
            return None  # its purchase stays open, and the next run adopts it
        if record.error and record.error.kind is ErrorKind.BUDGET:
            self.refusal = record.error
            self._end(Reason.BUDGET)
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
            self._end(Reason.LIMIT)

    def _limit(self) -> int:
        """Return how many jobs may be under way.

        Under a limit of captions no more than are still to be had: one that turns
        out to be no image makes room for another.
        """
        if self._limits.captions is None:
            return self._concurrency.value
        return min(self._concurrency.value, self._limits.captions - self.captions)

    def _heed(self, record: Record) -> None:
        """Stop where the rest would fail as well."""
        if record.error is None:
            if record.attempts:  # what was there already says nothing of the service
                self._in_a_row = 0
                self.bought += 1
            return
        self.failures += 1
        if record.error.status in _OF_ACCOUNT:
            self._end(Reason.ACCOUNT)
        elif self.failures == self._limits.errors:
            self._end(Reason.ERRORS)
        # A doubt from an earlier run says nothing of the service as it is now.
        old = record.error.kind is ErrorKind.AMBIGUOUS and not record.attempts
        if record.error.kind in _OF_ALL and not old:
            self._in_a_row += 1
            if self._in_a_row == BREAKER:
                self._end(Reason.IN_A_ROW)

    def _post(self, body: bytes) -> Reply:
        """Send a request when the service wants to be asked, and learn from the answer.

        When it asks one thread to wait, all wait.
        """
        while (pause := self._closed_until - self._world.now()) > 0:
            self._sleep(pause)
        with self._lock:
            token = self._concurrency.start_request()
        began = self._world.now()
        reply = self._outside.post(body)
        seconds = self._world.now() - began
        with self._lock:
            if reply.status in _CONGESTED:
                self._concurrency.record_congestion(token)
                asked = min(reply.retry_after or 0.0, MAX_RETRY_AFTER)
                self._closed_until = max(self._closed_until, self._world.now() + asked)
            elif reply.status < HTTPStatus.BAD_REQUEST:
                self._concurrency.record_success(token, seconds)
        return reply

    def _sleep(self, seconds: float) -> None:
        """Sleep; raises `Stopped` where the run is to end now."""
        if self._asked.wait(seconds):
            raise Stopped

    def _pause(self, seconds: float) -> None:
        """Sleep before a purchase is begun; raises `Stopped` where none is to be."""
        if self._ending.wait(seconds):
            raise Stopped


def prepare_one(
    each: CaptionRequest | UnusableSource, order: Order, world: World
) -> Record | Job:
    """Prepare one image, with the prompt that is its own."""
    try:
        if isinstance(each, UnusableSource):
            raise each.error
        prompt = each.prompt
        if prompt is None and order.parameters.prompt is not None:
            prompt = render_template(order.parameters.prompt, each.columns)
        if prompt is not None:
            replace(order.parameters, prompt=prompt)  # complains if it cannot be sent
            each = replace(each, prompt=prompt)
        return prepare(each, order, world)
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
        model=order.parameters.model,
        sandbox=world.sandbox,
    )


def _size(job: Job | str) -> int:
    """Return the bytes that a job will hold: the image and its base64."""
    return 0 if isinstance(job, str) or not job.stamp else job.stamp.size * 7 // 3

"""A batch whose shards are captioned by the workers of a Ray cluster.

Ray schedules the shards, starts workers, and starts the ledger again when it dies. It
repeats neither a shard (`max_retries=0`) nor a call of the ledger by itself: both are
repeated here and in `LedgerLink`, where it is known what may have been bought.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import repeat
from typing import Final, NamedTuple, cast
from uuid import uuid4

import ray
from ray.exceptions import RayError, RayTaskError

from rwcap.cli.cluster.ledger_actor import LedgerActor, LedgerFiles, StateQuestion
from rwcap.cli.cluster.setup import JobSetup, Progress
from rwcap.cli.cluster.worker import Report, caption_shard
from rwcap.core.errors import ConfigError, RwcapError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.sources.tables.shards import Shard
from rwcap.usecases.batch.limits import (
    BatchState,
    Limits,
    LimitUsage,
    StopReason,
    first_limit,
    is_known_failure,
)
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.context import Context
from rwcap.usecases.job.ledger_link import LeaseLostError
from rwcap.usecases.job.shard_run import ShardEnd

POLL_SECONDS: Final = 0.2
"""Seconds to wait for a report."""

MAX_DEATHS: Final = 5
"""Workers that may die over one shard, one after the other, without a new record."""

LAST_REPORTS: Final = 10.0
"""Seconds after the grace period in which workers report their last records."""


class Attempt:
    """A worker at work on a shard."""

    def __init__(self, shard: Shard, earlier: "Attempt | None" = None) -> None:
        """Begin a shard, or repeat it after an earlier worker has died."""
        self.shard = shard
        self.lease = str(uuid4())
        """The name of the worker, which no other ever had."""
        self.deaths: int = earlier.deaths + 1 if earlier else 0
        """The workers that died without a new record."""
        self.reported: Counter[object] = earlier.reported if earlier else Counter()
        """All records of the shard that were yielded, by source and id."""
        self._again = self.reported.copy()

    def new_records(self, records: list[Record]) -> Iterator[Record]:
        """Yield the records that no earlier worker has reported."""
        for record in records:
            key = (record.source, record.id)
            if self._again[key] > 0:
                self._again[key] -= 1
            else:
                self.reported[key] += 1
                self.deaths = 0
                yield record


class RayBatch:
    """One run over the shards of a manifest, as `Batch` is one over images."""

    def __init__(
        self,
        setup: JobSetup,
        limits: Limits,
        files: LedgerFiles,
        context: Context,
        notice: Callable[[str], None],
    ) -> None:
        """Prepare a run.

        Args:
            setup: What every worker has to know.
            limits: The limits of the whole run.
            files: Where the ledger is.
            context: The context of the driver.
            notice: Receives messages about images and shards.
        """
        self._setup = setup
        self._limits = limits
        self._files = files
        self._context = context
        self._notice = notice
        self._error: RwcapError | None = None
        self._running: dict[ray.ObjectRefGenerator, Attempt] = {}
        self._failures = 0
        self._grace: float | None = None
        self._deadline: float | None = None
        self.state = BatchState(limits.concurrency)
        """What all workers are doing, as the ledger last said."""
        self.reason: StopReason | None = None
        """The reason why the run stopped before all images were done."""
        self.refusal: ErrorDetails | None = None
        """The error of the budget, if it stopped the run."""
        self.is_over = True
        """Whether no image is in progress."""

    def first_limit(self) -> LimitUsage | None:
        """Return the spending limit that stops the run first."""
        return first_limit(self._setup.options.purchase.budget, self._context.ledger)

    def note_result(self, record: Record, *, is_delivered: bool) -> None:
        """Do nothing: a worker notes it when it has written its part."""

    def stop(self, grace: float) -> None:
        """Start nothing new. Wait up to `grace` seconds for images in progress.

        A signal handler calls this, so `run` tells the workers.
        """
        self.reason = StopReason.REQUESTED
        self._grace = grace

    def run(
        self, shards: Iterable[Shard], finished: AbstractSet[str]
    ) -> Generator[Record, None, None]:
        """Yield the record of each image as soon as a worker has reported it.

        First, purchases that earlier runs left open are recovered. The images of
        `finished` shards are skipped.

        Raises:
            RwcapError: A worker could not caption its shard. The others have stopped.
        """
        yield from Batch(self._setup.options, self._limits, self._context).run(())
        started, limit = time.monotonic(), self._limits.seconds
        waiting = iter(shards)
        run, ceiling = self._context.ledger.run.id, self._limits.concurrency
        self._ledger = LedgerActor.start(self._files, run, ceiling)
        question = StateQuestion(self._ledger)
        try:
            while True:
                yield from self._start_workers(waiting, finished)
                if not (self._running and self._tell_to_stop()):
                    break
                ready, _ = ray.wait([*self._running], timeout=POLL_SECONDS)
                for worker in ready:
                    yield from self._hear(worker)
                self.state = question.ask() or self.state
                if limit is not None and time.monotonic() > started + limit:
                    self._stop_early(StopReason.MAX_DURATION)
        finally:
            self.is_over &= not self._running
            self._ledger.end()
        if self._error:
            raise self._error

    def _start_workers(
        self, waiting: Iterator[Shard], finished: AbstractSet[str]
    ) -> Iterator[Record]:
        """Start a worker for each processor; yield the records of finished shards."""
        while not self._is_stopping and len(self._running) < _processors():
            shard = next(waiting, None)
            if shard is None:
                return
            if shard.name in finished:
                record = Record(source=shard.table, status=RecordStatus.SKIPPED)
                yield from repeat(record, shard.stop - shard.first)
            else:
                self._start(Attempt(shard))

    def _start(self, attempt: Attempt) -> None:
        task = ray.remote(caption_shard).options(num_returns="streaming", max_retries=0)
        worker = task.remote(
            self._setup, attempt.shard, attempt.lease, self._ledger.handle
        )
        self._running[worker] = attempt

    def _hear(self, worker: "ray.ObjectRefGenerator") -> Iterator[Record]:
        """Process the next report of a worker."""
        attempt = self._running[worker]
        report = _next_report(worker)
        if isinstance(report, Progress):
            for note in report.notes:
                self._notice(note)
            for delay in report.delays:
                self._context.notify(delay)
            for record in attempt.new_records(report.records):
                self._check(record)
                yield record
            return
        del self._running[worker]
        self._ledger.leave(attempt.lease)
        match report:
            case ShardEnd():
                self._check_end(attempt, report)
            case WorkerDeath(cause):
                self._repeat(attempt, cause)
            case error:
                self._error = self._error or error
                self._grace = self._setup.grace

    def _repeat(self, attempt: Attempt, cause: str) -> None:
        """Give the shard of a dead worker to another one."""
        name = attempt.shard.name
        if self._is_stopping:
            self.is_over = False
        elif attempt.deaths == MAX_DEATHS:
            self._error = ConfigError(
                f"{name}: {MAX_DEATHS + 1} workers died: {cause}",
                hint="ray status, and the logs of Ray; the same command continues",
            )
            self._grace = self._setup.grace
        else:
            self._context.notify(f"{name}: the worker died; another one continues")
            self._start(Attempt(attempt.shard, attempt))

    @property
    def _is_stopping(self) -> bool:
        return bool(self.reason or self._error)

    def _check(self, record: Record) -> None:
        """Count a failure, and stop at the limit."""
        if record.error and not is_known_failure(record):
            self._failures += 1
            if self._failures == self._limits.errors:
                self._stop_early(StopReason.MAX_ERRORS)

    def _check_end(self, attempt: Attempt, end: ShardEnd) -> None:
        """Stop the run if the remaining shards would fail too."""
        self.is_over &= end.is_over
        self.refusal = self.refusal or end.refusal
        if end.reason is StopReason.BUDGET:  # the others buy what fits into it
            self.reason = self.reason or end.reason
        elif end.reason:
            self._stop_early(end.reason)
        if not (end.reason or end.is_written):
            self._notice(
                f"{attempt.shard.name}: not written, because images failed that can"
                " succeed later"
            )

    def _stop_early(self, reason: StopReason) -> None:
        """Start nothing new, and have all workers finish what is in flight."""
        if self.reason is None:
            self.reason = reason
            self._grace = self._setup.grace

    def _tell_to_stop(self) -> bool:
        """Tell the workers to stop, if they must. Return whether to wait for them."""
        if self._grace is None:
            return True
        self._ledger.stop(self._grace)
        now = time.monotonic()
        self._deadline = self._deadline or now + self._grace + LAST_REPORTS
        return now < self._deadline


class WorkerDeath(NamedTuple):
    """The end of a worker that could not say why."""

    cause: str


def _next_report(
    worker: "ray.ObjectRefGenerator",
) -> Progress | ShardEnd | WorkerDeath | RwcapError:
    """Return the next report of a worker, or how it has failed."""
    try:
        report = cast("Report", ray.get(next(worker)))
    except RayTaskError as error:
        return ConfigError(
            f"a worker of the cluster failed: {error.cause!r}",
            hint='pip install "rwcap[ray]" on each node, in the same version',
        )
    except (RayError, StopIteration) as error:
        return WorkerDeath(str(error).partition("\n")[0])
    return WorkerDeath(str(report)) if isinstance(report, LeaseLostError) else report


def _processors() -> int:
    """Return the number of workers that the cluster has room for."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))

"""The ledger of a job: one process opens the file and answers all workers.

It may be killed and started again at any time. What it knows besides the file, it
learns again from the next messages of the workers.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final, TypeAlias

from rwcap.core.errors import RwcapError
from rwcap.ledger.leases import LEASE_SECONDS
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.purchases import Purchases
from rwcap.usecases.batch.limits import BatchState
from rwcap.usecases.job.messages import (
    Accept,
    Answer,
    Call,
    Cancel,
    Message,
    Release,
    Renew,
    Reply,
    Reserve,
    Settle,
)
from rwcap.usecases.job.shares import Shares

RENEWAL_SECONDS: Final = LEASE_SECONDS / 3
"""The time after which a message renews the lease of its worker."""

PAUSE_TOLERANCE: Final = 1.0
"""Seconds by which a pause must exceed the known one to be a new one."""

_Pending: TypeAlias = Callable[[], Answer]


class _Worker:
    """A worker that has called."""

    def __init__(self, purchases: Purchases) -> None:
        self.purchases = purchases
        self.lock = Lock()
        """Held while a message is processed."""
        self.number = -1
        """The number of the last message."""
        self.renewed = float("-inf")
        """The time of the last renewal of the lease."""
        self.heard = monotonic()
        """The time of the last message."""
        self.state = BatchState(0)


class LedgerServer:
    """The ledger of a job. Its methods may be called by several threads."""

    def __init__(self, path: Path, locks: Path, run: int, ceiling: int) -> None:
        """Open the ledger.

        Args:
            path: The file of the ledger.
            locks: The folder of the locks of this machine's processes.
            run: The number of the run that buys.
            ceiling: The requests in flight of all workers.
        """
        self._ledger = Ledger(path, locks=FileLocks(locks))
        self._run = run
        self._lock = Lock()
        self._workers: dict[str, _Worker] = {}
        self._shares = Shares(ceiling, self._ledger.leases.running)
        self._paused_until = 0.0
        self._grace: float | None = None

    def join(self, worker: str) -> None:
        """Begin the lease of a worker."""
        self._ledger.leases.begin(worker)

    def leave(self, worker: str) -> None:
        """End the lease of a worker. Others may adopt its open purchases now."""
        self._ledger.leases.end(worker)
        with self._lock:
            self._workers.pop(worker, None)
            self._shares.remove(worker)

    def close(self) -> None:
        """Commit what nobody waits for. No worker may call any more."""
        with self._ledger:
            pass

    def stop(self, grace: float) -> None:
        """Have all workers stop, and wait `grace` seconds for requests in flight."""
        self._grace = grace

    def state(self) -> BatchState:
        """Return what all workers are doing."""
        with self._lock:
            states = [worker.state for worker in self._workers.values()]
            pause = max(0.0, self._paused_until - monotonic())
        return BatchState(
            sum(state.concurrency for state in states),
            sum(state.in_flight for state in states),
            sum(state.waiting for state in states),
            pause,
        )

    def exchange(self, message: Message) -> Reply:
        """Execute the calls of a worker, and return when all of it is durable."""
        worker = self._find(message.worker)
        with worker.lock:
            if message.number <= worker.number or not self._renew(message, worker):
                return Reply(lost=True)
            worker.number = message.number
            if message.held is not None:
                self._ledger.leases.confirm(message.worker, message.held)
            begun = [_begin(worker.purchases, call) for call in message.calls]
            answers = tuple(map(_result, begun))
        return self._tell(message, worker)._replace(answers=answers)

    def _find(self, name: str) -> _Worker:
        with self._lock:
            if name not in self._workers:
                self._workers[name] = _Worker(
                    self._ledger.purchases_of(name, self._run)
                )
            return self._workers[name]

    def _renew(self, message: Message, worker: _Worker) -> bool:
        """Return whether the worker has its lease, and renew it if it is due."""
        now = monotonic()
        if now < worker.renewed + RENEWAL_SECONDS:
            return True
        worker.renewed = now
        if self._ledger.leases.renew(message.worker):
            return True
        self.leave(message.worker)
        return False

    def _tell(self, message: Message, worker: _Worker) -> Reply:
        """Return the share of a worker, and what it must do."""
        now, state = monotonic(), message.state
        with self._lock:
            if self._workers.get(message.worker) is not worker:
                return Reply(lost=True)  # it has left meanwhile
            worker.state, worker.heard = state, now
            # A worker repeats a pause of which it was told, a moment later.
            if now + state.pause > self._paused_until + PAUSE_TOLERANCE:
                self._paused_until = now + state.pause
            self._forget_silent(now)
            share = self._shares.update(message.worker, message.share, state.in_flight)
            pause = max(0.0, self._paused_until - now)
        return Reply(share=share, pause=pause, grace=self._grace)

    def _forget_silent(self, now: float) -> None:
        """Take back the shares of workers that have not called for a lease."""
        for name, worker in [*self._workers.items()]:
            if worker.heard + LEASE_SECONDS < now:
                del self._workers[name]
                self._shares.remove(name)


def _begin(purchases: Purchases, call: Call) -> _Pending:
    """Begin a call. Return the function that waits for its result."""
    match call:
        case Reserve(wanted):
            return purchases.begin_reserve(wanted).result
        case Renew(task_uuid, budget):
            return lambda: purchases.renew_reservation(task_uuid, budget)
        case Accept(task_uuid):
            write = purchases.begin_accept(task_uuid)
        case Settle(task_uuid, outcome, attempts):
            write = purchases.begin_settle(task_uuid, outcome, attempts)
        case Release(task_uuid):
            write = purchases.begin_release(task_uuid)
        case Cancel(task_uuid):
            write = purchases.cancel(task_uuid)
        case note:
            purchases.mark_delivered(note.task_uuid, reused=note.reused)
            return lambda: None
    return write.result


def _result(wait: _Pending) -> Answer:
    """Return the result of a call, or the error that it raises."""
    try:
        return wait()
    except RwcapError as error:
        return error

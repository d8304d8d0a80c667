"""The ledger of a job as an actor on the driver's machine, which Ray starts again."""

from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple, Self, cast

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from rwcap.ledger.leases import LEASE_SECONDS
from rwcap.usecases.batch.limits import BatchState
from rwcap.usecases.job.ledger_server import LedgerServer
from rwcap.usecases.job.messages import LedgerUnreachableError, Message, Reply

REPLY_TIMEOUT: Final = LEASE_SECONDS / 2
"""Seconds to wait for a reply of the ledger."""

THREADS: Final = 64
"""Messages that the ledger processes at the same time."""

STATE_INTERVAL: Final = 0.5
"""Seconds between two questions about the state of the job."""


class LedgerFiles(NamedTuple):
    """Where the ledger of a job is, on the machine of the driver."""

    ledger: Path
    locks: Path


class LedgerActor:
    """The ledger of a job, as workers and the driver call it."""

    def __init__(self, handle: "ray.actor.ActorHandle") -> None:
        """Call the actor of a handle, which is a `LedgerServer`."""
        self.handle = handle

    @classmethod
    def start(cls, files: LedgerFiles, run: int, ceiling: int) -> Self:
        """Start the ledger on this machine, where its file is.

        Args:
            files: The file and the locks.
            run: The number of the run that buys.
            ceiling: The requests in flight of all workers.
        """
        here = NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        actor = ray.remote(LedgerServer).options(
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=0,  # `LedgerLink` repeats calls, and knows how
            max_concurrency=THREADS,
            scheduling_strategy=here,
        )
        return cls(actor.remote(files.ledger, files.locks, run, ceiling))

    def join(self, worker: str) -> None:
        """Begin the lease of a worker. Raises `LedgerUnreachableError`."""
        _result(self.handle.join.remote(worker))

    def exchange(self, message: Message) -> Reply:
        """Return the reply to a message. Raises `LedgerUnreachableError`."""
        return cast("Reply", _result(self.handle.exchange.remote(message)))

    def leave(self, worker: str) -> None:
        """End the lease of a worker that has ended. If this fails, it expires."""
        self.handle.leave.remote(worker)

    def stop(self, grace: float) -> None:
        """Have all workers stop. A ledger that was started again must be told again."""
        self.handle.stop.remote(grace)

    def end(self) -> None:
        """Close the ledger, if it answers, and end the actor."""
        with suppress(RayError):  # what is lost is only which captions were written
            ray.get(self.handle.close.remote(), timeout=REPLY_TIMEOUT)
        ray.kill(self.handle)


class StateQuestion:
    """Asks the ledger for the state of the job, without waiting."""

    def __init__(self, ledger: LedgerActor) -> None:
        """Ask `ledger`."""
        self._ledger = ledger
        self._asked = float("-inf")
        self._answer: ray.ObjectRef | None = None

    def ask(self) -> BatchState | None:
        """Return the state if an answer has come; ask again when it is time."""
        state = None
        if self._answer is not None and ray.wait([self._answer], timeout=0)[0]:
            answer, self._answer = self._answer, None
            with suppress(RayError):  # the ledger is being started again
                state = cast("BatchState", ray.get(answer))
        if self._answer is None and monotonic() > self._asked + STATE_INTERVAL:
            self._asked = monotonic()
            self._answer = self._ledger.handle.state.remote()
        return state


def _result(reference: "ray.ObjectRef") -> object:
    try:
        return cast("object", ray.get(reference, timeout=REPLY_TIMEOUT))
    except (RayActorError, GetTimeoutError) as error:
        raise LedgerUnreachableError from error

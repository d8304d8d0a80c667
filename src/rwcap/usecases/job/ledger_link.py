"""The worker's end of the connection to the ledger of a job.

While one group of calls is at the ledger, others queue up, and the next message takes
all of them. An empty message keeps the lease and asks for news.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final, Protocol, TypeAlias, TypeVar

from rwcap.core.errors import LedgerError, RwcapError
from rwcap.ledger.leases import LEASE_SECONDS
from rwcap.ledger.reservation import Adopted, ReservationStatus
from rwcap.usecases.batch.limits import BatchState
from rwcap.usecases.job.messages import (
    Answer,
    Call,
    Cancel,
    LedgerUnreachableError,
    Message,
    Release,
    Reply,
    Reserve,
    Settle,
)

T = TypeVar("T")

_Group: TypeAlias = list[tuple[Call, Future[Answer]]]

NEWS_INTERVAL: Final = 0.5
"""Seconds after which a worker without calls sends an empty message."""

MAX_CALLS: Final = 1000
"""The maximum number of calls in a message."""

RESEND_PAUSE: Final = 0.2
"""Seconds before a message without a reply is sent again."""

MAX_SILENCE: Final = 2 * LEASE_SECONDS
"""Seconds without a reply after which a worker gives up."""

_SAFE_SILENCE: Final = LEASE_SECONDS / 2
"""Seconds without a reply during which a worker is sure to have its lease."""


class LeaseLostError(RuntimeError):
    """Other workers may have adopted the purchases of this one, so it ends."""


class LedgerRemote(Protocol):
    """The ledger of a job, as a worker reaches it."""

    def join(self, worker: str) -> None:
        """Begin the lease of a worker. Raises `LedgerUnreachableError`."""

    def exchange(self, message: Message) -> Reply:
        """Return the reply to a message. Raises `LedgerUnreachableError`."""


class LedgerLink:
    """Sends the calls of one worker, and tells it the news."""

    def __init__(self, remote: LedgerRemote, worker: str) -> None:
        """Prepare the link of a worker, whose name no other ever had."""
        self._remote = remote
        self._worker = worker
        self._queue: SimpleQueue[tuple[Call, Future[Answer]]] = SimpleQueue()
        self._held: set[str] = set()
        self._number = 0
        self._share = 0
        self._closed = Event()
        self._confirmed = 0.0
        self._failure: Exception | None = None
        self._thread = Thread(target=self._run, name="ledger", daemon=True)

    def open(
        self, state: Callable[[], BatchState], listen: Callable[[Reply], None]
    ) -> None:
        """Join the job.

        Args:
            state: Return what the worker is doing.
            listen: Receives each reply, from another thread.

        Raises:
            LedgerError: The ledger gives no reply.
        """
        self._state, self._listen = state, listen
        self._insist(lambda _: self._remote.join(self._worker))
        self._confirmed = monotonic()
        self._thread.start()

    def begin(self, call: Call) -> Future[Answer]:
        """Send a call with the next message."""
        future: Future[Answer] = Future()
        self._queue.put((call, future))
        if self._failure:
            self._fail([], self._failure)
        return future

    def wait_until_owned(self) -> None:
        """Wait until it is sure that this worker has its lease.

        Called before each request: nothing is bought without a lease.

        Raises:
            LeaseLostError: The lease has expired.
        """
        while monotonic() > self._confirmed + _SAFE_SILENCE and not self._failure:
            sleep(RESEND_PAUSE)
        if self._failure:
            raise LeaseLostError(str(self._failure))

    def close(self) -> None:
        """Send the calls that nobody waits for, and end the thread."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        group: _Group = []
        try:
            while not self._closed.is_set() or not self._queue.empty():
                group = self._next_group()
                self._send(group)
        except Exception as error:  # noqa: BLE001  # raised where a result is awaited
            self._failure = error
            self._fail(group, error)

    def _next_group(self) -> _Group:
        """Return the calls that are waiting; wait a moment for the first one."""
        group: _Group = []
        with suppress(Empty):
            group.append(self._queue.get(timeout=NEWS_INTERVAL))
            while len(group) < MAX_CALLS:
                group.append(self._queue.get_nowait())
        return group

    def _send(self, group: _Group) -> None:
        """Send a group of calls until there is a reply, and pass on the answers."""
        calls = tuple(call for call, _ in group)
        reply = self._insist(lambda again: self._exchange(calls, again=again))
        if reply.lost:
            raise LeaseLostError("the lease of the worker has expired")
        self._share = reply.share
        self._listen(reply)
        for (call, future), answer in zip(group, reply.answers, strict=True):
            self._note(call, answer)
            if isinstance(answer, RwcapError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _exchange(self, calls: tuple[Call, ...], *, again: bool) -> Reply:
        """Send one message; say what is held if an earlier one has no reply."""
        self._number += 1
        sent = monotonic()
        message = Message(
            worker=self._worker,
            number=self._number,
            calls=calls,
            share=self._share,
            state=self._state(),
            held=frozenset(self._held) if again else None,
        )
        reply = self._remote.exchange(message)
        self._confirmed = sent
        return reply

    def _insist(self, send: Callable[[bool], T]) -> T:
        """Return the reply of `send`, which is called with whether it is repeated."""
        deadline = monotonic() + MAX_SILENCE
        again = False
        while True:
            try:
                return send(again)
            except LedgerUnreachableError as error:
                if monotonic() > deadline:
                    raise LedgerError(
                        "the ledger of the job cannot be reached",
                        hint="run the same command again; it buys nothing twice",
                    ) from error
            again = True
            sleep(RESEND_PAUSE)

    def _note(self, call: Call, answer: Answer) -> None:
        """Note which purchases this worker has."""
        match call, answer:
            case Reserve(wanted), ReservationStatus.RESERVED:
                self._held.add(wanted.task_uuid)
            case Reserve(), Adopted(task_uuid):
                self._held.add(task_uuid)
            case ((Settle(task_uuid) | Release(task_uuid) | Cancel(task_uuid)), _):
                self._held.discard(task_uuid)
            case _:
                pass

    def _fail(self, group: _Group, error: Exception) -> None:
        """Let all calls that have no answer fail."""
        with suppress(Empty):
            while True:
                group.append(self._queue.get_nowait())
        for _, future in group:
            future.set_exception(error)

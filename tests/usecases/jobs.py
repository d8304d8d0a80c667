"""A job in one process: a ledger that can be killed, workers, a service that bills."""

import io
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from threading import Lock
from uuid import uuid4

from PIL import Image

from rwcap.api.request import Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import Reply
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest
from rwcap.images.read import ImageReader
from rwcap.ledger.budget import Budget
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.usecases.batch.limits import Limits
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.job.ledger_link import LedgerLink
from rwcap.usecases.job.ledger_proxy import LedgerProxy
from rwcap.usecases.job.ledger_server import LedgerServer
from rwcap.usecases.job.messages import LedgerUnreachableError, Message
from rwcap.usecases.job.messages import Reply as News
from rwcap.usecases.job.shard_run import ShardRun
from rwcap.usecases.purchase.purchase import PurchaseOptions
from rwcap.usecases.writing.write import Outputs

CEILING = 8

LEDGER_FAULTS = ("", "lost before", "lost after", "killed before", "killed after")
"""What can happen to a message: its reply never comes, or the ledger dies, too."""


class Job:
    """A job, and all that it needs."""

    def __init__(self, folder: Path) -> None:
        """Start the ledger."""
        self.path = folder / "ledger.sqlite3"
        self._locks = folder / "locks"
        self.sandbox = Sandbox()
        self.answer: Callable[[bytes], Reply] = self.bill
        self.faults: Iterator[str] = repeat("")
        self._choosing = Lock()  # two threads cannot take from a generator at once
        self.messages: list[Message] = []
        self.driver = Ledger(self.path, locks=FileLocks(self._locks))
        self.run = self.driver.run.id
        self.server = self._start()

    def _start(self) -> LedgerServer:
        return LedgerServer(self.path, self._locks, self.run, CEILING)

    def restart(self) -> None:
        """Kill the ledger, and start it again: only the file stays."""
        self.server = self._start()

    def end(self) -> None:
        """Close the files."""
        self.server.close()
        with self.driver:
            pass

    @property
    def bills(self) -> int:
        """The number of captions charged."""
        return self.sandbox.tasks.total_charged()[0]

    def bill(self, body: bytes) -> Reply:
        """Answer as the service does."""
        return self.sandbox.handle("Bearer key", body)

    def _post(self, body: bytes) -> Reply:
        return self.answer(body)

    def join(self, worker: str) -> None:
        """Begin the lease of a worker."""
        self._meet_fault(lambda: self.server.join(worker))

    def exchange(self, message: Message) -> News:
        """Process a message, with the next fault if there is one."""
        self.messages.append(message)
        return self._meet_fault(lambda: self.server.exchange(message))

    def _meet_fault(self, process: Callable[[], News | None]) -> News:
        with self._choosing:
            fault = next(self.faults)
        reply = None if "before" in fault else process()
        if "killed" in fault:
            self.restart()
        if fault:
            raise LedgerUnreachableError
        return reply or News()

    def worker(
        self,
        name: str,
        *,
        budget: Budget | None = None,
        post: Callable[[bytes], Reply] | None = None,
    ) -> ShardRun:
        """Return a worker that has not started."""
        link = LedgerLink(self, name)
        reader = ImageReader(stdin=io.BytesIO)
        context = Context(
            read_image=reader.read,
            parse_image=reader.parse,
            stamp=lambda _: None,
            ledger=LedgerProxy(link.begin),
            post=post or self._post,
            query=self.bill,
            new_uuid=lambda: str(uuid4()),
            sleep=lambda _: None,
            sleep_before_purchase=lambda _: None,
            now=time.monotonic,
            random=lambda: 0.5,
            notify=lambda _: None,
            on_purchase=lambda _: None,
        )
        policy = RetryPolicy(retries=0, poll_initial=0.0, poll_max=0.0)
        options = RunOptions(
            Parameters(), PurchaseOptions(policy, budget=budget or Budget()), Outputs()
        )
        return ShardRun(options, Limits(concurrency=CEILING), context, link)


def images(count: int) -> list[CaptionRequest]:
    """Return the rows of a table with images, which all differ."""
    return [
        CaptionRequest(f"t.parquet:{number + 1}", id=f"{number}", content=_png(number))
        for number in range(count)
    ]


def _png(number: int) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (32, 32), (number % 256, number // 256, 0)).save(drawn, "PNG")
    return drawn.getvalue()


def finish(worker: ShardRun, wanted: list[CaptionRequest]) -> list[Record]:
    """Run a worker to its end, as if it wrote a part."""
    records = [record for group in worker.run(wanted) for record in group]
    worker.mark_written()
    worker.close()
    return records

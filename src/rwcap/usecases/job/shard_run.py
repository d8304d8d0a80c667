"""Caption the images of one shard as a worker of a job."""

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Final, NamedTuple

from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind
from rwcap.core.record import ErrorDetails, Record
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.usecases.batch.limits import Limits, StopReason
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.job.ledger_link import LedgerLink
from rwcap.usecases.job.messages import Reply as News

GROUP_SECONDS: Final = 0.5
"""The time after which finished records are reported."""

DEFINITE_KINDS: Final = {ErrorKind.INPUT, ErrorKind.SAFETY, ErrorKind.QUALITY}
"""Errors that the same command would have again."""


class ShardEnd(NamedTuple):
    """How the run over a shard ended."""

    reason: StopReason | None
    """The reason why it stopped before all images were done."""
    refusal: ErrorDetails | None
    """The error of the budget, if it stopped the run."""
    is_over: bool
    """Whether no image is in progress."""
    is_written: bool
    """Whether the captions of the shard are written."""


class ShardRun:
    """One run over a shard."""

    def __init__(
        self, options: RunOptions, limits: Limits, context: Context, link: LedgerLink
    ) -> None:
        """Prepare a run.

        Args:
            options: The options for all images.
            limits: The limits. The concurrency is that of the job.
            context: The context, whose ledger calls `link`.
            link: The connection to the ledger.
        """
        self._link = link
        self._post = context.post
        self._batch = Batch(options, limits, context._replace(post=self._send))
        self.records: list[Record] = []
        """The records of all images that are finished."""
        self._is_written = False

    def run(
        self, requests: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[list[Record]]:
        """Yield the records of images, in groups, as they are finished."""
        batch = self._batch
        batch.share_service(slots=0, pause=0.0)
        self._link.open(lambda: batch.state, self._obey)
        group: list[Record] = []
        reported = monotonic()
        for record in batch.run(requests):
            group.append(record)
            if monotonic() > reported + GROUP_SECONDS:
                yield group
                self.records += group
                group, reported = [], monotonic()
        yield group
        self.records += group

    @property
    def is_complete(self) -> bool:
        """Whether running the same command again would change nothing."""
        return not self._batch.reason and all(map(_is_definite, self.records))

    @property
    def end(self) -> ShardEnd:
        """How the run ended."""
        batch = self._batch
        return ShardEnd(batch.reason, batch.refusal, batch.is_over, self._is_written)

    def mark_written(self) -> None:
        """Note, also in the ledger, that all captions are written."""
        self._is_written = True
        for record in self.records:
            self._batch.mark_delivered(record)

    def close(self) -> None:
        """Send what nobody waits for, and end the connection to the ledger."""
        self._link.close()

    def _send(self, body: bytes) -> Reply:
        self._link.wait_until_owned()
        return self._post(body)

    def _obey(self, news: News) -> None:
        """Take the share, the pause and the stop that the ledger sends."""
        self._batch.share_service(news.share, news.pause)
        if news.grace is not None:
            self._batch.stop(news.grace)


def _is_definite(record: Record) -> bool:
    if record.error:
        return record.error.kind in DEFINITE_KINDS
    return record.text is not None

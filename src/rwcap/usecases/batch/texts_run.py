"""A run that writes the texts of a table to their images: `--texts`."""

from collections.abc import Generator, Iterable

from rwcap.core.errors import InputError, NoInputError, StorageError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.core.text import short_name
from rwcap.sources.tables.text_index import TextIndex
from rwcap.usecases.batch.limits import (
    BatchState,
    Failures,
    Limits,
    LimitUsage,
    StopReason,
)
from rwcap.usecases.caption import mark_delivered
from rwcap.usecases.context import Context
from rwcap.usecases.existing.given_text import GivenOptions, GivenText
from rwcap.usecases.existing.known_captions import image_key


class TextsRun:
    """One run over the rows of a table. It buys nothing."""

    refusal = None
    """There is no budget that could refuse anything."""
    is_over = True
    """No image is in progress when the run has stopped."""
    state = BatchState(concurrency=1)

    def __init__(
        self,
        table: str,
        images: Iterable[CaptionRequest | UnusableSource],
        options: GivenOptions,
        limits: Limits,
        context: Context,
    ) -> None:
        """Prepare a run.

        Args:
            table: The path of the table.
            images: The images that may get a text.
            options: How texts are written.
            limits: The number of failures and the time that end the run.
            context: The ledger, and the reader of images.
        """
        self._table = table
        self._images = images
        self._options = options
        self._limits = limits
        self._context = context
        self._failures = Failures(limits)
        self.reason: StopReason | None = None
        """The reason why the run stopped before all rows were done."""
        self.total: int | None = None
        """The number of records; None until the images of all rows are known."""
        self.kept = 0
        """Images that keep the text of a person."""
        self.without_text = 0
        """Rows without a text."""
        self.rows_with_changes = 0
        """Rows with fields that a person has changed, and that are not written."""
        self.changed_fields: set[str] = set()
        """The columns of these fields."""

    @property
    def mode(self) -> MergeMode:
        """Return what becomes of existing texts."""
        return self._options.run.outputs.mode

    @property
    def alt(self) -> bool:
        """Return whether the texts are alternative texts."""
        return self._options.alt_chars is not None

    def first_limit(self) -> LimitUsage | None:
        """Return None: nothing is spent."""
        return None

    def stop(self, _grace: float) -> None:
        """Start nothing new."""
        self.reason = StopReason.REQUESTED

    def note_result(self, record: Record, *, is_delivered: bool) -> None:
        """Note in the ledger that a caption is written."""
        if is_delivered:
            mark_delivered(record, self._context)

    def run(self) -> Generator[Record, None, None]:
        """Yield the record of each image that has a row, and of each unusable row.

        Raises:
            UsageError: The table cannot be read.
            NoInputError: No row belongs to an image.
            OutputError: The temporary database cannot be written.
        """
        started, seconds = self._context.now(), self._limits.seconds
        has_template = self._options.run.outputs.style.has_template
        index = TextIndex(self._table, with_columns=has_template, alt=self.alt)
        try:
            self.without_text = index.without_text
            for record in self._records(index):
                reason = record.error and self._failures.add(record.error)
                if not record.error and record.status is not RecordStatus.SKIPPED:
                    self._failures.add_written()
                self.reason = self.reason or reason
                yield record
                if seconds is not None and self._context.now() - started > seconds:
                    self.reason = self.reason or StopReason.MAX_DURATION
                if self.reason:
                    return
        finally:
            index.close()

    def _records(self, index: TextIndex) -> Generator[Record, None, None]:
        for image in self._images:
            if self.reason:
                return
            if isinstance(image, UnusableSource):
                yield self._failed(image)
            else:
                index.add_image(image)
        index.match(self._digest)
        if self.reason:
            return
        self.total = index.results
        for row in index.malformed():
            yield self._failed(row)
        if not index.images:
            raise self._no_match(index)
        for row in index.misfits():
            yield self._failed(row)
        for request in index.texts():
            given = GivenText(request, index.text_of, self._options, self._context)
            record, is_kept = given.write()
            self.kept += is_kept
            self.rows_with_changes += bool(given.changed_fields)
            self.changed_fields |= given.changed_fields
            yield record

    def _digest(self, request: CaptionRequest) -> str | None:
        """Return the digest of an image; None if the run stops, or it has none."""
        if self.reason:
            return None
        try:
            stamp = self._context.stamp(request)
            return image_key(request, stamp, self._context).hex()
        except (InputError, StorageError):
            return None

    def _failed(self, unusable: UnusableSource) -> Record:
        return Record(
            source=unusable.source,
            id=unusable.id,
            status=RecordStatus.FAILED,
            error=ErrorDetails.from_error(unusable.error),
            sandbox=self._context.sandbox,
        )

    def _no_match(self, index: TextIndex) -> NoInputError:
        """Return the error of a table without a text for any image."""
        name = short_name(self._table)
        first = next(index.misfits(), None)
        if first is None:
            return NoInputError(f"{name}: no row has a text", hint="rwcap batch --help")
        return NoInputError(
            f"{name}: no row with a text ({index.rows:,}) has an image in the sources,"
            f" for example {first.error.message}",
            hint="name the folder of the images, or fill the column image_sha256",
        )

"""Write a given text to the outputs of an image; ask the service nothing.

A text that is not one of the captions in the ledger is that of a person, and is marked
as such. With mode `skip`, any text replaces a caption of rwcap that nobody has changed.
With `overwrite`, that of a person replaces any text. A caption of the ledger does not:
nobody has edited it, so it says nothing about the text of a person.
"""

import sys
from collections.abc import Callable, Sequence
from enum import Enum, auto
from itertools import chain
from typing import Final, NamedTuple

from rwcap.core.errors import (
    InputError,
    QualityError,
    StorageError,
    TaskError,
)
from rwcap.core.record import (
    ErrorDetails,
    Record,
    RecordStatus,
    is_sandbox_text,
)
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest, FileStamp, other_names, source_label
from rwcap.core.text import short_name
from rwcap.sources.tables.table_columns import WHOLE_COLUMN
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.existing.known_captions import (
    all_records,
    as_written,
    fitting_records,
    image_key,
    mended_records,
    other_records,
    record_of_part,
)
from rwcap.usecases.existing.known_fields import changed_fields, field_records
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.writing.changing_image import write_with_retries
from rwcap.usecases.writing.output import Output
from rwcap.usecases.writing.write import Outputs, has_caption
from rwcap.usecases.writing.written_text import (
    bare_text,
    is_same_text,
    written_text,
)

_CONTRADICTIONS: Final = frozenset({"captionBeside", "captionInImage"})
"""The codes of errors of images that a person has described in another file."""


class WriteResult(Enum):
    """What becomes of a text in an output."""

    SAME = auto()
    """The output has it."""
    KEPT = auto()
    """The output keeps the text of a person."""
    WRITTEN = auto()
    """It is written, or would be."""


class GivenOptions(NamedTuple):
    """How given texts are written."""

    run: RunOptions
    """The outputs, and what captions of the ledger become in them."""
    alt_chars: int | None
    """The maximum length of alternative text; None if the texts are captions."""
    corrections: Outputs
    """The same outputs for texts of people."""


class GivenText:
    """A text for an image."""

    def __init__(
        self,
        request: CaptionRequest,
        text_of: Callable[[str], CaptionRequest | None],
        options: GivenOptions,
        context: Context,
    ) -> None:
        """Prepare to write the caption of a request.

        Args:
            request: The image, with its text.
            text_of: Returns another image with its text, if there is one.
            options: How texts are written.
            context: The ledger, and the reader of images.
        """
        self._text_of = text_of
        self._options = options
        self._context = context
        self._outputs = options.run.outputs
        self._request = request
        self._blank = Record(
            source=source_label(request.source),
            id=request.id,
            status=RecordStatus.FAILED,
            sandbox=context.sandbox,
        )
        limit = options.alt_chars
        self._limit = sys.maxsize if limit is None else limit
        self._bought: list[Record] = []
        self._fields: list[Record] = []
        """The values of fields in the ledger."""
        self.changed_fields: set[str] = set()
        """The columns of fields in the row that a person has changed."""
        self._description = ""
        """What `--alt` has written to the description of an image, beside the text."""

    def write(self) -> tuple[Record, bool]:
        """Write the text; with the outputs' `dry_run`, find out what would be done.

        Returns:
            The record, and whether the text of a person was kept in its place.
        """
        try:
            paths = self._outputs.paths(self._request, self._context)
            stamp = self._context.stamp(self._request)
            record = self._record(stamp)
        except (InputError, StorageError, QualityError) as error:
            return with_outcome(self._blank, error), False
        record = self._options.run.with_checks(record)
        if record.error:
            hint = "--on-fail warn writes it all the same"
            return record._replace(error=record.error._replace(hint=hint)), False
        return self._write(paths, stamp, record)

    def _record(self, stamp: FileStamp | None) -> Record:
        """Return the record of a caption in the ledger, or of a person's text.

        A text that was read from a file has prefix, suffix and template around it.
        """
        known = None if self._options.run.checksum else stamp
        image = image_key(self._request, known, self._context)
        digest = image.hex() if stamp else None  # as in all records
        self._blank = self._blank._replace(image_sha256=digest)
        replies = all_records(image, self._blank, self._context)
        given = self._request.caption or ""
        self.changed_fields = changed_fields(replies, self._request.columns, given)
        bought = fitting_records(replies, self._options.run)
        self._fields = [*field_records(replies, self._options.alt_chars)]
        self._bought = [*bought, *other_records(bought), *self._fields]
        text = bare_text(self._request, self._outputs.style)
        for each in (given, text):
            if found := self._bought_one(bought, each):
                return found
        if is_sandbox_text(text) and not self._context.sandbox:
            raise InputError(
                "a sample of the sandbox, which would count as the text of a person",
                code="sandboxText",
                hint="the same run without --sandbox and --texts buys a caption",
            )
        limit = self._limit
        if len(text) > limit:
            raise QualityError(
                f"too long: {len(text)} characters; allowed: {limit}",
                code="altTooLong",
                hint=f"shorten the text, or --max-chars {len(text)}",
            )
        return self._blank._replace(status=RecordStatus.EDITED, text=text)

    def _bought_one(self, bought: Sequence[Record], text: str) -> Record | None:
        """Return the record of a text if it is a caption in the ledger, or a part."""
        for record in bought:
            if any(
                is_same_text(text, each or "") for each in (record.text, record.long)
            ):
                return record
        whole = self._request.columns.get(WHOLE_COLUMN, "")
        part = record_of_part(bought, text, whole)
        self._description = whole if part and part.long else ""
        if part or len(text) > self._limit:
            return part
        fields = chain(self._fields, mended_records(self._fields))
        return next(
            (each for each in fields if is_same_text(text, each.text or "")), None
        )

    def _write(
        self, paths: Sequence[str], stamp: FileStamp | None, record: Record
    ) -> tuple[Record, bool]:
        """Write the text of a record to all outputs, each whatever the others do."""
        results: set[WriteResult] = set()
        files: list[str] = []
        failure: ErrorDetails | None = None
        is_edited = record.status is RecordStatus.EDITED
        chosen = self._options.corrections if is_edited else self._outputs
        outputs = zip(chosen.targets, chosen.overwriting, paths, strict=True)
        for output, replacing, path in outputs:
            try:
                result, file = self._write_output(
                    output, replacing, path, stamp, record
                )
            except TaskError as error:
                failure = failure or ErrorDetails.from_error(error)
            else:
                results.add(result)
                files += [file] if result is not WriteResult.KEPT else []
        record = record._replace(outputs=tuple(files))
        if failure:
            record = record._replace(
                status=RecordStatus.FAILED, text=None, long=None, error=failure
            )
        elif WriteResult.WRITTEN not in results:
            text = record.text if WriteResult.SAME in results else None
            record = record._replace(status=RecordStatus.SKIPPED, text=text, faults=())
        return record, WriteResult.KEPT in results

    def _write_output(
        self,
        output: Output,
        replacing: Output,
        path: str,
        stamp: FileStamp | None,
        record: Record,
    ) -> tuple[WriteResult, str]:
        """Write the text of a record to one output, unless it stays as it is.

        Returns:
            What becomes of it, and the file that has it.
        """
        caption = written_text(record, self._request, self._outputs.style)
        result, chosen = WriteResult.SAME, output

        def write(stamp: FileStamp | None) -> FileStamp | bool:
            nonlocal result, chosen
            chosen, result = self._decide(output, replacing, path, record, caption)
            if result is not WriteResult.WRITTEN or self._outputs.dry_run:
                return False
            changed = chosen.write(path, caption, record, stamp)
            result = WriteResult.SAME if changed is False else WriteResult.WRITTEN
            return changed

        tag_path = f"{path}/{output.index_tag(path)}"
        write_with_retries(write, path, tag_path, record, self._context, stamp)
        return result, chosen.file_of(path)

    def _decide(
        self,
        output: Output,
        replacing: Output,
        path: str,
        record: Record,
        caption: str,
    ) -> tuple[Output, WriteResult]:
        """Return what becomes of a text, and the output that writes it."""
        mode, is_edited = self._outputs.mode, record.status is RecordStatus.EDITED
        try:
            is_there = has_caption(output, path, record)
        except InputError as error:
            if is_edited or error.code not in _CONTRADICTIONS:
                raise
            is_there = True
        current = output.read(path)
        present = {caption, "" if output.is_whole_file else self._description}
        if current and any(is_same_text(current, each) for each in present):
            return output, WriteResult.SAME
        keeps = mode is MergeMode.SKIP or (
            mode is MergeMode.OVERWRITE and not is_edited
        )
        if current and mode is MergeMode.OVERWRITE and is_edited:
            self._check_other_row(output, path, current)
        if not is_there or not keeps:
            return output, WriteResult.WRITTEN
        if not output.is_own(path, self._captions):
            return output, WriteResult.KEPT
        has_caption(replacing, path, record)  # raises the reason if it cannot write
        return replacing, WriteResult.WRITTEN

    def _check_other_row(self, output: Output, path: str, current: str) -> None:
        """Raise `InputError` if an output has a person's text from another row.

        A raw file and its JPEG can have one text file or XMP file.
        """
        source, style = self._request.source, self._outputs.style
        for other in filter(None, map(self._text_of, other_names(source))):
            record = self._blank._replace(text=bare_text(other, style))
            if (
                is_same_text(current, written_text(record, other, style))
                and path in self._outputs.preferred_paths(other)
                and not output.is_own(path, self._captions)
            ):
                raise InputError(
                    f"{short_name(source)}: {short_name(path)} has the text of the row"
                    f" of {short_name(other.source)}",
                    code="sidecarTaken",
                    hint="keep one text for both; --collide always writes two files",
                )

    def _captions(self) -> set[str]:
        return as_written(self._bought, self._request, self._outputs.style)

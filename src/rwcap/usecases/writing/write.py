"""Write captions to the outputs of a run: files, image metadata, the record file."""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rwcap.core.errors import InputError, NotWrittenError, TaskError
from rwcap.core.record import ErrorDetails, Record, RecordStatus, is_sandbox_text
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.core.source import CaptionRequest, FileStamp, are_pair, is_object
from rwcap.core.text import one_line, short_name
from rwcap.outputs.paths import file_key
from rwcap.outputs.prefix_suffix import Style
from rwcap.usecases.context import Context
from rwcap.usecases.writing.changing_image import (
    PRESENT,
    stamp_of_same_image,
    write_with_retries,
)
from rwcap.usecases.writing.claims import begins_like_image, has_claim
from rwcap.usecases.writing.output import Output, Records
from rwcap.usecases.writing.written_text import is_same_text, written_text

if TYPE_CHECKING:
    from rwcap.ledger.ledger import Ledger


class Outputs(NamedTuple):
    """The outputs of a run."""

    targets: Sequence[Output] = ()
    """The outputs that each caption is written to."""
    overwriting: Sequence[Output] = ()
    """The same outputs with mode `overwrite`, which replace captions of rwcap."""
    mode: MergeMode = MergeMode.SKIP
    style: Style = Style()
    """The form of a caption in the outputs."""
    collide: CollisionPolicy = CollisionPolicy.ERROR
    """What to do if two images have the same output file."""
    record_file: "Records | None" = None
    """The file or the folder for all records."""
    dry_run: bool = False
    """Whether nothing is written."""
    hold: bool = False
    """Whether nothing is written yet, except records."""
    expected: set[str] | None = None
    """The paths with a caption of the ledger that is not written yet, if they count."""
    pairs: bool = True
    """Whether a raw file and its JPEG share their outputs."""
    own: Collection[str] = ()
    """The captions of an image that its next caption replaces."""
    tells_before: bool = False
    """Whether a written record has the text that was there before."""

    def replacing(self, own: Collection[str]) -> "Outputs":
        """Return the same outputs for an image whose captions are replaced."""
        return self._replace(own=own) if own else self

    @property
    def keep_one(self) -> bool:
        """Whether they have one caption of an image, whatever its prompts."""
        return self.mode is MergeMode.SKIP and not self.record_file

    def expect(self, paths: Sequence[str]) -> None:
        """Note the paths of a caption that this run does not write."""
        if self.expected is not None:
            self.expected.update(paths)

    def have_caption(self, record: Record) -> bool:
        """Return whether the caption of a record is in a file, not in the ledger alone.

        It is in the ledger alone if it is held for a later run, or if somebody else has
        written another text to its files meanwhile.
        """
        return bool(record.outputs) or self.record_file is not None

    def paths(self, request: CaptionRequest, context: Context) -> tuple[str, ...]:
        """Return the path for each output. They belong to this source alone.

        Raises:
            InputError: The source cannot have one of the outputs.
        """
        if self.targets:
            written_text(Record("", RecordStatus.OK), request, self.style)
        if self.record_file:
            self.record_file.check(request)
        return tuple(self._path(output, request, context) for output in self.targets)

    def preferred_paths(self, request: CaptionRequest) -> tuple[str, ...]:
        """Return the path for each output as long as it belongs to no other source.

        Raises:
            InputError: The source cannot have one of the outputs.
        """
        return tuple(self._preferred_path(each, request) for each in self.targets)

    def _preferred_path(self, output: Output, request: CaptionRequest) -> str:
        full_name = self.collide is CollisionPolicy.ALWAYS
        return output.path(request, full_name=full_name)

    def _path(self, output: Output, request: CaptionRequest, context: Context) -> str:
        source = request.source
        path = self._preferred_path(output, request)
        owner = self._owner(path, source, context)
        renames = self.collide is CollisionPolicy.SUFFIX or output.renames_on_collision
        if owner != source and renames:
            path = output.path(request, full_name=True)
            owner = self._owner(path, source, context)
        if owner == source:
            return path
        if not begins_like_image(source):
            context.requested_image(request)  # the error says what the file is
        raise InputError(
            f"{short_name(source)}: the output {short_name(path)} belongs to"
            f" {short_name(owner)}",
            code="sidecarTaken",
            hint="rwcap batch --collide suffix keeps the image's extension in the name"
            if self.collide is CollisionPolicy.ERROR
            else "choose another --out-dir, or another id in the table",
        )

    def _owner(self, path: str, source: str, context: Context) -> str:
        """Return the image that owns an output: a source, or one that came first."""
        files = context.ledger.files
        assign = files.preview_output if self.dry_run else files.assign_output
        owner = assign(file_key(path), source)
        if owner == source or (self.pairs and _are_pair(owner, source)):
            return source
        # With `--collide suffix`, an image keeps the name that it had in earlier runs.
        if self.collide is CollisionPolicy.SUFFIX or has_claim(owner, context):
            return owner
        return assign(file_key(path), source, void=owner)

    def is_done(
        self,
        paths: Sequence[str],
        record: Record,
        ledger: "Ledger",
        stamp: FileStamp | None,
    ) -> bool:
        """Return whether all outputs have the caption.

        Standard output does not count, because printed text is not kept. Nor does the
        file of records if captions are held for other outputs.

        Args:
            paths: The path for each output.
            record: The record, with the caption if it is in the ledger.
            ledger: The ledger, whose file index says which images have a caption.
            stamp: The stamp of the image file.

        Raises:
            InputError: A caption cannot be written to one of the paths.
        """
        if not (self.targets or self.record_file):
            return False
        present = [
            self._is_present(output, path, record, ledger, stamp)
            for output, path in zip(self.targets, paths, strict=True)
        ]
        # In the other modes, `write` decides whether the caption is already there.
        if present and (self.mode is not MergeMode.SKIP or not all(present)):
            return False
        if not self.record_file or (self.hold and present):
            return True
        return self.record_file.has_caption(record)

    def _is_present(
        self,
        output: Output,
        path: str,
        record: Record,
        ledger: "Ledger",
        stamp: FileStamp | None,
    ) -> bool:
        if self.expected and path in self.expected:
            return True
        tag = output.index_tag(path)
        # The other modes change metadata, so they must check whether that is possible.
        skipping = self.mode is MergeMode.SKIP
        if tag and skipping and stamp and ledger.files.find(f"{path}/{tag}", stamp):
            return True
        present = has_caption(output, path, record)
        tag = output.index_tag(path)  # the caption can be in an XMP file after all
        if tag and present and stamp and not self.dry_run:
            ledger.files.save(f"{path}/{tag}", stamp, PRESENT)
        return present

    def files_of(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return the files with the caption; an image may have it instead of XMP."""
        paired = zip(self.targets, paths, strict=True)
        files = (output.file_of(path) for output, path in paired)
        return tuple(filter(os.path.lexists, files))

    def write(
        self,
        request: CaptionRequest,
        paths: Sequence[str],
        record: Record,
        context: Context,
        stamp: FileStamp | None,
    ) -> Record:
        """Write a caption to all outputs. Return the record with their paths.

        If an output fails, the others are written, and the record has the first
        error. If the image is another one by now, nothing is written. The caption
        stays in the ledger.
        """
        if self.dry_run or self.hold or record.text is None:
            self.expect(paths)
            return record
        if stamp and self.targets and not is_object(request.source):
            try:
                stamp = stamp_of_same_image(request.source, stamp, record, context)
            except (InputError, NotWrittenError) as error:
                return _failed(record, error)
        caption = written_text(record, request, self.style)
        if self.tells_before:
            record = record._replace(before=self._text_before(paths, caption))
        written: list[str] = []
        errors: list[TaskError] = []
        for output, path, overwriting in zip(
            self.targets, paths, self.overwriting or self.targets, strict=True
        ):
            try:
                replaces = self._makes_room(output, path)
                if replaces:
                    _prepare(overwriting, path, record)
                chosen = overwriting if replaces else output
                if (
                    replaces
                    or self.mode is not MergeMode.SKIP
                    or not has_caption(output, path, record)
                ):
                    write = partial(chosen.write, path, caption, record)
                    tag_path = f"{path}/{output.index_tag(path)}"
                    write_with_retries(write, path, tag_path, record, context, stamp)
                elif not _is_in(output, path, caption, record):
                    continue  # a text that somebody has written meanwhile is kept
                written.append(chosen.file_of(path))
            except (InputError, NotWrittenError) as error:
                errors.append(error)
        record = record._replace(outputs=tuple(written))
        return _failed(record, errors[0]) if errors else record

    def _text_before(self, paths: Sequence[str], caption: str) -> str | None:
        """Return the first text in an output that is not the caption, if any."""
        for output, path in zip(self.targets, paths, strict=True):
            with suppress(InputError):
                text = output.read(path)
                if text and text != caption.strip():
                    return text
        return None

    def _makes_room(self, output: Output, path: str) -> bool:
        """Return whether a caption of rwcap that nobody has changed is replaced.

        In metadata, it is taken out first, with all that was written with it.
        """
        if not self.own or self.mode is not MergeMode.SKIP:
            return False
        if output.is_whole_file:
            lines = {one_line(each) for each in self.own}
            return one_line(output.read(path) or "") in lines
        is_own = output.is_own(path, lambda: self.own)
        if is_own:
            output.remove(path, lambda: self.own, dry=False)
        return is_own

    def append(self, record: Record) -> None:
        """Append a record to the record file, unless the file has it.

        Of what was skipped, only a text that came from a table can be missing there.

        Raises:
            NotWrittenError: The record could not be written.
        """
        is_skipped = record.status is RecordStatus.SKIPPED
        if self.record_file and not (is_skipped and record.text is None):
            is_new = record.status in {RecordStatus.OK, RecordStatus.EDITED}
            if is_new or not self.record_file.has_record(record):
                self.record_file.append(record)


def _failed(record: Record, error: TaskError) -> Record:
    """Return the record of a caption that is bought and not written."""
    if isinstance(error, InputError):  # the file has changed since `is_done`
        error = NotWrittenError(error.message, code=error.code, hint=error.hint)
    details = ErrorDetails.from_error(error)
    return record._replace(status=RecordStatus.FAILED, error=details)


def _prepare(output: Output, path: str, record: Record) -> None:
    """Have an output find out in which file the caption of a path belongs."""
    with suppress(InputError):  # then `write` reports it
        has_caption(output, path, record)


def _is_in(output: Output, path: str, caption: str, record: Record) -> bool:
    """Return whether a caption at a path is that of a record; fields are not read."""
    if record.fields is not None:
        return True
    return is_same_text(output.read(path) or "", caption)


def _are_pair(owner: str, source: str) -> bool:
    return are_pair(*map(os.path.realpath, (owner, source)))


def has_caption(output: Output, path: str, record: Record) -> bool:
    """Return whether there is a caption at a path.

    Text of the sandbox counts only in a run with the sandbox.
    """
    include_sandbox = record.sandbox or is_sandbox_text(record.text or "")
    return output.has_caption(path, record.source, include_sandbox=include_sandbox)

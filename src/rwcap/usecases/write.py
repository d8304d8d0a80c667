"""Where captions are written, beside standard output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from rwcap.core.errors import FileChangedError, InputError, NotWrittenError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import ErrorDetails, Record, RecordStatus, is_sandbox_text
from rwcap.core.request import CaptionRequest
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.core.text import short_name
from rwcap.outputs.style import Style
from rwcap.usecases.context import Context

if TYPE_CHECKING:
    from rwcap.ledger.ledger import Ledger
    from rwcap.outputs.record_file import RecordFile

_MAX_ATTEMPTS: Final = 5
"""Times that an image is written to which somebody changes at the same time."""

_PRESENT: Final = bytes(32)
"""Nothing more is known of it than that it is there."""


class Output(Protocol):
    """One kind of place that each caption of a run is written to."""

    @property
    def property_tag(self) -> str:
        """What it is called that the image's own file has; empty for other files.

        It is dear to look for. So what an image has is known as a file of this name
        below it, where no file can be, with the stamp that the image had then.
        """

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the file for a caption, named after the image's whole name if wanted.

        Raises `InputError` where there can be none.
        """

    def has_caption(self, path: str, *, include_sandbox: bool = True) -> bool:
        """Return whether a text is there.

        Text of the sandbox counts only with `include_sandbox`.
        Raises `InputError` where there is what must not be written to.
        """

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None, /
    ) -> FileStamp | bool:
        """Write a caption; return whether it was not there, of an image its stamp.

        `stamp` is that of the image when it was captioned. Raises `FileChangedError`
        where an image has another now, `NotWrittenError` for all else.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The outputs of a run."""

    targets: Sequence[Output] = ()
    """Where each caption is written."""
    mode: MergeMode = MergeMode.SKIP
    style: Style = field(default_factory=Style)
    """How a caption reads there."""
    collide: CollisionPolicy = CollisionPolicy.ERROR
    """What two images do that would share a file."""
    record_file: "RecordFile | None" = None
    """One file for all records."""
    dry_run: bool = False
    """Whether nothing is written in truth."""

    def paths(self, wanted: CaptionRequest, ledger: "Ledger") -> tuple[str, ...]:
        """Return the files that are this image's own, one for each output.

        Raises `InputError` where there can be none, before anything is spent.
        """
        if self.targets:
            self.style.decorate("", fields=_fields(wanted))
        return tuple(
            self._target_path(output, wanted, ledger) for output in self.targets
        )

    def _target_path(
        self, output: Output, wanted: CaptionRequest, ledger: "Ledger"
    ) -> str:
        assign = (
            ledger.files.preview_output if self.dry_run else ledger.files.assign_output
        )
        path = output.path(wanted, full_name=self.collide is CollisionPolicy.ALWAYS)
        other = assign(path, wanted.source)
        if other != wanted.source and self.collide is CollisionPolicy.SUFFIX:
            path = output.path(wanted, full_name=True)
            other = assign(path, wanted.source)
        if other == wanted.source:
            return path
        raise InputError(
            f"{short_name(wanted.source)}: would share {short_name(path)}"
            f" with {short_name(other)}",
            code="sidecarTaken",
            hint="--collide suffix (keeps the image's own suffix in the name)"
            if self.collide is CollisionPolicy.ERROR
            else "--out-dir DIR, or another id in the manifest",
        )

    def is_done(
        self,
        paths: Sequence[str],
        record: Record,
        ledger: "Ledger",
        stamp: FileStamp | None,
    ) -> bool:
        """Return whether everything is written that is to be written.

        Standard output does not count: what is printed is gone. What an image is
        known to hold since it had the stamp is not looked for. Raises `InputError`
        where something cannot be written, before anything is spent.
        """
        if not (self.targets or self.record_file):
            return False
        there = [
            self._is_known(output, path, record, ledger, stamp)
            for output, path in zip(self.targets, paths, strict=True)
        ]
        # In the other modes the caption tells whether it is there.
        if there and (self.mode is not MergeMode.SKIP or not all(there)):
            return False
        return not self.record_file or self.record_file.has_caption(record)

    def _is_known(
        self,
        output: Output,
        path: str,
        record: Record,
        ledger: "Ledger",
        stamp: FileStamp | None,
    ) -> bool:
        if not output.property_tag:
            return _has_caption(output, path, record)
        held = f"{path}/{output.property_tag}"
        # In the other modes more is written to what is there: it must be possible.
        skipping = self.mode is MergeMode.SKIP
        if skipping and stamp and ledger.files.find(held, stamp):
            return True
        present = _has_caption(output, path, record)
        if present and stamp and not self.dry_run:
            ledger.files.save(held, stamp, _PRESENT)
        return present

    def write(
        self,
        wanted: CaptionRequest,
        paths: Sequence[str],
        record: Record,
        context: Context,
        stamp: FileStamp | None,
    ) -> Record:
        """Write a caption wherever it is wanted, and return the record of it.

        A caption that cannot be written is not lost: the ledger has it.
        """
        if self.dry_run or record.text is None:
            return record
        caption = self.style.decorate(record.text, fields=_fields(wanted))
        written: list[str] = []
        failures: list[ErrorDetails] = []
        for output, path in zip(self.targets, paths, strict=True):
            try:
                if self.mode is not MergeMode.SKIP or not _has_caption(
                    output, path, record
                ):
                    insisting = partial(output.write, path, caption, record)
                    held = f"{path}/{output.property_tag}"
                    _write_with_retries(insisting, path, held, record, context, stamp)
                written.append(path)
            except NotWrittenError as failure:
                failures.append(ErrorDetails.from_error(failure))
            except InputError as flaw:  # since it was looked at first
                unwritten = NotWrittenError(
                    flaw.message, code=flaw.code, hint=flaw.hint
                )
                failures.append(ErrorDetails.from_error(unwritten))
        record = record._replace(outputs=tuple(written))
        if failures:
            return record._replace(status=RecordStatus.FAILED, error=failures[0])
        return record

    def append(self, record: Record) -> None:
        """Add a record to the file of records, unless it is there.

        Raises `NotWrittenError`.
        """
        if self.record_file and record.status is not RecordStatus.SKIPPED:
            fresh = record.status is RecordStatus.OK
            if fresh or not self.record_file.has_record(record):
                self.record_file.append(record)


def _has_caption(output: Output, path: str, record: Record) -> bool:
    """Return whether a caption is there that was not written to try rwcap out.

    What the sandbox said must not pass for what the service says.
    """
    include_sandbox = record.sandbox or is_sandbox_text(record.text or "")
    return output.has_caption(path, include_sandbox=include_sandbox)


def _write_with_retries(  # noqa: PLR0913, PLR0917  # all that a try is made of
    write: Callable[[FileStamp | None], FileStamp | bool],
    path: str,
    held: str,
    record: Record,
    context: Context,
    stamp: FileStamp | None,
) -> None:
    """Write a caption; into a file that has changed, if it is the same picture still.

    An image that has its caption is known at once as that picture: before its file
    took its place, it was checked byte by byte.
    """
    for _ in range(_MAX_ATTEMPTS):
        try:
            now = write(stamp)
        except FileChangedError:
            stamp = context.stamp(path)
            if not stamp or context.read_image(path).key.hex() != record.image_sha256:
                raise
        else:
            if isinstance(now, FileStamp) and record.image_sha256:
                image = bytes.fromhex(record.image_sha256)
                context.ledger.files.save(path, now, image)
                context.ledger.files.save(held, now, _PRESENT)
            return
    raise NotWrittenError(
        f"{short_name(path)}: others keep changing it",
        code="changedImage",
        hint="run the same command again when they have done",
    )


def _fields(wanted: CaptionRequest) -> dict[str, str]:
    """Return what a template can name: the row's columns, and the file's name."""
    last = wanted.source.rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return {"name": last, "stem": stem, **wanted.columns}

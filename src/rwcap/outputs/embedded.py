"""Captions in image files, as XMP metadata."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.record import Record
from rwcap.core.sidecar import Captions, MergeMode, Removal
from rwcap.core.source import CaptionRequest, FileStamp, source_label
from rwcap.core.text import short_name
from rwcap.images.open_files import is_being_written
from rwcap.metadata import iptc
from rwcap.metadata.all_places import has_texts, with_texts_in_all_places
from rwcap.metadata.embed import (
    XMP_FILE_HINT,
    EmbeddableImage,
    apply_change,
    check_embedding,
    differs_only_in,
    has_same_pixels,
    is_same_image,
    parse_embeddable,
    parse_unchanged,
)
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.properties import NO_TEXTS, ImageTexts
from rwcap.metadata.provenance import read_marks
from rwcap.metadata.removal import ChangedByHandError, without_captions
from rwcap.metadata.selection import CAPTION, Selection
from rwcap.outputs.atomic import (
    atomic_replacement,
    change_stamp,
    check_backup,
    check_folder,
    check_owner,
    copy_attributes,
    open_regular,
    present_stamp,
    write_backup,
)
from rwcap.outputs.existing_captions import has_own_caption, read_caption
from rwcap.outputs.file_errors import (
    REMOVAL_HINT,
    changed_error,
    named_errors,
    write_error,
    write_errors,
)
from rwcap.outputs.paths import is_local_file

MAX_BYTES: Final = 256 * 1024 * 1024
"""Bytes. The old and the new image are both in memory."""

_READER_CODES: Final = {"notAnImage", "truncatedImage", "damagedImage", "tooManyScans"}
"""Errors that the reader of images reports for the same image."""


class EmbeddedMetadata:
    """The image files with the captions of a run in their metadata."""

    is_whole_file = False
    renames_on_collision = False

    def __init__(
        self,
        *,
        rules: MergeRules,
        backup: bool,
        keep_time: bool,
        now: Callable[[], datetime],
        selection: Selection = CAPTION,
    ) -> None:
        """Choose how to write.

        Args:
            rules: What to do with an image that has a caption.
            backup: Whether to keep the original as `NAME.orig`.
            keep_time: Whether to keep the modification time.
            now: The current time, for the metadata.
            selection: The texts that are written, and those that an image must have.
        """
        self._rules = rules
        self._backup = backup
        self._keep_time = keep_time
        self._now = now
        self._selection = selection
        self._tag = rules.index_tag(selection.wanted)

    def index_tag(self, _path: str) -> str:
        """Return the name of the caption in the file index."""
        return self._tag

    def file_of(self, path: str) -> str:
        """Return the path of the image."""
        return path

    def path(self, request: CaptionRequest, *, full_name: bool = False) -> str:  # noqa: ARG002  # the image has one name
        """Return the path of the image; raise `InputError` if it is not a file."""
        if not is_local_file(request):
            raise InputError(
                f"{short_name(source_label(request.source))}: not a local file,"
                " so no caption can be embedded",
                code="noPlace",
                hint="--write xmp --out-dir DIR",
            )
        return request.source

    def names(self, request: CaptionRequest) -> tuple[str, ...]:
        """Return the path of the image."""
        return (self.path(request),)

    def has_caption(
        self, path: str, _source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return whether an image has a description.

        Text of the sandbox counts only with `include_sandbox`. An unreadable image has
        none; the reader of images reports it.

        Raises:
            InputError: A caption cannot be written to the image.
        """
        try:
            image = parse_embeddable(_read(path)[0])
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ELOOP:
                raise InputError(
                    f"{short_name(path)}: a symbolic link; links are not replaced",
                    code="symbolicLink",
                    hint="name the file itself",
                ) from error
            return False
        except InputError as error:
            if error.code in _READER_CODES:
                return False
            with named_errors(path, hint=XMP_FILE_HINT):
                raise
        with named_errors(path, hint=XMP_FILE_HINT):
            there = self._has_text(image, include_sandbox=include_sandbox)
            if not there or self._rules.mode is not MergeMode.SKIP:
                self._check_writable(path, image)
        return there

    def read(self, path: str) -> str | None:
        """Return the caption in an image, or None; raises `InputError`."""
        return read_caption(path, self._selection.shown, self._rules.placeholders)

    def is_own(self, path: str, _captions: Captions | None = None) -> bool:
        """Return whether rwcap wrote the captions of an image, all unchanged."""
        rules, shown = self._rules, self._selection.shown
        return has_own_caption(path, shown, rules.placeholders)

    def has_words(self, path: str, *, include_sandbox: bool) -> bool:
        """Return whether an image that must not be changed has a description."""
        try:
            image = parse_unchanged(_read(path)[0])
            return self._has_text(image, include_sandbox=include_sandbox)
        except (OSError, ValueError, InputError):
            return False

    @staticmethod
    def has_marks(path: str) -> bool:
        """Return whether rwcap has written into an image."""
        try:
            packet = parse_unchanged(_read(path)[0]).packet
            return packet is not None and bool(read_marks(packet))
        except (OSError, ValueError, InputError):
            return False

    def lacks_character_set(self, path: str) -> bool:
        """Return whether IPTC in an image cannot have texts of every language."""
        sample = self._selection.foreign_sample()
        rules = self._rules._replace(mode=MergeMode.APPEND)  # as in any other run
        try:
            image = parse_embeddable(_read(path)[0])
            with_texts_in_all_places(image, *sample, rules=rules, date="")
        except (OSError, ValueError, InputError) as error:
            return getattr(error, "code", "") == iptc.NO_CHARACTER_SET
        return False

    def _has_text(self, image: EmbeddableImage, *, include_sandbox: bool) -> bool:
        """Return whether an image has all texts that it must have."""
        wanted, rules = self._selection.wanted, self._rules
        return has_texts(image, wanted, rules=rules, include_sandbox=include_sandbox)

    def _check_writable(self, path: str, image: EmbeddableImage) -> None:
        """Raise `InputError` if a caption cannot be written to the image."""
        check_folder(path)
        with suppress(OSError):
            check_owner(path)
        if self._backup:
            check_backup(path, partial(has_same_pixels, image))
        sample = self._selection.sample()
        change = with_texts_in_all_places(image, *sample, rules=self._rules, date="")
        if change is not None:
            check_embedding(image, change)

    def write(
        self,
        path: str,
        caption: str,
        record: Record,
        stamp: FileStamp | None,
        beside: ImageTexts = NO_TEXTS,
    ) -> FileStamp | bool:
        """Write a caption to the image at `path`.

        After an error the image is unchanged.

        Args:
            path: Path of the image.
            caption: The description, or the alternative text.
            record: The record of the caption.
            stamp: The stamp of the file when it was captioned.
            beside: The texts of people in other files, from which those in the image
                start. In mode `skip`, the image leaves them to these files.

        Returns:
            The new stamp of the file; False if it has the caption already.

        Raises:
            FileChangedError: The file does not have the given stamp.
            NotWrittenError: The caption cannot be written.
        """
        with write_errors(path, hint=XMP_FILE_HINT):
            data, status = _read(path)
            if not stamp or _with_status(stamp, status) != stamp:
                raise changed_error(path)
            image = parse_embeddable(data)
            change = with_texts_in_all_places(
                image,
                self._selection.texts(caption, record, record.field_texts),
                record,
                rules=self._rules,
                date=self._now().isoformat(timespec="seconds"),
                beside=beside,
            )
            if change is None:
                return False
            now = self._replace(
                path,
                apply_change(image, change),
                status,
                backup=image.data,
                is_right=partial(differs_only_in, change, image),
            )
            return _with_status(stamp, now)

    def remove(
        self, path: str, _captions: Captions | None = None, *, dry: bool
    ) -> Removal:
        """Take out the captions of rwcap, and undo its changes of other places.

        Raises:
            NotWrittenError: The image cannot be changed.
        """
        with write_errors(path, usual=REMOVAL_HINT):
            data, status = _read(path)
            image = parse_embeddable(data)
            try:
                new = without_captions(image)
            except ChangedByHandError:
                return Removal.CHANGED
            if new is None:
                return Removal.ABSENT
            if not dry:
                self._replace(path, new, status, is_right=partial(is_same_image, image))
        return Removal.REMOVED

    def _replace(
        self,
        path: str,
        new: bytes,
        status: os.stat_result,
        *,
        is_right: Callable[[bytes], bool],
        backup: bytes | None = None,
    ) -> os.stat_result:
        """Verify the new file, replace the image with it, and return its status."""

        def check() -> None:
            if present_stamp(path) != change_stamp(status) or is_being_written(path):
                raise changed_error(path)

        with atomic_replacement(path, new, check) as descriptor:
            copy_attributes(path, status, descriptor, time=self._keep_time)
            with os.fdopen(descriptor, "rb", closefd=False) as written:
                written.seek(0)
                if not is_right(written.read()):
                    raise write_error(path, "the new image fails verification")
            now = os.fstat(descriptor)
            check()
            if self._backup and backup is not None:
                write_backup(path, backup, status)
        return now


def _read(path: str) -> tuple[bytes, os.stat_result]:
    """Return the content of a file and its status before that.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
        InputError: The file is too large.
    """
    with open_regular(path, follow_links=False) as (file, status):
        if status.st_size > MAX_BYTES:
            raise InputError(f"more than {MAX_BYTES:,} bytes", code="imageTooLarge")
        return file.read(), status


def _with_status(stamp: FileStamp, status: os.stat_result) -> FileStamp:
    """Return a stamp with the size, time and inode of `status`."""
    return stamp._replace(
        size=status.st_size, mtime=status.st_mtime_ns, inode=status.st_ino
    )

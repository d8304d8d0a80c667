"""Captions in the files of their images, as XMP."""

import errno
import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from rwcap.core.errors import FileChangedError, InputError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import Record
from rwcap.core.request import CaptionRequest
from rwcap.core.sidecar import MergeMode
from rwcap.metadata.embed import (
    XMP_FILE_HINT,
    EmbeddableImage,
    check_embedding,
    differs_only_in_packet,
    embed_packet,
    parse_embeddable,
)
from rwcap.metadata.merge import caption_texts, has_text, with_sample_texts, with_texts
from rwcap.metadata.properties import Property
from rwcap.outputs.atomic import (
    atomic_replacement,
    change_stamp,
    copy_attributes,
    write_error,
)
from rwcap.outputs.paths import is_local_file, short_name

BACKUP_SUFFIX: Final = ".orig"
"""Added to the name of an image for that of its backup."""

MAX_BYTES: Final = 256 * 1024 * 1024
"""Bytes of a file at most: it is held in memory, and what becomes of it, too."""

_TOLD_BY_READER: Final = {
    "notAnImage",
    "truncatedImage",
    "damagedImage",
    "tooManyScans",
}
"""What is wrong with an image whatever is to be done with it."""

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class EmbeddedMetadata:
    """Knows which images have a caption in them, and puts it into those without."""

    def __init__(
        self,
        *,
        mode: MergeMode,
        backup: bool,
        keep_time: bool,
        now: Callable[[], datetime],
        alt: bool = False,
    ) -> None:
        """Keep the original as `NAME.orig`, and its time, if wanted.

        With `alt`, it is the alternative text that counts.
        """
        self._mode = mode
        self._backup = backup
        self._keep_time = keep_time
        self._now = now
        self._alt = alt
        self._counts = Property.ALT_TEXT if alt else Property.DESCRIPTION
        self.property_tag = self._counts.tag

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:  # noqa: ARG002  # it has but one
        """Return the image itself; raise `InputError` where it is no file."""
        if not is_local_file(wanted.source):
            raise InputError(
                f"{short_name(wanted.source)}: no file to embed its caption in",
                code="noPlace",
                hint="--write xmp --out-dir DIR",
            )
        return wanted.source

    def has_caption(self, path: str, *, include_sandbox: bool = True) -> bool:
        """Return whether an image has a description in it.

        Text of the sandbox counts only with `include_sandbox`. Raises `InputError`
        for an image that must not be written to. One that cannot be read has none: its
        reader tells why.
        """
        try:
            data, _ = _read(path)
            image = parse_embeddable(data)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ELOOP:
                raise InputError(
                    f"{short_name(path)}: a symbolic link; links are not replaced",
                    code="symbolicLink",
                    hint="name the file itself",
                ) from error
            return False
        except InputError as flaw:
            if flaw.code in _TOLD_BY_READER:
                return False
            raise _named(path, flaw) from flaw
        try:
            there = has_text(
                image.packet, self._counts, include_sandbox=include_sandbox
            )
            if not there or self._mode is not MergeMode.SKIP:
                self._rehearse(image)
        except InputError as flaw:
            raise _named(path, flaw) from flaw
        return there

    def _rehearse(self, image: EmbeddableImage) -> None:
        """Raise `InputError` for an image that a caption could not be put into."""
        packet = with_sample_texts(image.packet, mode=self._mode, alt=self._alt)
        if packet is not None:
            check_embedding(image, packet)

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Put a caption into the image at `path`, whose new stamp is returned.

        False where it is there already. Raises `FileChangedError` where the file has
        not the stamp of what was captioned, `NotWrittenError` for all else that is
        in the way; then the image is as it was.
        """
        try:
            data, status = _read(path)
            if not stamp or _with_status(stamp, status) != stamp:
                raise _changed(path)
            image = parse_embeddable(data)
            packet = with_texts(
                image.packet,
                caption_texts(caption, record, alt=self._alt),
                record,
                mode=self._mode,
                date=self._now().isoformat(timespec="seconds"),
            )
            if packet is None:
                return False
            return _with_status(stamp, self._replace(path, image, packet, status))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise write_error(path, reason) from error
        except InputError as flaw:
            raise write_error(
                path, flaw.message, hint=flaw.hint or XMP_FILE_HINT
            ) from flaw

    def _replace(
        self, path: str, image: EmbeddableImage, packet: bytes, status: os.stat_result
    ) -> os.stat_result:
        """Put the image with a packet in the place of the one that has it not."""
        with atomic_replacement(path, embed_packet(image, packet)) as descriptor:
            copy_attributes(path, status, descriptor, time=self._keep_time)
            with os.fdopen(descriptor, "rb", closefd=False) as written:
                written.seek(0)
                if not differs_only_in_packet(image, written.read(), packet):
                    raise write_error(path, "does not read as it was written")
            new = os.fstat(descriptor)
            if change_stamp(Path(path).lstat()) != change_stamp(status):
                raise _changed(path)
            if self._backup:
                _write_backup(path, image.data, status)
        return new


def _read(path: str) -> tuple[bytes, os.stat_result]:
    """Return what a file holds, and its state before.

    Raises `OSError`, `InputError` for a file that is too large.
    """
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        if status.st_size > MAX_BYTES:
            raise InputError(f"more than {MAX_BYTES:,} bytes", code="imageTooLarge")
        return file.read(), status


def _named(path: str, flaw: InputError) -> InputError:
    message = f"{short_name(path)}: {flaw.message}"
    return InputError(message, code=flaw.code, hint=flaw.hint or XMP_FILE_HINT)


def _changed(path: str) -> FileChangedError:
    return FileChangedError(
        f"{short_name(path)}: changed since it was captioned",
        code="changedImage",
        hint="run the same command again: what was bought costs nothing",
    )


def _with_status(stamp: FileStamp, status: os.stat_result) -> FileStamp:
    """Return a stamp with what it would say of a file now."""
    return stamp._replace(
        size=status.st_size, mtime=status.st_mtime_ns, inode=status.st_ino
    )


def _write_backup(path: str, data: bytes, status: os.stat_result) -> None:
    """Keep an image as it is, unless there is a backup: the first is the original."""
    backup = path + BACKUP_SUFFIX
    if not os.path.lexists(backup):
        with atomic_replacement(backup, data) as descriptor:
            copy_attributes(path, status, descriptor, time=True)

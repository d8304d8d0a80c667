"""Captions in the files of their images, as XMP."""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rwcap.adapters.outputs.beside import is_path, shown
from rwcap.adapters.outputs.files import keep, replacing, unwritten
from rwcap.domain.claim import Stamp
from rwcap.domain.described import described
from rwcap.domain.embed import HINT, embedded, is_faithful, opened
from rwcap.domain.errors import InputError
from rwcap.domain.packet import read
from rwcap.domain.picture import MAX_BYTES, parse_picture
from rwcap.domain.record import Record
from rwcap.domain.sidecar import Mode
from rwcap.domain.wanted import Wanted
from rwcap.domain.xmp import Property

BACKUP: Final = ".orig"
"""Added to the name of an image for that of its backup."""

_TRIES: Final = 5
"""Times that a file is read again because somebody has changed it meanwhile."""

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class Embedded:
    """Knows which images have a caption in them, and puts it into those without."""

    inside = True

    def __init__(
        self,
        *,
        mode: Mode,
        backup: bool,
        keep_time: bool,
        now: Callable[[], datetime],
    ) -> None:
        """Keep the original as `NAME.orig`, and its time, if wanted."""
        self._mode = mode
        self._backup = backup
        self._keep_time = keep_time
        self._now = now

    def path(self, wanted: Wanted, *, full_name: bool = False) -> str:  # noqa: ARG002  # it has but one
        """Return the image itself; raise `InputError` where it is no file."""
        if not is_path(wanted.source):
            raise InputError(
                f"{shown(wanted.source)}: no file to embed its caption in",
                code="noPlace",
                hint="--write xmp --out-dir DIR",
            )
        return wanted.source

    def is_present(self, path: str, *, unless: str | None = None) -> bool:
        """Return whether an image has a description in it.

        One with the word `unless` in it does not count. Raises `InputError` for an
        image that must not be written to. One that cannot be read has none: its
        reader tells why.
        """
        try:
            data, _ = _read(path)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ELOOP:
                raise InputError(
                    f"{shown(path)}: a symbolic link, in whose place nothing is put",
                    code="symbolicLink",
                    hint="name the file itself",
                ) from error
            return False
        parse_picture(data, name=shown(path))
        try:
            packet = opened(data).packet
            text = read(packet) if packet else None
        except InputError as flaw:
            message = f"{shown(path)}: {flaw.message}"
            raise InputError(message, code=flaw.code, hint=flaw.hint or HINT) from flaw
        return bool(text and text.strip()) and not (unless and unless in (text or ""))

    def write(self, path: str, caption: str, record: Record) -> Stamp | bool:
        """Put a caption into the image at `path`, whose new stamp is returned.

        False where it is there already. Raises `UnwrittenError`; then the image is
        as it was.
        """
        try:
            for _ in range(_TRIES):
                with suppress(_ChangedError):
                    return self._put(path, caption, record)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise unwritten(path, reason) from error
        except InputError as flaw:
            raise unwritten(path, flaw.message, hint=flaw.hint or HINT) from flaw
        raise unwritten(path, "others keep changing it")

    def _put(self, path: str, caption: str, record: Record) -> Stamp | bool:
        data, status = _read(path)
        if parse_picture(data, name=shown(path)).digest != record.image_sha256:
            raise unwritten(path, "no longer the picture that was captioned")
        image = opened(data)
        packet = described(
            image.packet,
            {Property.DESCRIPTION: caption},
            record,
            mode=self._mode,
            date=self._now().isoformat(timespec="seconds"),
        )
        if packet is None:
            return False
        with replacing(path, embedded(image, packet)) as descriptor:
            keep(path, status, descriptor, time=self._keep_time)
            with os.fdopen(descriptor, "rb", closefd=False) as written:
                written.seek(0)
                if not is_faithful(image, written.read(), packet):
                    raise unwritten(path, "does not read as it was written")
            new = os.fstat(descriptor)
            if _state(Path(path).lstat()) != _state(status):
                raise _ChangedError
            if self._backup:
                _back_up(path, data, status)
        return Stamp(new.st_size, new.st_mtime_ns, new.st_ino)


class _ChangedError(Exception):
    """Somebody has changed the file since it was read."""


def _read(path: str) -> tuple[bytes, os.stat_result]:
    """Return what a file holds, and its state before; raise `OSError`."""
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        return file.read(MAX_BYTES + 1), status


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Return what of a file is another after each change."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns)


def _back_up(path: str, data: bytes, status: os.stat_result) -> None:
    """Keep an image as it is, unless there is a backup: the first is the original."""
    backup = path + BACKUP
    if not os.path.lexists(backup):
        with replacing(backup, data) as descriptor:
            keep(path, status, descriptor, time=True)

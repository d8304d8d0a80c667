"""Captions in XMP files beside their images, together with what is there."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rwcap.core.errors import FileChangedError, InputError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import Record
from rwcap.core.request import CaptionRequest
from rwcap.core.sidecar import MergeMode
from rwcap.metadata import xml_parser
from rwcap.metadata.merge import caption_texts, has_text, with_sample_texts, with_texts
from rwcap.metadata.properties import Property
from rwcap.outputs.atomic import (
    atomic_replacement,
    change_stamp,
    copy_permissions,
    write_error,
)
from rwcap.outputs.paths import OutputPaths, short_name

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe that nobody writes to must not wait."""


_TRIES: Final = 5
"""Times that a file is written to which somebody changes at the same time."""


class XmpFiles(OutputPaths):
    """Knows which captions are there, and writes them.

    Adobe's programs call the file of a.jpg a.xmp, darktable and digiKam a.jpg.xmp.
    """

    property_tag = ""

    def __init__(
        self,
        *,
        out_dir: str | None,
        mode: MergeMode,
        now: Callable[[], datetime],
        alt: bool = False,
    ) -> None:
        """Put files beside the images, or below `out_dir`.

        With `alt`, it is the alternative text that counts.
        """
        super().__init__(ext=".xmp", out_dir=out_dir, mode=mode)
        self._now = now
        self._alt = alt
        self._counts = Property.ALT_TEXT if alt else Property.DESCRIPTION

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the file for a caption: the longer name where that is there."""
        whole = super().path(wanted, full_name=True)
        if full_name or os.path.lexists(whole):
            return whole
        return super().path(wanted)

    def has_caption(self, path: str, *, include_sandbox: bool = True) -> bool:
        """Return whether a file is there that describes its image.

        Text of the sandbox counts only with `include_sandbox`. Raises `InputError` for
        a file to which nothing can be added.
        """
        try:
            data, _ = _content(path)
            packet = data or None
        except (FileNotFoundError, NotADirectoryError):
            packet = None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{short_name(path)}: {reason}", code="unreadableXmp"
            ) from error
        try:
            there = has_text(packet, self._counts, include_sandbox=include_sandbox)
            if not there or self._mode is not MergeMode.SKIP:
                self._rehearse(path, packet)
        except InputError as flaw:
            raise _named(path, flaw) from flaw
        return there

    def _rehearse(self, path: str, packet: bytes | None) -> None:
        """Raise `InputError` for a file that a caption could not be written to."""
        if Path(path).is_symlink():
            raise InputError("a symbolic link", code="symbolicLink")
        with_sample_texts(packet, mode=self._mode, alt=self._alt)

    def write(
        self, path: str, caption: str, record: Record, _stamp: FileStamp | None = None
    ) -> bool:
        """Write a caption to `path`; return False where it is there already.

        Raises `NotWrittenError`, also for a link, to which nothing is written.
        """
        try:
            self.make_folder(path)
            for _ in range(_TRIES):
                with suppress(FileChangedError):
                    return self._write(path, caption, record)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise write_error(path, reason) from error
        except InputError as flaw:
            raise write_error(path, flaw.message, hint=flaw.hint) from flaw
        raise write_error(
            path,
            "others keep changing it",
            hint="run the same command again when they have done",
        )

    def _write(self, path: str, caption: str, record: Record) -> bool:
        """Write a caption; raise `FileChangedError` if others wrote meanwhile."""
        if Path(path).is_symlink():
            raise write_error(path, "a symbolic link")
        old, before = _content(path) if os.path.lexists(path) else (b"", None)
        new = with_texts(
            old or None,
            caption_texts(caption, record, alt=self._alt),
            record,
            mode=self._mode,
            date=self._now().isoformat(timespec="seconds"),
        )
        if new is None:
            return False
        with atomic_replacement(path, new) as descriptor:
            copy_permissions(path, descriptor)
            now = change_stamp(Path(path).lstat()) if os.path.lexists(path) else None
            if now != before:
                raise FileChangedError(
                    f"{short_name(path)}: changed", code="outputFailed"
                )
        return True


def _content(path: str) -> tuple[bytes, tuple[int, ...]]:
    """Return what a file holds, and its state before.

    Raises `OSError`, `InputError` for what is no XMP.
    """
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{short_name(path)}: not a file", code="unreadableXmp")
        return file.read(xml_parser.MAX_XML_BYTES + 1), change_stamp(status)


def _named(path: str, flaw: InputError) -> InputError:
    return InputError(
        f"{short_name(path)}: {flaw.message}", code=flaw.code, hint=flaw.hint
    )

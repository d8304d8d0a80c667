"""Captions in text files beside their images."""

import codecs
import errno
import os
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from rwcap.core.errors import FileChangedError, InputError, UsageError
from rwcap.core.record import Record, is_sandbox_text
from rwcap.core.sidecar import (
    ADDING_MODES,
    BACKUP_SUFFIX,
    BYTE_ORDER_MARK,
    Captions,
    MergeMode,
    Removal,
    sidecar_content,
)
from rwcap.core.source import FileStamp
from rwcap.core.text import one_line, short_name
from rwcap.images.formats import identify
from rwcap.outputs.atomic import (
    check_folder,
    open_regular,
    present_stamp,
    replace_file,
)
from rwcap.outputs.file_errors import (
    REMOVAL_HINT,
    named_errors,
    reason_of,
    write_error,
    write_errors,
)
from rwcap.outputs.paths import OutputPaths

_TRIES: Final = 5
"""Tries to write a file that another program changes at the same time."""

_SMALL: Final = 4096
"""Bytes. Larger files count as text without being read."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of a text file, as of an XMP file. A larger one is something else."""


class TextFiles(OutputPaths):
    """The text files with the captions of a run."""

    is_whole_file = True

    def __init__(
        self,
        *,
        ext: str = ".txt",
        out_dir: str | None = None,
        mode: MergeMode = MergeMode.SKIP,
    ) -> None:
        """Use files with the extension `ext`, beside the images or in `out_dir`.

        Raises:
            UsageError: `ext` is not a file name extension, or is one of images, their
                XMP files or their backups.
        """
        super().__init__(ext=ext, out_dir=out_dir, mode=mode)
        if self._ext != ".txt":
            from rwcap.sources.folder_walk import IMAGE_SUFFIXES

            others = (*IMAGE_SUFFIXES, ".xmp", BACKUP_SUFFIX)
            if self._ext.lower().endswith(others):
                message = f"{ext!r} is the extension of images or of files for them"
                raise UsageError(message, hint="--ext .txt")

    def has_caption(
        self, path: str, _source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return whether the file exists and is not blank.

        A small file with nothing but text of the sandbox counts only with
        `include_sandbox`. An unreadable file counts, so that it is never replaced.

        Raises:
            InputError: The path is too long, the disk does not tell whether there is a
                file, none can be created, or the caption cannot be added to it.
        """
        there = self._has_text(path, include_sandbox=include_sandbox)
        if not there or self._mode is not MergeMode.SKIP:
            with named_errors(path):
                check_folder(path)
                self._check(path)
        return there

    @staticmethod
    def _has_text(path: str, *, include_sandbox: bool) -> bool:
        try:
            status = os.stat(path)  # noqa: PTH116  # `Path` costs too much per image
        except (FileNotFoundError, ValueError):
            return False
        except OSError as error:
            if error.errno == errno.ELOOP:
                return False  # a link, which is replaced itself
            raise _unreadable(path, error) from error
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return False
        if status.st_size >= _SMALL:
            return True
        try:
            with open(path, "rb") as file:  # noqa: PTH123  # as above
                text = file.read(_SMALL).removeprefix(codecs.BOM_UTF8).strip()
        except OSError:
            return True
        return bool(text) and (
            include_sandbox or not is_sandbox_text(text.decode(errors="replace"))
        )

    def read(self, path: str) -> str | None:
        """Return the content of the file, without white space around it, or None.

        A symbolic link counts as no file: it can lead to private data.

        Raises:
            InputError: The file cannot be read, or is too large.
        """
        if not os.path.lexists(path) or os.path.islink(path):  # noqa: PTH114  # as above
            return None
        try:
            with named_errors(path):
                return _content(path).decode("utf-8-sig", "replace").strip()
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def is_own(self, path: str, captions: Captions) -> bool:
        """Return whether all lines of the file are captions of rwcap.

        Args:
            path: The path of the file.
            captions: Returns the captions that rwcap has bought for the image.

        Raises:
            InputError: The file cannot be read.
        """
        if not (text := self.read(path)):
            return False
        ours = {one_line(each) for each in captions()}
        return all(line in ours for line in text.splitlines() if line)

    def write(
        self,
        path: str,
        caption: str,
        _record: Record | None = None,
        _stamp: FileStamp | None = None,
    ) -> bool:
        """Write a caption to `path`; return False if the file has it already.

        With mode `skip`, a text that appears meanwhile is kept, too.

        Raises:
            NotWrittenError: The caption cannot be written.
        """
        with write_errors(path):
            self.make_folder(path)
            for number in range(_TRIES):
                before = present_stamp(path)
                old = self._old(path)
                data = self._merged(caption, old)
                is_kept = number > 0 and self._mode is MergeMode.SKIP
                if data == old or (is_kept and old and old.strip()):
                    return False
                with suppress(FileChangedError):
                    replace_file(path, data, partial(_check_unchanged, path, before))
                    return True
        raise write_error(
            path,
            "another program keeps changing it",
            hint="run the same command again when that program is done",
        )

    def _merged(self, caption: str, old: bytes | None) -> bytes:
        """Return the content of a file after a caption is written."""
        text = None if old is None else old.decode("utf-8", "surrogateescape")
        merged = sidecar_content(caption, old=text, mode=self._mode)
        return merged.encode("utf-8", "surrogateescape")

    def remove(self, path: str, captions: Captions, *, dry: bool) -> Removal:
        """Take out a line that is a caption; delete a file that contains nothing else.

        Args:
            path: The path of the file.
            captions: Returns the captions that rwcap has bought for the image.
            dry: Whether nothing is changed.

        Raises:
            NotWrittenError: The file cannot be changed.
        """
        with write_errors(path, usual=REMOVAL_HINT):
            before = present_stamp(path)
            old = self._old(path)
            if not old:
                return Removal.ABSENT
            written = filter(None, map(one_line, captions()))  # no blank lines
            ours = {
                form.encode()
                for each in written
                for form in (each, each.removeprefix(BYTE_ORDER_MARK))
            }
            mark = codecs.BOM_UTF8 if old.startswith(codecs.BOM_UTF8) else b""
            lines = old.removeprefix(mark).splitlines(keepends=True)
            kept = [line for line in lines if line.rstrip(b"\r\n") not in ours]
            if len(kept) == len(lines):
                return Removal.CHANGED if ours else Removal.ABSENT
            check = partial(_check_unchanged, path, before)
            if not dry and b"".join(kept).strip():
                replace_file(path, mark + b"".join(kept), check)
            elif not dry:
                check()
                Path(path).unlink()
        return Removal.REMOVED

    def _check(self, path: str) -> None:
        """Raise `InputError` if a caption cannot be written to a path that exists."""
        try:
            with suppress(ValueError):  # no path; the reader of images says so
                self._old(path)
        except OSError as error:
            raise InputError(reason_of(error), code="unreadableText") from error

    def _old(self, path: str) -> bytes | None:
        """Return the content of the file; None if there is none, or a symbolic link.

        A link can lead to private data, which must not get into a dataset, so rwcap
        does not read it. It is replaced only on request: its text may be on a disk
        that is not mounted.

        Raises:
            OSError: The file cannot be read.
            InputError: A caption cannot be added to the file, or replace it, or the
                file is too large.
        """
        try:
            mode = Path(path).lstat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            if self._mode in {MergeMode.SKIP, *ADDING_MODES}:
                raise InputError(
                    f"a symbolic link, which --mode {self._mode} does not support",
                    code="symbolicLink",
                    hint="--mode overwrite replaces the link with a file",
                )
            return None
        if not stat.S_ISREG(mode):
            raise InputError(
                "not a regular file",
                code="notAFile",
                hint="rename it, or choose another --ext or --out-dir",
            )
        old = _content(path)
        if identify(old) is not None:
            raise InputError(
                "an image, not a text file", code="notText", hint="--ext .txt"
            )
        if self._mode in ADDING_MODES and not _is_utf8(old):
            raise InputError(
                "not in UTF-8, so no caption can be added",
                code="notUtf8",
                hint="save the text as UTF-8, or choose another --ext",
            )
        return old


def _content(path: str) -> bytes:
    """Return the content of a file.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
        InputError: The file is too large.
    """
    with open_regular(path, follow_links=False) as (file, _):
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            f"more than {MAX_BYTES:,} bytes, so no caption",
            code="textTooLarge",
            hint="rename it, or choose another --ext or --out-dir",
        )
    return data


def _is_utf8(data: bytes) -> bool:
    """Return whether data is text in UTF-8. That in UTF-16 has NULs or its own mark."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _check_unchanged(path: str, before: tuple[int, ...] | None) -> None:
    """Raise `FileChangedError` if another program has changed a file meanwhile."""
    if present_stamp(path) != before:
        raise FileChangedError(
            f"{short_name(path)}: changed by another program",
            code="outputFailed",
            hint="run the same command again when that program is done",
        )


def _unreadable(path: str, error: Exception) -> InputError:
    message = f"{short_name(path)}: {reason_of(error)}"
    return InputError(message, code="unreadableText")

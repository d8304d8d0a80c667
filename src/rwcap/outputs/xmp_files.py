"""Captions in XMP files beside their images, merged with the content of the files."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rwcap.core.errors import FileChangedError, InputError
from rwcap.core.record import Record
from rwcap.core.sidecar import ADDING_MODES, Captions, MergeMode, Removal
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.core.text import short_name
from rwcap.metadata.merge import MergeRules, has_text, with_texts, without_added
from rwcap.metadata.properties import NO_TEXTS, KeywordList
from rwcap.metadata.provenance import read_marks
from rwcap.metadata.removal import ChangedByHandError, without_caption, without_copy
from rwcap.metadata.selection import CAPTION, Selection
from rwcap.metadata.xmp import xml_parser
from rwcap.metadata.xmp.packet import read_text
from rwcap.outputs.atomic import (
    change_stamp,
    check_folder,
    open_regular,
    present_stamp,
    replace_file,
)
from rwcap.outputs.existing_captions import has_own_caption
from rwcap.outputs.file_errors import (
    REMOVAL_HINT,
    named_errors,
    reason_of,
    write_error,
    write_errors,
)
from rwcap.outputs.other_files import OtherFiles
from rwcap.outputs.paths import OutputPaths

_TRIES: Final = 5
"""Tries to write a file that another program changes at the same time."""


class XmpFiles(OutputPaths):
    """The XMP files with the captions of a run.

    For a.jpg, Adobe's programs use a.xmp; darktable and digiKam use a.jpg.xmp.
    """

    def __init__(
        self,
        *,
        out_dir: str | None,
        rules: MergeRules,
        now: Callable[[], datetime],
        selection: Selection = CAPTION,
        pairs: bool = True,
    ) -> None:
        """Use files beside the images, or in `out_dir`.

        Args:
            out_dir: The output folder.
            rules: What to do with an image that has a caption.
            now: The current time, for the metadata.
            selection: The texts that are written, and those that an image must have.
            pairs: Whether a raw file and its JPEG are one image.
        """
        super().__init__(ext=".xmp", out_dir=out_dir, mode=rules.mode)
        self._rules = rules
        self._now = now
        self._selection = selection
        self.others = OtherFiles(
            rules, selection, pairs=pairs, in_folder=out_dir is not None
        )
        """What people wrote about an image in its other files."""

    def path(self, request: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the path of the file for a caption: a.jpg.xmp if that exists."""
        whole = super().path(request, full_name=True)
        if full_name or os.path.lexists(whole):
            return whole
        return super().path(request)

    def has_caption(
        self, path: str, source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return whether the file, or a person's text in the image, describes it.

        Text of the sandbox counts only with `include_sandbox`.

        Raises:
            InputError: A caption cannot be added to the file, or the file would
                contradict the image.
        """
        try:
            data, _ = _read(path)
            packet = data or None
        except (FileNotFoundError, NotADirectoryError):
            packet = None
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        rules = self._rules
        with named_errors(path):
            missing = {
                key
                for key in self._selection.wanted
                if not has_text(
                    packet, key, rules=rules, include_sandbox=include_sandbox
                )
            }
            if missing and self._mode is MergeMode.SKIP:
                words = self.others.words(source, path, paired=True)
                missing -= words.texts.keys()
            there = not missing
            if not there or self._mode is not MergeMode.SKIP:
                self._check_writable(path, packet)
        if self._mode is MergeMode.OVERWRITE:
            self._check_image(source, path)
        return there

    def read(self, path: str) -> str | None:
        """Return the caption in the file, or None.

        Raises:
            InputError: The file cannot be read, or is not valid XMP.
        """
        try:
            packet, _ = _read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        with named_errors(path):
            return read_text(packet, self._selection.shown) if packet else None

    def is_own(
        self, path: str, _captions: Captions | None = None, *, source: str = ""
    ) -> bool:
        """Return whether rwcap wrote the caption in the file, and it is unchanged.

        Args:
            path: The path of the file.
            source: The image whose captions are asked for, if it has another output.
        """
        return os.path.lexists(path) and has_own_caption(
            path,
            self._selection.shown,
            counts_corrections=path in self.others.corrected(source),
        )

    def _check_image(self, source: str, path: str) -> None:
        """Raise `InputError` if a person described the image in another file."""
        words = self.others.words(source, path, paired=False)
        found = {*words.texts, *([KeywordList.KEYWORDS] if words.keywords else ())}
        if not found.isdisjoint(self._selection.wanted):
            raise InputError(
                f"{short_name(source)}: has a caption, which the XMP file would"
                " contradict",
                code="captionInImage",
                hint="--ignore-existing writes the XMP file all the same",
            )

    def _check_writable(self, path: str, packet: bytes | None) -> None:
        """Raise `InputError` if a caption cannot be written to the file."""
        if Path(path).is_symlink():
            raise InputError("a symbolic link", code="symbolicLink")
        check_folder(path)
        texts, record = self._selection.sample()
        with_texts(packet, texts, record, rules=self._rules, date="")

    def write(
        self, path: str, caption: str, record: Record, _stamp: FileStamp | None = None
    ) -> bool:
        """Write a caption to `path`; return False if the file has it already.

        Raises:
            NotWrittenError: The caption cannot be written, for example because the
                path is a symbolic link.
        """
        with write_errors(path):
            self.make_folder(path)
            for _ in range(_TRIES):
                with suppress(FileChangedError):
                    return self._write(path, caption, record)
        raise write_error(
            path,
            "another program keeps changing it",
            hint="run the same command again when that program is done",
        )

    def _write(self, path: str, caption: str, record: Record) -> bool:
        """Write a caption; raise `FileChangedError` if the file changes meanwhile."""
        if Path(path).is_symlink():
            raise write_error(path, "a symbolic link")
        old, before = _read(path) if os.path.lexists(path) else (b"", None)
        adds = self._mode in ADDING_MODES
        is_merged = adds or self._selection != CAPTION
        words = NO_TEXTS
        if is_merged:
            words = self.others.words(record.source, path, paired=True)
        texts = self._selection.texts(caption, record, record.field_texts)
        new = with_texts(
            old or None,
            without_added(texts, old or None, record, self._rules),
            record,
            rules=self._rules,
            date=self._now().isoformat(timespec="seconds"),
            elsewhere=words,
            keywords_elsewhere=bool(words.keywords) or self._rules.xmp_only,
        )
        if new is None:
            return False
        _replace(path, new, before)
        return True

    def remove(self, path: str, captions: Captions = tuple, *, dry: bool) -> Removal:
        """Take out the captions of rwcap; delete a file that contains nothing else.

        Args:
            path: The path of the file.
            captions: Returns the captions that rwcap has bought for the image. Another
                program can have copied one to the file.
            dry: Whether nothing is changed.

        Raises:
            NotWrittenError: The file cannot be changed.
        """
        if not os.path.lexists(path):
            return Removal.ABSENT
        with write_errors(path, usual=REMOVAL_HINT):
            old, before = _read(path)
            if not old:
                return Removal.ABSENT
            marked = bool(read_marks(old))
            try:
                new = without_caption(old) if marked else without_copy(old, captions)
            except ChangedByHandError:
                return Removal.CHANGED
            if new == old:
                return Removal.ABSENT
            if os.path.islink(path):  # noqa: PTH114  # `Path` costs too much
                raise InputError("a symbolic link", code="symbolicLink")
            if not dry:
                _replace(path, new, before)
        return Removal.REMOVED


def _replace(path: str, new: bytes | None, before: tuple[int, ...] | None) -> None:
    """Replace the file, or delete it; raise `FileChangedError` if it has changed."""

    def check() -> None:
        if present_stamp(path) != before:
            message = f"{short_name(path)}: changed by another program"
            raise FileChangedError(message, code="outputFailed")

    if new is None:
        check()
        Path(path).unlink()
        return
    replace_file(path, new, check)


def _unreadable(path: str, error: Exception) -> InputError:
    message = f"{short_name(path)}: {reason_of(error)}"
    return InputError(message, code="unreadableXmp")


def _read(path: str) -> tuple[bytes, tuple[int, ...]]:
    """Return the content of a file and its change stamp before that.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
    """
    with open_regular(path, follow_links=True) as (file, status):
        return file.read(xml_parser.MAX_XML_BYTES + 1), change_stamp(status)

"""Captions in XMP files beside their images, merged with the content of the files."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rwcap.core.errors import FileChangedError, InputError
from rwcap.core.record import Record
from rwcap.core.sidecar import Captions, MergeMode, Removal
from rwcap.core.source import CaptionRequest, FileStamp, other_names
from rwcap.core.text import short_name
from rwcap.metadata.merge import MergeRules, has_text, with_texts
from rwcap.metadata.properties import NO_TEXTS, ImageTexts, KeywordList
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
from rwcap.outputs.existing_captions import (
    ShownText,
    has_own_caption,
    read_image_files,
    shown_texts,
    words_of_people,
)
from rwcap.outputs.file_errors import (
    REMOVAL_HINT,
    named_errors,
    reason_of,
    write_error,
    write_errors,
)
from rwcap.outputs.paths import OutputPaths, is_local_file, xmp_names

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
        self._pairs = pairs

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
                others = self._others(source)
                missing -= self._words(source, path, others).texts.keys()
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
            counts_corrections=path in self._corrected(source),
        )

    def is_described_beside(self, source: str) -> bool:
        """Return whether people wrote all texts of an image in its other files."""
        return self._words_beside(source).texts.keys() >= {*self._selection.wanted}

    def texts_beside(self, source: str) -> ImageTexts:
        """Return the texts of people in other files: those in an image start from them.

        In mode `skip`, they are not written again. None if one text is written in that
        mode: an image that has it is left alone anyway.
        """
        skips_one = self._mode is MergeMode.SKIP and self._selection == CAPTION
        if skips_one or self._mode is MergeMode.OVERWRITE:
            return NO_TEXTS
        return self._words_beside(source)

    def check_beside(self, source: str) -> None:
        """Raise `InputError` if an image would contradict an XMP file beside it.

        So it would after `overwrite`, if a person has described the image there.
        """
        names = [*filter(os.path.isfile, xmp_names(source))]
        if self._mode is not MergeMode.OVERWRITE or self._rules.xmp_only or not names:
            return
        shown: list[ShownText] = []
        corrected = self._corrected(source)
        with suppress(InputError):  # the reader of images reports it
            shown = shown_texts(read_image_files(source), self._rules.placeholders)
        for name in names:
            if any(
                each.file == name
                and each.author == "person"
                and each.kind in self._selection.wanted
                and not (each.is_correction and name in corrected)
                for each in shown
            ):
                raise InputError(
                    f"{short_name(source)}: has a caption in {short_name(name)}, which"
                    " the image would contradict",
                    code="captionBeside",
                    hint="--write embed changes the image all the same",
                )

    def _words_beside(self, source: str) -> ImageTexts:
        """Return the texts of people in the other files of an image.

        These are its XMP files, the other file of a pair, and the XMP files of that.
        """
        others = self._others(source)
        has_files = others or any(map(os.path.isfile, xmp_names(source)))
        return self._words(source, "", others) if has_files else NO_TEXTS

    def _others(self, source: str) -> list[str]:
        """Return the raw files of a JPEG, or the JPEG of a raw file."""
        return list(filter(os.path.isfile, other_names(source) if self._pairs else ()))

    def _corrected(self, source: str) -> tuple[str, ...]:
        """Return the files in which corrections of rwcap do not count for an image."""
        others = self._others(source) if self._rules.corrects else ()
        return (*others, *(name for each in others for name in xmp_names(each)))

    def _words(self, source: str, path: str, others: Iterable[str] = ()) -> ImageTexts:
        """Return the texts of people in an image and in its other files.

        Of two XMP files beside an image, the one that is not written counts, too.
        Neither counts for a file in an output folder.
        """
        if self._rules.xmp_only or not is_local_file(CaptionRequest(source)):
            return NO_TEXTS
        but = (path,) if self._out_dir is None else xmp_names(source)
        return words_of_people(
            source,
            others,
            self._rules.placeholders,
            but=but,
            corrected=self._corrected(source),
        )

    def _check_image(self, source: str, path: str) -> None:
        """Raise `InputError` if a person described the image in another file."""
        words = self._words(source, path)
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
        adds = self._mode in {MergeMode.APPEND, MergeMode.PREPEND}
        is_merged = adds or self._selection != CAPTION
        source = record.source
        words = (
            self._words(source, path, self._others(source)) if is_merged else NO_TEXTS
        )
        new = with_texts(
            old or None,
            self._selection.texts(caption, record, record.field_texts),
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

"""Captions in image files where possible, and in XMP files beside all others."""

import os
import stat
from typing import Final

from rwcap.core.errors import InputError, NotWrittenError
from rwcap.core.record import Record
from rwcap.core.sidecar import Captions, Removal
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.images.read import read_file
from rwcap.metadata.iptc import NO_CHARACTER_SET
from rwcap.metadata.provenance import read_marks
from rwcap.metadata.xmp.xml_parser import MAX_XML_BYTES
from rwcap.outputs.embedded import EmbeddedMetadata
from rwcap.outputs.paths import is_local_file, xmp_names
from rwcap.outputs.xmp_files import XmpFiles

_EMBEDDABLE_SUFFIXES: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp")
"""The suffixes of files that usually can contain a caption."""

_XMP: Final = ".xmp"

_MOST_IMPORTANT_FIRST: Final = (Removal.CHANGED, Removal.REMOVED, Removal.ABSENT)


class MetadataFiles:
    """The image files and XMP files with the captions of a run.

    For an image whose format cannot contain XMP, the path is that of its XMP file. For
    a JPEG, PNG or WebP that must not be changed, for example a signed one, it is that
    of the image, and the XMP file has the whole name of the image. So it is if IPTC in
    the image is in an old code page that lacks a letter of the caption.
    """

    is_whole_file = False
    renames_on_collision = True

    def __init__(self, embedded: EmbeddedMetadata, xmp_files: XmpFiles) -> None:
        """Use these two outputs."""
        self._embedded = embedded
        self._xmp_files = xmp_files
        self._unchangeable: set[str] = set()
        """The paths of images whose caption is in their XMP file."""
        self._described: set[str] = set()
        """The paths of images that a person has described in another file."""

    def path(self, request: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the path of the image or of its XMP file."""
        is_embeddable = request.source.lower().endswith(_EMBEDDABLE_SUFFIXES)
        if is_embeddable or not is_local_file(request):
            return self._embedded.path(request)
        return self._xmp_files.path(request, full_name=full_name)

    def names(self, request: CaptionRequest) -> tuple[str, ...]:
        """Return the path of the image, or those of its XMP file."""
        path = self.path(request)
        return self._xmp_files.names(request) if path.endswith(_XMP) else (path,)

    def index_tag(self, path: str) -> str:
        """Return the name of the caption in the file index; none for an XMP file."""
        if path in self._described or self.file_of(path).endswith(_XMP):
            return ""
        return self._embedded.index_tag(path)

    def file_of(self, path: str) -> str:
        """Return the path of the file with the caption."""
        return path + _XMP if path in self._unchangeable else path

    def has_caption(
        self, path: str, source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return whether an image has a description, in itself or in its XMP file.

        Raises:
            InputError: A caption cannot be written to the XMP file, or the image would
                contradict it.
        """
        if not path.endswith(_XMP):
            try:
                _check_permission(path)
                there = self._embedded.has_caption(
                    path, include_sandbox=include_sandbox
                )
            except InputError:
                self._unchangeable.add(path)
            else:
                if self._is_continued_beside(path):
                    self._unchangeable.add(path)
                    return there or self._is_described_beside(
                        path, include_sandbox=include_sandbox
                    )
                self._xmp_files.others.check(path)
                if not there and self._xmp_files.others.have_all_texts(path):
                    self._described.add(path)
                return there or path in self._described
        there = self._xmp_files.has_caption(
            self.file_of(path), source, include_sandbox=include_sandbox
        )
        return there or self._embedded.has_words(path, include_sandbox=include_sandbox)

    def _is_continued_beside(self, path: str) -> bool:
        """Return whether an image has its caption beside it because IPTC lacks letters.

        Later captions of the image are written there, too.
        """
        is_there = os.path.lexists(path + _XMP) and _has_marks(path + _XMP)
        return is_there and self._embedded.lacks_character_set(path)

    def _is_described_beside(self, path: str, *, include_sandbox: bool) -> bool:
        """Return whether the XMP file has all texts that the image must have."""
        try:
            return self._xmp_files.has_caption(
                path + _XMP, path, include_sandbox=include_sandbox
            )
        except InputError as error:
            if error.code != "captionInImage":
                raise
            return True  # the text in the image, which is replaced beside it

    def read(self, path: str) -> str | None:
        """Return the caption in the image, else the one in its XMP file, or None.

        Raises:
            InputError: A file cannot be read.
        """
        if path.endswith(_XMP):
            return self._xmp_files.read(path)
        return self._embedded.read(path) or self._xmp_files.read(path + _XMP)

    def is_own(self, path: str, captions: Captions) -> bool:
        """Return whether rwcap wrote all captions of an image, and all are unchanged.

        Raises:
            InputError: A file cannot be read.
        """
        if path.endswith(_XMP):
            return self._xmp_files.is_own(path, captions)
        embedded, xmp_files = self._embedded, self._xmp_files
        files = [each for each in xmp_names(path) if xmp_files.read(each) is not None]
        found = [xmp_files.is_own(each, source=path) for each in files]
        if embedded.read(path) is not None:
            found.append(embedded.is_own(path))
        return bool(found) and all(found)

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Write a caption; return the new stamp of the image, or whether it is new.

        Raises:
            FileChangedError: The file does not have the given stamp.
            NotWrittenError: The caption cannot be written.
        """
        if not self.file_of(path).endswith(_XMP):
            try:
                beside = self._xmp_files.others.texts(path)
                return self._embedded.write(path, caption, record, stamp, beside)
            except NotWrittenError as error:
                if error.code != NO_CHARACTER_SET:
                    raise
                self._unchangeable.add(path)
        return self._xmp_files.write(self.file_of(path), caption, record)

    def remove(self, path: str, captions: Captions = tuple, *, dry: bool) -> Removal:
        """Take out the captions of rwcap, from an image and from its XMP file.

        Raises:
            NotWrittenError: A file cannot be changed.
        """
        if path.endswith(_XMP):
            return self._xmp_files.remove(path, captions, dry=dry)
        found = {self._xmp_files.remove(path + _XMP, captions, dry=dry)}
        if self._embedded.has_marks(path):
            found.add(self._embedded.remove(path, dry=dry))
        return next(each for each in _MOST_IMPORTANT_FIRST if each in found)


def _has_marks(path: str) -> bool:
    """Return whether rwcap has written into an XMP file."""
    try:
        return bool(read_marks(read_file(path, MAX_XML_BYTES + 1)))
    except InputError:
        return False


def _check_permission(path: str) -> None:
    """Raise `InputError` if nobody may write to a file; a missing one is no error."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  # Path refuses a NUL
    except (OSError, ValueError):
        return
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise InputError("read-only", code="readOnly")

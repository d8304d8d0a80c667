"""The texts of people in the other files of an image.

These are its XMP files, the other file of a pair, and the XMP files of that.
"""

import os
from contextlib import suppress

from rwcap.core.errors import InputError
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest, other_names
from rwcap.core.text import short_name
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.properties import NO_TEXTS, ImageTexts
from rwcap.metadata.selection import CAPTION, Selection
from rwcap.outputs.existing_captions import (
    ShownText,
    read_image_files,
    shown_texts,
    words_of_people,
)
from rwcap.outputs.paths import is_local_file, xmp_names


class OtherFiles:
    """The other files of the images of a run."""

    def __init__(
        self, rules: MergeRules, selection: Selection, *, pairs: bool, in_folder: bool
    ) -> None:
        """Choose which files and texts count.

        Args:
            rules: How texts are merged with existing ones.
            selection: The texts that are written, and those that an image must have.
            pairs: Whether a raw file and its JPEG are one image.
            in_folder: Whether the XMP files of the run are in a folder of their own.
        """
        self._rules = rules
        self._selection = selection
        self._pairs = pairs
        self._in_folder = in_folder

    def have_all_texts(self, source: str) -> bool:
        """Return whether people wrote all texts of an image in its other files."""
        return self._all_words(source).texts.keys() >= {*self._selection.wanted}

    def texts(self, source: str) -> ImageTexts:
        """Return the texts of people in other files. Those in an image start from them.

        In mode `skip`, they are not written again. None if one text is written in that
        mode: an image that has it is left alone anyway.
        """
        skips_one = self._rules.mode is MergeMode.SKIP and self._selection == CAPTION
        if skips_one or self._rules.mode is MergeMode.OVERWRITE:
            return NO_TEXTS
        return self._all_words(source)

    def check(self, source: str) -> None:
        """Raise `InputError` if an image would contradict an XMP file beside it.

        So it would after `overwrite`, if a person has described the image there.
        """
        names = [*filter(os.path.isfile, xmp_names(source))]
        overwrites = self._rules.mode is MergeMode.OVERWRITE
        if not (names and overwrites) or self._rules.xmp_only:
            return
        shown: list[ShownText] = []
        corrected = self.corrected(source)
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

    def corrected(self, source: str) -> tuple[str, ...]:
        """Return the files in which corrections of rwcap do not count for an image."""
        paired = self._paired(source) if self._rules.corrects else ()
        return (*paired, *(name for each in paired for name in xmp_names(each)))

    def words(self, source: str, path: str, *, paired: bool) -> ImageTexts:
        """Return the texts of people in an image and in its other files.

        Of two XMP files beside an image, the one that is not written counts, too.
        Neither counts for a file in an output folder.

        Args:
            source: The image.
            path: The XMP file that is written, if there is one.
            paired: Whether the other file of a pair counts, too.
        """
        if self._rules.xmp_only or not is_local_file(CaptionRequest(source)):
            return NO_TEXTS
        but = xmp_names(source) if self._in_folder else (path,)
        return words_of_people(
            source,
            self._paired(source) if paired else (),
            self._rules.placeholders,
            but=but,
            corrected=self.corrected(source),
        )

    def _all_words(self, source: str) -> ImageTexts:
        """Return the texts of people in all other files of an image."""
        has_files = self._paired(source) or any(map(os.path.isfile, xmp_names(source)))
        return self.words(source, "", paired=True) if has_files else NO_TEXTS

    def _paired(self, source: str) -> list[str]:
        """Return the raw files of a JPEG, or the JPEG of a raw file."""
        return list(filter(os.path.isfile, other_names(source) if self._pairs else ()))

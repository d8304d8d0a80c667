"""The contact sheet of a run: a picture for each record, and what the checks find."""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from rwcap.core.errors import InputError, OutputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import SourceKind, source_kind
from rwcap.images.limits import PrepareOptions
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import Written
from rwcap.usecases.checking import Checking, StoredCaption
from rwcap.usecases.output import Output
from rwcap.usecases.sheet import ContactSheet
from rwcap.usecases.sheet_pictures import record_picture, shown_text


class RunSheet:
    """The contact sheet of a run. Its threads and files end with `with`."""

    def __init__(
        self,
        path: Path,
        preparation: PrepareOptions,
        names: Collection[str],
        targets: Sequence[Output],
        *,
        is_endless: bool = False,
    ) -> None:
        """Start.

        Args:
            path: The path of the page.
            preparation: How images are read.
            names: The checks that are shown.
            targets: Where captions are that were written earlier.
            is_endless: Whether the run has no end. Then no set is compared.

        Raises:
            OutputError: No temporary file can be created.
        """
        self._checking = Checking(names)
        if is_endless:
            self._checking.forget_set()
        self._sheet = ContactSheet(path, preparation)
        self._targets = targets
        self._problem: OutputError | None = None

    def __enter__(self) -> Self:
        """Return the sheet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads, and remove the temporary files."""
        self._checking.close()
        self._sheet.close()

    @property
    def count(self) -> int:
        """The number of pictures."""
        return self._sheet.count

    def add(self, record: Record) -> None:
        """Add the picture of a record. A failure is raised by `write`, not here."""
        if self._problem:
            return
        if record.status is RecordStatus.SKIPPED and record.text is None:
            record = record._replace(text=self._written_text(record))
        text = shown_text(record)
        try:
            faults = []
            if text is not None:
                caption = StoredCaption(record.source, record.source, text)
                faults = [*self._checking.check(caption)]
            picture = record_picture(record, text, faults, is_named=_is_named(record))
            self._sheet.add(picture)
        except OutputError as error:
            self._problem = error

    def write(self, about: About) -> Written:
        """Write the pages.

        Raises:
            OutputError: The page or a temporary file cannot be written.
        """
        if self._problem:
            raise self._problem
        for fault in self._checking.end():
            self._sheet.add_fault(fault.number, fault.check, fault.excerpt)
        return self._sheet.write(about._replace(phrases=self._checking.counts.phrases))

    def _written_text(self, record: Record) -> str | None:
        """Return the text that an earlier run or a person has written, if any."""
        if len(record.outputs) != len(self._targets):
            return None
        for output, file in zip(self._targets, record.outputs, strict=True):
            with suppress(InputError):
                if text := output.read(file):
                    return text
        return None


def _is_named(record: Record) -> bool:
    """Return whether a list can name the image, unlike the row of a table."""
    is_path = source_kind(record.source) is SourceKind.PATH
    return not is_path or os.path.lexists(record.source)

"""The contact sheet of a run: a picture for each record, and what the checks find."""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Self

from rwcap.checks.field_faults import find_all_faults
from rwcap.core.errors import InputError, OutputError
from rwcap.core.fields import main_text
from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import SourceKind, source_kind
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import Written
from rwcap.outputs.sheet.picture import Picture
from rwcap.usecases.checking.checking import Checking, Fault, StoredCaption
from rwcap.usecases.sheet import ContactSheet
from rwcap.usecases.sheet_pictures import record_caption, shown_text
from rwcap.usecases.writing.output import Output


class RunSheet:
    """The contact sheet of a run. Its threads and files end with `with`."""

    def __init__(
        self,
        sheet: ContactSheet,
        names: Collection[str],
        targets: Sequence[Output],
        *,
        prompts: Sequence[str] = (),
        is_endless: bool = False,
    ) -> None:
        """Start.

        Args:
            sheet: A sheet without pictures, which this one closes.
            names: The checks that are shown.
            targets: Where captions are that were written earlier.
            prompts: The names of the prompts of a trial. Its captions of an image
                stand side by side, and are not compared with others.
            is_endless: Whether the run has no end. Then no set is compared.

        Raises:
            OutputError: No temporary file can be created.
        """
        self._names = names
        self._checking = Checking(names)
        if is_endless or prompts:
            self._checking.forget_set()
        self._sheet = sheet
        self._targets = targets
        self._prompts = prompts
        self._held: dict[tuple[str, str | None], dict[str, Record]] = {}
        """The records of a trial by image and prompt, until all are there."""
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
        return self._sheet.count + len(self._held)

    def add(self, record: Record) -> None:
        """Add the picture of a record. A failure is raised by `write`, not here."""
        if self._problem:
            return
        if self._prompts:  # an unusable source has no prompt
            image = self._held.setdefault((record.source, record.id), {})
            image[record.prompt_name or ""] = record
            return
        try:
            self._add([record])
        except OutputError as error:
            self._problem = error

    def write(self, about: About) -> Written:
        """Write the pages.

        Raises:
            OutputError: The page or a temporary file cannot be written.
        """
        if self._problem:
            raise self._problem
        while self._held:
            records = self._held.pop(next(iter(self._held)))
            names = filter(records.__contains__, (*self._prompts, ""))
            self._add([records[name] for name in names])
        for fault in self._checking.end():
            self._sheet.add_fault(fault.number, fault.check, fault.excerpt)
        return self._sheet.write(about._replace(phrases=self._checking.counts.phrases))

    def _add(self, records: Sequence[Record]) -> None:
        """Add the picture of an image with its records."""
        captions = []
        for each in records:
            record = each
            if record.status is RecordStatus.SKIPPED:
                written = self._written_text(record)
                record = record._replace(text=written or record.text)
            text = shown_text(record)
            faults: list[Fault] = []
            if text is not None:
                stored = StoredCaption(record.source, record.source, text)
                main = text if record.fields is None else main_text(record.fields)
                found = find_all_faults(main, record.fields, self._names)
                faults += self._checking.add(stored, found)
            captions.append(record_caption(record, text, faults))
        source = records[0].source
        self._sheet.add(Picture(source, captions, _is_named(source)))

    def _written_text(self, record: Record) -> str | None:
        """Return the text that an earlier run or a person has written, if any."""
        if len(record.outputs) != len(self._targets):
            return None
        for output, file in zip(self._targets, record.outputs, strict=True):
            with suppress(InputError):
                if text := output.read(file):
                    return text
        return None


def _is_named(source: str) -> bool:
    """Return whether a list can name the image, unlike the row of a table."""
    return source_kind(source) is not SourceKind.PATH or os.path.lexists(source)

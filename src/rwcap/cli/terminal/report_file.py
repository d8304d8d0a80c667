"""The report of a run: a file that is written at its end."""

import errno
import json
import os
from pathlib import Path
from typing import Protocol

from rwcap.core.errors import OutputError
from rwcap.core.record import Record
from rwcap.outputs import atomic


class Report(Protocol):
    """A report in any format."""

    def add(self, record: Record, /) -> None:
        """Take the next record of the run."""

    def write(self, summary: dict[str, object], /) -> None:
        """Write the report; raise `OutputError` if that fails.

        Args:
            summary: Counts, money and times of the run, as a JSON object.
        """


class JsonReport:
    """The summary of a run as JSON."""

    def __init__(self, path: Path) -> None:
        """Write to a file, or a device such as /dev/stderr."""
        self._path = path

    def add(self, _record: Record) -> None:
        """Ignore records: the summary counts them."""

    def write(self, summary: dict[str, object]) -> None:
        """Write the summary; raise `OutputError` if that fails."""
        document = (json.dumps(summary, indent=2) + "\n").encode()
        try:
            if self._path.exists() and not self._path.is_file():
                self._write_device(document)
            else:
                # A symbolic link stays one.
                atomic.replace_file(os.path.realpath(self._path), document)
        except OSError as failure:
            no_reader = failure.errno == errno.ENXIO
            raise OutputError(
                f"{self._path}: {failure.strerror}",
                hint="start the program that reads the pipe before the run"
                if no_reader
                else None,
            ) from failure

    def _write_device(self, document: bytes) -> None:
        """Write to a device or a pipe; `OSError` if nothing reads from the pipe."""
        # Opening a pipe must not wait for a reader.
        flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(self._path, flags), "wb") as device:
            os.set_blocking(device.fileno(), True)
            device.write(document)

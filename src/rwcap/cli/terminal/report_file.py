"""The report of a run: a file that is written at its end."""

import errno
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rwcap import __version__
from rwcap.core.errors import OutputError, RwcapError
from rwcap.core.record import Record
from rwcap.outputs import atomic
from rwcap.outputs.report import RunStatistics


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


def write_failure(report: Report, error: RwcapError, *, sandbox: bool) -> None:
    """Write the report of a run that an error ends before it begins.

    Otherwise, the report of an earlier run would stand for it.
    """
    summary = RunStatistics().report(
        version=__version__,
        sandbox=sandbox,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        concurrency=0,
        exit_status=error.status,
    )
    with suppress(OutputError):  # the error that ends the run is more important
        report.write(summary)

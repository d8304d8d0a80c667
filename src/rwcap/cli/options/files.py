"""Options for the files of a batch: captions, records and the report."""

import os
from collections.abc import Iterable
from json import loads
from pathlib import Path
from typing import Annotated

import typer

from rwcap.cli.checks import Mistake, misdirected
from rwcap.cli.options.output import (
    OUTPUT,
    Backup,
    Jsonl,
    NoKeepTime,
    OutDir,
    Places,
    WriteMode,
    WriteTo,
)
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.outputs.style import Style


class Files(Places):
    """The files of a batch, and the style of their captions."""

    write: WriteTo = None
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Append a record for each image to FILE (.jsonl or .csv).",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    ext: Annotated[
        str,
        typer.Option(
            "--ext",
            metavar="EXT",
            help="Suffix of the text files.",
            rich_help_panel=OUTPUT,
            show_default=True,
        ),
    ] = ".txt"
    out_dir: OutDir = None
    mode: WriteMode = MergeMode.SKIP
    collide: Annotated[
        CollisionPolicy,
        typer.Option(
            "--collide",
            help="If two images would share a.txt: refuse the second (error), name it"
            " a.png.txt (suffix), or name all files so (always).",
            rich_help_panel=OUTPUT,
            show_default=True,
        ),
    ] = CollisionPolicy.ERROR
    backup: Backup = False
    no_keep_time: NoKeepTime = False
    prefix: Annotated[
        str,
        typer.Option(
            "--prefix",
            metavar="TEXT",
            help="Text before each written caption.",
            rich_help_panel=OUTPUT,
        ),
    ] = ""
    suffix: Annotated[
        str,
        typer.Option(
            "--suffix",
            metavar="TEXT",
            help="Text after each written caption.",
            rich_help_panel=OUTPUT,
        ),
    ] = ""
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="TEXT",
            help="Text with {caption} in it (also {name}, {stem}, {column}).",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    jsonl: Jsonl = False
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write the summary of the run to FILE as JSON.",
            rich_help_panel=OUTPUT,
        ),
    ] = None

    @property
    def style(self) -> Style:
        """Return the style of captions in files; raises `UsageError`."""
        return Style(self.prefix, self.suffix, self.template)

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of files and styles."""
        return (
            *super().mistakes(),
            *misdirected(
                self.write or [],
                ("--ext", self.ext != ".txt", "txt"),
                ("--collide", self.collide is not CollisionPolicy.ERROR, "txt|xmp"),
                ("--prefix", bool(self.prefix), "txt|xmp|embed"),
                ("--suffix", bool(self.suffix), "txt|xmp|embed"),
                ("--template", self.template is not None, "txt|xmp|embed"),
            ),
            *(_wrong_report(self.report, self.output) if self.report else ()),
        )


def overwritten(output: str, sources: Iterable[str]) -> Mistake:
    """Return the mistake of appending records to a source of the run."""
    return (
        f"-o {output}: this file is a source of the run",
        any(Path(each).exists() and _is_same(output, each) for each in sources),
    )


def _wrong_report(report: Path, output: str | None) -> tuple[Mistake, ...]:
    folder = report.parent
    is_device = report.exists() and not report.is_file()  # written itself, not replaced
    target = report if is_device else folder
    return (
        (f"--report {report}: no such folder", not folder.is_dir()),
        (f"--report {report}: cannot be written", not os.access(target, os.W_OK)),
        (
            f"--report {report}: the file exists and is not a report",
            _is_foreign(report),
        ),
        (
            f"--report {report}: the same file as -o",
            output is not None and _is_same(output, str(report)),
        ),
    )


def _is_foreign(report: Path) -> bool:
    """Return whether a report would replace a file that is not a report."""
    if not report.is_file() or not report.stat().st_size:
        return False
    try:
        return "counts" not in loads(report.read_bytes())
    except (OSError, ValueError, TypeError):
        return True


def _is_same(output: str, source: str) -> bool:
    return Path(output).resolve() == Path(source).resolve()

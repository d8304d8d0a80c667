"""The files of a batch: outputs, records, report."""

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.cli.options.group import Mistake, misdirected
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
from rwcap.outputs.prefix_suffix import Style

if TYPE_CHECKING:
    from rwcap.outputs.records.record_formats import TableStyle

_DELIMITERS: Final = {"tab": "\t", "\\t": "\t"}
"""Other names of delimiters."""

_MAX_REPORT_BYTES: Final = 1_048_576
"""More than any report has. A longer file is no report."""


class Layout(StrEnum):
    """The layout of the file of records."""

    RECORDS = "records"
    IMAGEFOLDER = "imagefolder"


class Files(Places):
    """The files of a batch, and the style of their captions."""

    write: WriteTo = None
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Append a record for each image to FILE: .jsonl, .csv, .tsv,"
            " .parquet; or add Parquet files to FOLDER/ or s3://BUCKET/FOLDER/.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="NAMES",
            help="The columns of a CSV or Parquet file, such as image,text.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            "--delimiter",
            metavar="CHARACTER",
            help="The delimiter of a CSV file (-o): , ; | or tab.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    bom: Annotated[
        bool,
        typer.Option(
            "--bom",
            help="Begin a CSV file (-o) with a byte order mark, which some"
            " spreadsheets need.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    layout: Annotated[
        Layout,
        typer.Option(
            "--layout",
            help="Write records, or the metadata of a Hugging Face ImageFolder"
            " (-o photos/metadata.jsonl).",
            rich_help_panel=OUTPUT,
            show_default=True,
        ),
    ] = Layout.RECORDS
    ext: Annotated[
        str,
        typer.Option(
            "--ext",
            metavar="EXT",
            help="File name extension of the text files.",
            rich_help_panel=OUTPUT,
            show_default=True,
        ),
    ] = ".txt"
    out_dir: OutDir = None
    mode: WriteMode = MergeMode.SKIP
    hold: Annotated[
        bool,
        typer.Option(
            "--hold",
            help="Buy captions and keep them (ledger, -o); write them to no image yet.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    collide: Annotated[
        CollisionPolicy,
        typer.Option(
            "--collide",
            help="If two images would share a.txt: refuse the second (error), name it"
            " a.png.txt (suffix), or name all files like that (always).",
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
            help="Pattern of written captions: {caption}, {name}, {stem}, columns,"
            " fields.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    jsonl: Jsonl = False
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write the summary of the run to FILE as JSON; or FILE.html, a page"
            " with all images and captions.",
            rich_help_panel=OUTPUT,
        ),
    ] = None

    def style(self, fields: Iterable[str] = ()) -> Style:
        """Return the style of captions in files; raises `UsageError`.

        `fields` are the names of the fields that are asked for.
        """
        return Style(self.prefix, self.suffix, self.template, fields)

    @property
    def table_style(self) -> "TableStyle":
        """Return the form of the file of records."""
        from rwcap.outputs.records.record_formats import TableStyle

        names = self.columns.split(",") if self.columns is not None else ()
        return TableStyle(
            tuple(name.strip().lower() for name in names),
            _DELIMITERS.get(self.delimiter or "", self.delimiter),
            bom=self.bom,
            image_folder=self.layout is Layout.IMAGEFOLDER,
        )

    @property
    def makes_sheet(self) -> bool:
        """Return whether the report is a contact sheet, by its suffix."""
        return self.report is not None and _is_sheet(self.report)

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of files and styles."""
        tables = {
            "--columns": self.columns is not None,
            "--delimiter": self.delimiter is not None,
            "--bom": self.bom,
            "--layout imagefolder": self.layout is not Layout.RECORDS,
        }
        return (
            *super().mistakes(),
            *(
                (f"{option} needs -o FILE", given and self.output is None)
                for option, given in tables.items()
            ),
            *misdirected(
                self.write or [],
                ("--ext", self.ext != ".txt", "txt"),
                (
                    "--collide",
                    self.collide is not CollisionPolicy.ERROR,
                    "txt|xmp|metadata",
                ),
                ("--prefix", bool(self.prefix), "txt|xmp|embed|metadata"),
                ("--suffix", bool(self.suffix), "txt|xmp|embed|metadata"),
                ("--template", self.template is not None, "txt|xmp|embed|metadata"),
            ),
            *(_wrong_report(self.report, self.output) if self.report else ()),
        )


class EstimateFiles(Files):
    """The same files, for an estimate, which is one document."""

    jsonl: Annotated[
        bool,
        typer.Option(
            "--json",
            "--jsonl",
            help="Print one JSON document.",
            rich_help_panel=OUTPUT,
        ),
    ] = False


def overwritten(output: str, sources: Iterable[str]) -> Mistake:
    """Return the mistake of appending records to a source of the run."""
    return (
        f"-o {output}: this file is a source of the run",
        any(Path(each).exists() and _is_same(output, each) for each in sources),
    )


def is_special(name: str) -> bool:
    """Return whether a name is that of a pipe, a device or a folder."""
    path = Path(name)
    return path.exists() and not path.is_file()


def _is_sheet(report: Path) -> bool:
    return report.suffix.lower() in {".html", ".htm"}


def _wrong_report(report: Path, output: str | None) -> tuple[Mistake, ...]:
    folder = report.parent
    is_device = report.exists() and not report.is_file()  # written itself, not replaced
    target = report if is_device else folder
    return (
        (f"--report {report}: no such folder", not folder.is_dir()),
        (f"--report {report}: a folder, not a file", report.is_dir()),
        (f"--report {report}: cannot be written", not os.access(target, os.W_OK)),
        (
            f"--report {report}: the file exists and is not a report",
            _is_foreign(report),
        ),
        (
            f"--report {report}: a contact sheet needs a regular file",
            is_device and _is_sheet(report),
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
    from json import loads

    from rwcap.outputs.sheet.page import is_page

    try:
        if _is_sheet(report):
            return not is_page(report)
        with report.open("rb") as file:
            return "counts" not in loads(file.read(_MAX_REPORT_BYTES))
    except (OSError, ValueError, TypeError, RecursionError):
        return True


def _is_same(output: str, source: str) -> bool:
    return Path(output).resolve() == Path(source).resolve()

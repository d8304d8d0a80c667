"""All options of `rwcap batch` and `rwcap cost estimate`: files, limits, groups."""

import os
from collections.abc import Iterable, Iterator
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.api.retry import DEFAULT_GRACE, DEFAULT_RETRIES, DEFAULT_TIMEOUT
from rwcap.cli.options.connection import (
    RUNNING,
    ApiUrl,
    Connection,
    Profile,
    Retries,
    Sandbox,
    Timeout,
)
from rwcap.cli.options.group import Group, Mistake, misdirected, not_positive
from rwcap.cli.options.images import Prepared, Sources
from rwcap.cli.options.money import PilotMoney
from rwcap.cli.options.output import (
    OUTPUT,
    AltText,
    Backup,
    Jsonl,
    NoKeepTime,
    OutDir,
    Places,
    Verbosity,
    WriteMode,
    WriteTo,
)
from rwcap.cli.options.request import Request
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.outputs.prefix_suffix import Style

if TYPE_CHECKING:
    from rwcap.usecases.batch.limits import Limits


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


class Running(Connection):
    """The connection and the limits of a batch."""

    sandbox: Sandbox = False
    concurrency: Annotated[
        int,
        typer.Option(
            "-c",
            "--concurrency",
            metavar="N",
            envvar="RWCAP_CONCURRENCY",
            help="Maximum requests in flight; fewer while the service is busy.",
            rich_help_panel=RUNNING,
            show_default=True,
        ),
    ] = MAX_CONCURRENCY
    timeout: Timeout = DEFAULT_TIMEOUT
    retries: Retries = DEFAULT_RETRIES
    grace: Annotated[
        float,
        typer.Option(
            "--grace",
            metavar="SECONDS",
            help="Time to wait for requests in flight after Ctrl-C.",
            rich_help_panel=RUNNING,
            show_default=True,
        ),
    ] = DEFAULT_GRACE
    max_errors: Annotated[
        int | None,
        typer.Option(
            "--max-errors",
            metavar="N",
            help="Stop after N failures.",
            rich_help_panel=RUNNING,
        ),
    ] = None
    max_duration: Annotated[
        float | None,
        typer.Option(
            "--max-duration",
            metavar="SECONDS",
            help="Stop after this time.",
            rich_help_panel=RUNNING,
        ),
    ] = None
    no_input: Annotated[
        bool,
        typer.Option(
            "--no-input",
            help="Never ask; without an answer, nothing is done.",
            rich_help_panel=RUNNING,
        ),
    ] = False
    api_url: ApiUrl = None
    profile: Profile = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the limits."""
        return (
            (f"--grace is {self.grace:g}; allowed: 0 or more", not self.grace >= 0),
            *super().mistakes(),
            *not_positive(
                concurrency=self.concurrency,
                max_errors=self.max_errors,
                max_duration=self.max_duration,
            ),
        )


class BatchOptions(Group):
    """The sources, the request, the outputs, the money and the limits of a batch."""

    sources: Sources
    request: Request
    prepared: Prepared
    text: AltText
    files: Files
    verbosity: Verbosity
    money: PilotMoney
    running: Running

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the possible mistakes of single options and of combinations."""
        read = [self.sources.files_from, str(self.request.prompt_file)]
        yield "standard input can be read only once", read.count("-") > 1
        yield from self.money.conflicts(self.text, self.files)
        yield from super().mistakes()
        if self.files.output:
            yield overwritten(self.files.output, self.sources.names)

    def limits(self) -> "Limits":
        """Return the limits of the run."""
        from rwcap.usecases.batch.limits import Limits

        return Limits(
            concurrency=self.running.concurrency,
            captions=self.sources.limit,
            errors=self.running.max_errors,
            seconds=self.running.max_duration,
            sample=self.sources.sample,
            seed=self.sources.seed,
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


class EstimateOptions(BatchOptions):
    """The options of a batch whose cost is estimated."""

    files: EstimateFiles

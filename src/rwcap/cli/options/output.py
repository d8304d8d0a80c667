"""The text of a caption, the places it is written to, and standard output."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, assert_never

import typer

from rwcap.cli.checks import Mistake, misdirected
from rwcap.cli.options.group import Group
from rwcap.core.alt_text import DEFAULT_ALT_CHARS, MIN_ALT_CHARS, AltTextOptions
from rwcap.core.sidecar import MergeMode

if TYPE_CHECKING:
    from rwcap.cli.terminal.results import ResultFormat
    from rwcap.usecases.write import Output

OUTPUT: Final = "Output"


class Write(StrEnum):
    """Where a caption is written, beside standard output."""

    TXT = "txt"
    """A text file beside the image."""
    XMP = "xmp"
    """An XMP file beside the image; existing content stays."""
    EMBED = "embed"
    """XMP metadata in the image file."""


WriteTo: TypeAlias = Annotated[
    list[Write] | None,
    typer.Option(
        "--write",
        help="Write captions to text files or XMP files beside the images, or into"
        " the image metadata (repeatable).",
        rich_help_panel=OUTPUT,
    ),
]
OutDir: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--out-dir",
        metavar="DIR",
        help="Write text and XMP files to DIR, in the same subfolders.",
        rich_help_panel=OUTPUT,
    ),
]
WriteMode: TypeAlias = Annotated[
    MergeMode,
    typer.Option(
        "--mode",
        help="What to do with existing texts.",
        rich_help_panel=OUTPUT,
        show_default=True,
    ),
]
Backup: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--backup",
        help="Keep the original of each changed image as NAME.orig.",
        rich_help_panel=OUTPUT,
    ),
]
NoKeepTime: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-keep-time",
        help="Update the modification time of changed images.",
        rich_help_panel=OUTPUT,
    ),
]
Jsonl: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--jsonl",
        help="Print one JSON record per line, as soon as it is known.",
        rich_help_panel=OUTPUT,
    ),
]
JsonDocument: TypeAlias = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document.", rich_help_panel=OUTPUT),
]
Quiet: TypeAlias = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Print errors only.", rich_help_panel=OUTPUT),
]


class AltText(Group):
    """Whether captions are alternative text."""

    alt: Annotated[
        bool,
        typer.Option(
            "--alt",
            help="Write alternative text: short, plain, cut only after a sentence.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    max_chars: Annotated[
        int,
        typer.Option(
            "--max-chars",
            metavar="N",
            help="Maximum length of alternative text, in characters.",
            rich_help_panel=OUTPUT,
            show_default=True,
        ),
    ] = DEFAULT_ALT_CHARS

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return what can be wrong with the length."""
        return (
            (
                "--max-chars is for --alt",
                not self.alt and self.max_chars != DEFAULT_ALT_CHARS,
            ),
            (
                f"--max-chars is {self.max_chars}; allowed: {MIN_ALT_CHARS} or more",
                self.max_chars < MIN_ALT_CHARS,
            ),
        )

    def wanted(self, retries: int) -> AltTextOptions | None:
        """Return the alternative text that is wanted, if it is.

        A text that is too long is bought again at most `retries` times.
        """
        return AltTextOptions(self.max_chars, retries) if self.alt else None


class Places(Group):
    """The files that a caption is written to."""

    write: WriteTo = None
    out_dir: OutDir = None
    mode: WriteMode = MergeMode.SKIP
    backup: Backup = False
    no_keep_time: NoKeepTime = False

    ext = ".txt"
    """Suffix of text files; an option in a subclass."""

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the options that what --write names has no use for."""
        return misdirected(
            self.write or [],
            ("--out-dir", self.out_dir is not None, "txt|xmp"),
            ("--mode", self.mode is not MergeMode.SKIP, "txt|xmp|embed"),
            ("--backup", self.backup, "embed"),
            ("--no-keep-time", self.no_keep_time, "embed"),
        )

    def outputs(self, *, alt: bool) -> "tuple[Output, ...]":
        """Return where each caption is written, in the order of the command line.

        XMP has a property of its own for alternative text, which `alt` asks for.
        """
        return tuple(
            self._output(kind, alt=alt) for kind in dict.fromkeys(self.write or [])
        )

    def _output(self, kind: Write, *, alt: bool) -> "Output":
        from datetime import UTC, datetime

        from rwcap.outputs.embedded import EmbeddedMetadata
        from rwcap.outputs.text_files import TextFiles
        from rwcap.outputs.xmp_files import XmpFiles

        def now() -> datetime:
            return datetime.now(UTC)

        match kind:
            case Write.TXT:
                return TextFiles(ext=self.ext, out_dir=self.out_dir, mode=self.mode)
            case Write.XMP:
                return XmpFiles(out_dir=self.out_dir, mode=self.mode, now=now, alt=alt)
            case Write.EMBED:
                return EmbeddedMetadata(
                    mode=self.mode,
                    backup=self.backup,
                    keep_time=not self.no_keep_time,
                    now=now,
                    alt=alt,
                )
            case _:
                assert_never(kind)


class Printed(Group):
    """The form of what a caption prints."""

    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON document: a record, or a list for several images.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    jsonl: Jsonl = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return that two forms exclude each other."""
        return (("--json and --jsonl exclude each other", self.json and self.jsonl),)

    @property
    def form(self) -> "ResultFormat":
        """Return the form."""
        from rwcap.cli.terminal.results import ResultFormat

        return (
            ResultFormat.JSONL
            if self.jsonl
            else ResultFormat.JSON
            if self.json
            else ResultFormat.TEXT
        )


class Verbosity(Group):
    """How much is said on standard error."""

    quiet: Quiet = False
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            help="Print more messages; -vv adds tracebacks.",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = 0

    def apply(self) -> None:
        """Set how much the messages of this command say."""
        from rwcap.cli.terminal import messages

        messages.verbosity.set(-1 if self.quiet else self.verbose)

"""Options for the text of a caption, its outputs and standard output."""

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self, TypeAlias, assert_never

import typer

from rwcap.cli.options.group import Group, Mistake, misdirected
from rwcap.core.alt_text import DEFAULT_ALT_CHARS, MIN_ALT_CHARS
from rwcap.core.errors import UsageError
from rwcap.core.fields import KNOWN_NAMES
from rwcap.core.sidecar import MergeMode

if TYPE_CHECKING:
    from rwcap.cli.terminal.results import ResultFormat
    from rwcap.metadata.selection import Selection
    from rwcap.usecases.writing.output import Output

OUTPUT: Final = "Output"


class Write(StrEnum):
    """An output for captions."""

    TXT = "txt"
    """A text file beside the image."""
    XMP = "xmp"
    """An XMP file beside the image; existing content stays."""
    EMBED = "embed"
    """XMP metadata in the image file."""
    METADATA = "metadata"
    """The same where it is possible, and an XMP file beside all other images."""


WriteTo: TypeAlias = Annotated[
    list[Write] | None,
    typer.Option(
        "--write",
        help="Write captions to text or XMP files beside the images, or into the"
        " images (embed); metadata: into the images where possible, otherwise to XMP"
        " files (repeatable).",
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
IgnoreExisting: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--ignore-existing",
        help="Look for existing captions only in the XMP that is written.",
        rich_help_panel=OUTPUT,
    ),
]
PlaceholderDescriptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--placeholder-descriptions",
        metavar="TEXT",
        help="Text of a camera that does not count as a caption (repeatable).",
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
            help="Write short alternative text; a long reply is cut after a sentence.",
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
        """Return the possible mistakes of the length."""
        return (
            (
                f"--max-chars is {self.max_chars}; allowed: {MIN_ALT_CHARS} or more",
                self.max_chars < MIN_ALT_CHARS,
            ),
        )

    @property
    def alt_chars(self) -> int | None:
        """Return the length of alternative text; None without `--alt`."""
        return self.max_chars if self.alt else None

    @property
    def is_limited(self) -> bool:
        """Return whether the user chose a length."""
        return self.max_chars != DEFAULT_ALT_CHARS


class Places(Group):
    """The files that a caption is written to."""

    write: WriteTo = None
    out_dir: OutDir = None
    mode: WriteMode = MergeMode.SKIP
    backup: Backup = False
    no_keep_time: NoKeepTime = False
    ignore_existing: IgnoreExisting = False
    placeholder_descriptions: PlaceholderDescriptions = None

    ext = ".txt"
    """Suffix of text files; a subclass makes it an option."""

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the mistake of each option that no value of `--write` uses."""
        folder = self.out_dir or ""
        return (
            (f"--out-dir {folder}: a URL, not a local folder", "://" in folder),
            *misdirected(
                self.write or [],
                ("--out-dir", self.out_dir is not None, "txt|xmp"),
                ("--mode", self.mode is not MergeMode.SKIP, "txt|xmp|embed|metadata"),
                ("--backup", self.backup, "embed|metadata"),
                ("--no-keep-time", self.no_keep_time, "embed|metadata"),
                ("--ignore-existing", self.ignore_existing, "embed|xmp|metadata"),
            ),
        )

    def overwriting(self) -> Self:
        """Return the same options with `--mode overwrite`."""
        return type(self)(**vars(self) | {"mode": MergeMode.OVERWRITE})

    def outputs(
        self,
        *,
        alt: bool,
        pairs: bool,
        fields: Collection[str] = (),
        corrects: bool = False,
    ) -> "tuple[Output, ...]":
        """Return the outputs in the order of the command line.

        Args:
            alt: Whether to write the XMP property for alternative text, too.
            pairs: Whether a raw file and its JPEG are one image.
            fields: The names of the fields that are written in place of a caption.
            corrects: Whether corrections are written.

        Raises:
            UsageError: No field has a place in metadata.
        """
        from rwcap.metadata.selection import ALT_TEXT, CAPTION, fields_selection

        kinds = dict.fromkeys(self.write or [])
        selection = fields_selection(fields) if fields else ALT_TEXT if alt else CAPTION
        if not selection.wanted and kinds.keys() - {Write.TXT}:
            raise UsageError(
                f"none of the fields {', '.join(fields)} has a place in metadata",
                hint=f"one of {', '.join(KNOWN_NAMES)}, or -o captions.csv",
            )
        return tuple(
            self._output(kind, selection, pairs=pairs, corrects=corrects)
            for kind in kinds
        )

    def _output(
        self, kind: Write, selection: "Selection", *, pairs: bool, corrects: bool
    ) -> "Output":
        from datetime import UTC, datetime

        from rwcap.metadata.merge import MergeRules
        from rwcap.outputs.embedded import EmbeddedMetadata
        from rwcap.outputs.metadata_files import MetadataFiles
        from rwcap.outputs.text_files import TextFiles
        from rwcap.outputs.xmp_files import XmpFiles

        def now() -> datetime:
            return datetime.now(UTC)

        rules = MergeRules(
            self.mode,
            tuple(self.placeholder_descriptions or ()),
            xmp_only=self.ignore_existing,
            corrects=corrects,
        )
        xmp_files = XmpFiles(
            out_dir=self.out_dir, rules=rules, now=now, selection=selection, pairs=pairs
        )
        embedded = EmbeddedMetadata(
            rules=rules,
            backup=self.backup,
            keep_time=not self.no_keep_time,
            now=now,
            selection=selection,
        )
        match kind:
            case Write.TXT:
                return TextFiles(ext=self.ext, out_dir=self.out_dir, mode=self.mode)
            case Write.XMP:
                return xmp_files
            case Write.EMBED:
                return embedded
            case Write.METADATA:
                return MetadataFiles(embedded, xmp_files)
            case _:
                assert_never(kind)


class Printed(Group):
    """The format of standard output."""

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
        """Return the mistake of two formats."""
        return (("--json and --jsonl exclude each other", self.json and self.jsonl),)

    @property
    def form(self) -> "ResultFormat":
        """Return the format."""
        from rwcap.cli.terminal.results import ResultFormat

        if self.jsonl:
            return ResultFormat.JSONL
        return ResultFormat.JSON if self.json else ResultFormat.TEXT


class Verbosity(Group):
    """The verbosity of standard error."""

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
        """Set the verbosity of the messages of this command."""
        from rwcap.cli.terminal import messages

        messages.verbosity.set(-1 if self.quiet else self.verbose)

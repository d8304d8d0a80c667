"""Options for images: arguments, sources and preparation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.cli.options.group import ABSURD, Group, Mistake, not_positive
from rwcap.images.limits import (
    MAX_PIXELS,
    MAX_SIDE,
    MIN_SIDE,
    Pairs,
    PrepareMode,
    PrepareOptions,
)

if TYPE_CHECKING:
    from rwcap.sources.sources import Sources as Found


INPUT: Final = "Input"
IMAGE: Final = "Image"


class Images(Group):
    """The images of `rwcap caption`."""

    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE...",
            help="Path, http(s) URL, data URI, UUID of an image at Runware, or - for"
            " standard input (image bytes, base64 or a data URI).",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None
    show: Annotated[
        bool,
        typer.Option(
            "--show",
            help="Print the captions that the images already have; buy nothing.",
            rich_help_panel=INPUT,
        ),
    ] = False


class Prepared(Group):
    """The preparation of an image before it is sent."""

    prepare: Annotated[
        PrepareMode,
        typer.Option(
            "--prepare",
            help="Decode and convert images where needed (auto), always, or never.",
            rich_help_panel=IMAGE,
            show_default=True,
        ),
    ] = PrepareMode.AUTO
    max_side: Annotated[
        int,
        typer.Option(
            "--max-side",
            metavar="PIXELS",
            envvar="RWCAP_MAX_SIDE",
            help="Scale images down to at most this long side (0: never).",
            rich_help_panel=IMAGE,
            show_default=True,
        ),
    ] = MAX_SIDE
    max_pixels: Annotated[
        int,
        typer.Option(
            "--max-pixels",
            metavar="N",
            help="Refuse images with more pixels than this.",
            rich_help_panel=IMAGE,
            show_default=True,
        ),
    ] = MAX_PIXELS
    pairs: Annotated[
        Pairs,
        typer.Option(
            "--pairs",
            help="Treat a raw file and its JPEG as one image (together) or two.",
            rich_help_panel=IMAGE,
            show_default=True,
        ),
    ] = Pairs.TOGETHER

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the sizes."""
        return (
            (
                (
                    f"--max-side is {self.max_side}; allowed: 0 (never), or at least"
                    f" {MIN_SIDE} and less than {ABSURD:.0f}"
                ),
                self.max_side != 0 and not MIN_SIDE <= self.max_side < ABSURD,
            ),
            *not_positive(max_pixels=self.max_pixels),
        )

    def preparation(self) -> PrepareOptions:
        """Return the options of preparation."""
        return PrepareOptions(
            mode=self.prepare,
            max_side=self.max_side,
            max_pixels=self.max_pixels,
            pairs=self.pairs,
        )


class Sources(Group):
    """Files, folders, lists and tables, and a selection of their images."""

    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="File, folder, glob, http(s) URL, UUID of an image at Runware, object"
            " or folder in storage (s3://, gs://, az://), or a table (.csv, .tsv,"
            " .json, .jsonl, .parquet) or list (.txt).",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None
    files_from: Annotated[
        str | None,
        typer.Option(
            "--files-from",
            metavar="FILE",
            help="Read more sources from FILE, one per line (- for standard input).",
            rich_help_panel=INPUT,
        ),
    ] = None
    nul: Annotated[
        bool,
        typer.Option(
            "-0",
            help="Sources in --files-from end with a NUL byte (find -print0).",
            rich_help_panel=INPUT,
        ),
    ] = False
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            metavar="GLOB",
            help="In folders, take only matching files, of any extension (repeatable).",
            rich_help_panel=INPUT,
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="GLOB",
            help="In folders, leave out matching files and folders (repeatable).",
            rich_help_panel=INPUT,
        ),
    ] = None
    max_depth: Annotated[
        int | None,
        typer.Option(
            "--max-depth",
            metavar="N",
            help="Maximum depth of folders; 1 is the folder itself.",
            rich_help_panel=INPUT,
        ),
    ] = None
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="Buy captions for at most N images.",
            rich_help_panel=INPUT,
        ),
    ] = None
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            help="Caption N images chosen at random.",
            rich_help_panel=INPUT,
        ),
    ] = None
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            metavar="N",
            help="Seed of the random sample.",
            rich_help_panel=INPUT,
            show_default=True,
        ),
    ] = 0
    checksum: Annotated[
        bool,
        typer.Option(
            "--checksum",
            help="Read images even if size and time are unchanged; not where the output"
            " exists.",
            rich_help_panel=INPUT,
        ),
    ] = False

    @property
    def names(self) -> list[str]:
        """Return the typed sources."""
        return [*(self.sources or []), *([self.files_from] if self.files_from else [])]

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of sources and their number."""
        return (
            ("no SOURCE given", not self.sources and self.files_from is None),
            ("-0 needs --files-from", self.nul and self.files_from is None),
            *not_positive(
                max_depth=self.max_depth, limit=self.limit, sample=self.sample
            ),
        )

    def find(
        self,
        notice: Callable[[str], None],
        *,
        are_folders: bool,
        captions: bool = False,
    ) -> "Found":
        """Return the images of the sources.

        Args:
            notice: Receives each skipped source.
            are_folders: Whether all sources are folders, even while one is missing.
            captions: Whether tables are read for the captions that they have.
        """
        from rwcap.sources.sources import Sources as Found

        return Found(
            self.sources or [],
            files_from=self.files_from,
            nul=self.nul,
            include=self.include or [],
            exclude=self.exclude or [],
            max_depth=self.max_depth,
            are_folders=are_folders,
            captions=captions,
            # Not `sys.stdin`: Python could not end while a thread waits for input.
            stdin=lambda: open(0, "rb", closefd=False),
            notice=notice,
        )

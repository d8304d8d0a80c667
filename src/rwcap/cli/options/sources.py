"""Options for the sources of a batch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from rwcap.cli.checks import Mistake, not_positive
from rwcap.cli.options.group import Group
from rwcap.cli.options.image import INPUT

if TYPE_CHECKING:
    from rwcap.sources.sources import Sources as Found


class Sources(Group):
    """Files, folders, lists and tables, and a selection of their images."""

    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="File, folder, glob, http(s) URL, UUID of an image at Runware, or a"
            " table (.csv or .jsonl).",
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
            help="Sources in --files-from end in NUL bytes (find -print0).",
            rich_help_panel=INPUT,
        ),
    ] = False
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            metavar="GLOB",
            help="Include files in folders that match, with any suffix (repeatable).",
            rich_help_panel=INPUT,
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="GLOB",
            help="Exclude files and folders that match (repeatable).",
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
            help="Caption at most N images that are not done yet.",
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
            help="Read every image, even if its size and time are unchanged.",
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
            ("-0 is for --files-from", self.nul and self.files_from is None),
            *not_positive(
                max_depth=self.max_depth, limit=self.limit, sample=self.sample
            ),
        )

    def find(self, notice: Callable[[str], None]) -> "Found":
        """Return the images of the sources; `notice` gets each skipped source."""
        import sys

        from rwcap.sources.sources import Sources as Found

        return Found(
            self.sources or [],
            files_from=self.files_from,
            nul=self.nul,
            include=self.include or [],
            exclude=self.exclude or [],
            max_depth=self.max_depth,
            stdin=lambda: sys.stdin.buffer,
            notice=notice,
        )

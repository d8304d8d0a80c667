"""Options for images and their preparation."""

from typing import Annotated, Final

import typer

from rwcap.cli.checks import ABSURD, Mistake, not_positive
from rwcap.cli.options.group import Group
from rwcap.images.limits import (
    MAX_PIXELS,
    MAX_SIDE,
    MIN_SIDE,
    PrepareMode,
    PrepareOptions,
)

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

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the sizes."""
        return (
            (
                (
                    f"--max-side is {self.max_side};"
                    f" allowed: 0, or {MIN_SIDE} or more, less than {ABSURD:.0f}"
                ),
                self.max_side != 0 and not MIN_SIDE <= self.max_side < ABSURD,
            ),
            *not_positive(max_pixels=self.max_pixels),
        )

    def preparation(self) -> PrepareOptions:
        """Return the options of preparation."""
        return PrepareOptions(
            mode=self.prepare, max_side=self.max_side, max_pixels=self.max_pixels
        )

"""What becomes of a caption where it is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rwcap.domain.errors import UsageError
from rwcap.domain.template import fill
from rwcap.domain.text import one_line, short

_CAPTION = re.compile(r"\{caption[|}]")


class Mode(StrEnum):
    """What becomes of a text that is there."""

    SKIP = "skip"
    """It stays, and its image is not captioned."""
    OVERWRITE = "overwrite"
    """The caption takes the place of all of it."""
    APPEND = "append"
    """The caption becomes its last line."""
    PREPEND = "prepend"
    """The caption becomes its first line."""


class Collide(StrEnum):
    """What to do about two images whose captions belong in one file."""

    ERROR = "error"
    """Refuse the second."""
    SUFFIX = "suffix"
    """Name the second's file after the whole name of its image."""
    ALWAYS = "always"
    """Name every file after the whole name of its image, so that none is shared."""


@dataclass(frozen=True, slots=True)
class Style:
    """What is written around each caption."""

    prefix: str = ""
    suffix: str = ""
    template: str | None = None
    """A text with `{caption}`, and perhaps other fields, in it."""

    def __post_init__(self) -> None:
        """Raise `UsageError` for a template that would lose the caption."""
        # Where braces are doubled they stand for themselves.
        if self.template is not None and not _CAPTION.search(
            self.template.replace("{{", "")
        ):
            raise UsageError(
                f"template {short(one_line(self.template), 60)!r}: without {{caption}}",
                hint="--template 'a photo of TOKEN, {caption}'",
            )

    def decorate(self, caption: str, *, fields: Mapping[str, str]) -> str:
        """Return the caption in its template, between prefix and suffix.

        These are joined as they are: a space between belongs to the prefix or to
        the suffix. Raises `InputError` where the template names what is not in
        `fields`.
        """
        if self.template is not None:
            caption = fill(self.template, {**fields, "caption": caption})
        return f"{self.prefix}{caption}{self.suffix}"


def content(caption: str, *, old: str | None, mode: Mode) -> str:
    """Return what a text file is to hold, given what it holds now.

    The caption is one line whatever it was, because trainers read one line.
    """
    return merged(one_line(caption) + "\n", old=old, mode=mode)


def merged(lines: str, *, old: str | None, mode: Mode) -> str:
    """Return a caption, lines with their ends, together with what is there now.

    A caption that stands among the lines already is not written twice, wherever:
    others may have come after it. White space alone is no text to keep.
    """
    if not old or old.isspace() or mode in {Mode.SKIP, Mode.OVERWRITE}:
        return lines
    whole = old if old.endswith("\n") else f"{old}\n"
    if f"\n{lines}" in f"\n{whole}":
        return old
    return whole + lines if mode is Mode.APPEND else lines + old

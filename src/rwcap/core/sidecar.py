"""What becomes of a text that exists where a caption is written."""

from enum import StrEnum

from rwcap.core.text import one_line


class MergeMode(StrEnum):
    """What becomes of a text that is there."""

    SKIP = "skip"
    """It stays, and its image is not captioned."""
    OVERWRITE = "overwrite"
    """The caption takes the place of all of it."""
    APPEND = "append"
    """The caption becomes its last line."""
    PREPEND = "prepend"
    """The caption becomes its first line."""


class CollisionPolicy(StrEnum):
    """What to do about two images whose captions belong in one file."""

    ERROR = "error"
    """Refuse the second."""
    SUFFIX = "suffix"
    """Name the second's file after the whole name of its image."""
    ALWAYS = "always"
    """Name every file after the whole name of its image, so that none is shared."""


def sidecar_content(caption: str, *, old: str | None, mode: MergeMode) -> str:
    """Return what a text file is to hold, given what it holds now.

    The caption is one line whatever it was, because trainers read one line.
    """
    return merge_lines(one_line(caption) + "\n", old=old, mode=mode)


def merge_lines(lines: str, *, old: str | None, mode: MergeMode) -> str:
    """Return a caption, lines with their ends, together with what is there now.

    A caption that stands among the lines already is not written twice, wherever:
    others may have come after it. White space alone is no text to keep.
    """
    if not old or old.isspace() or mode in {MergeMode.SKIP, MergeMode.OVERWRITE}:
        return lines
    whole = old if old.endswith("\n") else f"{old}\n"
    if f"\n{lines}" in f"\n{whole}":
        return old
    return whole + lines if mode is MergeMode.APPEND else lines + old

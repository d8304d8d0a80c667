"""How a caption is merged with text that exists in an output."""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Final, TypeAlias

from rwcap.core.text import one_line

BACKUP_SUFFIX: Final = ".orig"
"""The suffix of an original that `--backup` keeps. A walk excludes such files."""


TEXT_SUFFIXES: Final = (".txt", ".text", ".caption", ".captions", ".cap", ".tags")
"""The extensions of text files with captions that a project file may choose."""


class MergeMode(StrEnum):
    """How a caption is merged with existing text."""

    SKIP = "skip"
    """Keep the text and do not caption the image."""
    OVERWRITE = "overwrite"
    """Replace the text with the caption."""
    APPEND = "append"
    """Add the caption as the last line."""
    PREPEND = "prepend"
    """Add the caption as the first line."""
    REMOVE = "remove"
    """Take out what rwcap has written; caption nothing."""


ADDING_MODES: Final = frozenset({MergeMode.APPEND, MergeMode.PREPEND})
"""The modes that keep the existing text and the caption."""

BYTE_ORDER_MARK: Final = "\ufeff"
"""What some programs write before the text of a UTF-8 file."""

Captions: TypeAlias = Callable[[], Collection[str]]
"""Returns the captions that rwcap has bought for an image, as they are written."""


class Removal(StrEnum):
    """What `MergeMode.REMOVE` did to a file."""

    REMOVED = "removed"
    CHANGED = "changed since and left"
    """A person or a program has changed the caption since."""
    ABSENT = "without a caption of rwcap"


class CollisionPolicy(StrEnum):
    """How to name the sidecars of two images that would share one."""

    ERROR = "error"
    """Refuse the second image."""
    SUFFIX = "suffix"
    """Name the second sidecar after the full file name of its image."""
    ALWAYS = "always"
    """Name every sidecar after the full file name of its image."""


def sidecar_content(caption: str, *, old: str | None, mode: MergeMode) -> str:
    """Return the new content of a text file.

    The caption is folded into one line, because trainers read one line per file. It
    has the line end of the existing text, whose byte order mark stays first.

    Args:
        caption: The new caption.
        old: The current content of the file; None if there is no file.
        mode: How to merge the two.
    """
    if old is None or mode not in ADDING_MODES:
        return f"{one_line(caption)}\n"
    text = old.removeprefix(BYTE_ORDER_MARK)
    end = "\r\n" if "\r\n" in text and not text.isspace() else "\n"
    merged = merge_lines(one_line(caption) + end, old=text, mode=mode)
    return old[: len(old) - len(text)] + merged


def merge_lines(lines: str, *, old: str | None, mode: MergeMode) -> str:
    """Return a caption merged with existing text.

    Existing text that has the same lines anywhere is returned unchanged. Existing
    text of white space alone counts as none.

    Args:
        lines: The caption. Every line has a line end: that of the existing text.
        old: The existing text; None if there is none.
        mode: How to merge the two.
    """
    if not old or old.isspace() or mode in {MergeMode.SKIP, MergeMode.OVERWRITE}:
        return lines
    end = "\r\n" if lines.endswith("\r\n") else "\n"
    whole = old if old.endswith("\n") else f"{old}{end}"
    if _unified(f"\n{lines}") in _unified(f"\n{whole}"):
        return old
    return whole + lines if mode is MergeMode.APPEND else lines + old


def _unified(text: str) -> str:
    """Return a text whose lines all end with a newline alone."""
    return text.replace("\r\n", "\n")

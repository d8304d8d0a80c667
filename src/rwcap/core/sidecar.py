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
    CHANGED = "changed by hand and left"
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
    is added as `merge_lines` does it, with the line ends of the text, and below its
    byte order mark.

    Args:
        caption: The new caption.
        old: The current content of the file; None if there is no file.
        mode: How to merge the two.
    """
    line = one_line(caption)
    if old is None or mode not in ADDING_MODES:
        return f"{line}\n"
    text = old.removeprefix(BYTE_ORDER_MARK)
    mark = old[: len(old) - len(text)]
    if not text or text.isspace():
        return f"{mark}{line}\n"
    lines = (*old.split("\n"), text.partition("\n")[0])
    if line in (each.removesuffix("\r") for each in lines):
        return old
    end = "\r\n" if "\r\n" in text else "\n"
    if mode is MergeMode.PREPEND:
        return f"{mark}{line}{end}{text}"
    gap = "" if text.endswith("\n") else end
    return f"{old}{gap}{line}{end}"


def merge_lines(lines: str, *, old: str | None, mode: MergeMode) -> str:
    """Return a caption merged with existing text.

    Existing text that has the same lines anywhere is returned unchanged. Existing
    text of white space alone counts as none.

    Args:
        lines: The caption. Every line has a line end.
        old: The existing text; None if there is none.
        mode: How to merge the two.
    """
    if not old or old.isspace() or mode in {MergeMode.SKIP, MergeMode.OVERWRITE}:
        return lines
    whole = old if old.endswith("\n") else f"{old}\n"
    if f"\n{lines}" in f"\n{whole}":
        return old
    return whole + lines if mode is MergeMode.APPEND else lines + old

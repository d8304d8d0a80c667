"""Walks: the images in a folder, in the order of their paths.

Captions may be written to the same relative path below another folder, so no
relative path leads out of it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.core.source import SourceKind, source_kind
from rwcap.core.text import display_name, truncate
from rwcap.sources.patterns import Glob, Pattern, Positions

IMAGE_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif"),
)
"""What the names of images end in, in any case. HEIC is among them without the
package that reads it: a photograph that is passed over must not go unnoticed."""

BACKUP_SUFFIX: Final = ".orig"
"""What the names of originals end in that `--backup` keeps: never taken, or the next
run would caption them, and keep originals of originals."""


@dataclass(frozen=True, slots=True)
class PathFilter:
    """What a walk takes of what it meets."""

    include: tuple[Pattern, ...] = ()
    """Where there are any, they decide instead of the suffix."""
    exclude: tuple[Pattern, ...] = ()
    max_depth: int | None = None
    """Levels of folders; 1 is the named folder alone."""

    def accepts_file(self, relative: str) -> bool:
        """Return whether the file at this path below the root is an image."""
        if any(pattern.matches(relative) for pattern in self.exclude):
            return False
        if relative.endswith(BACKUP_SUFFIX):
            return False
        if self.include:
            return any(pattern.matches(relative) for pattern in self.include)
        return relative.lower().endswith(IMAGE_SUFFIXES)

    def enters_folder(self, relative: str) -> bool:
        """Return whether to look into the folder at this path below the root."""
        if self.max_depth is not None and relative.count("/") + 1 >= self.max_depth:
            return False
        return not any(
            pattern.matches(relative, folder=True) for pattern in self.exclude
        )


@dataclass(slots=True)
class _OpenFolder:
    """A folder on the way from the root to where the walk is."""

    prefix: str
    """Its path below the root: empty, or with a slash at its end."""
    positions: Positions
    entries: list[bytes]
    """Names that are still to come, the next one last, folders with a slash at
    their end: so sorted, files come in the order of their whole paths."""


@dataclass(frozen=True, slots=True)
class FolderWalk:
    """The images below `root` that match `glob` and obey `rules`."""

    root: str
    glob: Glob
    path_filter: PathFilter

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield them in the order of their paths' bytes.

        The levels stand on a stack of our own: a tree may be deeper than Python's.
        Links to folders are not followed, so there are no circles.
        """
        prefix = "" if self.root == "." else self.root.removesuffix("/") + "/"
        top = _OpenFolder("", self.glob.start, [])
        stack = [top]
        if unreadable := self._list_folder(top, self.root):
            yield unreadable
        while stack:
            level = stack[-1]
            if not level.entries:
                stack.pop()
                continue
            entry = os.fsdecode(level.entries.pop())
            relative = level.prefix + entry
            if not entry.endswith("/"):
                yield CaptionRequest(_source_path(prefix, relative), relative)
                continue
            inner = _OpenFolder(
                relative, self.glob.step(level.positions, entry[:-1]), []
            )
            if unreadable := self._list_folder(inner, prefix + relative[:-1]):
                yield unreadable
            stack.append(inner)

    def _list_folder(self, level: _OpenFolder, path: str) -> UnusableSource | None:
        """List a folder, and forget the entries at once but for their names."""
        try:
            with os.scandir(os.fsencode(path)) as entries:
                names = [self._accepted_entry(level, entry) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return None  # it went away in the meantime: there is nothing in it
        except OSError as error:
            message = f"{truncate(display_name(path))}: {error.strerror}"
            return UnusableSource(path, InputError(message, code="unreadable"))
        level.entries = sorted(filter(None, names), reverse=True)
        return None

    def _accepted_entry(
        self, level: _OpenFolder, entry: os.DirEntry[bytes]
    ) -> bytes | None:
        """Return how `entries` names it, if the walk takes it or enters it."""
        decoded = os.fsdecode(entry.name)
        positions = self.glob.step(level.positions, decoded)
        relative = level.prefix + decoded
        if not positions:
            return None
        if entry.is_dir(follow_symlinks=False):
            entered = self.glob.can_continue(
                positions
            ) and self.path_filter.enters_folder(relative)
            return entry.name + b"/" if entered else None
        taken = self.glob.accepts(positions) and self.path_filter.accepts_file(relative)
        return entry.name if taken and _is_file(entry) else None


def _is_file(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return True  # a link in circles, for one: who reads it will say why


def _source_path(prefix: str, relative: str) -> str:
    """Return the path to a file as the user would write it.

    In the current folder a name may look like a URL; a path with `./` does not.
    """
    if not prefix and source_kind(relative) is not SourceKind.PATH:
        return f"./{relative}"
    return prefix + relative


def base_name(path: str) -> str:
    """Return the mere name of a file; empty for what is no name."""
    found = Path(path).name
    return "" if found == ".." else found


def contained_path(path: str) -> str:
    """Return a relative path in its shortest form, with `/` between folders.

    One that is absolute or leaves the folder is cut to its mere name.
    """
    shortest = os.path.normpath(path).replace(os.sep, "/")
    if Path(path).is_absolute() or shortest.startswith("../"):
        return base_name(path)
    return "" if shortest in {".", ".."} else shortest

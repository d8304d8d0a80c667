"""The images in a folder and its subfolders, in the order of their paths."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.sidecar import BACKUP_SUFFIX
from rwcap.core.source import (
    RAW_SUFFIXES,
    CaptionRequest,
    SourceKind,
    UnusableSource,
    source_kind,
)
from rwcap.core.text import shell_quote, short_name
from rwcap.sources.patterns import Glob, Pattern, Positions

IMAGE_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif"),
    *RAW_SUFFIXES,
)
"""The suffixes of image files, in lower case. HEIC is included even if the package
that reads it is missing, so that the run reports such files."""


_OTHER_KINDS: Final = {
    "raw": (".crw", ".x3f", ".mrw", ".erf", ".3fr", ".iiq"),
    "video": (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".mts", ".m2ts", ".3gp", ".mpg"),
    "PDF": (".pdf",),
    "Photoshop": (".psd", ".psb"),
    "SVG": (".svg",),
    "JPEG XL": (".jxl",),
    "JPEG 2000": (".jp2", ".j2k"),
}
"""The suffixes of files that people expect to be captioned, by kind."""
_OTHER_SUFFIXES: Final = {
    suffix: kind for kind, suffixes in _OTHER_KINDS.items() for suffix in suffixes
}


class PathFilter(NamedTuple):
    """The options that select files and folders: include, exclude and depth.

    All paths are relative to the folder that the user named.
    """

    include: tuple[Pattern, ...] = ()
    """If there are any, they replace the check of the suffix."""
    exclude: tuple[Pattern, ...] = ()
    max_depth: int | None = None
    """The number of folder levels; 1 is the named folder alone."""

    def accepts_file(self, relative: str) -> bool:
        """Return whether a file is included."""
        if self._excludes(relative):
            return False
        if relative.endswith(BACKUP_SUFFIX):
            return False
        if self.include:
            return any(pattern.matches(relative) for pattern in self.include)
        return relative.lower().endswith(IMAGE_SUFFIXES)

    def other_kind(self, relative: str) -> str | None:
        """Return the kind of a file that people may expect to be captioned, or None."""
        if self.include or self._excludes(relative):
            return None
        suffix = os.path.splitext(relative)[1].lower()  # noqa: PTH122  # a million times
        return _OTHER_SUFFIXES.get(suffix)

    def _excludes(self, relative: str) -> bool:
        return any(pattern.matches(relative) for pattern in self.exclude)

    def enters_folder(self, relative: str) -> bool:
        """Return whether the files in a folder may be included."""
        if self.max_depth is not None and relative.count("/") + 1 >= self.max_depth:
            return False
        return not any(
            pattern.matches(relative, folder=True) for pattern in self.exclude
        )


class _OpenFolder:
    """A folder that is being walked."""

    __slots__ = ("entries", "positions", "prefix")

    def __init__(self, prefix: str, positions: Positions) -> None:
        """Start with an empty list of entries.

        Args:
            prefix: The path below the root, with a slash at its end unless empty.
            positions: The positions in the glob after this path.
        """
        self.prefix = prefix
        self.positions = positions
        self.entries: list[bytes] = []
        """The names of the remaining entries, the next one last. Folders end in a
        slash, so that files are sorted by their whole paths."""


class FolderWalk:
    """The images below a folder that match a glob and a filter."""

    def __init__(self, root: str, glob: Glob, path_filter: PathFilter) -> None:
        """Store the folder, the glob for paths below it, and the filter."""
        self._root = root
        self._glob = glob
        self._filter = path_filter
        self.ignored: Counter[str] = Counter()
        """The number of files of each kind that no image reader knows."""

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the images and unreadable folders, sorted by the bytes of their paths.

        The open folders are on an explicit stack, because a tree may be deeper than
        Python's recursion limit. Symbolic links to folders are not followed.
        """
        prefix = "" if self._root == "." else self._root.removesuffix("/") + "/"
        top = _OpenFolder("", self._glob.start)
        stack = [top]
        if unreadable := self._list_folder(top, self._root):
            yield unreadable
        while stack:
            folder = stack[-1]
            if not folder.entries:
                stack.pop()
                continue
            entry = os.fsdecode(folder.entries.pop())
            relative = folder.prefix + entry
            if not entry.endswith("/"):
                yield CaptionRequest(_source_path(prefix, relative), relative)
                continue
            positions = self._glob.step(folder.positions, entry[:-1])
            subfolder = _OpenFolder(relative, positions)
            if unreadable := self._list_folder(subfolder, prefix + relative[:-1]):
                yield unreadable
            stack.append(subfolder)

    def _list_folder(self, folder: _OpenFolder, path: str) -> UnusableSource | None:
        """Read the entries of a folder; return the error if that fails."""
        try:
            with os.scandir(os.fsencode(path)) as entries:
                names = [self._accepted_entry(folder, entry) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return None  # removed since its parent was listed
        except OSError as error:
            message = f"{short_name(path)}: {error.strerror}"
            hint = None
            if isinstance(error, PermissionError):
                hint = f"chmod u+rx {shell_quote(path)}, or run rwcap as its owner"
            unusable = InputError(message, code="unreadable", hint=hint)
            return UnusableSource(path, unusable)
        folder.entries = sorted(filter(None, names), reverse=True)
        return None

    def _accepted_entry(
        self, folder: _OpenFolder, entry: os.DirEntry[bytes]
    ) -> bytes | None:
        """Return the name for `entries` of an image or a folder; None for others."""
        decoded = os.fsdecode(entry.name)
        positions = self._glob.step(folder.positions, decoded)
        relative = folder.prefix + decoded
        if not positions:
            return None
        if entry.is_dir(follow_symlinks=False):
            may_match = self._glob.can_continue(positions)
            entered = may_match and self._filter.enters_folder(relative)
            return entry.name + b"/" if entered else None
        if not self._glob.accepts(positions):
            return None
        if self._filter.accepts_file(relative):
            return entry.name if _is_file(entry) else None
        if kind := self._filter.other_kind(relative):
            self.ignored[kind] += 1
        return None


def _is_file(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return True  # for example a link to itself: reading it reports the error


def _source_path(prefix: str, relative: str) -> str:
    """Return the path of a file as a user would write it.

    A path in the current folder starts with `./` if it looks like a URL or a UUID.
    """
    if not prefix and source_kind(relative) is not SourceKind.PATH:
        return f"./{relative}"
    return prefix + relative


def base_name(path: str) -> str:
    """Return the file name of a path; empty for `..` and the root."""
    name = Path(path).name
    return "" if name == ".." else name


def contained_path(path: str) -> str:
    """Return a normalized relative path that stays inside its folder.

    Captions may be written to the same relative path below another folder, so an
    absolute path and a path that leaves the folder are reduced to the file name.
    """
    normalized = os.path.normpath(path).replace(os.sep, "/")
    if os.path.isabs(path) or normalized.startswith("../"):  # noqa: PTH117  # faster
        return base_name(path)
    return "" if normalized in {".", ".."} else normalized

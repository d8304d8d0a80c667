"""Sources: the arguments of a command, or the lines of a list."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from rwcap.core.errors import InputError, StorageError, UsageError
from rwcap.core.source import (
    CaptionRequest,
    SourceKind,
    UnusableSource,
    is_object,
    local_name,
    source_kind,
    source_label,
)
from rwcap.core.text import short_name
from rwcap.images.read import file_hint
from rwcap.sources import lists
from rwcap.sources.folder_walk import (
    IMAGE_SUFFIXES,
    FolderWalk,
    PathFilter,
    base_name,
)
from rwcap.sources.patterns import compile_glob, compile_pattern, is_glob, split_glob
from rwcap.sources.tables import tables

if TYPE_CHECKING:
    from rwcap.sources.object_walk import ObjectWalk

_HINT: Final = "rwcap caption - for one image; rwcap batch --files-from - for a list"
_UNSUPPORTED: Final = {
    SourceKind.STDIN: "standard input",
    SourceKind.DATA_URI: "a data URI",
}
_ALL_FILES: Final = compile_glob("**", hidden=False)
_PARQUET: Final = PathFilter(include=(compile_pattern("*.parquet"),))


class Sources:
    """The requested captions of a batch, found while they are iterated over.

    If the sources are `repeatable`, a second iteration yields the same captions.
    """

    def __init__(  # noqa: PLR0913  # one for each option of the command
        self,
        words: Sequence[str],
        *,
        files_from: str | None = None,
        nul: bool = False,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        max_depth: int | None = None,
        are_folders: bool = False,
        captions: bool = False,
        stdin: Callable[[], BinaryIO],
        notice: Callable[[str], None],
    ) -> None:
        """Store the sources and the options that select files.

        Args:
            words: Files, folders, globs, tables, URLs and UUIDs. They come first.
            files_from: The path of a list of sources; `-` for standard input.
            nul: Whether the lines of the list end in a NUL instead of a newline.
            include: Patterns of the files to include.
            exclude: Patterns of the files and folders to exclude.
            max_depth: The number of folder levels.
            are_folders: Whether all words are folders, even while one is missing.
            captions: Whether tables are read for the captions that they have.
            stdin: Returns standard input.
            notice: Receives a message for each folder or glob without images.

        Raises:
            UsageError: A batch does not support one of the words or patterns.
        """
        for word in words:
            if reason := _unsupported_reason(word):
                raise UsageError(reason, hint=file_hint(word) or _HINT)
        for pattern in include:
            if pattern.endswith("/"):
                raise UsageError(
                    f"--include {pattern}: this pattern matches only folders",
                    hint=f"--include '{pattern}**'",
                )
        self._words = words
        self._files_from = files_from
        self._nul = nul
        self._path_filter = PathFilter(
            tuple(map(compile_pattern, include)),
            tuple(map(compile_pattern, exclude)),
            max_depth,
        )
        self._are_folders = are_folders
        self._read_table = tables.read_table
        if captions:
            from rwcap.sources.tables.caption_table import read_captions

            self._read_table = read_captions
        self._stdin = stdin
        self._notice = notice
        self._noticed: set[str] = set()

    @property
    def repeatable(self) -> bool:
        """Whether a list can be read again: it is not standard input or a pipe."""
        return self._files_from is None or Path(self._files_from).is_file()

    @property
    def countable(self) -> bool:
        """Whether the images can be counted without downloading a table twice."""
        return self.repeatable and not any(
            is_object(word) and tables.is_table(word) for word in self._words
        )

    @property
    def may_have_columns(self) -> bool:
        """Whether a source can be a table, or a list, which can name tables."""
        return self._files_from is not None or any(
            tables.is_table(word) or lists.has_list_suffix(word) for word in self._words
        )

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the requested captions and the unusable sources.

        The list is opened before the first caption, so that a missing list is
        reported before money is spent.

        Raises:
            UsageError: The first list or table could not be read.
            StorageError: Object storage could not be read at first.
        """
        words = ((word, self._resolve(word)) for word in self._words)
        if self._files_from is None:
            yield from _with_failures(words)
            return
        opened = lists.open_list(self._files_from, nul=self._nul, stdin=self._stdin)
        with opened as lines:
            listed = (self._files_from, self._from_lines(lines))
            yield from _with_failures(chain(words, [listed]))

    def _from_lines(
        self, lines: Iterator[str]
    ) -> Iterator[CaptionRequest | UnusableSource]:
        for line in lines:
            if reason := _unsupported_reason(line):
                hint = file_hint(line) or _HINT
                error = InputError(reason, code="notASource", hint=hint)
                yield UnusableSource(source_label(line), error)
                continue
            try:
                yield from self._resolve(line, is_line=True)
            except (UsageError, StorageError) as failure:
                yield _unreadable(line, failure)

    def _resolve(
        self, word: str, *, is_line: bool = False
    ) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the captions that one word requests.

        Args:
            word: The source.
            is_line: Whether it is a line of a list, which is neither a glob nor
                another list.
        """
        word = local_name(word)
        kind = source_kind(word)
        if kind is SourceKind.OBJECT:
            yield from self._from_storage(word, is_line=is_line)
            return
        mode = 0 if kind is SourceKind.URL else _file_mode(word)
        if kind is SourceKind.URL or (
            kind is SourceKind.UUID and not os.path.lexists(word)
        ):
            yield CaptionRequest(word)
        elif self._are_folders or stat.S_ISDIR(mode):
            walk = FolderWalk(word, _ALL_FILES, self._path_filter)
            yield from self._walk_folder(word, walk)
        elif stat.S_ISREG(mode) and tables.is_table(word):
            yield from self._read_table(word)
        elif stat.S_ISREG(mode) and not is_line and lists.is_list(word):
            with lists.open_list(word, nul=False, stdin=self._stdin) as lines:
                yield from self._from_lines(lines)
        elif not is_line and is_glob(word) and not os.path.lexists(word):
            folder, glob = split_glob(word.replace(os.sep, "/"))
            compiled = compile_glob(glob, hidden=False)
            walk = FolderWalk(folder or ".", compiled, self._path_filter)
            yield from self._walk_folder(word, walk)
        else:
            yield CaptionRequest(word, base_name(word))

    def _from_storage(
        self, word: str, *, is_line: bool
    ) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the captions that the URL of an object or a folder requests.

        Raises:
            UsageError: The object is a list, or a table that cannot be read.
            StorageError: The storage cannot be read.
        """
        from rwcap.sources.object_walk import ObjectWalk
        from rwcap.storage.objects import find_entry

        if not is_line and _is_object_glob(word):
            folder, glob = split_glob(word)
            compiled = compile_glob(glob, hidden=False)
            if tables.is_table(word):
                for found in ObjectWalk(folder, compiled, _PARQUET):
                    yield from self._read_table(found.source)
            else:
                walk = ObjectWalk(folder, compiled, self._path_filter)
                yield from self._walk_folder(word, walk)
        elif tables.is_table(word):
            yield from self._read_table(word)
        elif lists.has_list_suffix(word):
            raise UsageError(
                f"list {short_name(word)}: a list cannot be in object storage",
                hint="copy it to a local file, and name that",
            )
        elif word.lower().endswith(IMAGE_SUFFIXES):
            yield CaptionRequest(word, base_name(word))
        else:
            try:
                entry = find_entry(word)
            except InputError as error:
                yield UnusableSource(word, error)
                return
            if entry.is_folder:
                walk = ObjectWalk(word, _ALL_FILES, self._path_filter)
                yield from self._walk_folder(word, walk)
            else:
                yield CaptionRequest(word, base_name(word), stamp=entry.stamp)

    def _walk_folder(
        self, word: str, walk: "FolderWalk | ObjectWalk"
    ) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield the images of a walk; report once if there are none, or other files."""
        empty = True
        for found in walk:
            empty = False
            yield found
        if word in self._noticed:
            return
        self._noticed.add(word)
        if empty:
            self._notice(f"{short_name(word)}: no images")
        if walk.ignored:
            kinds = sorted(walk.ignored.items(), key=lambda item: (-item[1], item[0]))
            listed = ", ".join(f"{number:,} {kind}" for kind, number in kinds)
            self._notice(f"{short_name(word)}: ignored: {listed}")


def _is_object_glob(url: str) -> bool:
    """Return whether a URL has wildcards, and no object or folder has this name."""
    from rwcap.storage.objects import has_entry

    bucket = url.partition("://")[2].partition("/")[0]
    return is_glob(url) and (is_glob(bucket) or not has_entry(url))


def _with_failures(
    sources: Iterable[tuple[str, Iterator[CaptionRequest | UnusableSource]]],
) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the requested captions of sources, and of one that fails what it had.

    An error before the first caption is raised. Later, captions may be bought already,
    so the source is reported as one that failed, and the others are read.
    """
    empty = True
    for source, requests in sources:
        try:
            for request in requests:
                empty = False
                yield request
        except (UsageError, StorageError) as failure:
            if empty:
                raise
            yield _unreadable(source, failure)


def _unreadable(source: str, failure: UsageError | StorageError) -> UnusableSource:
    """Return the error of a source that cannot be read, or not to its end."""
    if isinstance(failure, UsageError):
        message = failure.message.removeprefix("table ").removeprefix("list ")
        error = InputError(message, code="unreadableSource", hint=failure.hint)
        return UnusableSource(source, error)
    return UnusableSource(source, failure)


def _file_mode(path: str) -> int:
    """Return the mode of a file; 0 if it does not exist."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116  # Path("") is the current folder
    except (OSError, ValueError):
        return 0


def _unsupported_reason(word: str) -> str | None:
    """Return the reason why a batch does not support a source; None if it does."""
    refused = _UNSUPPORTED.get(source_kind(word))
    shown = short_name(source_label(word))
    return refused and f"{shown}: a batch does not accept {refused}"

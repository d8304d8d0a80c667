"""Sources: what the words of a command line, or the lines of a list, name."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import InputError, UsageError
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.core.source import SourceKind, source_kind, source_label
from rwcap.core.text import display_name, truncate
from rwcap.sources import lists, tables
from rwcap.sources.folder_walk import FolderWalk, PathFilter, base_name
from rwcap.sources.patterns import compile_glob, compile_pattern, is_glob, split_glob

_HINT: Final = "rwcap caption - for one image; rwcap batch --files-from - for a list"
_UNSUPPORTED: Final = {
    SourceKind.STDIN: "standard input",
    SourceKind.DATA_URI: "a data URI",
}
_ALL_FILES: Final = compile_glob("**", hidden=False)


class Sources:
    """What is wanted of a batch, found while it is iterated.

    It may be iterated again, to count it, where it is `countable`.
    """

    def __init__(  # noqa: PLR0913 - one for each option of the command
        self,
        words: Sequence[str],
        *,
        files_from: str | None = None,
        nul: bool = False,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        max_depth: int | None = None,
        stdin: Callable[[], BinaryIO],
        notice: Callable[[str], None],
    ) -> None:
        """Take the words first, then the lines of the list at `files_from`.

        Raises `UsageError` for words that no batch can take.
        """
        for word in words:
            if complaint := _unsupported_reason(word):
                raise UsageError(complaint, hint=_HINT)
        for pattern in include:
            if pattern.endswith("/"):
                raise UsageError(
                    f"--include {pattern}: a pattern for folders takes no file",
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
        self._stdin = stdin
        self._notice = notice
        self._noticed: set[str] = set()

    @property
    def repeatable(self) -> bool:
        """Whether the same can be read again: not from standard input or a pipe."""
        return self._files_from is None or Path(self._files_from).is_file()

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield what is wanted. Raises `UsageError` for broken lists and manifests.

        The list is opened first, so that its absence is known before money is spent.
        """
        if self._files_from is None:
            yield from self._from_words()
            return
        opened = lists.open_list(self._files_from, nul=self._nul, stdin=self._stdin)
        with opened as lines:
            yield from self._from_words()
            for line in lines:
                if complaint := _unsupported_reason(line):
                    error = InputError(complaint, code="notASource", hint=_HINT)
                    yield UnusableSource(source_label(line), error)
                else:
                    yield from self._resolve(line, globs=False)

    def _from_words(self) -> Iterator[CaptionRequest | UnusableSource]:
        for word in self._words:
            yield from self._resolve(word, globs=True)

    def _resolve(
        self, word: str, *, globs: bool
    ) -> Iterator[CaptionRequest | UnusableSource]:
        kind = source_kind(word)
        mode = 0 if kind is SourceKind.URL else _file_mode(word)
        if kind is SourceKind.URL or (
            kind is SourceKind.UUID and not os.path.lexists(word)
        ):
            yield CaptionRequest(word)
        elif stat.S_ISDIR(mode):
            yield from self._walk_folder(
                word, FolderWalk(word, _ALL_FILES, self._path_filter)
            )
        elif stat.S_ISREG(mode) and tables.is_table(word):
            yield from tables.read_table(word)
        elif globs and is_glob(word) and not os.path.lexists(word):
            folder, glob = split_glob(word.replace(os.sep, "/"))
            compiled = compile_glob(glob, hidden=False)
            yield from self._walk_folder(
                word, FolderWalk(folder or ".", compiled, self._path_filter)
            )
        else:
            yield CaptionRequest(word, base_name(word))

    def _walk_folder(
        self, word: str, walk: FolderWalk
    ) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield what a walk finds, and say once where that is nothing."""
        empty = True
        for wanted in walk:
            empty = False
            yield wanted
        if empty and word not in self._noticed:
            self._noticed.add(word)
            self._notice(f"{truncate(display_name(word))}: no images")


def _file_mode(path: str) -> int:
    """Return what kind of file is there; 0 where there is none."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - an empty Path is the current folder
    except (OSError, ValueError):
        return 0


def _unsupported_reason(word: str) -> str | None:
    """Return why a batch does not take `word`, if so."""
    refused = _UNSUPPORTED.get(source_kind(word))
    shown = truncate(display_name(source_label(word)))
    return refused and f"{shown}: {refused} is no source of a batch"

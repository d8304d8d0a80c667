"""Lists: files with a source on each line."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError
from rwcap.core.source import STDIN_NAME
from rwcap.core.text import short_name
from rwcap.sources.folder_walk import IMAGE_SUFFIXES

MAX_LINE_BYTES: Final = 65_536
"""The maximum length of a line. No path is longer, so a file with a longer line is not
a list."""

_LIST_SUFFIX: Final = ".txt"
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_CHUNK_BYTES: Final = 65_536
_HINT: Final = "find . -name '*.jpg' -print0 | rwcap batch --files-from - -0"


def has_list_suffix(path: str) -> bool:
    """Return whether a file name has the suffix of a list."""
    return path.lower().endswith(_LIST_SUFFIX)


def is_list(path: str) -> bool:
    """Return whether a file has the suffix of a list and is no caption of an image.

    A text file beside an image of the same name is its caption.
    """
    if not has_list_suffix(path):
        return False
    stem = path[: -len(_LIST_SUFFIX)]
    suffixes = (*IMAGE_SUFFIXES, *(each.upper() for each in IMAGE_SUFFIXES), "")
    return not any(os.path.lexists(stem + each) for each in suffixes)


@contextmanager
def open_list(
    source: str, *, nul: bool, stdin: Callable[[], BinaryIO]
) -> Iterator[Iterator[str]]:
    """Open a list as a context manager that returns its lines.

    Args:
        source: The path of the list; `-` for standard input.
        nul: Whether lines end in a NUL instead of a newline.
        stdin: Returns standard input.

    Returns:
        The lines that are not empty, read as they are used.

    Raises:
        UsageError: The list could not be opened. Reading a line raises it if the list
            could not be read or a line is too long.
    """
    if source == "-":
        yield _split_lines(stdin(), STDIN_NAME, nul=nul)
        return
    shown = short_name(source)
    with _open(source, shown) as stream:
        yield _split_lines(stream, shown, nul=nul)


def _open(source: str, shown: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _split_lines(stream: BinaryIO, shown: str, *, nul: bool) -> Iterator[str]:
    separator = b"\0" if nul else b"\n"
    # read1 returns the lines that a pipe already contains instead of waiting for more.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    rest, at_start = b"", True
    while chunk := _read_chunk(read, shown):
        if at_start and not nul:
            chunk = _without_mark(chunk, shown)
            if b"\0" in chunk:
                raise UsageError(
                    f"list {shown}: its names end in NUL, not in a newline",
                    hint="--files-from LIST -0",
                )
        at_start = False
        *lines, rest = (rest + chunk).split(separator)
        for line in lines:
            yield from _decode_line(line, shown, nul=nul)
        _check_length(rest, shown)
    yield from _decode_line(rest, shown, nul=nul)


def _read_chunk(read: Callable[[int], bytes], shown: str) -> bytes:
    try:
        return read(_CHUNK_BYTES)
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _without_mark(start: bytes, shown: str) -> bytes:
    """Return the start of a list without a byte order mark.

    Raises:
        UsageError: The mark says that the list is not in UTF-8.
    """
    if start.startswith(_UTF_16_MARKS):
        raise UsageError(
            f"list {shown}: UTF-16 text, not UTF-8",
            hint="iconv -f UTF-16 -t UTF-8 LIST | rwcap batch --files-from -",
        )
    return start.removeprefix(_UTF_8_MARK)


def _decode_line(line: bytes, shown: str, *, nul: bool) -> Iterator[str]:
    _check_length(line, shown)
    if content := line if nul else line.removesuffix(b"\r"):
        yield os.fsdecode(content)


def _check_length(line: bytes, shown: str) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise UsageError(
            f"list {shown}: not a list: a line has more than {MAX_LINE_BYTES:,} bytes",
            hint=_HINT,
        )

"""Lists: files that name a source a line."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError
from rwcap.core.source import STDIN_NAME
from rwcap.core.text import display_name, truncate

MAX_LINE_BYTES: Final = 65_536
"""Bytes of a line. No path is as long: what has longer ones is no list."""

_CHUNK_BYTES: Final = 65_536
_HINT: Final = "find . -name '*.jpg' -print0 | rwcap batch --files-from - -0"


@contextmanager
def open_list(
    source: str, *, nul: bool, stdin: Callable[[], BinaryIO]
) -> Iterator[Iterator[str]]:
    """Open the list at the path `source`, or on standard input for `-`.

    Its lines end in a newline, or where `nul` in a NUL; empty ones are left out.
    Raises `UsageError` where it cannot be opened, and later where it cannot be
    read or is no list.
    """
    if source == "-":
        yield _split_lines(stdin(), STDIN_NAME, nul=nul)
        return
    shown = truncate(display_name(source))
    with _open(source, shown) as stream:
        yield _split_lines(stream, shown, nul=nul)


def _open(source: str, shown: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _split_lines(stream: BinaryIO, shown: str, *, nul: bool) -> Iterator[str]:
    separator = b"\0" if nul else b"\n"
    # What has come through a pipe is worked on before more is waited for.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    rest = b""
    while piece := _read_chunk(read, shown):
        *whole, rest = (rest + piece).split(separator)
        for line in whole:
            yield from _decode_line(line, shown, nul=nul)
        _check_length(rest, shown)
    yield from _decode_line(rest, shown, nul=nul)


def _read_chunk(read: Callable[[int], bytes], shown: str) -> bytes:
    try:
        return read(_CHUNK_BYTES)
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _decode_line(line: bytes, shown: str, *, nul: bool) -> Iterator[str]:
    _check_length(line, shown)
    if kept := line if nul else line.removesuffix(b"\r"):
        yield os.fsdecode(kept)


def _check_length(line: bytes, shown: str) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise UsageError(
            f"list {shown}: a line of more than {MAX_LINE_BYTES:,} bytes"
            " names no image",
            hint=_HINT,
        )

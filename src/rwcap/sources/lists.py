"""Lists: files that name a source a line."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError
from rwcap.core.text import display_name, truncate
from rwcap.images.image import STDIN_NAME

LINE_MAX: Final = 65_536
"""Bytes of a line. No path is as long: what has longer ones is no list."""

_PIECE: Final = 65_536
_HINT: Final = "find . -name '*.jpg' -print0 | rwcap batch --files-from - -0"


@contextmanager
def lines(
    source: str, *, nul: bool, stdin: Callable[[], BinaryIO]
) -> Iterator[Iterator[str]]:
    """Open the list at the path `source`, or on standard input for `-`.

    Its lines end in a newline, or where `nul` in a NUL; empty ones are left out.
    Raises `UsageError` where it cannot be opened, and later where it cannot be
    read or is no list.
    """
    if source == "-":
        yield _split(stdin(), STDIN_NAME, nul=nul)
        return
    shown = truncate(display_name(source))
    with _open(source, shown) as stream:
        yield _split(stream, shown, nul=nul)


def _open(source: str, shown: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _split(stream: BinaryIO, shown: str, *, nul: bool) -> Iterator[str]:
    separator = b"\0" if nul else b"\n"
    # What has come through a pipe is worked on before more is waited for.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    rest = b""
    while piece := _read(read, shown):
        *whole, rest = (rest + piece).split(separator)
        for line in whole:
            yield from _decoded(line, shown, nul=nul)
        _check(rest, shown)
    yield from _decoded(rest, shown, nul=nul)


def _read(read: Callable[[int], bytes], shown: str) -> bytes:
    try:
        return read(_PIECE)
    except OSError as error:
        raise UsageError(f"list {shown}: {error.strerror}", hint=_HINT) from error


def _decoded(line: bytes, shown: str, *, nul: bool) -> Iterator[str]:
    _check(line, shown)
    if kept := line if nul else line.removesuffix(b"\r"):
        yield os.fsdecode(kept)


def _check(line: bytes, shown: str) -> None:
    if len(line) > LINE_MAX:
        raise UsageError(
            f"list {shown}: a line of more than {LINE_MAX:,} bytes names no image",
            hint=_HINT,
        )

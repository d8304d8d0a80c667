"""Make the contact sheet of a run: thumbnails in threads, pictures in their order."""

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Self

from rwcap.core.errors import InputError
from rwcap.core.source import (
    SourceKind,
    paired_names,
    source_kind,
)
from rwcap.core.text import short_name
from rwcap.images.limits import Pairs, PrepareOptions
from rwcap.images.read import read_file
from rwcap.images.thumbnail import thumbnail
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import Written, write_sheet
from rwcap.outputs.sheet.picture import Picture
from rwcap.outputs.sheet.spool import Spool

_AHEAD: Final = 8
"""The number of pictures for each thread that are begun before the first is ready."""


class _Waiting(NamedTuple):
    picture: Picture
    thumbnail: Future[bytes]


class ContactSheet:
    """A contact sheet in the making. Its threads and files end with `with`."""

    def __init__(self, path: Path, options: PrepareOptions) -> None:
        """Start a sheet for the file at `path`.

        Args:
            path: The path of the page.
            options: How images are read: pairs, and the maximum of pixels.

        Raises:
            OutputError: No temporary file can be created, as in the methods: it
                cannot be written.
        """
        self._path = path
        self._options = options
        threads = os.cpu_count() or 1
        self._ahead = threads * _AHEAD
        self._waiting: deque[_Waiting] = deque()
        with ExitStack() as opened:
            self._spool = opened.enter_context(Spool())
            self._pool = ThreadPoolExecutor(threads, "thumbnail")
            opened.callback(self._pool.shutdown, cancel_futures=True)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        """Return the sheet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the sheet."""
        self.close()

    def close(self) -> None:
        """End the threads, and remove the temporary files."""
        self._opened.close()

    @property
    def count(self) -> int:
        """The number of pictures."""
        return self._spool.count + len(self._waiting)

    def add(self, picture: Picture, content: bytes | None = None) -> None:
        """Add a picture; `content` has the image if the source does not name a file."""
        made = self._pool.submit(_thumbnail, picture.source, content, self._options)
        self._waiting.append(_Waiting(picture, made))
        self._store(self._ahead)

    def add_fault(self, number: int, check: str, excerpt: str) -> None:
        """Add a failed check of an earlier caption, by its number, from 0."""
        self._spool.add_fault(number, check, excerpt)

    def write(self, about: About) -> Written:
        """Write the pages when all pictures are added.

        Raises:
            OutputError: A page cannot be written.
        """
        self._store(0)
        return write_sheet(self._path, about, self._spool)

    def _store(self, most: int) -> None:
        """Store the oldest pictures until at most `most` wait for their thumbnail."""
        while len(self._waiting) > most:
            picture, made = self._waiting.popleft()
            self._spool.add(picture, made.result())


def _thumbnail(source: str, content: bytes | None, options: PrepareOptions) -> bytes:
    """Return the thumbnail of an image; empty if there is none."""
    try:
        if content is None:
            if source_kind(source) not in {SourceKind.PATH, SourceKind.UUID}:
                return b""  # nothing is downloaded for it
            content = read_file(_shown_file(source, options))
        return thumbnail(content, short_name(source), options.max_pixels)
    except InputError:
        return b""


def _shown_file(source: str, options: PrepareOptions) -> str:
    """Return the file that shows the image: the JPEG beside a raw file."""
    if options.pairs is Pairs.TOGETHER:
        return next(filter(os.path.isfile, paired_names(source)), source)
    return source

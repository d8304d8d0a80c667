"""The pages of a contact sheet: one, or several with an index."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from html import escape
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, cast
from urllib.parse import quote

from rwcap.core.errors import OutputError
from rwcap.core.text import display_name, short_name
from rwcap.outputs.sheet.page import (
    BLOCK,
    About,
    Pages,
    digest,
    filled,
    is_page,
    page_chunks,
    text_of,
    write,
)
from rwcap.outputs.sheet.picture import Members
from rwcap.outputs.sheet.spool import Spool

MOST: Final = 20_000
"""The greatest number of pictures on a page; a multiple of `BLOCK`."""


class Written(NamedTuple):
    """What was written."""

    size: int
    """Bytes of all files."""
    pages: int


class _Part:
    """A page among several, and what the index says of it."""

    def __init__(self, path: Path) -> None:
        """Start without pictures."""
        self.path = path
        self.names: list[str] = []
        """The names of the first and the last picture."""
        self.count = self.failed = self.errors = self.size = 0

    def counted(self, pictures: Iterable[Members]) -> Iterator[Members]:
        """Yield the same pictures, and count them."""
        for picture in pictures:
            captions = cast("list[Members]", picture["captions"])
            self.count += 1
            self.failed += any("checks" in each for each in captions)
            self.errors += any("error" in each for each in captions)
            self.names[1:] = [str(picture["name"])]
            yield picture


def write_sheet(path: Path, about: About, spool: Spool, most: int = MOST) -> Written:
    """Write the page, or an index and pages beside it, each file in one step.

    The pages are written first. Pages of an earlier sheet at the same path, which had
    more of them, are removed.

    Args:
        path: The path of the page or of the index.
        about: What the sheet says about its run.
        spool: The pictures.
        most: The greatest number of pictures on a page.

    Raises:
        OutputError: A file cannot be written.
    """
    pictures, thumbnails = spool.pictures(), spool.thumbnails(BLOCK)
    if spool.count <= most:
        chunks = page_chunks(about, Pages(), pictures, thumbnails, spool.prompts)
        size = write(path, chunks)
        _remove_others(path, 1)
        return Written(size, 1)
    parts = [_Part(_page_path(path, n + 1)) for n in range(-(-spool.count // most))]
    for number, part in enumerate(parts):
        _check_replaceable(part.path)
        part.size = write(
            part.path,
            page_chunks(
                about,
                _place(path, number, parts),
                part.counted(islice(pictures, most)),
                islice(thumbnails, most // BLOCK),
                spool.prompts,
            ),
        )
    size = write(path, _index_chunks(about, parts))
    _remove_others(path, len(parts) + 1)
    return Written(size + sum(part.size for part in parts), len(parts))


def _page_path(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.page-{number}{path.suffix}")


def _check_replaceable(path: Path) -> None:
    """Raise `OutputError` if a page would replace a file that is no page."""
    with suppress(FileNotFoundError):
        if not is_page(path):
            name = short_name(str(path))
            raise OutputError(
                f"{name}: the file exists and is no contact sheet",
                hint="choose another name for --report",
            )


def _remove_others(path: Path, first: int) -> None:
    """Remove the pages of an earlier sheet from a number on."""
    number = first
    with suppress(OSError):
        while is_page(other := _page_path(path, number)):
            other.unlink()
            number += 1


def _place(path: Path, number: int, parts: Sequence[_Part]) -> Pages:
    return Pages(
        number + 1,
        len(parts),
        _url(path),
        _url(parts[number - 1].path) if number else "",
        _url(parts[number + 1].path) if number + 1 < len(parts) else "",
    )


def _url(path: Path) -> str:
    return quote(os.fsencode(path.name))


def _index_chunks(about: About, parts: Sequence[_Part]) -> Iterator[str]:
    """Yield the text of the index."""
    style = text_of("sheet.css")
    head, _, end = text_of("index.html").partition("@PAGES@\n")
    count = sum(part.count for part in parts)
    yield filled(
        head,
        STYLE_HASH=digest(style),
        STYLE=style,
        ABOUT=f"{about.made}, rwcap {about.version}",
        COUNT=f"{count:,}",
        TITLE=escape(display_name(about.title)),
    )
    for number, part in enumerate(parts, 1):
        names = " \u2026 ".join(dict.fromkeys(map(display_name, part.names)))
        yield (
            f'<tr><th scope="row"><a href="{_url(part.path)}">Page {number}</a></th>'
            f"<td>{escape(names)}</td><td>{part.count:,}</td><td>{part.failed:,}</td>"
            f"<td>{part.errors:,}</td><td>{part.size / 1_000_000:,.1f} MB</td></tr>\n"
        )
    yield end

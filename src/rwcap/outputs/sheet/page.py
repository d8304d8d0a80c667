"""The page of a contact sheet, assembled from its files and the pictures.

The page needs no network: its policy allows its own style and script by their hashes,
and pictures from `data:` URLs, and nothing else
(https://www.w3.org/TR/CSP3/#framework-directives). What comes from captions and file
names is JSON, which the script puts into the page as text.
"""

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.core.errors import OutputError
from rwcap.core.text import short_name
from rwcap.outputs.atomic import atomic_replacement, copy_permissions, write_all
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.sheet.picture import Members, to_json

_FOLDER: Final = Path(__file__).parent
_SCRIPTS: Final = (
    "text.js",
    "data.js",
    "store.js",
    "filter.js",
    "list.js",
    "details.js",
    "export.js",
    "keyboard.js",
    "start.js",
)
"""The scripts, in the order in which they run."""

BLOCK: Final = 50
"""The number of thumbnails that the script reads together."""


class About(NamedTuple):
    """What a contact sheet says about its run."""

    title: str
    made: str
    """The local time, such as `2026-11-27 14:05`."""
    version: str
    checks: Mapping[str, str]
    """The description of each check that was asked for, by name."""
    phrases: Mapping[str, int]
    """Each phrase that is in most captions, and the number of these captions."""
    variables: Sequence[str] = ()
    """The variables of the environment for the command below: `NAME=value`."""
    command: Sequence[str] = ()
    """The words of the command that writes the captions of marked pictures again,
    behind `rwcap batch --files-from FILE`. Empty if there is no such command."""
    is_editable: bool = True
    """Whether texts can be edited, because each picture has one."""


class Pages(NamedTuple):
    """The place of a page among the pages of a sheet; the names are URLs."""

    number: int = 1
    total: int = 1
    all: str = ""
    """The index."""
    before: str = ""
    after: str = ""


def page_chunks(
    about: About,
    pages: Pages,
    pictures: Iterable[Members],
    thumbnails: Iterator[list[str]],
    prompts: Sequence[str],
) -> Iterator[str]:
    """Yield the text of a page.

    The script stands behind the first thumbnails, so that it can show them while the
    browser reads the others.

    Args:
        about: What the sheet says about its run.
        pages: The place of the page.
        pictures: The pictures.
        thumbnails: Their thumbnails, in lists of `BLOCK`.
        prompts: The prompts that captions name by number.
    """
    style, script = text_of("sheet.css"), "".join(map(text_of, _SCRIPTS))
    head, _, end = text_of("sheet.html").partition("@DATA@\n")
    yield filled(
        head, STYLE=style, STYLE_HASH=digest(style), SCRIPT_HASH=digest(script)
    )
    hashed = sha256()
    yield '<script type="application/json" id="pictures">['
    for number, picture in enumerate(pictures):
        text = to_json(picture)
        hashed.update(text.encode())
        yield f",\n{text}" if number else text
    yield "]</script>\n"
    facts: Members = {
        **about._asdict(),
        "id": hashed.hexdigest()[:16],
        "pages": pages._asdict(),
        "prompts": prompts,
        "block": BLOCK,
    }
    yield f'<script type="application/json" id="facts">{to_json(facts)}</script>\n'
    yield from map(_block, islice(thumbnails, 1))
    yield f"<script>{script}</script>\n"
    yield from map(_block, thumbnails)
    yield end


def write(path: Path, chunks: Iterable[str]) -> int:
    """Write a page in one step: a reader finds the whole page or the file before.

    A symbolic link stays one.

    Returns:
        The size of the page in bytes.

    Raises:
        OutputError: The page cannot be written.
    """
    try:
        target = os.path.realpath(path)
        with atomic_replacement(target, b"") as descriptor:
            copy_permissions(target, descriptor)
            for chunk in chunks:
                write_all(descriptor, chunk.encode())
            return os.fstat(descriptor).st_size
    except OSError as error:
        raise OutputError(f"{short_name(str(path))}: {reason_of(error)}") from error


def is_page(path: Path) -> bool:
    """Return whether a file begins like a contact sheet; raises `OSError`."""
    with path.open("rb") as file:
        return _MARK.encode() in file.read(_MARK_BYTES)


_MARK: Final = '<meta name="generator" content="rwcap">'
_MARK_BYTES: Final = 512


def filled(text: str, **marks: str) -> str:
    """Return a text with a text in place of each `@MARK@`."""
    for name, value in {"MARK": _MARK, **marks}.items():
        text = text.replace(f"@{name}@", value)
    return text


def digest(text: str) -> str:
    """Return the source of a style or a script for the policy of the page."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def text_of(name: str) -> str:
    """Return the text of a file of this package."""
    return (_FOLDER / name).read_text("utf-8")


def _block(thumbnails: list[str]) -> str:
    text = to_json(thumbnails)
    return f'<script type="application/json" class="thumbnails">{text}</script>\n'

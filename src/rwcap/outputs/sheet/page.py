"""The page of a contact sheet, assembled from its files and the pictures.

The page needs no network: its policy allows its own style and script by their hashes,
and pictures from `data:` URLs, and nothing else
(https://www.w3.org/TR/CSP3/#framework-directives). What comes from captions and file
names is JSON, which the script puts into the page as text.
"""

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.core.errors import OutputError
from rwcap.outputs.atomic import atomic_replacement, copy_permissions, write_all
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.sheet.picture import Members, to_json
from rwcap.outputs.sheet.spool import Spool

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

_BLOCK: Final = 50
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
    command: Sequence[str] = ()
    """The words of the command that writes the captions of marked pictures again,
    behind `rwcap batch --files-from FILE`. Empty if there is no such command."""
    is_editable: bool = True
    """Whether texts can be edited, because each picture has one."""


def write_page(path: Path, about: About, spool: Spool) -> int:
    """Write the page in one step: a reader finds the whole page or the file before.

    Returns:
        The size of the page in bytes.

    Raises:
        OutputError: The page cannot be written.
    """
    try:
        with atomic_replacement(str(path), b"") as descriptor:
            copy_permissions(str(path), descriptor)
            for chunk in _chunks(about, spool):
                write_all(descriptor, chunk.encode())
            return os.fstat(descriptor).st_size
    except OSError as error:
        raise OutputError(f"{path}: {reason_of(error)}") from error


def is_page(path: Path) -> bool:
    """Return whether a file begins like a contact sheet; raises `OSError`."""
    with path.open("rb") as file:
        return _MARK.encode() in file.read(_MARK_BYTES)


_MARK: Final = '<meta name="generator" content="rwcap">'
_MARK_BYTES: Final = 512


def _chunks(about: About, spool: Spool) -> Iterator[str]:
    """Yield the text of the page.

    The script stands behind the first thumbnails, so that it can show them while the
    browser reads the others.
    """
    style, script = _text("sheet.css"), "".join(map(_text, _SCRIPTS))
    head, _, end = _text("sheet.html").partition("@DATA@\n")
    marks = {
        "MARK": _MARK,
        "STYLE_HASH": _hash(style),
        "SCRIPT_HASH": _hash(script),
        "STYLE": style,
    }
    for name, value in marks.items():
        head = head.replace(f"@{name}@", value)
    yield head
    digest = sha256()
    yield '<script type="application/json" id="pictures">['
    for number, picture in enumerate(spool.pictures()):
        text = to_json(picture)
        digest.update(text.encode())
        yield f",\n{text}" if number else text
    yield "]</script>\n"
    facts: Members = {
        **about._asdict(),
        "id": digest.hexdigest()[:16],
        "prompts": spool.prompts,
        "block": _BLOCK,
    }
    yield f'<script type="application/json" id="facts">{to_json(facts)}</script>\n'
    blocks = spool.thumbnails(_BLOCK)
    yield from map(_block, islice(blocks, 1))
    yield f"<script>{script}</script>\n"
    yield from map(_block, blocks)
    yield end


def _block(thumbnails: list[str]) -> str:
    text = to_json(thumbnails)
    return f'<script type="application/json" class="thumbnails">{text}</script>\n'


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")

"""What an XMP packet says of an image besides its caption: title, people, place.

https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
"""

import re
from collections.abc import Iterator
from typing import Final

from rwcap.core.text import one_line, truncate
from rwcap.metadata.packet import PacketEditor
from rwcap.metadata.xml_parser import Element

MAX_CHARS: Final = 1_000
"""The maximum length of a fact. The middle of a longer one is left out."""

_DC: Final = "http://purl.org/dc/elements/1.1/"
_CORE: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_EXTENSION: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
_EXIF: Final = "http://ns.adobe.com/exif/1.0/"
_XMP: Final = "http://ns.adobe.com/xap/1.0/"
_REGIONS: Final = "http://www.metadataworkinggroup.com/schemas/regions/"

_PLACES: Final = (
    f"{_CORE} Location",
    f"{_PHOTOSHOP} City",
    f"{_PHOTOSHOP} State",
    f"{_PHOTOSHOP} Country",
)
"""The parts of a place by name, the smallest first. Coordinates are not among them."""

_DATES: Final = (
    f"{_EXIF} DateTimeOriginal",
    f"{_PHOTOSHOP} DateCreated",
    f"{_XMP} CreateDate",
)
_DAY: Final = r"[0-9]{4}(?:-[0-9]{2}){0,2}"
_FACE: Final = "Face"


def read_facts(packet: bytes) -> dict[str, str]:
    """Return the facts in a packet that are not empty, each on one line.

    Their names are `title`, `keywords`, `people`, `place` and `date`.

    Raises:
        InputError: The packet cannot be read.
    """
    editor = PacketEditor(packet)
    people = [
        *_texts(editor, f"{_EXTENSION} PersonInImage"),
        *_faces(editor.find(f"{_REGIONS} Regions")),
    ]
    dates = [
        found[0]
        for name in _DATES
        for text in _texts(editor, name)
        if (found := re.match(_DAY, text))
    ]
    facts = {
        "title": _texts(editor, f"{_DC} title")[:1],
        "keywords": _texts(editor, f"{_DC} subject"),
        "people": people,
        "place": [text for name in _PLACES for text in _texts(editor, name)],
        "date": dates[:1],
    }
    return {
        name: truncate(", ".join(dict.fromkeys(texts)), MAX_CHARS)
        for name, texts in facts.items()
        if texts
    }


def _texts(editor: PacketEditor, name: str) -> list[str]:
    """Return the text of a property, or the texts of its list, without empty ones."""
    found = editor.find(name)
    if found is None or isinstance(found, str):
        texts = [found or ""]
    elif found.children:
        texts = [item.text for group in found.children for item in group.children]
    else:
        texts = [found.text]
    return [line for line in map(one_line, texts) if line]


def _faces(regions: Element | str | None) -> Iterator[str]:
    """Yield the names of the people in the regions of an image."""
    waiting = [regions] if isinstance(regions, Element) else []
    while waiting:
        element = waiting.pop()
        waiting += reversed(element.children)
        fields = {each.name: each.text for each in element.children}
        name, kind = (
            element.get(f"{_REGIONS} {field}") or fields.get(f"{_REGIONS} {field}", "")
            for field in ("Name", "Type")
        )
        if one_line(name) and kind in {"", _FACE}:
            yield one_line(name)

"""What metadata says of an image besides its caption: title, people, place, date.

It is in XMP, or in IPTC and Exif, which older programs write.

https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rwcap.core.text import one_line, truncate
from rwcap.metadata import exif_text, iptc
from rwcap.metadata.properties import KeywordList, Property
from rwcap.metadata.provenance import Authorship
from rwcap.metadata.xmp.keywords import IPTC_LIST
from rwcap.metadata.xmp.packet import PacketEditor
from rwcap.metadata.xmp.xml_parser import Element

MAX_CHARS: Final = 1_000
"""The maximum length of a fact. The middle of a longer one is left out."""

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
_DAY: Final = r"(?!0000)([0-9]{4})(?:[-:]?([0-9]{2})(?:[-:]?([0-9]{2}))?)?"
"""A day as XMP, Exif and IPTC write it: 2025-03-15, 2025:03:15, 20250315."""

_IPTC_DATE: Final = 55
_IPTC_PLACES: Final = (92, 90, 95, 101)
"""Datasets of IPTC: the places are sublocation, city, province and country."""

_FACE: Final = "Face"


def read_facts(packet: bytes, author: Authorship) -> dict[str, str]:
    """Return the facts in a packet that are not empty, each on one line.

    Their names are `title`, `keywords`, `people`, `place` and `date`. A title and
    keywords of rwcap are left out.

    Args:
        packet: The packet.
        author: What rwcap has written to the file and to others.

    Raises:
        InputError: The packet cannot be read.
    """
    editor = PacketEditor(packet)
    people = [
        *_texts(editor, f"{_EXTENSION} PersonInImage"),
        *_faces(editor.find(f"{_REGIONS} Regions")),
    ]
    return _joined(
        {
            "title": _title(_texts(editor, Property.TITLE.expanded_name), author),
            "keywords": _keywords(
                _texts(editor, KeywordList.KEYWORDS.expanded_name),
                author,
                KeywordList.KEYWORDS.local_name,
            ),
            "people": people,
            "place": [text for name in _PLACES for text in _texts(editor, name)],
            "date": _days(text for name in _DATES for text in _texts(editor, name)),
        }
    )


def read_older_facts(
    exif_block: bytes, photoshop_block: bytes, author: Authorship
) -> dict[str, str]:
    """Return the facts in an Exif block and in the IPTC of a Photoshop block.

    They are those of `read_facts`, without `people`.
    """

    def texts(*numbers: int) -> list[str]:
        found = (iptc.read_texts(photoshop_block, number) for number in numbers)
        return [line for each in found for line in map(one_line, each) if line]

    return _joined(
        {
            "title": _title(texts(iptc.TITLE), author),
            "keywords": _keywords(texts(iptc.KEYWORDS), author, IPTC_LIST),
            "place": texts(*_IPTC_PLACES),
            "date": _days((exif_text.read_date(exif_block), *texts(_IPTC_DATE))),
        }
    )


def _title(texts: Iterable[str], author: Authorship) -> list[str]:
    """Return the first of some titles that rwcap has not written."""
    key = Property.TITLE
    return [text for text in texts if author.model(text, key) is None][:1]


def _keywords(keywords: Iterable[str], author: Authorship, name: str) -> list[str]:
    """Return the keywords of a list that rwcap has not written, in alphabetical order.

    Their order in the file changes when rwcap writes keywords.
    """
    there = [*keywords]
    ours = author.keywords(name, there)
    return sorted(each for each in there if each not in ours)


def _days(texts: Iterable[str]) -> list[str]:
    """Return the first day in the texts, as 2025-03-15 or without its end."""
    found = (re.match(_DAY, text) for text in texts)
    return ["-".join(filter(None, each.groups())) for each in found if each][:1]


def _joined(facts: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the facts that are known, each on one line."""
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

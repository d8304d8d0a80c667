"""The marks of rwcap in a packet: which texts are its own, and what they replaced."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.text import one_line
from rwcap.metadata.properties import (
    FORMER_NAMES,
    PLACES,
    RWCAP_NAMESPACE,
    KeywordList,
    Place,
    Property,
    text_digest,
    xml_safe,
)
from rwcap.metadata.xmp.keywords import ELSEWHERE_MARK, our_keywords
from rwcap.metadata.xmp.packet import PacketEditor, read_items, read_text
from rwcap.metadata.xmp.padding import describe_padding

SIMPLE_MARK: Final = "SimpleWebP"
"""The mark of a WebP file that had no extended header before."""

PADDING_MARK: Final = "Padding"
"""The mark that describes the padding of a packet before it was changed."""

UNDO_MARKS: Final[Mapping[str, tuple[Place, ...]]] = {
    "UndoExif": (Place.EXIF_DESCRIPTION, Place.EXIF_COMMENT),
    "UndoIptc": (Place.IPTC, Place.IPTC_TITLE, Place.IPTC_KEYWORDS),
}
"""The marks that describe how to undo changes of a block, with the places in it."""


def read_marks(packet: bytes) -> dict[str, str]:
    """Return the marks of rwcap in a packet by their local names."""
    marks: dict[str, str] = {}
    for each in PacketEditor(packet).descriptions:
        values = {name: each.get(name) or "" for name in each.attributes}
        values |= {child.name: child.text for child in each.children}
        for name, value in values.items():
            namespace, _, local_name = name.rpartition(" ")
            if namespace == RWCAP_NAMESPACE:
                marks[local_name] = value
    return marks


def model_of(marks: Mapping[str, str]) -> str:
    """Return the model that wrote the texts of rwcap; empty if it is unknown."""
    name = "CaptionModel"
    return marks.get(name) or marks.get(FORMER_NAMES[name], "")


def requests_of(key: Property, marks: Mapping[str, str]) -> tuple[str, ...]:
    """Return the digests of the requests whose captions have been added to a text."""
    name = "Request" if f"{key.local_name}Digest" in marks else ""
    requests = marks.get(requests_mark(key), marks.get(name, ""))
    return tuple(requests.split())


def requests_mark(key: Property) -> str:
    """Return the name of the mark that lists several requests of a text."""
    return f"{key.local_name}Requests"


def is_ours(text: str | None, key: Property | Place, marks: Mapping[str, str]) -> bool:
    """Return whether rwcap wrote a text and nobody has changed it since."""
    digest = marks.get(f"{key.local_name}Digest")
    return text is not None and digest == text_digest(text)


class Authorship(NamedTuple):
    """What rwcap has written to a file of an image, and to its other files.

    Other programs copy captions from one file to another, without the marks.
    """

    own: Mapping[str, str] = MappingProxyType({})
    """The marks in the file."""
    others: Collection[Mapping[str, str]] = ()
    """The marks in the other files."""

    def model(self, text: str, key: Property) -> str | None:
        """Return the model that wrote a text; None if a person wrote it or a part."""
        if has_replaced_text(text, key, self.own):
            return None
        for marks in (self.own, *self.others):
            if is_ours(text, key, marks):
                return model_of(marks)
        return None

    def is_correction(self, text: str, key: Property) -> bool:
        """Return whether a text is that of a person, written by rwcap."""
        mark, digest = f"{key.local_name}Edited", text_digest(text)
        return any(marks.get(mark) == digest for marks in (self.own, *self.others))

    def keywords(self, name: str, there: Collection[str]) -> dict[str, str]:
        """Return the keywords of rwcap in a list, and their model.

        If rwcap has not written to the list, they are copies of those in others: all of
        them, of an image that had no keywords elsewhere when rwcap wrote.

        Args:
            name: The name of the list in the marks.
            there: The keywords of the list.
        """
        if f"{name}Added" in self.own:
            return dict.fromkeys(our_keywords(self.own, name), model_of(self.own))
        main = KeywordList.KEYWORDS.local_name
        copies: dict[str, str] = {}
        for marks in (self.own, *self.others):
            ours = our_keywords(marks, main)
            if ours and ELSEWHERE_MARK not in marks and {*ours} <= {*there}:
                copies |= dict.fromkeys(ours, model_of(marks))
        return copies


def present_marks(packet: bytes | None) -> dict[str, str]:
    """Return the marks in a packet, with those of our keywords that are still there."""
    marks = read_marks(packet) if packet else {}
    name = KeywordList.KEYWORDS.local_name
    if packet and (ours := our_keywords(marks, name)):
        there = {*read_items(packet, KeywordList.KEYWORDS)}
        marks[f"{name}Added"] = "\n".join(each for each in ours if each in there)
    return marks


def replaced_texts(marks: Mapping[str, str]) -> dict[Property, str]:
    """Return the texts of others that rwcap has replaced outside of XMP."""
    replaced: dict[Property, str] = {}
    for key, places in PLACES.items():
        texts = (marks.get(f"{place.local_name}Before") for place in places)
        if text := next(filter(None, texts), None):
            replaced[key] = text
    return replaced


def has_replaced_text(text: str, key: Property, marks: Mapping[str, str]) -> bool:
    """Return whether a text begins or ends with the one of others before it."""
    lines = _lines(text)
    names = (key.local_name, *(place.local_name for place in PLACES.get(key, ())))
    for name in names:
        before = _lines(marks.get(f"{name}Before", ""))
        if before and before in (lines[: len(before)], lines[-len(before) :]):
            return True
    return False


def _lines(text: str) -> list[str]:
    """Return the lines of a text that are not empty, without blanks at both ends."""
    return [line for each in xml_safe(text).splitlines() if (line := one_line(each))]


def is_copy(text: str | None, place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether a text outside of XMP is the caption that rwcap wrote to XMP."""
    return any(
        place in places and is_ours(text, key, marks) for key, places in PLACES.items()
    )


def is_edited(text: str | None, place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether a text outside of XMP is that of a person, written by rwcap."""
    return text is not None and any(
        place in places and marks.get(f"{key.local_name}Edited") == text_digest(text)
        for key, places in PLACES.items()
    )


def texts_before(packet: bytes, keys: Iterable[Property]) -> dict[str, str]:
    """Return the marks that keep the texts of others that new texts replace."""
    marks = read_marks(packet)
    before: dict[str, str] = {}
    for key in keys:
        mark = f"{key.local_name}Before"
        text = read_text(packet, key, any_language=False)
        if not is_ours(text, key, marks) and (text or mark in marks):
            before[mark] = text or ""
    return before


def padding_before(packet: bytes) -> dict[str, str]:
    """Return the mark of the padding of a packet that rwcap has not changed yet."""
    description = "" if read_marks(packet) else describe_padding(packet)
    return {PADDING_MARK: description} if description else {}


def text_marks(
    place: Place, text: str, old: str | None, marks: Mapping[str, str]
) -> dict[str, str]:
    """Return the marks of a text outside of XMP, and of the text that it replaces.

    A text in an unknown encoding (None) is not kept: it would be a guess. Nor is a
    caption that an older rwcap has written. A copy of a caption of rwcap, which other
    programs make, counts as no text.
    """
    name = place.local_name
    digest = {f"{name}Digest": text_digest(text)}
    if old is not None and is_edited(old, place, marks):
        return digest | {f"{name}Before": old}
    if old is None or is_ours(old, place, marks):
        return digest
    if is_copy(old, place, marks):
        is_older = is_without_digests(place, marks)
        return digest if is_older else digest | {f"{name}Before": ""}
    return digest | {f"{name}Before": old}


def is_without_digests(place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether an older rwcap, which made no digests, wrote to a block."""
    return any(
        mark in marks and not any(marks_of(each) & marks.keys() for each in places)
        for mark, places in UNDO_MARKS.items()
        if place in places
    )


def marks_of(place: Place) -> set[str]:
    """Return the names of the marks of a text outside of XMP."""
    return {f"{place.local_name}{kind}" for kind in ("Digest", "Before")}

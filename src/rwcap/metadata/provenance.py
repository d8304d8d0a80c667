"""The marks of rwcap in a packet, and how its captions are taken out again."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from rwcap.core.errors import InputError
from rwcap.images.formats import Format
from rwcap.metadata.containers import webp
from rwcap.metadata.embed import (
    XMP_CONTAINERS,
    EmbeddableImage,
    block_of,
    parse_unchanged,
    read_all_texts,
    replace_texts,
    with_block,
)
from rwcap.metadata.properties import (
    FORMER_NAMES,
    PLACES,
    RWCAP_NAMESPACE,
    Place,
    Property,
    text_digest,
)
from rwcap.metadata.splices import undo
from rwcap.metadata.xmp.keywords import (
    IPTC_LIST,
    has_unchanged_keywords,
    lines,
    restore_keywords,
    without_ours,
)
from rwcap.metadata.xmp.packet import (
    ABOUT,
    EMPTY_PACKET,
    PacketEditor,
    read_text,
)
from rwcap.metadata.xmp.padding import describe_padding, keep_length, restore_padding
from rwcap.metadata.xmp.xml_parser import Element

SIMPLE_MARK: Final = "SimpleWebP"
"""The mark of a WebP file that had no extended header before."""

_PADDING_MARK: Final = "Padding"
"""The mark that describes the padding of a packet before it was changed."""

UNDO_MARKS: Final[Mapping[str, tuple[Place, ...]]] = {
    "UndoExif": (Place.EXIF_DESCRIPTION, Place.EXIF_COMMENT),
    "UndoIptc": (Place.IPTC, Place.IPTC_TITLE, Place.IPTC_KEYWORDS),
}
"""The marks that describe how to undo changes of a block, with the places in it."""


class ChangedByHandError(InputError):
    """A caption of rwcap has been changed since."""


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


def is_ours(text: str | None, key: Property | Place, marks: Mapping[str, str]) -> bool:
    """Return whether rwcap wrote a text and nobody has changed it since."""
    return text is not None and marks.get(f"{key.local_name}Digest") == text_digest(
        text
    )


def model_of(marks: Mapping[str, str]) -> str:
    """Return the model that wrote the texts of rwcap; empty if it is unknown."""
    name = "CaptionModel"
    return marks.get(name) or marks.get(FORMER_NAMES[name], "")


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
        is_older = _is_without_digests(place, marks)
        return digest if is_older else digest | {f"{name}Before": ""}
    return digest | {f"{name}Before": old}


def is_edited(text: str | None, place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether a text outside of XMP is that of a person, written by rwcap."""
    return text is not None and any(
        place in places and marks.get(f"{key.local_name}Edited") == text_digest(text)
        for key, places in PLACES.items()
    )


def _has_copies(keys: Iterable[Property], marks: Mapping[str, str]) -> bool:
    """Return whether rwcap wrote the text of a property to another place, too."""
    places = {place for key in keys for place in PLACES.get(key, ())}
    return any(
        _marks_of(place) & marks.keys() or _is_without_digests(place, marks)
        for place in places
    )


def _is_without_digests(place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether an older rwcap, which made no digests, wrote to a block."""
    return any(
        mark in marks and not any(_marks_of(each) & marks.keys() for each in places)
        for mark, places in UNDO_MARKS.items()
        if place in places
    )


def is_copy(text: str | None, place: Place, marks: Mapping[str, str]) -> bool:
    """Return whether a text outside of XMP is the caption that rwcap wrote to XMP."""
    return any(
        place in places and is_ours(text, key, marks) for key, places in PLACES.items()
    )


def padding_before(packet: bytes) -> dict[str, str]:
    """Return the mark of the padding of a packet that rwcap has not changed yet."""
    description = "" if read_marks(packet) else describe_padding(packet)
    return {_PADDING_MARK: description} if description else {}


def without_caption(packet: bytes, *, strict: bool = True) -> bytes | None:
    """Return a packet without the texts and marks of rwcap; None if it is then empty.

    Texts and keywords that were replaced come back. A text that has been changed since
    stays, as that of a person.

    Raises:
        ChangedByHandError: No text of rwcap is left unchanged, or other places have
            copies of a changed one; only if `strict`.
        InputError: The packet cannot be read.
    """
    marks = read_marks(packet)
    editor = PacketEditor(packet)
    removed = {f"{RWCAP_NAMESPACE} {name}" for name in marks}
    written = [
        key
        for key in Property
        if not marks.keys().isdisjoint(
            {f"{key.local_name}Digest", f"{key.local_name}Edited"}
        )
    ]
    texts = {key: read_text(packet, key, any_language=False) for key in written}
    there = [key for key in written if texts[key] is not None]
    ours = [key for key in there if is_ours(texts[key], key, marks)]
    changed = [key for key in there if key not in ours]
    is_left = not (ours or has_unchanged_keywords(editor, marks))
    if strict and changed and (is_left or _has_copies(changed, marks)):
        raise _changed_by_hand()
    for key in ours:
        if before := marks.get(f"{key.local_name}Before"):
            editor.set_text(key, before)
        elif not editor.remove_default(key):
            removed.add(key.expanded_name)
    removed |= restore_keywords(editor, marks)
    for each in editor.descriptions:
        _remove(editor, each, removed)
    result = keep_length(editor.data, editor.finish({}))
    result = restore_padding(result, marks.get(_PADDING_MARK, ""))
    return None if result == EMPTY_PACKET else result


def _remove(editor: PacketEditor, owner: Element, names: set[str]) -> None:
    """Remove properties from a description, and the description if it is then empty."""
    attributes = owner.attributes.keys() & names
    children = [child for child in owner.children if child.name in names]
    rest = owner.attributes.keys() - names - {*ABOUT}
    if not attributes and not children:
        return
    if not rest and len(children) == len(owner.children):
        end = owner.end + editor.data[owner.end :].startswith(b"\n")
        editor.splices.append((owner.start, end, ""))
        return
    for name in attributes:
        editor.splices.append((*owner.attributes[name][1:], ""))
    editor.splices += [(child.start, child.end, "") for child in children]


def without_captions(image: EmbeddableImage, *, strict: bool = True) -> bytes | None:
    """Return an image file without the captions of rwcap; None if it has none.

    Raises:
        ChangedByHandError: A text of which there are copies has been changed since;
            only if `strict`. Otherwise it stays, and the others are as they were.
        InputError: The file cannot be changed.
    """
    marks = read_marks(image.packet) if image.packet else {}
    if not image.packet or not marks:
        return None
    packet = without_caption(image.packet, strict=strict)
    container = XMP_CONTAINERS[image.format]
    for mark in UNDO_MARKS.keys() & marks.keys():
        image = _undone(image, mark, marks, strict=strict)
    image = _without_copies(image, marks)
    if packet is not None:
        return container.insert_packet(image.data, image.parts, packet)
    if SIMPLE_MARK in marks and image.format is Format.WEBP:
        return webp.remove_packet_and_header(image.data, image.parts)
    return container.remove_packet(image.data, image.parts)


def original_image(data: bytes) -> bytes:
    """Return an image file without the captions of rwcap; as it is if that fails."""
    with suppress(InputError):
        return without_captions(parse_unchanged(data), strict=False) or data
    return data


def original_packet(packet: bytes) -> bytes | None:
    """Return a packet without the captions of rwcap; as it is if that fails."""
    with suppress(InputError):
        return without_caption(packet, strict=False) if read_marks(packet) else packet
    return packet


def _undone(
    image: EmbeddableImage, mark: str, marks: Mapping[str, str], *, strict: bool
) -> EmbeddableImage:
    """Return the file with a block as it was before the changes of rwcap.

    Without copies of its captions that other programs had made there before.

    Raises:
        ChangedByHandError: As in `_restored`.
    """
    places = UNDO_MARKS[mark]
    block = undo(block_of(image, places[0]), marks[mark])
    if block is None:
        return _restored(image, places, marks, strict=strict)
    image = with_block(image, places[0], block)
    texts = read_all_texts(image)
    copies = [
        place
        for place in {*places} - {Place.IPTC_KEYWORDS}
        if texts.get(place) and marks.get(f"{place.local_name}Before") == ""
    ]
    return replace_texts(image, dict.fromkeys(copies, ""))


def _restored(
    image: EmbeddableImage,
    places: Iterable[Place],
    marks: Mapping[str, str],
    *,
    strict: bool,
) -> EmbeddableImage:
    """Return the file with texts as they were before the changes of rwcap.

    The block around them has been changed since by another program. Nothing comes back
    to a place that has no text any more.

    Raises:
        ChangedByHandError: A text has been changed since; only if `strict`.
    """
    texts = read_all_texts(image)
    known = [place for place in places if _marks_of(place) & marks.keys()]
    is_changed = not known
    old: dict[Place, str] = {}
    for place in (place for place in known if texts.get(place)):
        before = marks.get(f"{place.local_name}Before")
        if place is Place.IPTC_KEYWORDS:
            kept = without_ours(IPTC_LIST, lines(texts[place]), marks)
            old[place] = "\n".join(kept)
        elif before is not None and is_ours(texts[place], place, marks):
            old[place] = before
        else:
            is_changed = True
    if is_changed and strict:
        raise _changed_by_hand()
    return replace_texts(image, old)


def _without_copies(
    image: EmbeddableImage, marks: Mapping[str, str]
) -> EmbeddableImage:
    """Return the file without copies of captions of rwcap in Exif and IPTC.

    Other programs make them to keep all places the same. Of a keyword nobody can tell
    whether it is a copy.
    """
    texts = read_all_texts(image).items()
    return replace_texts(
        image, {place: "" for place, text in texts if is_copy(text, place, marks)}
    )


def _marks_of(place: Place) -> set[str]:
    return {f"{place.local_name}{kind}" for kind in ("Digest", "Before")}


def _changed_by_hand() -> ChangedByHandError:
    return ChangedByHandError("changed since", code="changedByHand")

"""Take the captions of rwcap out of a packet, or of an image file."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from rwcap.core.errors import InputError
from rwcap.core.sidecar import Captions
from rwcap.core.text import one_line
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
    PLACES,
    RWCAP_NAMESPACE,
    Place,
    Property,
    xml_safe,
)
from rwcap.metadata.provenance import (
    PADDING_MARK,
    SIMPLE_MARK,
    UNDO_MARKS,
    Authorship,
    is_copy,
    is_ours,
    is_without_digests,
    marks_of,
    present_marks,
    read_marks,
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
from rwcap.metadata.xmp.padding import keep_length, restore_padding
from rwcap.metadata.xmp.xml_parser import Element


class ChangedByHandError(InputError):
    """A caption of rwcap has been changed since."""


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
    result = restore_padding(result, marks.get(PADDING_MARK, ""))
    return None if result == EMPTY_PACKET else result


def without_copy(packet: bytes, captions: Captions) -> bytes:
    """Return a packet without its description, if that is a caption of rwcap.

    Other programs copy a description from one XMP file to another, without the marks.

    Args:
        packet: A packet without marks.
        captions: Returns the captions that rwcap has bought for the image.

    Raises:
        InputError: The packet cannot be read.
    """
    key = Property.DESCRIPTION
    text = one_line(read_text(packet, key, any_language=False) or "")
    if not text or text not in map(one_line, captions()):
        return packet
    editor = PacketEditor(packet)
    if not editor.remove_default(key):
        for each in editor.descriptions:
            _remove(editor, each, {key.expanded_name})
    return keep_length(editor.data, editor.finish({}))


def original_packet(packet: bytes) -> bytes | None:
    """Return a packet without the captions of rwcap; as it is if that fails."""
    with suppress(InputError):
        return without_caption(packet, strict=False) if read_marks(packet) else packet
    return packet


def _has_copies(keys: Iterable[Property], marks: Mapping[str, str]) -> bool:
    """Return whether rwcap wrote the text of a property to another place, too."""
    places = {place for key in keys for place in PLACES.get(key, ())}
    return any(
        marks_of(place) & marks.keys() or is_without_digests(place, marks)
        for place in places
    )


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


def _undone(
    image: EmbeddableImage, mark: str, marks: Mapping[str, str], *, strict: bool
) -> EmbeddableImage:
    """Return the file with a block as it was before the changes of rwcap.

    It is not the block of the first change if a text has been corrected between two
    changes, or was a copy that another program had made of a caption.

    Raises:
        ChangedByHandError: As in `_restored`.
    """
    places = UNDO_MARKS[mark]
    block = undo(block_of(image, places[0]), marks[mark])
    if block is not None:
        undone = with_block(image, places[0], block)
        if _has_replaced_texts(undone, places, marks):
            return undone
    return _restored(image, places, marks, strict=strict)


def _has_replaced_texts(
    image: EmbeddableImage, places: Iterable[Place], marks: Mapping[str, str]
) -> bool:
    """Return whether places have the texts that rwcap has replaced there."""
    texts = read_all_texts(image)
    for place in places:
        name, there = f"{place.local_name}Before", texts.get(place, "")
        if place is Place.IPTC_KEYWORDS:
            is_there = {*lines(marks.get(name, ""))} <= {*lines(there)}
        else:  # XML has fewer characters, and one kind of line end
            is_there = _words(marks.get(name, there)) == _words(there)
        if not is_there:
            return False
    return True


def _words(text: str) -> str:
    return one_line(xml_safe(text))


def _restored(
    image: EmbeddableImage,
    places: Iterable[Place],
    marks: Mapping[str, str],
    *,
    strict: bool,
) -> EmbeddableImage:
    """Return the file with texts as they were before the changes of rwcap.

    The block around them has been changed since by another program. A text that has
    been changed, too, stays, and nothing comes back to a place without one.

    Raises:
        ChangedByHandError: It is unknown what a text has replaced; only if `strict`.
    """
    texts = read_all_texts(image)
    known = [place for place in places if marks_of(place) & marks.keys()]
    is_unknown = not known
    old: dict[Place, str] = {}
    for place in (place for place in known if texts.get(place)):
        before = marks.get(f"{place.local_name}Before")
        if place is Place.IPTC_KEYWORDS:
            kept = without_ours(IPTC_LIST, lines(texts[place]), marks)
            old[place] = "\n".join(kept)
        elif is_ours(texts[place], place, marks):
            is_unknown = is_unknown or before is None
            old[place] = before or ""
    if is_unknown and strict:
        raise _changed_by_hand()
    return replace_texts(image, old)


def _without_copies(
    image: EmbeddableImage, marks: Mapping[str, str]
) -> EmbeddableImage:
    """Return the file without copies of texts of rwcap in Exif and IPTC.

    Other programs make them to keep all places the same.
    """
    texts = read_all_texts(image)
    kept = {place: "" for place in texts if is_copy(texts[place], place, marks)}
    keywords = lines(texts.get(Place.IPTC_KEYWORDS, ""))
    ours = Authorship(present_marks(image.packet)).keywords(IPTC_LIST, keywords)
    others = [each for each in keywords if each not in ours]
    if len(others) < len(keywords):
        kept[Place.IPTC_KEYWORDS] = "\n".join(others)
    return replace_texts(image, kept)


def _changed_by_hand() -> ChangedByHandError:
    return ChangedByHandError("changed since", code="changedByHand")

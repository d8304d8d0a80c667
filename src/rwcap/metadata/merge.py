"""The texts of an image after a caption has been added."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus, is_sandbox_text
from rwcap.core.sidecar import MergeMode, merge_lines
from rwcap.ledger.reservation import RequestKey
from rwcap.metadata.embed import (
    Change,
    EmbeddableImage,
    block_of,
    check_texts,
    has_blank_description,
    lacks_extended_header,
    read_texts,
    text_changes,
)
from rwcap.metadata.packet import read_text, write_texts
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import (
    WRITABLE,
    Place,
    Property,
    main_text,
    provenance,
    unusable_xmp,
    xml_safe,
)
from rwcap.metadata.provenance import (
    SIMPLE_MARK,
    UNDO_MARKS,
    read_marks,
    texts_before,
)
from rwcap.metadata.splices import Splice, apply, undo_text

_SAMPLE_CAPTION: Final = "x" * 1_000
"""A text at least as long as most captions."""


class MergeRules(NamedTuple):
    """How captions are merged with existing texts."""

    mode: MergeMode = MergeMode.SKIP
    """How a text is combined with an existing one, as in text files.

    A real caption replaces one of the sandbox or of a camera even with `skip`.
    """
    placeholders: tuple[str, ...] = ()
    """Descriptions that count as none, besides those of `placeholders`."""
    xmp_only: bool = False
    """Whether captions in Exif, IPTC and PNG texts are ignored."""

    def is_kept(self, text: str | None, *, include_sandbox: bool) -> bool:
        """Return whether a text exists that mode `skip` keeps.

        Text of the sandbox counts only with `include_sandbox`.
        """
        if not text or is_placeholder(text, self.placeholders):
            return False
        return include_sandbox or not is_sandbox_text(text)

    def merge(self, text: str, old: str | None) -> str:
        """Return a text merged with an existing one that is kept."""
        return xml_safe(merge_lines(f"{xml_safe(text)}\n", old=old, mode=self.mode))


def with_texts(  # noqa: PLR0913  # two kinds of output share it
    packet: bytes | None,
    texts: Mapping[Property, str],
    record: Record,
    *,
    rules: MergeRules,
    date: str,
    description: str | None = None,
) -> bytes | None:
    """Return the packet with texts added.

    Args:
        packet: The packet of the image, if it has one.
        texts: The texts to add.
        record: The record of the caption: its model, prompt and sandbox flag.
        rules: How texts are merged with existing ones.
        date: The date and time of the caption in ISO 8601.
        description: The caption that the image has in a place outside of XMP.

    Returns:
        The new packet, or None if the packet already contains the texts.

    Raises:
        InputError: The packet cannot be changed.
    """
    new: dict[Property, str] = {}
    for key, text in texts.items():
        own = read_text(packet, key) if packet else None
        kept = own if rules.is_kept(own, include_sandbox=record.sandbox) else None
        if key is Property.DESCRIPTION:
            kept = kept or description
        if rules.mode is MergeMode.SKIP and kept:
            continue
        merged = rules.merge(text, kept)
        if merged != own:
            new[key] = merged
    if not new:
        return None
    request = RequestKey(record.model or "", record.prompt)
    origin = provenance(
        new, model=request.model, request=request.digest.hex(), date=date
    )
    if packet:
        origin |= texts_before(packet, new)
    result = write_texts(packet, new, origin)
    if any(read_text(result, key) != text for key, text in new.items()):
        raise unusable_xmp("a text does not read back as it was written")
    return result


def with_texts_in_all_places(
    image: EmbeddableImage,
    texts: Mapping[Property, str],
    record: Record,
    *,
    rules: MergeRules,
    date: str,
) -> Change | None:
    """Return the change that adds texts to an image, or None if it has them.

    Every place that has a caption gets the new one, too, so that all agree.

    Raises:
        InputError: The image cannot be changed.
    """
    found = {} if rules.xmp_only else read_texts(image)
    found.pop(Place.XMP, None)
    kept = {
        place: text
        for place, text in found.items()
        if rules.is_kept(text, include_sandbox=record.sandbox)
    }
    packet = with_texts(
        image.packet,
        texts,
        record,
        rules=rules,
        date=date,
        description=main_text(kept),
    )
    new = packet or image.packet
    description = read_text(new) if new else None
    own = read_text(image.packet) if image.packet else None
    is_kept = bool(kept) or rules.is_kept(own, include_sandbox=record.sandbox)
    if not new or not description or (rules.mode is MergeMode.SKIP and is_kept):
        return Change(packet) if packet else None
    is_blank = not rules.xmp_only and has_blank_description(image)
    others: dict[Place, str] = {
        place: rules.merge(texts[Property.DESCRIPTION], kept[place])
        if place in kept
        else description
        for place in WRITABLE
        if place in found or (place is Place.EXIF_DESCRIPTION and is_blank)
    }
    changed = {
        place: text
        for place, text in others.items()
        if text != found.get(place) and _is_replaceable(image, place, text, kept)
    }
    if not packet and not changed:
        return None
    marks = _undo_marks(image, new, changed)
    return Change(write_texts(new, {}, marks) if marks else new, changed)


def _undo_marks(
    image: EmbeddableImage, packet: bytes, texts: Mapping[Place, str]
) -> dict[str, str]:
    """Return the marks with which `remove` undoes changes of other places."""
    earlier, marks = read_marks(packet), {}
    if lacks_extended_header(image):
        marks[SIMPLE_MARK] = "1"
    for mark, places in UNDO_MARKS.items():
        changed = [place for place in places if place in texts]
        if changed:
            block = block_of(image, changed[0])
            splices: list[Splice] = []
            for place in changed:
                now = apply(block, splices)
                splices += text_changes(now, place, texts[place])
            marks[mark] = undo_text(block, splices, earlier.get(mark, ""))
    return marks


def _is_replaceable(
    image: EmbeddableImage, place: Place, text: str, kept: Mapping[Place, str]
) -> bool:
    """Return whether a text can be replaced; if not, that of a camera stays.

    Raises:
        InputError: The text of a person cannot be replaced.
    """
    try:
        check_texts(image, {place: text})
    except InputError:
        if place in kept:
            raise
        return False
    return True


def has_text(
    packet: bytes | None, key: Property, *, rules: MergeRules, include_sandbox: bool
) -> bool:
    """Return whether a packet contains a text that is kept.

    Raises:
        InputError: The packet cannot be read.
    """
    return packet is not None and rules.is_kept(
        read_text(packet, key), include_sandbox=include_sandbox
    )


def has_caption(
    image: EmbeddableImage, *, rules: MergeRules, include_sandbox: bool
) -> bool:
    """Return whether an image has a caption in any place.

    Raises:
        InputError: The packet cannot be read.
    """
    texts = read_texts(image)
    return any(
        rules.is_kept(text, include_sandbox=include_sandbox)
        for place, text in texts.items()
        if place is Place.XMP or not rules.xmp_only
    )


def sample_texts(*, alt: bool) -> tuple[dict[Property, str], Record]:
    """Return texts and their record, to detect errors before a purchase."""
    record = Record(source="", status=RecordStatus.OK, long=_SAMPLE_CAPTION)
    return caption_texts(_SAMPLE_CAPTION, record, alt=alt), record


def caption_texts(caption: str, record: Record, *, alt: bool) -> dict[Property, str]:
    """Return the texts to write for a caption.

    Args:
        caption: The caption; with `alt`, the alternative text.
        record: Its `long` is the whole reply, if `caption` is only its beginning.
        alt: Whether to write the properties for screen readers, too.
    """
    whole = record.long or caption
    if not alt:
        return {Property.DESCRIPTION: whole}
    texts = {Property.DESCRIPTION: whole, Property.ALT_TEXT: caption}
    if record.long:
        texts[Property.EXTENDED_DESCRIPTION] = whole
    return texts

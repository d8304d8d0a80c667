"""The texts of an image file after others have been added, in all places that agree."""

from collections.abc import Iterable, Mapping, Sequence

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.metadata import exif_text, iptc
from rwcap.metadata.embed import (
    Change,
    EmbeddableImage,
    block_of,
    blocks,
    check_texts,
    has_known_encoding,
    lacks_extended_header,
    read_all_texts,
    read_iptc_texts,
    text_changes,
)
from rwcap.metadata.merge import (
    MergeRules,
    has_text,
    with_texts,
    without_added,
)
from rwcap.metadata.properties import (
    NO_TEXTS,
    PLACES,
    UNREADABLE,
    ImageTexts,
    KeywordList,
    Place,
    Property,
    XmpName,
    main_text,
)
from rwcap.metadata.provenance import (
    SIMPLE_MARK,
    UNDO_MARKS,
    Authorship,
    is_edited,
    present_marks,
    read_marks,
    text_marks,
)
from rwcap.metadata.splices import Splice, apply, undo_text
from rwcap.metadata.xmp.keywords import (
    IPTC_LIST,
    NewKeywords,
    lines,
    list_marks,
    our_keywords,
)
from rwcap.metadata.xmp.packet import read_items, read_text, write_texts
from rwcap.metadata.xmp_container import SECOND_CAPTION_HINT, embedding_error


def with_texts_in_all_places(  # noqa: PLR0913  # as `with_texts`, which it calls
    image: EmbeddableImage,
    added: ImageTexts,
    record: Record,
    *,
    rules: MergeRules,
    date: str,
    beside: ImageTexts = NO_TEXTS,
) -> Change | None:
    """Return the change that adds texts to an image, or None if it has them.

    Every place that has a text gets the new one, too, so that all agree.

    Args:
        image: The image.
        added: The texts to add.
        record: The record of the caption.
        rules: How texts are merged with existing ones.
        date: The date and time of the caption in ISO 8601.
        beside: The texts of people in other files. Keywords do not count.

    Raises:
        InputError: The image cannot be changed.
    """
    added = without_added(added, image.packet, record, rules)
    others = _OtherPlaces(image, record, rules, beside)
    packet = with_texts(
        image.packet,
        added,
        record,
        rules=rules,
        date=date,
        elsewhere=others.written,
        keywords_elsewhere=others.has_keywords,
    )
    new = packet or image.packet
    if not new:
        return None
    changed = others.changes(added, new)
    if not packet and not changed:
        return None
    undo = _undo_marks(image, new, changed, others.edited)
    marks = undo | others.marks(changed)
    return Change(write_texts(new, {}, marks) if marks else new, changed)


class _OtherPlaces:
    """The places of an image besides XMP, and how new texts change them."""

    def __init__(
        self,
        image: EmbeddableImage,
        record: Record,
        rules: MergeRules,
        beside: ImageTexts = NO_TEXTS,
    ) -> None:
        """Read the texts; none if only XMP counts."""
        self._image = image
        self._record = record
        self._rules = rules
        self._found: dict[Place, str] = {}
        """The texts by place; empty ones where there is room."""
        if not rules.xmp_only:
            self._found = read_all_texts(image)
            self._found.pop(Place.XMP, None)
            if exif_text.has_blank_description(blocks(image)[0]):
                self._found[Place.EXIF_DESCRIPTION] = ""
        self._kept = {
            place: text for place, text in self._found.items() if self._is_kept(text)
        }
        self._keywords = lines(self._found.get(Place.IPTC_KEYWORDS, ""))
        self._marks = present_marks(image.packet)
        ours = Authorship(self._marks).keywords(IPTC_LIST, self._keywords)
        if ours:  # a copy counts as added by rwcap
            self._marks[f"{IPTC_LIST}Added"] = "\n".join(ours)
        texts = {
            Property.DESCRIPTION: main_text(self._kept),
            Property.TITLE: self._kept.get(Place.IPTC_TITLE),
        }
        self.written = ImageTexts(
            {**beside.texts, **{key: text for key, text in texts.items() if text}},
            tuple(each for each in self._keywords if each not in ours),
        )
        """The texts of people, from which those in XMP start."""
        in_iptc = read_iptc_texts(image) if rules.xmp_only else {}
        self.has_keywords = bool(
            self.written.keywords or in_iptc.get(Place.IPTC_KEYWORDS)
        )
        """Whether IPTC has keywords of people, even if only XMP counts."""

    def _is_kept(self, text: str | None) -> bool:
        return self._rules.is_kept(text, include_sandbox=self._record.sandbox)

    def changes(self, added: ImageTexts, packet: bytes) -> dict[Place, str]:
        """Return the texts that change, after others were added to the packet."""
        new: dict[Place, str] = {}
        for key, text in added.texts.items():
            new |= self._texts(key, text, read_text(packet, key))
        if added.keywords and Place.IPTC_KEYWORDS in self._found:
            keywords = self._merged_keywords(added.keywords, packet)
            new[Place.IPTC_KEYWORDS] = "\n".join(keywords)
        changed = {
            place: text
            for place, text in new.items()
            if text and text != self._found[place]
        }
        return {
            place: text
            for place, text in changed.items()
            if self._is_replaceable(place, text)
        }

    def _texts(self, key: Property, text: str, now: str | None) -> dict[Place, str]:
        """Return the texts in all places for a property that is `now` in XMP."""
        packet = self._image.packet
        is_kept = key in self.written.texts or (
            packet is not None and self._is_kept(read_text(packet, key))
        )
        if not now or (is_kept and self._rules.stays(key)):
            return {}
        return {
            place: self._merged(text, place) if place in self._kept else now
            for place in PLACES.get(key, ())
            if place in self._found
        }

    def _merged(self, text: str, place: Place) -> str:
        """Return a text merged with the one of a person; raise `InputError`."""
        kept = self._kept[place]
        if UNREADABLE in kept and self._rules.mode is not MergeMode.OVERWRITE:
            raise embedding_error(
                f"{place} is not in UTF-8, so nothing can be added to it",
                code="unknownEncoding",
                hint=SECOND_CAPTION_HINT,
            )
        return self._rules.merge(text, kept)

    def _merged_keywords(self, added: Sequence[str], packet: bytes) -> list[str]:
        """Return the keywords for IPTC, after others were added to the packet."""
        there, mode, sandbox = self._keywords, self._rules.mode, self._record.sandbox
        keywords = NewKeywords(added, self._marks, mode, sandbox=sandbox)
        name = KeywordList.KEYWORDS.local_name
        ours = {*our_keywords(read_marks(packet), name)}
        in_xmp = read_items(packet, KeywordList.KEYWORDS)
        others = [each for each in in_xmp if each not in ours]
        new = keywords.merge(IPTC_LIST, there, elsewhere=others)
        known = {*there}
        return [each for each in new if each in known or iptc.fits_keyword(each)]

    @property
    def edited(self) -> set[Place]:
        """The places with a text of a person that rwcap wrote, such as a correction."""
        found = self._found.items()
        return {place for place, text in found if is_edited(text, place, self._marks)}

    def marks(self, changed: Mapping[Place, str]) -> dict[str, str]:
        """Return the marks that tell our texts from others, and keep those of others.

        They lead back to the texts of others even after another program has written
        the block around them anew.
        """
        marks: dict[str, str] = {}
        for place, text in changed.items():
            if place is Place.IPTC_KEYWORDS:
                new = lines(text)
                marks[f"{IPTC_LIST}Before"] = ""
                marks |= list_marks(IPTC_LIST, self._keywords, new, self._marks)
            else:
                is_known = has_known_encoding(self._image, place)
                old = self._found[place] if is_known else None
                marks |= text_marks(place, text, old, self._marks)
        return marks

    def _is_replaceable(self, place: Place, text: str) -> bool:
        """Return whether a text can be replaced; if not, that of a camera stays.

        Raises:
            InputError: The text of a person cannot be replaced.
        """
        try:
            check_texts(self._image, {place: text})
        except InputError:
            if place in self._kept:
                raise
            return False
        return True


def _undo_marks(
    image: EmbeddableImage,
    packet: bytes,
    texts: Mapping[Place, str],
    edited: set[Place],
) -> dict[str, str]:
    """Return the marks with which `remove` undoes changes of other places.

    Args:
        image: The image.
        packet: Its packet, with the marks of earlier changes.
        texts: The new text of each place.
        edited: The places with a text of a person that rwcap wrote. Earlier changes of
            their block are not undone: that text comes back.

    Raises:
        InputError: The texts that are replaced are too long to be kept.
    """
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
            former = earlier.get(mark, "") if edited.isdisjoint(changed) else ""
            marks[mark] = undo_text(block, splices, former)
            if not marks[mark]:
                raise embedding_error(
                    "the texts in Exif or IPTC are too long to be kept in XMP",
                    code="fullXmp",
                    hint=SECOND_CAPTION_HINT,
                )
    return marks


def has_texts(
    image: EmbeddableImage,
    wanted: Iterable[XmpName],
    *,
    rules: MergeRules,
    include_sandbox: bool,
) -> bool:
    """Return whether an image has all wanted texts, each in any place.

    Raises:
        InputError: The packet cannot be read.
    """
    record = Record(source="", status=RecordStatus.OK, sandbox=include_sandbox)
    elsewhere = _OtherPlaces(image, record, rules).written.texts
    return all(
        key in elsewhere
        or has_text(image.packet, key, rules=rules, include_sandbox=include_sandbox)
        for key in wanted
    )

"""The texts of a packet after others have been added."""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from rwcap.core.record import Record, RecordStatus, is_sandbox_text
from rwcap.core.sidecar import ADDING_MODES, MergeMode, merge_lines
from rwcap.ledger.reservation import RequestKey
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import (
    NO_TEXTS,
    ImageTexts,
    KeywordList,
    Property,
    XmpName,
    edited,
    provenance,
    unusable_xmp,
    xml_safe,
)
from rwcap.metadata.provenance import (
    padding_before,
    read_marks,
    requests_mark,
    requests_of,
    texts_before,
)
from rwcap.metadata.xmp.keywords import ELSEWHERE_MARK, NewKeywords, has_our_keywords
from rwcap.metadata.xmp.packet import read_items, read_text, write_texts


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
    corrects: bool = False
    """Whether corrections are written. For one file of a pair, those that rwcap has
    written to the other file do not count."""

    def is_kept(self, text: str | None, *, include_sandbox: bool) -> bool:
        """Return whether a text exists that mode `skip` keeps.

        Text of the sandbox counts only with `include_sandbox`.
        """
        if not text or is_placeholder(text, self.placeholders):
            return False
        return include_sandbox or not is_sandbox_text(text)

    def stays(self, key: Property) -> bool:
        """Return whether the text of a person stays. Nothing is added to a title."""
        is_title = key is Property.TITLE and self.mode is not MergeMode.OVERWRITE
        return self.mode is MergeMode.SKIP or is_title

    def index_tag(self, wanted: Iterable[XmpName]) -> str:
        """Return a name for "has these texts by these rules"."""
        names = [
            "caption" if key is Property.DESCRIPTION else key.tag for key in wanted
        ]
        if names == [Property.ALT_TEXT.tag]:  # whose place is XMP alone
            return names[0]
        choices = "\0".join((str(self.xmp_only), *sorted(self.placeholders)))
        return " ".join((*names, f"{crc32(choices.encode()):08x}"))

    def merge(self, text: str, old: str | None) -> str:
        """Return a text merged with an existing one that is kept."""
        return xml_safe(merge_lines(f"{xml_safe(text)}\n", old=old, mode=self.mode))


def with_texts(  # noqa: PLR0913  # two kinds of output share it
    packet: bytes | None,
    added: ImageTexts,
    record: Record,
    *,
    rules: MergeRules,
    date: str,
    elsewhere: ImageTexts = NO_TEXTS,
    keywords_elsewhere: bool = False,
) -> bytes | None:
    """Return the packet with texts added.

    Args:
        packet: The packet of the image, if it has one.
        added: The texts to add.
        record: The record of the caption: its model, prompt and sandbox flag.
        rules: How texts are merged with existing ones.
        date: The date and time of the caption in ISO 8601.
        elsewhere: The texts that people have written in places outside of the packet.
        keywords_elsewhere: Whether there may be keywords of people in such places.

    Returns:
        The new packet, or None if the packet already contains the texts.

    Raises:
        InputError: The packet cannot be changed.
    """
    new: dict[Property, str] = {}
    for key, text in added.texts.items():
        own = read_text(packet, key) if packet else None
        kept = own if rules.is_kept(own, include_sandbox=record.sandbox) else None
        kept = kept or elsewhere.texts.get(key)
        if kept and rules.stays(key):
            continue
        merged = rules.merge(text, kept)
        if merged != own:
            new[key] = merged
    marks = read_marks(packet) if packet else {}
    keywords = NewKeywords(added.keywords, marks, rules.mode, sandbox=record.sandbox)
    change = keywords.change(packet, elsewhere=elsewhere.keywords)
    if not new and not change.lists:
        return None
    if record.status is RecordStatus.EDITED:
        origin = edited(new)
    else:
        model = record.model or ""
        origin = provenance(new, model=model, request=_request(record), date=date)
        origin |= _requests(new, marks, record, rules.mode)
    if change.lists and keywords_elsewhere:
        origin[ELSEWHERE_MARK] = "1"
    if packet:
        origin |= texts_before(packet, new) | padding_before(packet)
    result = write_texts(packet, new, origin | change.marks, change.lists)
    _check_written(result, new, change.lists)
    return result


def _check_written(
    packet: bytes,
    texts: Mapping[Property, str],
    lists: Mapping[KeywordList, tuple[str, ...]],
) -> None:
    """Raise `InputError` if a packet does not have what was written to it."""
    if any(
        read_text(packet, key, any_language=False) != text
        for key, text in texts.items()
    ) or any(read_items(packet, key) != items for key, items in lists.items()):
        raise unusable_xmp("a text does not read back as it was written")


def without_added(
    added: ImageTexts, packet: bytes | None, record: Record, rules: MergeRules
) -> ImageTexts:
    """Return the texts to add, without those that have been added before.

    In a mode that adds, a caption of the ledger would stand beside its correction.
    """
    adds_again = rules.mode in ADDING_MODES and record.status is RecordStatus.CACHED
    if packet is None or not adds_again:
        return added
    marks, request = read_marks(packet), _request(record)
    left: dict[Property, str] = {}
    for key, text in added.texts.items():
        own = read_text(packet, key, any_language=False)
        is_there = rules.is_kept(own, include_sandbox=record.sandbox)
        if not is_there or request not in requests_of(key, marks):
            left[key] = text
    return added._replace(texts=left)


def _requests(
    texts: Container[Property],
    marks: Mapping[str, str],
    record: Record,
    mode: MergeMode,
) -> dict[str, str]:
    """Return the marks that list the requests whose captions are then in texts.

    A request of the sandbox is not listed, because a real caption replaces that of the
    sandbox. The mark `Request` names the last request alone. Texts that have a caption
    of an earlier one therefore get a list, too.
    """
    request = () if record.sandbox else (_request(record),)
    adds = mode in ADDING_MODES
    lists: dict[Property, Iterable[str]] = {}
    for key in Property:
        earlier, is_listed = requests_of(key, marks), requests_mark(key) in marks
        if key in texts and (adds or is_listed):
            lists[key] = dict.fromkeys((*(earlier if adds else ()), *request))
        elif key not in texts and earlier and not is_listed:
            lists[key] = earlier
    return {requests_mark(key): " ".join(each) for key, each in lists.items()}


def _request(record: Record) -> str:
    """Return the digest of the request of a caption."""
    return RequestKey(record.model or "", record.prompt).digest.hex()


def has_text(
    packet: bytes | None, key: XmpName, *, rules: MergeRules, include_sandbox: bool
) -> bool:
    """Return whether a packet has a text that is kept, or keywords of rwcap.

    Raises:
        InputError: The packet cannot be read.
    """
    if packet is None:
        return False
    if not isinstance(key, Property):
        return has_our_keywords(read_marks(packet), include_sandbox=include_sandbox)
    return rules.is_kept(read_text(packet, key), include_sandbox=include_sandbox)

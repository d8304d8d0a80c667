"""What a picture's XMP says after a caption has been written into it."""

from collections.abc import Mapping
from typing import Final

from rwcap.core.record import Record, RecordStatus, is_sandbox_text
from rwcap.core.sidecar import MergeMode, merge_lines
from rwcap.ledger.reservation import Request
from rwcap.metadata.packet import read_text, write_texts
from rwcap.metadata.properties import Property, provenance, unusable_xmp, xml_safe

_LIKELY: Final = "x" * 1_000
"""As long as captions are, or longer."""


def with_texts(
    packet: bytes | None,
    texts: Mapping[Property, str],
    record: Record,
    *,
    mode: MergeMode,
    date: str,
) -> bytes | None:
    """Return the packet with texts for a picture in it; None where it has them.

    What becomes of those that are there is the same as in text files; one that the
    sandbox has written is none. Raises `InputError` for a packet that cannot be
    written to.
    """
    new: dict[Property, str] = {}
    for wanted, text in texts.items():
        old = read_text(packet, wanted) if packet else None
        if mode is MergeMode.SKIP and _counts(old, include_sandbox=record.sandbox):
            continue
        whole = xml_safe(merge_lines(f"{xml_safe(text)}\n", old=old, mode=mode))
        if whole != old:
            new[wanted] = whole
    if not new:
        return None
    request = Request(record.model or "", record.prompt)
    mark = provenance(new, model=request.model, request=request.digest.hex(), date=date)
    result = write_texts(packet, new, mark)
    if any(read_text(result, wanted) != whole for wanted, whole in new.items()):
        raise unusable_xmp("a text does not read as it was written")
    return result


def has_text(packet: bytes | None, wanted: Property, *, include_sandbox: bool) -> bool:
    """Return whether a packet has a text.

    Text of the sandbox counts only with `include_sandbox`.
    Raises `InputError` for a packet that cannot be read.
    """
    return packet is not None and _counts(
        read_text(packet, wanted), include_sandbox=include_sandbox
    )


def with_sample_texts(
    packet: bytes | None, *, mode: MergeMode, alt: bool
) -> bytes | None:
    """Return what would become of a packet, were its picture captioned.

    So whatever is in the way is known before a caption is bought; it is raised as
    `described` does.
    """
    record = Record(source="", status=RecordStatus.OK, long=_LIKELY)
    texts = caption_texts(_LIKELY, record, alt=alt)
    return with_texts(packet, texts, record, mode=mode, date="")


def caption_texts(caption: str, record: Record, *, alt: bool) -> dict[Property, str]:
    """Return what is written where: with `alt`, for screen readers as well.

    The whole reply is the description; where alternative text is only the beginning
    of it, it is the long description, too.
    """
    whole = record.long or caption
    if not alt:
        return {Property.DESCRIPTION: whole}
    long = {Property.EXTENDED_DESCRIPTION: whole} if record.long else {}
    return {Property.DESCRIPTION: whole, Property.ALT_TEXT: caption, **long}


def _counts(text: str | None, *, include_sandbox: bool) -> bool:
    """Return whether a text is one to be left alone."""
    if not text or text.isspace():
        return False
    return include_sandbox or not is_sandbox_text(text)

"""The XMP packet of an image after a caption has been added."""

from collections.abc import Mapping
from typing import Final

from rwcap.core.record import Record, RecordStatus, is_sandbox_text
from rwcap.core.sidecar import MergeMode, merge_lines
from rwcap.ledger.reservation import RequestKey
from rwcap.metadata.packet import read_text, write_texts
from rwcap.metadata.properties import Property, provenance, unusable_xmp, xml_safe

_SAMPLE_CAPTION: Final = "x" * 1_000
"""A text at least as long as most captions."""


def with_texts(
    packet: bytes | None,
    texts: Mapping[Property, str],
    record: Record,
    *,
    mode: MergeMode,
    date: str,
) -> bytes | None:
    """Return the packet with texts added.

    Args:
        packet: The packet of the image, if it has one.
        texts: The texts to add.
        record: The record of the caption: its model, prompt and sandbox flag.
        mode: How a text is combined with an existing one, as in text files. A real
            caption replaces one of the sandbox even with `skip`.
        date: The date and time of the caption in ISO 8601.

    Returns:
        The new packet, or None if the packet already contains the texts.

    Raises:
        InputError: The packet cannot be changed.
    """
    new: dict[Property, str] = {}
    for key, text in texts.items():
        old = read_text(packet, key) if packet else None
        if mode is MergeMode.SKIP and _is_kept(old, include_sandbox=record.sandbox):
            continue
        merged = xml_safe(merge_lines(f"{xml_safe(text)}\n", old=old, mode=mode))
        if merged != old:
            new[key] = merged
    if not new:
        return None
    request = RequestKey(record.model or "", record.prompt)
    origin = provenance(
        new, model=request.model, request=request.digest.hex(), date=date
    )
    result = write_texts(packet, new, origin)
    if any(read_text(result, key) != text for key, text in new.items()):
        raise unusable_xmp("a text does not read back as it was written")
    return result


def has_text(packet: bytes | None, key: Property, *, include_sandbox: bool) -> bool:
    """Return whether a packet contains a text.

    Text of the sandbox counts only with `include_sandbox`.

    Raises:
        InputError: The packet cannot be read.
    """
    return packet is not None and _is_kept(
        read_text(packet, key), include_sandbox=include_sandbox
    )


def with_sample_texts(
    packet: bytes | None, *, mode: MergeMode, alt: bool
) -> bytes | None:
    """Return the packet with sample texts, to detect errors before a purchase.

    Raises:
        InputError: The packet cannot be changed.
    """
    record = Record(source="", status=RecordStatus.OK, long=_SAMPLE_CAPTION)
    texts = caption_texts(_SAMPLE_CAPTION, record, alt=alt)
    return with_texts(packet, texts, record, mode=mode, date="")


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


def _is_kept(text: str | None, *, include_sandbox: bool) -> bool:
    """Return whether a text exists that mode `skip` keeps."""
    if not text or text.isspace():
        return False
    return include_sandbox or not is_sandbox_text(text)

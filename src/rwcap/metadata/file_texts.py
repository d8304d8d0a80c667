"""The texts that an image file of any format contains; they are only read.

A TIFF file and most camera raw files contain XMP and IPTC as values of tags
(https://exiftool.org/TagNames/EXIF.html).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from rwcap.images import raw
from rwcap.images.formats import Format, identify
from rwcap.metadata import exif_text, iptc
from rwcap.metadata.embed import blocks, parse_unchanged, read_texts
from rwcap.metadata.properties import Place

_XMP: Final = 0x02BC
_IPTC: Final = 0x83BB
_PHOTOSHOP: Final = 0x8649
_RESOURCE: Final = b"8BIM\x04\x04\0\0"
"""The head of a Photoshop resource with IPTC, before its size."""


class FileTexts(NamedTuple):
    """The texts in an image file."""

    packet: bytes | None
    """The XMP packet."""
    exif: bytes
    """The Exif block, empty if it is missing."""
    photoshop: bytes
    """The Photoshop block with IPTC, empty if it is missing."""
    captions: Mapping[Place, str]
    """The captions in all places outside of XMP."""


def read_file_texts(data: bytes) -> FileTexts:
    """Return the texts in an image file; none if its format is not supported.

    Raises:
        InputError: The file or its XMP cannot be read.
    """
    if isinstance(identify(data), Format):
        image = parse_unchanged(data)
        return FileTexts(image.packet, *blocks(image), read_texts(image))
    block = raw.tiff_block(data) if raw.is_raw(data) else data
    photoshop = _photoshop(block)
    captions: dict[Place, str] = dict(exif_text.find_texts(block))
    if caption := iptc.read_caption(photoshop):
        captions[Place.IPTC] = caption
    packet = exif_text.find_value(block, _XMP).strip(b"\0") or None
    return FileTexts(packet, block, photoshop, captions)


def _photoshop(block: bytes) -> bytes:
    """Return the IPTC of a TIFF file in a Photoshop block."""
    data = exif_text.find_value(block, _IPTC)
    if not data:
        return exif_text.find_value(block, _PHOTOSHOP)
    return _RESOURCE + len(data).to_bytes(4) + data

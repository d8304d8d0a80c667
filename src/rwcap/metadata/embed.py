"""Read the texts of an image file, replace them, and verify the result."""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.images import exif
from rwcap.images.container import Part
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.images.jpeg import END
from rwcap.metadata import exif_text, iptc
from rwcap.metadata.containers import jpeg, png, webp
from rwcap.metadata.containers.pointers import find_pointers
from rwcap.metadata.properties import Place
from rwcap.metadata.splices import Splice, apply
from rwcap.metadata.xmp.packet import read_text
from rwcap.metadata.xmp_container import (
    TextParts,
    XmpContainer,
    embedding_error,
)

XMP_FILE_HINT: Final = "--write xmp (writes a file next to the image)"

_EXTERNAL_CREDENTIALS: Final = b"dcterms:provenance"
"""The property that refers to Content Credentials outside the file.

https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html#_external_manifests
"""


_IPTC_DATASETS: Final[Mapping[Place, int]] = {
    Place.IPTC: iptc.CAPTION,
    Place.IPTC_TITLE: iptc.TITLE,
    Place.IPTC_KEYWORDS: iptc.KEYWORDS,
}
"""The dataset of each place in IPTC."""


class EmbeddableImage(NamedTuple):
    """An image file into which a packet can be embedded."""

    format: Format
    data: bytes
    parts: tuple[Part, ...]
    packet: bytes | None
    """The XMP packet of the file, if it has one."""


def parse_unchanged(data: bytes) -> EmbeddableImage:
    """Return an image file whose texts are read.

    Raises:
        InputError: The file cannot contain a caption, or cannot be read.
    """
    found = identify(data)
    if found is None:
        raise InputError("not an image", code="notAnImage")
    if not isinstance(found, Format):
        raise InputError(
            f"cannot embed a caption: {found} is not supported",
            code="notEmbeddable",
            hint=XMP_FILE_HINT,
        )
    data, parts = _parse(found, data)
    packet = XMP_CONTAINERS[found].find_packet(data, parts)
    return EmbeddableImage(found, data, parts, packet)


def parse_embeddable(data: bytes) -> EmbeddableImage:
    """Return an image file into which a packet can be embedded.

    Content Credentials sign every byte of a file. Changing a signed file would make
    it look manipulated.

    Raises:
        InputError: The file must not be changed.
    """
    image = parse_unchanged(data)
    if len(image.data) != len(data):
        raise embedding_error("the end of the image is missing", code="missingEnd")
    signed = CONTAINERS[image.format].read_info(data, image.parts).signed
    if signed or (image.packet and _EXTERNAL_CREDENTIALS in image.packet):
        raise InputError(
            "signed (Content Credentials): embedding would invalidate the signature",
            code="signedImage",
            hint=XMP_FILE_HINT,
        )
    return image


def _parse(found: Format, data: bytes) -> tuple[bytes, tuple[Part, ...]]:
    """Return a file and its parts; a JPEG that lacks only its end marker has one."""
    container = CONTAINERS[found]
    try:
        return data, container.parse(data)
    except InputError as error:
        if found is not Format.JPEG or error.code != "truncatedImage":
            raise
        whole = data.rstrip(b"\xff") + END
        with suppress(InputError):
            parts = container.parse(whole)
            container.read_info(whole, parts)
            return whole, parts
        raise


class Change(NamedTuple):
    """What is written into an image file."""

    packet: bytes
    """The new XMP packet."""
    texts: Mapping[Place, str] = MappingProxyType({})
    """The new texts in other places that have one."""


def read_texts(image: EmbeddableImage) -> dict[Place, str]:
    """Return the texts of a file that can be captions, in all places.

    Raises:
        InputError: The XMP of the file cannot be read.
    """
    description, (exif_block, iptc_block) = _text_parts(image)[2], blocks(image)
    texts: dict[Place, str | None] = {
        Place.PNG_DESCRIPTION: description,
        Place.IPTC: iptc.read_caption(iptc_block),
        **exif_text.find_texts(exif_block),
    }
    if image.packet:
        texts[Place.XMP] = read_text(image.packet)
    return {place: text for place, text in texts.items() if text}


def read_iptc_texts(image: EmbeddableImage) -> dict[Place, str]:
    """Return the texts of IPTC besides the caption; empty ones where there is room."""
    _, block = blocks(image)
    if not iptc.has_texts(block):
        return {}
    places = (Place.IPTC_TITLE, Place.IPTC_KEYWORDS)
    return {
        place: "\n".join(iptc.read_texts(block, _IPTC_DATASETS[place]))
        for place in places
    }


def read_all_texts(image: EmbeddableImage) -> dict[Place, str]:
    """Return the texts of a file in all places; empty ones where IPTC has room.

    Raises:
        InputError: The XMP of the file cannot be read.
    """
    return {**read_texts(image), **read_iptc_texts(image)}


def has_known_encoding(image: EmbeddableImage, place: Place) -> bool:
    """Return whether the text of a place is UTF-8, or declares its encoding."""
    block = block_of(image, place)
    if place in _IPTC_DATASETS:
        return iptc.has_known_encoding(block, _IPTC_DATASETS[place])
    return exif_text.has_known_encoding(block, place)


def blocks(image: EmbeddableImage) -> tuple[bytes, bytes]:
    """Return the Exif block and the Photoshop block of a file, empty if missing."""
    exif_part, iptc_part, _ = _text_parts(image)
    return (
        _block(image.data, exif_part, exif.PREFIX) if exif_part else b"",
        _block(image.data, iptc_part, iptc.PREFIX) if iptc_part else b"",
    )


def apply_change(image: EmbeddableImage, change: Change) -> bytes:
    """Return the file with the change; raise `InputError` if it does not fit."""
    changed = replace_texts(image, change.texts)
    return XMP_CONTAINERS[image.format].insert_packet(
        changed.data, changed.parts, change.packet
    )


def replace_texts(
    image: EmbeddableImage, texts: Mapping[Place, str]
) -> EmbeddableImage:
    """Return the file with other texts in places besides XMP that have one.

    Raises:
        InputError: A text does not fit, or the block around it is damaged.
    """
    for place, text in texts.items():
        part, prefix = _text_part(image, place)
        block = _block(image.data, part, prefix)
        splices = text_changes(block, place, text)
        image = _with_block(image, part, prefix, apply(block, splices))
    return image


def text_changes(block: bytes, place: Place, text: str) -> list[Splice]:
    """Return the changes of a block that replace the text of a place."""
    if place in _IPTC_DATASETS:
        texts = text.split("\n") if place is Place.IPTC_KEYWORDS else [text]
        used = [each for each in texts if each]
        return iptc.text_splices(block, _IPTC_DATASETS[place], used)
    return exif_text.text_splices(block, place, text)


def _text_part(image: EmbeddableImage, place: Place) -> tuple[Part, bytes]:
    """Return the part with the text of a place, and the prefix of its payload."""
    exif_part, iptc_part, _ = _text_parts(image)
    in_iptc = place in _IPTC_DATASETS
    part = iptc_part if in_iptc else exif_part
    if part is None:
        raise embedding_error("the metadata is damaged", code="notEmbeddable")
    return part, iptc.PREFIX if in_iptc else exif.PREFIX


def block_of(image: EmbeddableImage, place: Place) -> bytes:
    """Return the block that contains the text of a place; empty if it is missing."""
    exif_block, iptc_block = blocks(image)
    return iptc_block if place in _IPTC_DATASETS else exif_block


def with_block(image: EmbeddableImage, place: Place, block: bytes) -> EmbeddableImage:
    """Return the file with another block for the text of a place."""
    return _with_block(image, *_text_part(image, place), block)


def _with_block(
    image: EmbeddableImage, part: Part, prefix: bytes, block: bytes
) -> EmbeddableImage:
    payload = part.payload(image.data)
    head = prefix if payload.startswith(prefix) else b""
    container = XMP_CONTAINERS[image.format]
    data = container.replace_payload(image.data, image.parts, part, head + block)
    return image._replace(data=data, parts=CONTAINERS[image.format].parse(data))


def check_texts(image: EmbeddableImage, texts: Mapping[Place, str]) -> None:
    """Raise `InputError` if texts in places besides XMP cannot be replaced."""
    replace_texts(image, texts)


def lacks_extended_header(image: EmbeddableImage) -> bool:
    """Return whether a file is a simple WebP, which embedding makes an extended one."""
    return image.format is Format.WEBP and image.parts[1].kind != "VP8X"


def _text_parts(image: EmbeddableImage) -> TextParts:
    return XMP_CONTAINERS[image.format].text_parts(image.data, image.parts)


def _block(data: bytes, part: Part, prefix: bytes) -> bytes:
    return part.payload(data).removeprefix(prefix)


def check_embedding(image: EmbeddableImage, change: Change) -> None:
    """Raise `InputError` if the change would change anything else."""
    if not differs_only_in(change, image, apply_change(image, change)):
        raise InputError(
            "cannot embed a caption: the result would not read back unchanged",
            code="notEmbeddable",
        )


def differs_only_in(change: Change, before: EmbeddableImage, after: bytes) -> bool:
    """Return whether a file is `before` with the change and no other difference.

    The identity of the image, by which it is charged, is the same, too.
    """
    try:
        now = parse_embeddable(after)
        texts = {**read_all_texts(before), **change.texts, Place.XMP: None}
        changed = replace_texts(before, change.texts)
        texts_now = {**read_all_texts(now), Place.XMP: None}
    except InputError:
        return False
    xmp = XMP_CONTAINERS[before.format]
    return (
        _shows_the_same(before, now)
        and now.packet == change.packet
        and texts_now == texts
        and xmp.without_packet(now.data, now.parts)
        == xmp.without_packet(changed.data, changed.parts)
    )


def is_same_image(before: EmbeddableImage, after: bytes) -> bool:
    """Return whether two files show the same image, and all pointers are correct."""
    try:
        return _shows_the_same(before, parse_embeddable(after))
    except InputError:
        return False


def has_same_pixels(image: EmbeddableImage, other: bytes) -> bool:
    """Return whether a file differs from an image in nothing but metadata."""
    try:
        now = parse_unchanged(other)
    except InputError:
        return False
    return _have_same_pixels(image, now)


def _shows_the_same(before: EmbeddableImage, now: EmbeddableImage) -> bool:
    return _have_same_pixels(before, now) and _pointers(before) <= _pointers(now)


def _have_same_pixels(one: EmbeddableImage, other: EmbeddableImage) -> bool:
    strip = CONTAINERS[one.format].strip
    return (
        other.format == one.format
        and strip(other.data, other.parts)[0] == strip(one.data, one.parts)[0]
    )


def _pointers(image: EmbeddableImage) -> set[tuple[int, int]]:
    """Return the values of all pointers to data after the image, and their targets."""
    variable = XMP_CONTAINERS[image.format].variable_parts(image.data, image.parts)
    found = find_pointers(image.data, image.parts, variable)
    return {(pointer.value, pointer.target) for pointer in found}


XMP_CONTAINERS: Final[Mapping[Format, XmpContainer]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

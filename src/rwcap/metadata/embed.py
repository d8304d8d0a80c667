"""XMP in the file of an image: found, put in, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rwcap.core.errors import InputError
from rwcap.images.container import Part
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.metadata import jpeg, png, webp
from rwcap.metadata.xmp_container import XmpContainer

XMP_FILE_HINT: Final = "--write xmp (a file beside the image)"

_ELSEWHERE: Final = b"dcterms:provenance"
"""Names Content Credentials that are kept elsewhere.

https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html#_external_manifests
"""


@dataclass(frozen=True, slots=True)
class EmbeddableImage:
    """The file of a picture that a text can be put into."""

    format: Format
    data: bytes
    parts: tuple[Part, ...]
    packet: bytes | None


def parse_embeddable(data: bytes) -> EmbeddableImage:
    """Return the file of a picture, or raise `InputError` for one to be left alone.

    Content Credentials vouch for every byte of a file, so a change would make
    them say that somebody has tampered with it.
    """
    found = identify(data)
    if found is None:
        raise InputError("not an image", code="notAnImage")
    if not isinstance(found, Format):
        raise InputError(
            f"nothing can be embedded in {found}",
            code="notEmbeddable",
            hint=XMP_FILE_HINT,
        )
    parts = CONTAINERS[found].parse(data)
    packet = XMP_CONTAINERS[found].find_packet(data, parts)
    signed = CONTAINERS[found].read_info(data, parts).signed
    if signed or (packet and _ELSEWHERE in packet):
        raise InputError(
            "signed (Content Credentials), which a change would break",
            code="signedImage",
            hint=XMP_FILE_HINT,
        )
    return EmbeddableImage(found, data, parts, packet)


def embed_packet(picture: EmbeddableImage, packet: bytes) -> bytes:
    """Return the file with a packet in it; raise `InputError` where it cannot be."""
    return XMP_CONTAINERS[picture.format].insert_packet(
        picture.data, picture.parts, packet
    )


def check_embedding(picture: EmbeddableImage, packet: bytes) -> None:
    """Raise `InputError` where the file would not be the same with a packet in it."""
    if not differs_only_in_packet(picture, embed_packet(picture, packet), packet):
        raise InputError(
            "nothing can be embedded: it would not read as it was written",
            code="notEmbeddable",
        )


def differs_only_in_packet(
    before: EmbeddableImage, after: bytes, packet: bytes
) -> bool:
    """Return whether a file is another with this packet in it, and nothing else.

    So it is the same picture to whoever pays for captions, too.
    """
    try:
        now = parse_embeddable(after)
    except InputError:
        return False
    carrier, container = XMP_CONTAINERS[before.format], CONTAINERS[before.format]
    return (
        now.format == before.format
        and now.packet == packet
        and carrier.without_packet(now.data, now.parts)
        == carrier.without_packet(before.data, before.parts)
        and container.strip(now.data, now.parts)[0]
        == container.strip(before.data, before.parts)[0]
    )


XMP_CONTAINERS: Final[Mapping[Format, XmpContainer]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

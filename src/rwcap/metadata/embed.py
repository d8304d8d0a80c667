"""XMP in the file of an image: found, put in, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rwcap.core.errors import InputError
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.images.parts import Part
from rwcap.metadata import jpeg, png, webp
from rwcap.metadata.carrier import Carrier

HINT: Final = "--write xmp (a file beside the image)"

_ELSEWHERE: Final = b"dcterms:provenance"
"""Names Content Credentials that are kept elsewhere.

https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html#_external_manifests
"""


@dataclass(frozen=True, slots=True)
class Open:
    """The file of a picture that a text can be put into."""

    format: Format
    data: bytes
    parts: tuple[Part, ...]
    packet: bytes | None


def opened(data: bytes) -> Open:
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
            hint=HINT,
        )
    parts = CONTAINERS[found].walk(data)
    packet = CARRIERS[found].find(data, parts)
    signed = CONTAINERS[found].facts(data, parts).signed
    if signed or (packet and _ELSEWHERE in packet):
        raise InputError(
            "signed (Content Credentials), which a change would break",
            code="signedImage",
            hint=HINT,
        )
    return Open(found, data, parts, packet)


def embedded(picture: Open, packet: bytes) -> bytes:
    """Return the file with a packet in it; raise `InputError` where it cannot be."""
    return CARRIERS[picture.format].put(picture.data, picture.parts, packet)


def check(picture: Open, packet: bytes) -> None:
    """Raise `InputError` where the file would not be the same with a packet in it."""
    if not is_faithful(picture, embedded(picture, packet), packet):
        raise InputError(
            "nothing can be embedded: it would not read as it was written",
            code="notEmbeddable",
        )


def is_faithful(before: Open, after: bytes, packet: bytes) -> bool:
    """Return whether a file is another with this packet in it, and nothing else.

    So it is the same picture to whoever pays for captions, too.
    """
    try:
        now = opened(after)
    except InputError:
        return False
    carrier, container = CARRIERS[before.format], CONTAINERS[before.format]
    return (
        now.format == before.format
        and now.packet == packet
        and carrier.rest(now.data, now.parts) == carrier.rest(before.data, before.parts)
        and container.strip(now.data, now.parts)[0]
        == container.strip(before.data, before.parts)[0]
    )


CARRIERS: Final[Mapping[Format, Carrier]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

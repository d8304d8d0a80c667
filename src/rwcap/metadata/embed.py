"""Read the XMP packet of an image file, replace it, and verify the result."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.images.container import Part
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.images.jpeg import END
from rwcap.metadata import jpeg, png, webp
from rwcap.metadata.pointers import find_pointers
from rwcap.metadata.xmp_container import XmpContainer, embedding_error

XMP_FILE_HINT: Final = "--write xmp (writes a file next to the image)"

_EXTERNAL_CREDENTIALS: Final = b"dcterms:provenance"
"""The property that refers to Content Credentials outside the file.

https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html#_external_manifests
"""


class EmbeddableImage(NamedTuple):
    """An image file into which a packet can be embedded."""

    format: Format
    data: bytes
    parts: tuple[Part, ...]
    packet: bytes | None
    """The XMP packet of the file, if it has one."""


def parse_embeddable(data: bytes) -> EmbeddableImage:
    """Return an image file into which a packet can be embedded.

    Content Credentials sign every byte of a file. Changing a signed file would make
    it look manipulated.

    Raises:
        InputError: The file must not be changed.
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
    parts = _parse(found, data)
    packet = XMP_CONTAINERS[found].find_packet(data, parts)
    signed = CONTAINERS[found].read_info(data, parts).signed
    if signed or (packet and _EXTERNAL_CREDENTIALS in packet):
        raise InputError(
            "signed (Content Credentials): embedding would invalidate the signature",
            code="signedImage",
            hint=XMP_FILE_HINT,
        )
    return EmbeddableImage(found, data, parts, packet)


def _parse(found: Format, data: bytes) -> tuple[Part, ...]:
    """Return the parts of a file.

    A JPEG that lacks only its end marker can be captioned, but it stays as it is.
    """
    container = CONTAINERS[found]
    try:
        return container.parse(data)
    except InputError as error:
        if found is Format.JPEG and error.code == "truncatedImage":
            with suppress(InputError):
                whole = data.rstrip(b"\xff") + END
                container.read_info(whole, container.parse(whole))
                error = embedding_error(
                    "the end of the image is missing", code="missingEnd"
                )
        raise error from None


def embed_packet(image: EmbeddableImage, packet: bytes) -> bytes:
    """Return the file with `packet`; raise `InputError` if it does not fit."""
    return XMP_CONTAINERS[image.format].insert_packet(image.data, image.parts, packet)


def check_embedding(image: EmbeddableImage, packet: bytes) -> None:
    """Raise `InputError` if embedding `packet` would change anything else."""
    if not differs_only_in_packet(image, embed_packet(image, packet), packet):
        raise InputError(
            "cannot embed a caption: the result would not read back unchanged",
            code="notEmbeddable",
        )


def differs_only_in_packet(
    before: EmbeddableImage, after: bytes, packet: bytes
) -> bool:
    """Return whether a file is `before` with `packet` and no other difference.

    The identity of the image, by which it is charged, is the same, too.
    """
    try:
        now = parse_embeddable(after)
    except InputError:
        return False
    xmp, container = XMP_CONTAINERS[before.format], CONTAINERS[before.format]
    return (
        now.format == before.format
        and now.packet == packet
        and xmp.without_packet(now.data, now.parts)
        == xmp.without_packet(before.data, before.parts)
        and container.strip(now.data, now.parts)[0]
        == container.strip(before.data, before.parts)[0]
        and _pointers(before) <= _pointers(now)
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

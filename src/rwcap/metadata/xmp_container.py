"""The common base of the formats that can contain XMP and other metadata.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart3.pdf
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from rwcap.core.errors import InputError
from rwcap.images.container import Part


class TextParts(NamedTuple):
    """The parts of a file that can contain texts outside of XMP."""

    exif: Part | None = None
    iptc: Part | None = None
    """A Photoshop block with IPTC."""
    description: str = ""
    """The text of a PNG with the keyword Description."""


class XmpContainer(Protocol):
    """The operations on the metadata in an image file of one format."""

    def find_packet(self, data: bytes, parts: Sequence[Part]) -> bytes | None:
        """Return the packet, or None if the file has none.

        Raises:
            InputError: Changing the packet would damage something else.
        """

    def insert_packet(self, data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
        """Return the file with `packet` in the place of its own packet.

        Raises:
            InputError: The packet does not fit into the format.
        """

    def remove_packet(self, data: bytes, parts: Sequence[Part]) -> bytes:
        """Return the file without its packet.

        Raises:
            InputError: A pointer would become wrong.
        """

    def without_packet(self, data: bytes, parts: Sequence[Part]) -> list[bytes]:
        """Return the bytes that embedding a packet must not change.

        These are all parts except the packet, and sizes and positions that depend
        on it.
        """

    def variable_parts(self, data: bytes, parts: Sequence[Part]) -> list[Part]:
        """Return the parts that embedding changes: the packet, an index of images."""

    def text_parts(self, data: bytes, parts: Sequence[Part]) -> TextParts:
        """Return the parts that can contain texts outside of XMP."""

    def replace_payload(
        self, data: bytes, parts: Sequence[Part], part: Part, payload: bytes
    ) -> bytes:
        """Return the file with another payload of a part.

        Raises:
            InputError: The payload does not fit, or a pointer would become wrong.
        """


def single_packet(found: Iterable[Part]) -> Part | None:
    """Return the part with the packet; raise `InputError` if there are several."""
    parts = list(found)
    if len(parts) > 1:
        raise embedding_error(
            "the file has more than one XMP packet", code="unreadableXmp"
        )
    return parts[0] if parts else None


SECOND_CAPTION_HINT: Final = "--write xmp --ignore-existing (a file beside the image)"
"""The hint for an image whose text cannot be replaced: an XMP file is refused beside
that text, unless with this option."""


def embedding_error(reason: str, *, code: str, hint: str | None = None) -> InputError:
    """Return the error for a file into which no packet can be embedded."""
    return InputError(f"cannot embed a caption: {reason}", code=code, hint=hint)

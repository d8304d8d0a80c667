"""What is common to the formats that carry an XMP packet.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart3.pdf
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rwcap.core.errors import InputError
from rwcap.images.container import TRAILER, Part


def single_packet(found: Iterable[Part]) -> Part | None:
    """Return the part with the packet; raise `InputError` where there are several."""
    parts = list(found)
    if len(parts) > 1:
        raise embedding_error("more than one XMP packet", code="unreadableXmp")
    return parts[0] if parts else None


def check_trailer(data: bytes, parts: Sequence[Part]) -> None:
    """Raise `InputError` where something follows the picture that would be moved.

    An archive, for one, or a preview: who put it there may look for it by its place
    in the file. Padding is nothing.
    """
    trailer = parts[-1]
    if trailer.kind == TRAILER and trailer.payload(data).strip(b"\0\xff \r\n"):
        raise embedding_error(
            f"{trailer.size:,} bytes after the end of the picture,"
            " which might not be found again",
            code="unknownTrailer",
        )


def embedding_error(reason: str, *, code: str) -> InputError:
    """Return the refusal to put anything into a file."""
    return InputError(f"nothing can be embedded: {reason}", code=code)


class XmpContainer(Protocol):
    """What can be done with the packet in the file of a picture."""

    def find_packet(self, data: bytes, parts: Sequence[Part]) -> bytes | None:
        """Return the packet that it has.

        Raises `InputError` where none can be put in without breaking something.
        """

    def insert_packet(self, data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
        """Return the file with a packet in the place of its own, or `InputError`."""

    def without_packet(self, data: bytes, parts: Sequence[Part]) -> list[bytes]:
        """Return all that is neither the packet nor tells where things are."""

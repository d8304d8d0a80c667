"""The formats whose files can carry an XMP packet, each by its own module.

Where: https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart3.pdf
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from rwcap.domain.carrier import jpeg, png, webp
from rwcap.domain.format import Format
from rwcap.domain.part import Part


class Carrier(Protocol):
    """What can be done with the packet in the file of a picture."""

    def find(self, data: bytes, parts: Sequence[Part]) -> bytes | None:
        """Return the packet that it has.

        Raises `InputError` where none can be put in without breaking something.
        """

    def put(self, data: bytes, parts: Sequence[Part], packet: bytes) -> bytes:
        """Return the file with a packet in the place of its own, or `InputError`."""

    def rest(self, data: bytes, parts: Sequence[Part]) -> list[bytes]:
        """Return all that is neither the packet nor tells where things are."""


CARRIERS: Final[Mapping[Format, Carrier]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

"""The formats that are taken apart and put together again, each by its own module."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from rwcap.domain import jpeg, png, webp
from rwcap.domain.format import Format
from rwcap.domain.part import Facts, Part, Removed


class Container(Protocol):
    """What can be done with the file of a picture without decoding it."""

    def walk(self, data: bytes) -> tuple[Part, ...]:
        """Return the parts that make up the file, or raise `InputError`."""

    def facts(self, data: bytes, parts: Sequence[Part]) -> Facts:
        """Return what they say of the picture, or raise `InputError`."""

    def strip(self, data: bytes, parts: Sequence[Part]) -> tuple[bytes, Removed]:
        """Return the file without metadata, and what that was."""


CONTAINERS: Final[Mapping[Format, Container]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

"""The common base of the parsers of JPEG, PNG and WebP: parts, properties, errors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol, TypeAlias

from rwcap.core.errors import InputError

MAX_PARTS: Final = 100_000
"""Maximum number of parts in one file.

A PNG of 20 MiB in chunks of 8 KiB, as libpng writes them, has 2,560 chunks. A file
of the same size that contains only empty segments has 5 million, and listing them
would take a gigabyte of memory.
"""

TRAILER: Final = "trailer"
"""The kind of the part that follows the end of the image."""


class Part(NamedTuple):
    """The position of a segment (JPEG) or chunk (PNG, WebP) in a file.

    All positions are in bytes from the start of the file. The part is
    `data[start:end]`; its payload, without header, checksum and padding, is
    `data[payload_start:payload_end]`.
    """

    kind: str
    """The name in the specification of the format."""
    start: int
    payload_start: int
    payload_end: int
    end: int

    @property
    def size(self) -> int:
        """Bytes, including header, checksum and padding."""
        return self.end - self.start

    def payload(self, data: bytes, limit: int | None = None) -> bytes:
        """Return the payload, or at most its first `limit` bytes."""
        end = self.payload_end
        if limit is not None:
            end = min(end, self.payload_start + limit)
        return data[self.payload_start : end]


class ImageInfo(NamedTuple):
    """The properties of an image that its file states without being decoded."""

    width: int
    """Stored pixels, before `orientation` is applied."""
    height: int
    """Stored pixels, before `orientation` is applied."""
    orientation: int = 1
    """Exif orientation, 1 to 8; 1 is upright.

    https://exiftool.org/TagNames/EXIF.html (0x0112)
    """
    depth: int = 8
    """Bits per sample."""
    cmyk: bool = False
    """Whether it has four components (CMYK or YCCK)."""
    greyscale: bool = False
    """Whether it has no colours."""
    alpha: bool = False
    """Whether it can have transparent pixels."""
    non_srgb: bool = False
    """Whether it has a colour profile (ICC) other than sRGB."""
    animated: bool = False
    """Whether it has more than one frame."""
    signed: bool = False
    """Whether it has Content Credentials (C2PA), which any change invalidates.

    https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html
    """


RemovedMetadata: TypeAlias = tuple[tuple[str, int], ...]
"""The metadata that was removed from a file: label and size in bytes."""

CleanPart: TypeAlias = Callable[[bytes, Part], tuple[bytes | memoryview, str]]
"""Returns the bytes of a part to keep, and a label for the bytes to remove."""


class Container(Protocol):
    """The operations on an image file of one format. None decodes pixels."""

    def parse(self, data: bytes) -> tuple[Part, ...]:
        """Return the parts of the file, in order and without gaps.

        Raises:
            InputError: The file is truncated or damaged.
        """

    def read_info(self, data: bytes, parts: Sequence[Part]) -> ImageInfo:
        """Return the properties of the image.

        Raises:
            InputError: The parts do not describe an image.
        """

    def strip(
        self, data: bytes, parts: Sequence[Part]
    ) -> tuple[bytes, RemovedMetadata]:
        """Return the file without metadata, and the metadata that was removed."""


def truncated_error(detail: str) -> InputError:
    """Return the error for a file whose end is missing."""
    return InputError(f"truncated: {detail}", code="truncatedImage")


def damaged_error(detail: str) -> InputError:
    """Return the error for a file that violates the specification of its format."""
    return InputError(f"damaged: {detail}", code="damagedImage")


def collect_parts(parts: Iterator[Part]) -> tuple[Part, ...]:
    """Return all parts; raise `InputError` if there are more than `MAX_PARTS`."""
    found = tuple(islice(parts, MAX_PARTS + 1))
    if len(found) > MAX_PARTS:
        raise damaged_error(f"more than {MAX_PARTS:,} segments")
    return found


def clean_parts(
    data: bytes, parts: Iterable[Part], clean: CleanPart
) -> tuple[list[bytes | memoryview], RemovedMetadata]:
    """Apply `clean` to each part.

    Returns:
        The bytes to keep of each part, and the removed metadata, largest first.
    """
    pieces: list[bytes | memoryview] = []
    removed: dict[str, int] = {}
    for part in parts:
        piece, label = clean(data, part)
        pieces.append(piece)
        if (difference := part.size - len(piece)) > 0:
            removed[label] = removed.get(label, 0) + difference
    return pieces, tuple(sorted(removed.items(), key=lambda item: (-item[1], item[0])))

"""What the file of a picture is made of: segments or chunks, each a slice of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from rwcap.core.errors import InputError

MAX_PARTS: Final = 100_000
"""Parts of one file at most.

20 MiB of PNG in chunks of 8 KiB, as libpng writes them, are 2,560. A file of
nothing but empty segments would be 5 million, and cost a gigabyte to list.
"""

TRAILER: Final = "trailer"
"""The kind of what follows the end of the picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """One segment or chunk: where it is in the file, and nothing copied.

    All in bytes from the start of the file: it is `data[start:end]`, and what it
    holds, without its own header, is `data[body:tail]`.
    """

    kind: str
    """The name that its specification gives it."""
    start: int
    body: int
    tail: int
    end: int

    @property
    def size(self) -> int:
        """Bytes, with header, checksum and padding."""
        return self.end - self.start

    def payload(self, data: bytes, limit: int | None = None) -> bytes:
        """Return what it holds in the file `data`, or the first `limit` bytes of it."""
        end = self.tail if limit is None else min(self.tail, self.body + limit)
        return data[self.body : end]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """What a file says of its picture without being decoded."""

    width: int
    """Pixels, as they are stored: before `orientation` is heeded."""
    height: int
    """Pixels, likewise."""
    orientation: int = 1
    """How Exif says to turn it, 1 to 8; 1 is upright.

    https://exiftool.org/TagNames/EXIF.html (0x0112)
    """
    depth: int = 8
    """Bits of one sample."""
    inks: bool = False
    """Whether it has four components, as for print (CMYK or YCCK)."""
    grey: bool = False
    """Whether it has shades of grey and no colours."""
    alpha: bool = False
    """Whether it may be transparent."""
    profile: bool = False
    """Whether a colour profile (ICC) says that its colours are not those of sRGB."""
    animated: bool = False
    """Whether it has more than one frame."""
    signed: bool = False
    """Whether Content Credentials (C2PA) vouch for it, which a change would break.

    https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html
    """


RemovedMetadata: TypeAlias = tuple[tuple[str, int], ...]
"""What was taken out of a file: in words, and bytes."""

CleanPart: TypeAlias = Callable[[bytes, Part], tuple[bytes | memoryview, str]]
"""Returns what is left of a part without metadata, and what the rest of it is."""


def truncated_error(detail: str) -> InputError:
    """Return the refusal of a file whose end is missing."""
    return InputError(f"truncated: {detail}", code="truncatedImage")


def damaged_error(detail: str) -> InputError:
    """Return the refusal of a file that is not built as its format demands."""
    return InputError(f"damaged: {detail}", code="damagedImage")


def collect_parts(parts: Iterator[Part]) -> tuple[Part, ...]:
    """Return the parts, unless they are too many to be those of a picture."""
    found = tuple(islice(parts, MAX_PARTS + 1))
    if len(found) > MAX_PARTS:
        raise damaged_error(f"more than {MAX_PARTS:,} segments")
    return found


def clean_parts(
    data: bytes, parts: Iterable[Part], clean: CleanPart
) -> tuple[list[bytes | memoryview], RemovedMetadata]:
    """Return what `clean` leaves of the parts, and what was removed, largest first."""
    pieces: list[bytes | memoryview] = []
    removed: dict[str, int] = {}
    for part in parts:
        piece, rest = clean(data, part)
        pieces.append(piece)
        if (less := part.size - len(piece)) > 0:
            removed[rest] = removed.get(rest, 0) + less
    return pieces, tuple(sorted(removed.items(), key=lambda item: (-item[1], item[0])))

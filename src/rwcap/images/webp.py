"""WebP files: parse the chunks, read the image properties, remove metadata.

https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator, Sequence
from typing import Final

from rwcap.images import exif, icc
from rwcap.images.container import (
    TRAILER,
    ImageInfo,
    Part,
    RemovedMetadata,
    clean_parts,
    collect_parts,
    damaged_error,
    truncated_error,
)

# Flags in the first byte of the payload of a VP8X chunk.
XMP_FLAG: Final = 0x04
EXIF_FLAG: Final = 0x08
ALPHA_FLAG: Final = 0x10
_ICC_FLAG: Final = 0x20

_FILE_HEADER_BYTES: Final = 12
_CHUNK_HEADER_BYTES: Final = 8
_IMAGE_HEADER_BYTES: Final = 10  # of VP8, VP8L and VP8X
_HEADER: Final = "header"
_IMAGE: Final = frozenset({"VP8 ", "VP8L"})
_KEPT: Final = _IMAGE | {_HEADER, "VP8X", "ALPH", "ICCP", "ANIM", "ANMF"}
"""The chunks that can affect how the image or its animation looks."""
_VP8_START_CODE: Final = b"\x9d\x01\x2a"
_VP8L_SIGNATURE: Final = 0x2F
GAP: Final = "gap"
_LABELS: Final = {
    "C2PA": "C2PA",
    "EXIF": "Exif",
    "ICCP": "profile",
    "VP8X": "extended header",
    "XMP ": "XMP",
    GAP: "padding",
    TRAILER: "data after the end",
}
"""The labels of chunks in messages."""


def parse(data: bytes) -> tuple[Part, ...]:
    """Return the file header and the chunks, which together are the whole file.

    A chunk of odd size includes its padding byte.

    Raises:
        InputError: The file is truncated or damaged.
    """
    return collect_parts(_chunks(data))


def _chunks(data: bytes) -> Iterator[Part]:
    whole = 8 + int.from_bytes(data[4:8], "little")
    if max(whole, _FILE_HEADER_BYTES) > len(data):
        raise truncated_error("the end of the image is missing")
    if whole < _FILE_HEADER_BYTES:
        raise damaged_error("the size in the file header is shorter than the header")
    at = _FILE_HEADER_BYTES
    yield Part(_HEADER, 0, _CHUNK_HEADER_BYTES, at, at)
    while at + _CHUNK_HEADER_BYTES <= whole:
        start = at + _CHUNK_HEADER_BYTES
        payload_end = start + int.from_bytes(data[at + 4 : start], "little")
        if payload_end > whole:
            raise damaged_error("a chunk extends past the end of the image")
        end = min(payload_end + payload_end % 2, whole)  # some files omit the last
        yield Part(data[at : at + 4].decode("latin-1"), at, start, payload_end, end)
        at = end
    if at < whole:
        yield Part(GAP, at, at, whole, whole)
    if whole < len(data):
        yield Part(TRAILER, whole, whole, len(data), len(data))


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return the properties of the image.

    Raises:
        InputError: The image data is missing, or the image header is invalid.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    frames = sum(part.kind == "ANMF" for part in parts)
    if len(parts) == 1 or not (frames or chunks.keys() & _IMAGE):
        raise damaged_error("no image data")
    width, height, alpha = _read_header(data, parts[1])
    image = next((part for part in parts if part.kind in _IMAGE), None)
    if not frames and image and _read_header(data, image)[:2] != (width, height):
        raise damaged_error("the headers name different sizes")  # as libwebp does
    block = chunks.get("EXIF")
    profile = chunks.get("ICCP")
    return ImageInfo(
        width=width,
        height=height,
        orientation=exif.orientation(block.payload(data)) if block else 1,
        alpha=alpha or "ALPH" in chunks,
        non_srgb=profile is not None and not icc.is_srgb(profile.payload(data)),
        animated=frames > 0,  # one frame can contain metadata, too
        signed="C2PA" in chunks,
    )


def _read_header(data: bytes, first: Part) -> tuple[int, int, bool]:
    """Return width and height in pixels, and whether the image has transparency."""
    head = first.payload(data, _IMAGE_HEADER_BYTES)
    if len(head) == _IMAGE_HEADER_BYTES:
        match first.kind:
            case "VP8 " if head[3:6] == _VP8_START_CODE:
                width = int.from_bytes(head[6:8], "little") & 0x3FFF
                return width, int.from_bytes(head[8:], "little") & 0x3FFF, False
            case "VP8L" if head[0] == _VP8L_SIGNATURE:
                bits = int.from_bytes(head[1:5], "little")
                alpha = bool(bits >> 28 & 1)
                return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha
            case "VP8X":
                width = int.from_bytes(head[4:7], "little") + 1
                height = int.from_bytes(head[7:], "little") + 1
                return width, height, bool(head[0] & ALPHA_FLAG)
            case _:
                pass
    raise damaged_error("the image header is invalid")


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file with only the chunks that affect how the image looks.

    An sRGB profile is removed. Metadata makes a simple file an extended one, with a
    VP8X header that a single image does not need. That header is removed, too, so
    that an image with and without metadata is stripped to the same bytes.
    """
    kept, cleared = _KEPT, XMP_FLAG | EXIF_FLAG
    profile = next((part for part in parts if part.kind == "ICCP"), None)
    if profile and icc.is_srgb(profile.payload(data)):
        kept, cleared = kept - {"ICCP"}, cleared | _ICC_FLAG
    # The rest is exactly: file header, VP8X, image.
    rest = [part.kind for part in parts if part.kind in kept]
    if rest[1:2] == ["VP8X"] and len(rest) == 3 and rest[2] in _IMAGE:  # noqa: PLR2004  # as above
        kept = kept - {"VP8X"}

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if part.kind not in kept:
            return b"", _LABELS.get(part.kind, "unknown chunk")
        piece = memoryview(data)[part.start : part.end]
        if part.kind == "VP8X":
            flags = bytes(each & ~cleared for each in part.payload(data, 1))
            return b"".join((piece[:8], flags, piece[8 + len(flags) :])), ""
        return piece, ""

    pieces, removed = clean_parts(data, parts, clean)
    size = sum(map(len, pieces)) - 8
    return b"".join(
        (b"RIFF", size.to_bytes(4, "little"), b"WEBP", *pieces[1:])
    ), removed

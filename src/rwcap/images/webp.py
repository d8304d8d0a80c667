"""WebP files: their chunks, what these say, and the picture alone.

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

XMP_FLAG: Final = 0x04
"""In the first byte of what VP8X holds; so are the rest."""
EXIF_FLAG: Final = 0x08
ALPHA_FLAG: Final = 0x10
_ICC_FLAG: Final = 0x20

_FILE_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_HEADER: Final = "header"
_PICTURE: Final = frozenset({"VP8 ", "VP8L"})
_LOOKS: Final = _PICTURE | {_HEADER, "VP8X", "ALPH", "ICCP", "ANIM", "ANMF"}
"""Without these the picture, or its animation, might look otherwise."""
_GAP: Final = "gap"
_WORDS: Final = {
    "C2PA": "C2PA",
    "EXIF": "Exif",
    "ICCP": "profile",
    "XMP ": "XMP",
    _GAP: "padding",
    TRAILER: "data after the end",
}


def parse(data: bytes) -> tuple[Part, ...]:
    """Return the file's header and its chunks: together they are the whole file.

    The byte that pads a chunk of odd size belongs to it. Raises `InputError`
    where the end is missing.
    """
    return collect_parts(_chunks(data))


def _chunks(data: bytes) -> Iterator[Part]:
    whole = 8 + int.from_bytes(data[4:8], "little")
    if max(whole, _FILE_HEADER) > len(data):
        raise truncated_error("the end of the picture is missing")
    if whole < _FILE_HEADER:
        raise damaged_error("it says that it is shorter than its header")
    yield Part(_HEADER, 0, _CHUNK_HEADER, _FILE_HEADER, _FILE_HEADER)
    at = _FILE_HEADER
    while at + _CHUNK_HEADER <= whole:
        body = at + _CHUNK_HEADER
        tail = body + int.from_bytes(data[at + 4 : body], "little")
        if tail > whole:
            raise damaged_error("a chunk goes on past the end of the picture")
        end = min(tail + tail % 2, whole)  # some leave out the last padding
        yield Part(data[at : at + 4].decode("latin-1"), at, body, tail, end)
        at = end
    if at < whole:
        yield Part(_GAP, at, at, whole, whole)
    if whole < len(data):
        yield Part(TRAILER, whole, whole, len(data), len(data))


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return what the chunks say of the picture.

    Raises `InputError` where they describe none.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    frames = sum(part.kind == "ANMF" for part in parts)
    if len(parts) == 1 or not (frames or chunks.keys() & _PICTURE):
        raise damaged_error("no picture in it")
    width, height, alpha = _header(data, parts[1])
    block = chunks.get("EXIF")
    profile = chunks.get("ICCP")
    return ImageInfo(
        width=width,
        height=height,
        orientation=exif.orientation(block.payload(data)) if block else 1,
        alpha=alpha or "ALPH" in chunks,
        profile=profile is not None and not icc.is_srgb(profile.payload(data)),
        animated=frames > 1,
        signed="C2PA" in chunks,
    )


def _header(data: bytes, first: Part) -> tuple[int, int, bool]:
    """Return width, height, and whether it may be transparent."""
    head = first.payload(data, 10)
    if len(head) == 10:  # noqa: PLR2004  # as much as each of the three needs
        match first.kind:
            case "VP8 " if head[3:6] == b"\x9d\x01\x2a":
                width = int.from_bytes(head[6:8], "little") & 0x3FFF
                return width, int.from_bytes(head[8:], "little") & 0x3FFF, False
            case "VP8L" if head[0] == 0x2F:  # noqa: PLR2004  # its signature
                bits = int.from_bytes(head[1:5], "little")
                alpha = bool(bits >> 28 & 1)
                return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha
            case "VP8X":
                width = int.from_bytes(head[4:7], "little") + 1
                height = int.from_bytes(head[7:], "little") + 1
                return width, height, bool(head[0] & ALPHA_FLAG)
            case _:
                pass
    raise damaged_error("its header is not that of a picture")


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file with only the chunks that its pixels need.

    A profile that says sRGB is not among them. Metadata turns a plain file into an
    extended one, by a header (VP8X) that a lone picture does not need. It is taken
    away with them: the same picture is the same bytes, whether it has had metadata
    or not.
    """
    looks, gone = _LOOKS, XMP_FLAG | EXIF_FLAG
    profile = next((part for part in parts if part.kind == "ICCP"), None)
    if profile and icc.is_srgb(profile.payload(data)):
        looks, gone = looks - {"ICCP"}, gone | _ICC_FLAG
    kept = [part.kind for part in parts if part.kind in looks]
    lone = len(kept) == 3 and kept[1] == "VP8X" and kept[2] in _PICTURE  # noqa: PLR2004  # with the header

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if part.kind not in looks or (lone and part.kind == "VP8X"):
            return b"", _word(part.kind)
        piece = memoryview(data)[part.start : part.end]
        if part.kind == "VP8X":
            cleared = bytes(each & ~gone for each in part.payload(data, 1))
            return b"".join((piece[:8], cleared, piece[8 + len(cleared) :])), ""
        return piece, ""

    pieces, removed = clean_parts(data, parts, clean)
    size = sum(map(len, pieces)) - 8
    return b"".join(
        (b"RIFF", size.to_bytes(4, "little"), b"WEBP", *pieces[1:])
    ), removed


def _word(kind: str) -> str:
    """Return what a chunk is, in a word."""
    if kind == "VP8X":
        return "header of metadata"
    return _WORDS.get(kind, "unknown chunk")

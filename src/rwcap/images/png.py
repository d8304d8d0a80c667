"""PNG files, moving ones too: their chunks, what these say, and the picture alone.

https://www.w3.org/TR/png-3/
"""

from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32, decompressobj, error

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

XMP: Final = b"XML:com.adobe.xmp\0"
"""Begins an iTXt chunk that holds XMP (https://www.w3.org/TR/png-3/#11keywords)."""

_SIGNATURE: Final = 8
_AROUND: Final = 12  # bytes of length, type and checksum
_CRITICAL: Final = frozenset({"IHDR", "PLTE", "IDAT", "IEND"})
_LOOKS: Final = _CRITICAL | {
    *("tRNS", "bKGD", "sBIT"),
    *("gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI"),
    *("acTL", "fcTL", "fdAT"),
}
"""Without these the picture, or its animation, might look otherwise."""
_IN_SRGB: Final = {
    "gAMA": (45455).to_bytes(4),
    "cHRM": b"".join(
        number.to_bytes(4)
        for number in (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    ),
}
"""What the chunks that count where there is no profile say of sRGB.

https://www.w3.org/TR/png-3/#11sRGB
"""
_WORDS: Final = {
    "caBX": "C2PA",
    "eXIf": "Exif",
    "iTXt": "text",
    "tEXt": "text",
    "zTXt": "text",
    "tIME": "time",
    TRAILER: "data after the end",
}


def parse(data: bytes) -> tuple[Part, ...]:
    """Return signature and chunks: together they are the whole file.

    Raises `InputError` where the end is missing, or a chunk that the picture
    needs is not as it was written.
    """
    return collect_parts(_chunks(data))


def _chunks(data: bytes) -> Iterator[Part]:
    yield Part("signature", 0, _SIGNATURE, _SIGNATURE, _SIGNATURE)
    view = memoryview(data)
    at = _SIGNATURE
    kind = ""
    while kind != "IEND":
        body = at + 8
        tail = body + int.from_bytes(data[at : at + 4])
        if at + _AROUND > len(data) or tail + 4 > len(data):
            raise truncated_error("the end of the picture is missing")
        name = data[at + 4 : body]
        if not name.isalpha():
            raise damaged_error("a chunk without a name")
        kind = name.decode("ascii")
        if kind[0].isupper():
            if kind not in _CRITICAL:
                raise damaged_error(f"a chunk {kind}, which no PNG has")
            if crc32(view[at + 4 : tail]) != int.from_bytes(data[tail : tail + 4]):
                raise damaged_error(f"the checksum of a chunk {kind} is wrong")
        yield Part(kind, at, body, tail, tail + 4)
        at = tail + 4
    if at < len(data):
        yield Part(TRAILER, at, at, len(data), len(data))


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return what the chunks say of the picture.

    Raises `InputError` where they describe none.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    header = parts[1].payload(data)
    if parts[1].kind != "IHDR" or len(header) != 13 or "IDAT" not in chunks:  # noqa: PLR2004  # https://www.w3.org/TR/png-3/#11IHDR
        raise damaged_error("no picture in it")
    block = chunks.get("eXIf")
    frames = chunks.get("acTL")
    profile = chunks.get("iCCP")
    return ImageInfo(
        width=int.from_bytes(header[:4]),
        height=int.from_bytes(header[4:8]),
        orientation=exif.orientation(block.payload(data)) if block else 1,
        depth=header[8],
        grey=not header[9] & 3,
        alpha=bool(header[9] & 4) or "tRNS" in chunks,
        profile=profile is not None
        and not icc.is_srgb(_inflated(profile.payload(data))),
        animated=frames is not None and int.from_bytes(frames.payload(data, 4)) > 1,
        signed="caBX" in chunks,
    )


def _inflated(held: bytes) -> bytes:
    """Return the profile in an iCCP chunk; nothing where it is damaged.

    It is compressed, behind its name and the number of the method.
    """
    _, _, compressed = held.partition(b"\0")
    try:
        return decompressobj().decompress(compressed[1:], icc.MAX_BYTES)
    except error:
        return b""


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file with only the chunks that its pixels need.

    A profile that says sRGB is not among them, unless another chunk would then
    say something else.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    profile = chunks.get("iCCP")
    needless = (
        profile is not None
        and icc.is_srgb(_inflated(profile.payload(data)))
        and all(
            chunks[kind].payload(data) == srgb
            for kind, srgb in _IN_SRGB.items()
            if kind in chunks
        )
    )

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if needless and part.kind == "iCCP":
            return b"", "profile"
        return _clean(data, part)

    pieces, removed = clean_parts(data, parts, clean)
    return b"".join(pieces), removed


def _clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
    if part.kind in _LOOKS or part.kind == "signature":
        return memoryview(data)[part.start : part.end], ""
    if part.kind == "iTXt" and part.payload(data, len(XMP)) == XMP:
        return b"", "XMP"
    return b"", _WORDS.get(part.kind, part.kind)

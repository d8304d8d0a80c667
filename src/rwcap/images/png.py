"""PNG and APNG files: parse the chunks, read the image properties, remove metadata.

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
"""The keyword of an iTXt chunk that contains XMP.

https://www.w3.org/TR/png-3/#11keywords
"""

_SIGNATURE_BYTES: Final = 8
_OVERHEAD_BYTES: Final = 12  # length, type and checksum of a chunk
_HEADER_BYTES: Final = 13  # https://www.w3.org/TR/png-3/#11IHDR
_CRITICAL: Final = frozenset({"IHDR", "PLTE", "IDAT", "IEND"})
_KEPT: Final = _CRITICAL | {
    *("tRNS", "bKGD", "sBIT"),
    *("gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI"),
    *("acTL", "fcTL", "fdAT"),
}
"""The chunks that can affect how the image or its animation looks."""
_SRGB_CHUNKS: Final = {
    "gAMA": (45455).to_bytes(4),
    "cHRM": b"".join(
        number.to_bytes(4)
        for number in (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    ),
}
"""The values for sRGB of the chunks that apply if there is no profile.

https://www.w3.org/TR/png-3/#11sRGB
"""
_LABELS: Final = {
    "caBX": "C2PA",
    "eXIf": "Exif",
    "iTXt": "text",
    "tEXt": "text",
    "zTXt": "text",
    "tIME": "time",
    TRAILER: "data after the end",
}
"""The labels of chunks in messages."""


def parse(data: bytes) -> tuple[Part, ...]:
    """Return the signature and the chunks, which together are the whole file.

    Raises:
        InputError: The file is truncated, or a critical chunk is damaged.
    """
    return collect_parts(_chunks(data))


def _chunks(data: bytes) -> Iterator[Part]:
    yield Part("signature", 0, _SIGNATURE_BYTES, _SIGNATURE_BYTES, _SIGNATURE_BYTES)
    view = memoryview(data)
    at = _SIGNATURE_BYTES
    kind = ""
    while kind != "IEND":
        start = at + 8
        end = start + int.from_bytes(data[at : at + 4])
        if at + _OVERHEAD_BYTES > len(data) or end + 4 > len(data):
            raise truncated_error("the end of the image is missing")
        name = data[at + 4 : start]
        if not name.isalpha():
            raise damaged_error("a chunk has an invalid name")
        kind = name.decode("ascii")
        if kind[0].isupper():
            if kind not in _CRITICAL:
                raise damaged_error(f"unknown critical chunk {kind}")
            if crc32(view[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
                raise damaged_error(f"wrong checksum of chunk {kind}")
        yield Part(kind, at, start, end, end + 4)
        at = end + 4
    if at < len(data):
        yield Part(TRAILER, at, at, len(data), len(data))


def read_info(data: bytes, parts: Sequence[Part]) -> ImageInfo:
    """Return the properties of the image.

    Raises:
        InputError: The header or the image data is missing.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    header = parts[1].payload(data)
    has_header = parts[1].kind == "IHDR" and len(header) == _HEADER_BYTES
    if not has_header or "IDAT" not in chunks:
        raise damaged_error("no image data")
    block = chunks.get("eXIf")
    frames = chunks.get("acTL")
    profile = chunks.get("iCCP")
    return ImageInfo(
        width=int.from_bytes(header[:4]),
        height=int.from_bytes(header[4:8]),
        orientation=exif.orientation(block.payload(data)) if block else 1,
        depth=header[8],
        greyscale=not header[9] & 3,
        alpha=bool(header[9] & 4) or "tRNS" in chunks,
        non_srgb=profile is not None
        and not icc.is_srgb(_decompress_profile(profile.payload(data))),
        animated=frames is not None and int.from_bytes(frames.payload(data, 4)) > 1,
        signed="caBX" in chunks,
    )


def _decompress_profile(payload: bytes) -> bytes:
    """Return the profile in an iCCP chunk; empty if it is damaged.

    The payload is a name, a zero byte, the compression method and the compressed
    profile.
    """
    _, _, compressed = payload.partition(b"\0")
    try:
        return decompressobj().decompress(compressed[1:], icc.MAX_PROFILE_BYTES)
    except error:
        return b""


def strip(data: bytes, parts: Sequence[Part]) -> tuple[bytes, RemovedMetadata]:
    """Return the file with only the chunks that affect how the image looks.

    An sRGB profile is removed, unless another chunk would then define other colours.
    """
    chunks = {part.kind: part for part in reversed(parts)}
    profile = chunks.get("iCCP")
    is_srgb = (
        profile is not None
        and icc.is_srgb(_decompress_profile(profile.payload(data)))
        and all(
            chunks[kind].payload(data) == srgb
            for kind, srgb in _SRGB_CHUNKS.items()
            if kind in chunks
        )
    )

    def clean(data: bytes, part: Part) -> tuple[bytes | memoryview, str]:
        if is_srgb and part.kind == "iCCP":
            return b"", "profile"
        if part.kind in _KEPT or part.kind == "signature":
            return memoryview(data)[part.start : part.end], ""
        if part.kind == "iTXt" and part.payload(data, len(XMP)) == XMP:
            return b"", "XMP"
        return b"", _LABELS.get(part.kind, part.kind)

    pieces, removed = clean_parts(data, parts, clean)
    return b"".join(pieces), removed

"""Image formats, identified by the first bytes of a file and never by its name."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rwcap.images import jpeg, png, raw, webp
from rwcap.images.container import Container


class Format(StrEnum):
    """The formats that the service accepts.

    https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct#request-inputs-image
    """

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        """The IANA media type."""
        return f"image/{self.value}"


class ConvertibleFormat(StrEnum):
    """The formats that are converted to JPEG before they are sent."""

    GIF = "GIF"
    BMP = "BMP"
    TIFF = "TIFF"
    AVIF = "AVIF"
    HEIC = "HEIC"


RAW: Final = "camera raw"
"""The format of raw files, which are sent as the preview in them."""

_SIGNATURES: Final[tuple[tuple[bytes, Format | ConvertibleFormat | str], ...]] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", ConvertibleFormat.GIF),
    (b"GIF89a", ConvertibleFormat.GIF),
    (b"II*\x00", ConvertibleFormat.TIFF),
    (b"MM\x00*", ConvertibleFormat.TIFF),
    (b"II+\x00", ConvertibleFormat.TIFF),
    (b"MM\x00+", ConvertibleFormat.TIFF),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop document"),
    (b"\x00\x00\x01\x00", "Windows icon"),
    (b"%PDF-", "PDF"),
)
"""The first bytes of each format.

https://www.iana.org/assignments/media-types links to the specifications.
"""

_BRANDS: Final = {
    b"avif": ConvertibleFormat.AVIF,
    b"avis": ConvertibleFormat.AVIF,
    b"heic": ConvertibleFormat.HEIC,
    b"heix": ConvertibleFormat.HEIC,
    b"heim": ConvertibleFormat.HEIC,
    b"heis": ConvertibleFormat.HEIC,
    b"hevc": ConvertibleFormat.HEIC,
    b"hevx": ConvertibleFormat.HEIC,
}
"""Brands in the `ftyp` box that name a codec (ISO/IEC 23008-12)."""

_GENERIC_BRANDS: Final = {
    b"mif1": ConvertibleFormat.HEIC,
    b"msf1": ConvertibleFormat.HEIC,
}
"""Major brands that leave the codec to the compatible brands; HEIC by default."""


def identify(data: bytes) -> Format | ConvertibleFormat | str | None:
    """Return the format of a file.

    Returns:
        The format, the name of an unsupported format, or None if the bytes do not
        begin like an image.
    """
    if raw.is_raw(data):
        return RAW
    for signature, found in _SIGNATURES:
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[:2] == b"BM" and data[6:10] == b"\x00\x00\x00\x00":
        return ConvertibleFormat.BMP
    if data[4:8] == b"ftyp":
        return _identify_brand(data)
    return "SVG" if b"<svg" in data[:1024].lower() else None


def _identify_brand(data: bytes) -> ConvertibleFormat | None:
    """Return the format of a file that begins with a `ftyp` box of brands."""
    if found := _BRANDS.get(data[8:12]):
        return found
    default = _GENERIC_BRANDS.get(data[8:12])
    end = min(int.from_bytes(data[:4]), len(data), 256)
    compatible = (_BRANDS.get(data[at : at + 4]) for at in range(16, end, 4))
    return default and next(filter(None, compatible), default)


CONTAINERS: Final[Mapping[Format, Container]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

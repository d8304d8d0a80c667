"""Image formats, told by the first bytes of a file and never by its name."""

from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """The formats the service accepts.

    https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct#request-inputs-image
    """

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        """The IANA media type."""
        return f"image/{self.value}"


_SIGNATURES: Final[tuple[tuple[bytes, Format | str], ...]] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"II*\x00", "a TIFF or a camera's raw file"),
    (b"MM\x00*", "a TIFF or a camera's raw file"),
    (b"II+\x00", "a TIFF"),
    (b"MM\x00+", "a TIFF"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"%PDF-", "a PDF"),
)
"""First bytes of formats.

https://www.iana.org/assignments/media-types names their specifications.
"""

_BRANDS: Final = {
    b"avif": "an AVIF",
    b"avis": "an AVIF",
    b"heic": "a HEIC",
    b"heix": "a HEIC",
    b"heim": "a HEIC",
    b"heis": "a HEIC",
    b"hevc": "a HEIC",
    b"hevx": "a HEIC",
    b"mif1": "a HEIF",
    b"msf1": "a HEIF",
}
"""Major brands in the `ftyp` box of ISO/IEC 23008-12 files."""


def identify(data: bytes) -> Format | str | None:
    """Return the format by magic bytes, or the name of one that is not taken.

    None where the bytes begin no image.
    """
    for signature, found in _SIGNATURES:
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[:2] == b"BM" and data[6:10] == b"\x00\x00\x00\x00":
        return "a BMP"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    if b"<svg" in data[:1024].lower():
        return "an SVG drawing"
    return None

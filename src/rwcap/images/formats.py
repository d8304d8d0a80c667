"""Image formats, by the first bytes of a file and never by its name."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, Protocol

from rwcap.images import jpeg, png, webp
from rwcap.images.container import ImageInfo, Part, RemovedMetadata


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


class ConvertibleFormat(StrEnum):
    """Formats that become a JPEG before they are sent."""

    GIF = "GIF"
    BMP = "BMP"
    TIFF = "TIFF"
    AVIF = "AVIF"
    HEIC = "HEIC"


_SIGNATURES: Final[tuple[tuple[bytes, Format | ConvertibleFormat | str], ...]] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", ConvertibleFormat.GIF),
    (b"GIF89a", ConvertibleFormat.GIF),
    (b"II*\x00\x10\x00\x00\x00CR", "a camera's raw file"),
    (b"II*\x00", ConvertibleFormat.TIFF),
    (b"MM\x00*", ConvertibleFormat.TIFF),
    (b"II+\x00", ConvertibleFormat.TIFF),
    (b"MM\x00+", ConvertibleFormat.TIFF),
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
    b"avif": ConvertibleFormat.AVIF,
    b"avis": ConvertibleFormat.AVIF,
    b"heic": ConvertibleFormat.HEIC,
    b"heix": ConvertibleFormat.HEIC,
    b"heim": ConvertibleFormat.HEIC,
    b"heis": ConvertibleFormat.HEIC,
    b"hevc": ConvertibleFormat.HEIC,
    b"hevx": ConvertibleFormat.HEIC,
}
"""Brands that name a codec in the `ftyp` box of ISO/IEC 23008-12 files."""

_CODEC_UNTOLD: Final = {
    b"mif1": ConvertibleFormat.HEIC,
    b"msf1": ConvertibleFormat.HEIC,
}
"""Major brands that leave it to the compatible ones."""


def identify(data: bytes) -> Format | ConvertibleFormat | str | None:
    """Return the format by magic bytes, or the name of one that is not taken.

    None where the bytes begin no image.
    """
    for signature, found in _SIGNATURES:
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[:2] == b"BM" and data[6:10] == b"\x00\x00\x00\x00":
        return ConvertibleFormat.BMP
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if b"<svg" in data[:1024].lower():
        return "an SVG drawing"
    return None


def _by_brand(data: bytes) -> ConvertibleFormat | None:
    """Return the format of a file whose first box tells its brands, four bytes each."""
    if found := _BRANDS.get(data[8:12]):
        return found
    untold = _CODEC_UNTOLD.get(data[8:12])
    end = min(int.from_bytes(data[:4]), len(data), 256)
    compatible = (_BRANDS.get(data[at : at + 4]) for at in range(16, end, 4))
    return untold and next(filter(None, compatible), untold)


class Container(Protocol):
    """What can be done with the file of a picture without decoding it."""

    def parse(self, data: bytes) -> tuple[Part, ...]:
        """Return the parts that make up the file, or raise `InputError`."""

    def read_info(self, data: bytes, parts: Sequence[Part]) -> ImageInfo:
        """Return what they say of the picture, or raise `InputError`."""

    def strip(
        self, data: bytes, parts: Sequence[Part]
    ) -> tuple[bytes, RemovedMetadata]:
        """Return the file without metadata, and what that was."""


CONTAINERS: Final[Mapping[Format, Container]] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
}

"""Files opened by Pillow, which knows more formats than we do."""

import ctypes
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BytesIO
from typing import Final

from PIL import Image, PngImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from rwcap.domain.errors import InputError
from rwcap.domain.format import Foreign, Format
from rwcap.domain.icc import MAX_BYTES
from rwcap.domain.part import Facts
from rwcap.domain.picture import word
from rwcap.domain.text import one_line, short

# What Pillow warns of, it has mended, or is decided by our own limits. What it logs,
# it raises as well.
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Bytes that Pillow takes from the system at a time. Blocks of over 32 MiB are given
# back as soon as they are free (M_MMAP_THRESHOLD in mallopt(3)); of smaller ones, each
# thread that has decoded a large picture would keep hundreds of megabytes.
Image.core.set_block_size(64 * 1024 * 1024)  # type: ignore[attr-defined]  # not told

# libtiff, which Pillow's module is linked to, writes what is wrong with a file to
# standard error, unless its handler, one for all threads, is taken away
# (https://libtiff.gitlab.io/libtiff/functions/TIFFError.html). Where the module does
# not show it, as on Windows, it goes on writing.
with suppress(OSError, AttributeError):
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(None)  # type: ignore[attr-defined]  # not told

# The limit is for text, which is not there any more, and for profiles.
PngImagePlugin.MAX_TEXT_CHUNK = MAX_BYTES

_PLUGINS: Final = {
    Format.JPEG: "PIL.JpegImagePlugin",
    Format.PNG: "PIL.PngImagePlugin",
    Format.WEBP: "PIL.WebPImagePlugin",
    Foreign.GIF: "PIL.GifImagePlugin",
    Foreign.BMP: "PIL.BmpImagePlugin",
    Foreign.TIFF: "PIL.TiffImagePlugin",
    Foreign.AVIF: "PIL.AvifImagePlugin",
    Foreign.HEIC: "pillow_heif",
}
"""What Pillow reads a format with. Asked to open a file of any, it would import
forty of them, and try a program for PostScript."""

_SUBFILE_TYPE: Final = 254
"""Tag whose lowest bit says that a picture is the preview of another, as the first
is in the raw files of many cameras (TIFF 6.0, page 36)."""

_DNG_VERSION: Final = 50706
"""Tag that makes a TIFF a negative (Digital Negative Specification 1.7, page 22)."""


@contextmanager
def opened(
    data: bytes, found: Format | Foreign, name: str, max_pixels: int
) -> Iterator[ImageFile]:
    """Yield a picture of which only the header is read.

    Whatever goes wrong with it, until it is done with, becomes an `InputError` that
    names `name`.
    """
    # The error comes at twice as many. Callers look at the size themselves; this is
    # for formats whose frames are larger than they said.
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with Image.open(BytesIO(data), formats=(_reader(found, name),)) as image:
            _refuse_raw(image, name)
            yield image
    except InputError:
        raise
    except Image.DecompressionBombError as bomb:
        raise InputError(
            f"{name}: more than {max_pixels:,} pixels in all are not decoded",
            code="tooManyPixels",
            hint="if you trust it, a larger --max-pixels",
        ) from bomb
    except UnidentifiedImageError as failure:
        raise _undecodable(name, "its header is damaged") from failure
    except Exception as failure:  # a damaged file raises anything from its parsers
        reason = one_line(str(failure)) or type(failure).__name__
        raise _undecodable(name, short(reason, 100)) from failure


def header(image: ImageFile) -> Facts:
    """Return what the header says."""
    animated: bool = getattr(image, "is_animated", False)
    return Facts(width=image.width, height=image.height, animated=animated)


def _reader(found: Format | Foreign, name: str) -> str:
    """Import what reads a format, and return how Pillow calls it."""
    try:
        plugin = import_module(_PLUGINS[found])
    except ModuleNotFoundError as missing:
        raise InputError(
            f"{name}: for {found}, the package pillow-heif has to be installed",
            code="needsPackage",
            hint="pipx inject rwcap pillow-heif (or pip install pillow-heif)",
        ) from missing
    if found is not Foreign.HEIC:
        return found.value.upper()
    plugin.register_heif_opener()
    return "HEIF"


def _refuse_raw(image: ImageFile, name: str) -> None:
    """Raise `InputError` for a file whose first picture is not what it is about."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_SUBFILE_TYPE, 0) & 1 or _DNG_VERSION in tags:
        raise InputError(
            f"{name}: a camera's raw file; only developed pictures are captioned",
            code="unsupportedFormat",
            hint=f"exiftool -b -PreviewImage {word(name)} > preview.jpg",
        )


def _undecodable(name: str, reason: str) -> InputError:
    return InputError(
        f"{name}: cannot be decoded ({reason})",
        code="undecodableImage",
        hint=f"magick {word(name)} repaired.png",
    )

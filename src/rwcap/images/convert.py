"""Images decoded and converted by Pillow: upright, opaque, in sRGB, of a size."""

import ctypes
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BytesIO
from threading import Condition
from typing import Final, cast

from PIL import Image, ImageCms, PngImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from rwcap.core.errors import InputError
from rwcap.core.text import one_line, truncate
from rwcap.images.container import ImageInfo
from rwcap.images.formats import ConvertibleFormat, Format
from rwcap.images.icc import MAX_BYTES, is_srgb
from rwcap.images.image import shell_name
from rwcap.images.limits import MAX_PIXELS, scaled_size


class MemoryLimit:
    """As many pixels as all threads together may have decoded; one larger goes alone.

    What is known before a file is opened, its bytes, says little of it: a megabyte
    may be a hundred million pixels.
    """

    def __init__(self, pixels: int) -> None:
        """Have room for so many."""
        self._free = self._all = pixels
        self._changed = Condition()

    @contextmanager
    def acquire(self, pixels: int) -> Iterator[None]:
        """Take up so much of it, once it is free."""
        needed = min(pixels, self._all)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= needed)
            self._free -= needed
        try:
            yield
        finally:
            with self._changed:
                self._free += needed
                self._changed.notify_all()


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
    ConvertibleFormat.GIF: "PIL.GifImagePlugin",
    ConvertibleFormat.BMP: "PIL.BmpImagePlugin",
    ConvertibleFormat.TIFF: "PIL.TiffImagePlugin",
    ConvertibleFormat.AVIF: "PIL.AvifImagePlugin",
    ConvertibleFormat.HEIC: "pillow_heif",
}
"""What Pillow reads a format with. Asked to open a file of any, it would import
forty of them, and try a program for PostScript."""

_SUBFILE_TYPE: Final = 254
"""Tag whose lowest bit says that a picture is the preview of another, as the first
is in the raw files of many cameras (TIFF 6.0, page 36)."""

_DNG_VERSION: Final = 50706
"""Tag that makes a TIFF a negative (Digital Negative Specification 1.7, page 22)."""


@contextmanager
def open_image(
    data: bytes, found: Format | ConvertibleFormat, name: str, max_pixels: int
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
        raise _undecodable(name, truncate(reason, 100)) from failure


def header_info(image: ImageFile) -> ImageInfo:
    """Return what the header says."""
    animated: bool = getattr(image, "is_animated", False)
    return ImageInfo(width=image.width, height=image.height, animated=animated)


def _reader(found: Format | ConvertibleFormat, name: str) -> str:
    """Import what reads a format, and return how Pillow calls it."""
    try:
        plugin = import_module(_PLUGINS[found])
    except ModuleNotFoundError as missing:
        raise InputError(
            f"{name}: for {found}, the package pillow-heif has to be installed",
            code="needsPackage",
            hint="pipx inject rwcap pillow-heif (or pip install pillow-heif)",
        ) from missing
    if found is not ConvertibleFormat.HEIC:
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
            hint=f"exiftool -b -PreviewImage {shell_name(name)} > preview.jpg",
        )


def _undecodable(name: str, reason: str) -> InputError:
    return InputError(
        f"{name}: cannot be decoded ({reason})",
        code="undecodableImage",
        hint=f"magick {shell_name(name)} repaired.png",
    )


JPEG_QUALITY: Final = 90
"""Of the JPEG, 1 to 95, its colours as fine as its shades (4:4:4).

JPEG for all, because a photo as PNG has five times the bytes. So little is lost
that coloured letters on a screenshot stay sharp; at Pillow's own 75 and 4:2:0 they
do not (https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html).
"""

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of each orientation upright.

https://exiftool.org/TagNames/EXIF.html (0x0112)
"""

_MODES: Final = {"1": "L", "L": "L", "CMYK": "CMYK"}
"""What becomes of opaque pictures that are not in RGB, and have no palette."""

_room: Final = MemoryLimit(MAX_PIXELS)


def convert(
    image: ImageFile, orientation: int, max_side: int
) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG of the picture, and its width and height in pixels.

    `orientation` is that of the file; 1 leaves it to what Pillow finds in it. The
    JPEG has neither metadata nor a profile.
    """
    size = scaled_size(image.width, image.height, max_side)
    with _room.acquire(image.width * image.height):
        # JPEG can be decoded at a half, a quarter or an eighth, for much less work.
        image.draft(None, size)
        image.load()
        found = orientation if orientation != 1 else image.getexif().get(_ORIENTATION)
        profile = image.info.get("icc_profile")
        # Scaled before all that is costly for each pixel.
        scaled = _plain(image)
        if scaled.size != size:
            scaled = scaled.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        upright = _in_srgb(_on_white(scaled), profile)
        if found in _TURNS:
            upright = upright.transpose(_TURNS[found])
    upright.info = {}  # a comment would be written again
    file = BytesIO()
    upright.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue(), upright.size


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture with 8 bits a sample, and no palette."""
    if image.mode.startswith("I;16"):
        return _spread(image, 0, 0xFFFF)
    if image.mode in {"I", "F"}:  # whose samples may be anything
        low, high = cast("tuple[float, float]", image.getextrema())
        return _spread(image, low, high)
    wanted = "RGBA" if image.has_transparency_data else _MODES.get(image.mode, "RGB")
    return image if image.mode == wanted else image.convert(wanted)


def _spread(image: Image.Image, low: float, high: float) -> Image.Image:
    """Return shades of grey from black at `low` to white at `high`."""
    scale = 255 / (high - low) if high > low else 0.0
    spread = image.point(lambda sample: sample * scale - low * scale)
    grey = spread.convert("L")
    grey.info.pop("transparency", None)  # a sample of what it was
    return grey


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, or in shades of grey."""
    if profile and not is_srgb(profile):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            wanted = ImageCms.createProfile("sRGB")
            found = ImageCms.profileToProfile(image, source, wanted, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # damaged, or for another kind of picture: as if there were none
        else:
            return found or image  # never none, unless in place
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")

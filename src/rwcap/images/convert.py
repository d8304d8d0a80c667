"""Decode an image and encode it upright, opaque and in sRGB, with Pillow."""

import ctypes
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from typing import Final, cast

from PIL import Image, ImageCms, PngImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from rwcap.core.errors import InputError
from rwcap.core.text import one_line, truncate
from rwcap.images import jpeg
from rwcap.images.container import ImageInfo
from rwcap.images.formats import ConvertibleFormat, Format
from rwcap.images.icc import MAX_PROFILE_BYTES, is_srgb
from rwcap.images.image import shell_name
from rwcap.images.limits import MAX_PIXELS, scaled_size
from rwcap.images.memory import MemoryLimit

JPEG_QUALITY: Final = 90
"""Quality of the encoded JPEG, 1 to 95, without chroma subsampling (4:4:4).

A photo as PNG has five times the bytes. At this quality, coloured letters on a
screenshot stay sharp; with the defaults of Pillow, 75 and 4:2:0, they do not
(https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html).
"""

WEBP_QUALITY: Final = 50
"""Quality of a thumbnail, 0 to 100. With 208 pixels a side, a photo has about 4 KB."""


# Pillow warns about problems that it has repaired or that our own limits handle, and
# it logs errors that it also raises.
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
logging.getLogger("PIL").addHandler(logging.NullHandler())

# The size of the blocks of memory that Pillow allocates. The system takes back blocks
# of more than 32 MiB as soon as they are free (M_MMAP_THRESHOLD in mallopt(3)). With
# smaller blocks, each thread that has decoded a large image would keep hundreds of
# megabytes.
Image.core.set_block_size(64 * 1024 * 1024)  # type: ignore[attr-defined]  # not in the stubs

# libtiff, which is linked into the C module of Pillow, writes errors to standard error
# unless its handler, which all threads share, is removed
# (https://libtiff.gitlab.io/libtiff/functions/TIFFError.html). Where the module does
# not export the function, as on Windows, it keeps writing.
with suppress(OSError, AttributeError):
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(None)  # type: ignore[attr-defined]  # not in the stubs

# The limit of Pillow applies to text, which is already removed, and to profiles.
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES

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
"""The module that decodes each format.

Without a list of formats, Pillow imports forty modules to open a file, and can run
an external program for PostScript.
"""


@contextmanager
def open_image(
    data: bytes, found: Format | ConvertibleFormat, name: str, max_pixels: int
) -> Iterator[ImageFile]:
    """Open an image and read its header; pixels are decoded inside the context.

    Args:
        data: The bytes of the file.
        found: The format of the file.
        name: The name of the image in messages.
        max_pixels: The limit for formats whose frames are larger than the header
            says. Pillow raises an error at twice this number.

    Raises:
        InputError: Opening the image failed, or any operation inside the context.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with Image.open(BytesIO(data), formats=(_load_plugin(found, name),)) as image:
            yield image
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name}: more than {max_pixels:,} pixels in total",
            code="tooManyPixels",
            hint="if you trust the file: a larger --max-pixels",
        ) from error
    except UnidentifiedImageError as error:
        raise _decode_error(name, "damaged header") from error
    except Exception as error:  # a damaged file can make Pillow raise any exception
        reason = one_line(str(error)) or type(error).__name__
        raise _decode_error(name, truncate(reason, 100)) from error


def header_info(image: ImageFile) -> ImageInfo:
    """Return the properties of an opened image."""
    animated: bool = getattr(image, "is_animated", False)
    return ImageInfo(width=image.width, height=image.height, animated=animated)


def _load_plugin(found: Format | ConvertibleFormat, name: str) -> str:
    """Import the module that decodes a format; return Pillow's name of the format."""
    try:
        plugin = import_module(_PLUGINS[found])
    except ModuleNotFoundError as error:
        raise InputError(
            f"{name}: {found} requires the package pillow-heif",
            code="needsPackage",
            hint="pipx inject rwcap pillow-heif (or pip install pillow-heif)",
        ) from error
    if found is not ConvertibleFormat.HEIC:
        return found.value.upper()
    plugin.register_heif_opener()
    return "HEIF"


def _decode_error(name: str, reason: str) -> InputError:
    return InputError(
        f"{name}: cannot be decoded ({reason})",
        code="undecodableImage",
        hint=f"magick {shell_name(name)} repaired.png",
    )


_ORIENTATION: Final = 0x0112
_UPRIGHT_BY: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes an image of each orientation upright.

https://exiftool.org/TagNames/EXIF.html (0x0112)
"""

_TARGET_MODES: Final = {"1": "L", "L": "L", "CMYK": "CMYK"}
"""The mode with 8 bits per sample for each opaque mode; RGB for all others."""

_memory: Final = MemoryLimit(MAX_PIXELS)


def convert(
    image: ImageFile, orientation: int, max_side: int
) -> tuple[bytes, tuple[int, int]]:
    """Encode an image as a JPEG without metadata or profile.

    Args:
        image: The opened image.
        orientation: Exif orientation, 1 to 8; with 1, the orientation that Pillow
            finds in the file is used.
        max_side: Maximum of the long side in pixels; 0 means no limit.

    Returns:
        The bytes of the JPEG, and its width and height in pixels.
    """
    upright = _upright(image, orientation, max_side)
    file = BytesIO()
    upright.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue(), upright.size


def shrink(image: ImageFile, orientation: int, max_side: int) -> bytes:
    """Encode an image as a small WebP; the arguments are those of `convert`."""
    import_module(_PLUGINS[Format.WEBP])
    file = BytesIO()
    # Method 2 takes 40 % of the time of the default for 6 % more bytes.
    small = _upright(image, orientation, max_side)
    small.save(file, "WEBP", quality=WEBP_QUALITY, method=2)
    return file.getvalue()


def _upright(image: ImageFile, orientation: int, max_side: int) -> Image.Image:
    """Return the pixels of an image, scaled and upright, without metadata."""
    size = scaled_size(image.width, image.height, max_side)
    with _memory.acquire(image.width * image.height):
        # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which is much faster.
        image.draft(None, size)
        image.load()
        found = orientation if orientation != 1 else image.getexif().get(_ORIENTATION)
        profile = image.info.get("icc_profile")
        # Scale before all other operations, whose cost grows with the pixels.
        scaled = _to_8_bit(image)
        if scaled.size != size:
            scaled = scaled.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        upright = _to_srgb(_flatten(scaled), profile)
        if found in _UPRIGHT_BY:
            upright = upright.transpose(_UPRIGHT_BY[found])
    upright.info = {}  # Pillow would write a comment again
    return upright


_FILLERS: Final = tuple(
    b"".join(noise + bytes((0xFF, restart)) for restart in range(0xD0, 0xD8))
    for noise in (bytes(range(255)), bytes(range(254, -1, -1)))
)


def has_all_pixels(data: bytes, name: str, max_pixels: int) -> bool:
    """Return whether a JPEG without end marker has all its pixels.

    A decoder ignores bytes after the last pixel. If pixels are missing, it decodes
    these bytes, and two sequences of bytes become different pixels.
    """
    digests: set[bytes] = set()
    for filler in _FILLERS:
        with (
            open_image(
                data + filler + jpeg.END, Format.JPEG, name, max_pixels
            ) as image,
            _memory.acquire(image.width * image.height),
        ):
            digests.add(sha256(image.tobytes()).digest())
    return len(digests) == 1


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits per sample and without a palette."""
    if image.mode.startswith("I;16"):
        return _to_grey(image, 0, 0xFFFF)
    if image.mode in {"I", "F"}:  # samples of these modes can have any range
        low, high = cast("tuple[float, float]", image.getextrema())
        return _to_grey(image, low, high)
    mode = "RGBA" if image.has_transparency_data else None
    mode = mode or _TARGET_MODES.get(image.mode, "RGB")
    return image if image.mode == mode else image.convert(mode)


def _to_grey(image: Image.Image, low: float, high: float) -> Image.Image:
    """Return a grey image that is black at the sample `low` and white at `high`."""
    scale = 255 / (high - low) if high > low else 0.0
    grey = image.point(lambda sample: sample * scale - low * scale).convert("L")
    grey.info.pop("transparency", None)  # a sample of the original range
    return grey


def _flatten(image: Image.Image) -> Image.Image:
    """Return the image on a white background."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in sRGB or grey; a profile that cannot be applied is ignored."""
    if profile and not is_srgb(profile):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(
                image, source, target, outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # damaged, or for another colour model
        else:
            return converted or image  # None only for a conversion in place
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")

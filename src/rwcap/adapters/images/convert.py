"""Pictures as the model is to see them: upright, opaque, in sRGB, of its size."""

from io import BytesIO
from typing import Final, cast

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile

from rwcap.adapters.images.room import Room
from rwcap.domain.change import fit
from rwcap.domain.icc import is_srgb
from rwcap.domain.preparation import MAX_PIXELS

QUALITY: Final = 90
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

_room: Final = Room(MAX_PIXELS)


def convert(
    image: ImageFile, orientation: int, max_side: int
) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG of the picture, and its width and height in pixels.

    `orientation` is that of the file; 1 leaves it to what Pillow finds in it. The
    JPEG has neither metadata nor a profile.
    """
    size = fit(image.width, image.height, max_side)
    with _room.of(image.width * image.height):
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
    upright.save(file, "JPEG", quality=QUALITY, subsampling=0)
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

"""Thumbnails: small pictures of images, to look at."""

from typing import Final

from rwcap.core.errors import InputError
from rwcap.images.formats import RAW, ConvertibleFormat, Format, identify
from rwcap.images.limits import MAX_PIXELS
from rwcap.images.raw import find_preview

SIDE: Final = 208
"""The long side of a thumbnail, in pixels."""


def thumbnail(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> bytes:
    """Return a small WebP of the image in a file.

    Args:
        data: The bytes of the file.
        name: The name of the image in messages.
        max_pixels: The maximum number of pixels of an image that is decoded.

    Raises:
        InputError: The image cannot be decoded, or has too many pixels.
    """
    found, orientation = identify(data), 1
    if found == RAW:
        data, orientation = find_preview(data, name)
        found = Format.JPEG
    if not isinstance(found, Format | ConvertibleFormat):
        raise InputError(f"{name}: not an image that rwcap decodes", code="notAnImage")
    # Importing Pillow takes longer than everything else.
    from rwcap.images.convert import open_image, shrink

    with open_image(data, found, name, max_pixels) as image:
        if image.width * image.height > max_pixels:
            raise InputError(
                f"{name}: more than {max_pixels:,} pixels in total",
                code="tooManyPixels",
            )
        return shrink(image, orientation, SIDE)

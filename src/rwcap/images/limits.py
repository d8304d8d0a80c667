"""Limits of image size, and the options that control how images are prepared."""

from enum import StrEnum
from typing import Final, NamedTuple

MIN_SIDE: Final = 28
"""Minimum pixels per side: the model divides an image into patches of 28 pixels.

https://github.com/huggingface/transformers/blob/v4.52.4/src/transformers/models/qwen2_vl/image_processing_qwen2_vl.py#L55
"""

MAX_ASPECT: Final = 200
"""Maximum ratio of the long side to the short side (same source)."""

MAX_SIDE: Final = 1536
"""Default maximum of the long side of an uploaded image, in pixels.

Runware stores at most 2048 (https://runware.ai/docs/en/utilities/image-upload).
1536 pixels are 55 patches of 28 pixels, about 2,000 patches for an ordinary photo,
in which small print is still readable. A photo of 12 megapixels shrinks to a tenth
of its bytes.
"""

MAX_PIXELS: Final = 120_000_000
"""Default maximum number of pixels of an image that is decoded.

Many phones have cameras of 108 megapixels. Pillow needs four bytes per pixel, and
twice that for transparent images. Measured at 119 megapixels: at most 0.6 GB for an
opaque image, 1.3 GB for a transparent one, and 1.9 GB for a transparent one that is
not scaled.
"""

MAX_UPLOAD_BYTES: Final = 20 * 1024 * 1024
"""Maximum size of an image that is sent.

Runware documents no limit, but scales what it stores to 2048 pixels per side
(https://runware.ai/docs/en/utilities/image-upload), so larger files only cost time:
20 MiB are 28 MB in base64, or four minutes at 1 Mbit/s.
"""


class PrepareMode(StrEnum):
    """Which images are decoded and encoded again before they are sent."""

    AUTO = "auto"
    """Only the images that need a change."""
    ALWAYS = "always"
    NEVER = "never"


class Pairs(StrEnum):
    """How a raw file and the JPEG of the same name are treated."""

    TOGETHER = "together"
    """As one image: the JPEG is captioned, and both get the caption."""
    SEPARATE = "separate"


class PrepareOptions(NamedTuple):
    """The options that control how images are prepared."""

    mode: PrepareMode = PrepareMode.AUTO
    max_side: int = MAX_SIDE
    """Maximum of the long side in pixels; 0 means no limit."""
    max_pixels: int = MAX_PIXELS
    """Maximum number of pixels of an image that is decoded."""
    pairs: Pairs = Pairs.TOGETHER

    @property
    def cache_key(self) -> str:
        """The options that determine which bytes are sent for a file."""
        separate = " separate" if self.pairs is Pairs.SEPARATE else ""
        side = "" if self.mode is PrepareMode.NEVER else f" {self.max_side}"
        return f"{self.mode.value}{side}{separate}"


DEFAULT_OPTIONS: Final = PrepareOptions()


def scaled_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return the size after scaling the long side down to `max_side`.

    The short side keeps at least `MIN_SIDE` pixels. An image is never enlarged.

    Args:
        width: Pixels.
        height: Pixels.
        max_side: Maximum of the long side in pixels; 0 means no limit.
    """
    short, long = sorted((width, height))
    scale = max(max_side / long, MIN_SIDE / short) if max_side else 1.0
    if scale >= 1:
        return width, height
    return round(width * scale), round(height * scale)

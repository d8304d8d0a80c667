"""How images are prepared before they are sent, and the limits of the model."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_SIDE: Final = 1536
"""Pixels of the long side of what is sent, unless somebody wants another.

Runware stores at most 2048 (https://runware.ai/docs/en/utilities/image-upload).
The model looks at squares of 28 pixels: 1536 are 55 of them, some 2,000 of an
ordinary photo, in which small print can still be read; a photo of 12 megapixels
becomes a tenth of its bytes.
"""

MAX_PIXELS: Final = 120_000_000
"""Pixels of the largest picture that is decoded, unless somebody wants another.

More than the 108 megapixels of the largest cameras that many phones have. Pillow
takes four bytes a pixel, and as many again where they are transparent: measured at
119 megapixels, 0.6 GB at the most for an opaque picture, up to 1.3 GB for one that
is not, and 1.9 GB for one that is not scaled, either.
"""


class PrepareMode(StrEnum):
    """Which pictures are decoded, changed where need be, and encoded again."""

    AUTO = "auto"
    """Those in which something has to change."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """How pictures are prepared."""

    mode: PrepareMode = PrepareMode.AUTO
    max_side: int = MAX_SIDE
    """Pixels; 0 for any."""
    max_pixels: int = MAX_PIXELS

    @property
    def cache_key(self) -> str:
        """Return all that what is sent depends on, besides the file."""
        if self.mode is PrepareMode.NEVER:
            return self.mode.value
        return f"{self.mode.value} {self.max_side}"


DEFAULT_OPTIONS: Final = PrepareOptions()
"""As nobody wants it otherwise."""


MIN_SIDE: Final = 28
"""Pixels. The model looks at squares of 28, and refuses less than one, ...

https://github.com/huggingface/transformers/blob/v4.52.4/src/transformers/models/qwen2_vl/image_processing_qwen2_vl.py#L55
"""

MAX_ASPECT: Final = 200
"""... and a long side of more than so many times the short one (as above)."""


def scaled_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return the size with a long side of at most `max_side`, 0 for any.

    The short side stays at what the model needs, however narrow the picture is.
    """
    short, long = sorted((width, height))
    scale = max(max_side / long, MIN_SIDE / short) if max_side else 1.0
    if scale >= 1:
        return width, height
    return round(width * scale), round(height * scale)

"""How pictures are prepared before they are sent, as the user wants it."""

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


class Prepare(StrEnum):
    """Which pictures are decoded, changed where need be, and encoded again."""

    AUTO = "auto"
    """Those in which something has to change."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How pictures are prepared."""

    how: Prepare = Prepare.AUTO
    max_side: int = MAX_SIDE
    """Pixels; 0 for any."""
    max_pixels: int = MAX_PIXELS

    @property
    def mark(self) -> str:
        """Return all that what is sent depends on, besides the file."""
        if self.how is Prepare.NEVER:
            return self.how.value
        return f"{self.how.value} {self.max_side}"


DEFAULT: Final = Preparation()
"""As nobody wants it otherwise."""

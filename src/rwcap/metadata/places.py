"""The places in a file where a caption of the image can stand."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Place(StrEnum):
    """A place for a caption, by the name that exiftool gives it."""

    XMP = "XMP-dc:Description"
    IPTC = "IPTC:Caption-Abstract"
    EXIF_DESCRIPTION = "IFD0:ImageDescription"
    EXIF_COMMENT = "ExifIFD:UserComment"
    WINDOWS_TITLE = "IFD0:XPTitle"
    WINDOWS_COMMENT = "IFD0:XPComment"
    PNG_DESCRIPTION = "PNG:Description"


WRITABLE: Final = (Place.IPTC, Place.EXIF_DESCRIPTION, Place.EXIF_COMMENT)
"""The places besides XMP whose text is replaced, so that it agrees with XMP."""

PRECEDENCE: Final = (
    Place.XMP,
    Place.EXIF_DESCRIPTION,
    Place.IPTC,
    Place.EXIF_COMMENT,
    Place.WINDOWS_COMMENT,
    Place.PNG_DESCRIPTION,
    Place.WINDOWS_TITLE,
)
"""The places in the order in which a caption starts from their text.

A text in XMP continues there. Without one, the order of Exif and IPTC is that of the
Metadata Working Group (Guidelines for Handling Image Metadata 2.0, section 5.3;
https://exiftool.org/TagNames/MWG.html), which does not name the other places.
"""


def main_text(texts: Mapping[Place, str]) -> str | None:
    """Return the text from which a caption starts, or None if there is none."""
    return next((texts[place] for place in PRECEDENCE if place in texts), None)

"""Descriptions that cameras and programs write by themselves.

They are nobody's words. A text is compared as a whole and with its capital letters,
so that a sentence about an Olympus digital camera is not mistaken for one.
"""

import re
from collections.abc import Collection
from typing import Final

_GTHUMB = (  # gThumb, extensions/exiv2_tools/exiv2-utils.cpp
    "OLYMPUS DIGITAL CAMERA",
    "SONY DSC",
    "KONICA MINOLTA DIGITAL CAMERA",
    "MINOLTA DIGITAL CAMERA",
    "binary comment",
)
_KPHOTOALBUM = ("Exif_JPEG_PICTURE", "JENOPTIK DIGITAL CAMERA")
"""KPhotoAlbum, Settings/SettingsData.cpp."""
_INATURALIST = (  # iNaturalist, app/models/local_photo.rb
    "DIGITAL CAMERA",
    "KODAK Digital Still Camera",
    "MOULTRIE DIGITAL GAME CAMERA",
    "SAMSUNG CAMERA PICTURES",
)
_PHOTOPRISM = (  # PhotoPrism, internal/meta/sanitize.go; the short ones are of Huawei
    *("Created by Imlib", "iClarified", "DVC 10.1 HDMI", "charset=Ascii", "default"),
    *("rhdr", "hdrpl", "oznorWO", "frontbhdp", "fbt", "rbt", "ptr", "fbthdr", "btr"),
    *("mon", "nor", "dav", "mde", "mde_soft", "edf", "btfmdn", "btf", "btfhdr"),
    *("frem", "oznor", "rpt", "sdr_HDRB", "cof", "qrf", "fshbty"),
)
_OTHER_MAKERS = (
    *("SAMSUNG DIGITAL CAMERA", "NIKON DIGITAL CAMERA", "LG DIGITAL CAMERA"),
    *("PENTAX DIGITAL CAMERA", "FUJIFILM DIGITAL CAMERA", "CASIO DIGITAL CAMERA"),
    *("Created with GIMP", "Created with The GIMP", "Screenshot"),
)
_SAMPLE_PICTURES = (  # test pictures of ExifTool, Exiv2 and jhead
    *("GE DIGITAL CAMERA", "SANYO DIGITAL CAMERA", "Minolta DSC", "DCF 1.0"),
    *("GC-X1E Image", "Exif JPEG"),
)
_TEXTS: Final = frozenset(
    (*_GTHUMB, *_KPHOTOALBUM, *_INATURALIST, *_PHOTOPRISM, *_OTHER_MAKERS)
) | frozenset(_SAMPLE_PICTURES)

_JSON_MEMBER: Final = r'"(?!MAP)\w+": ?(?:"[\w.-]*"|-?[\d.]+|true|false|null)'
"""A member with one number or word; Mapillary's, such as MAPLatitude, are data."""

_PATTERNS: Final = re.compile(
    r"<(Digimax|KENOX)[^<>]*>"  # Samsung, with the model
    r"|(oppo|oplus|realme)_\d+"  # flags of phones
    rf"|\{{{_JSON_MEMBER}(?:, ?{_JSON_MEMBER})*\}}"  # the state of a camera in JSON
    r"|filter: \d+; fileterIntensity: .*"  # the same in another form, misspelt
    r"|DCIM\\\S+"  # the path of the file on the camera
    r"|[A-Z0-9_]{4}\d{4}\.JPG|PIC\d{5}\.JPG|0\d{5}"  # its name, its number
    r"|R: *\d+ G: *\d+ B: *\d+ X: *\d+ Y: .*"  # colours measured by a camera
)


def is_placeholder(text: str, more: Collection[str] = ()) -> bool:
    """Return whether nobody wrote a text.

    Args:
        text: The description of an image.
        more: Texts that count as well: the setting `placeholder_descriptions`.
    """
    words = " ".join(text.replace("\0", " ").split())
    known = words in _TEXTS or words in {" ".join(each.split()) for each in more}
    return not words or known or bool(_PATTERNS.fullmatch(words))

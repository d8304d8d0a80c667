"""The XMP properties and other places that hold a text, and its provenance.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf
"""

import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.text import strip_control

RWCAP_NAMESPACE: Final = "urn:x-rwcap:1/"
"""The namespace of the properties that state the provenance of a text."""

_DC: Final = "http://purl.org/dc/elements/1.1/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_LIGHTROOM: Final = "http://ns.adobe.com/lightroom/1.0/"
_DIGIKAM: Final = "http://www.digikam.org/ns/1.0/"
_NON_CHARACTER = re.compile("[\ufffe\uffff]")
_LINE_END: Final = re.compile("\r\n?")


class XmpName(Enum):
    """The names of a property: its prefix, its namespace, its local name."""

    def __init__(self, prefix: str, namespace: str, local_name: str) -> None:
        """Derive the names that are written and compared."""
        self.declaration = f'xmlns:{prefix}="{namespace}"'
        self.tag = f"{prefix}:{local_name}"
        self.expanded_name = f"{namespace} {local_name}"
        self.local_name = local_name


class Property(XmpName):
    """A property that holds a text in several languages.

    https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
    """

    DESCRIPTION = ("dc", _DC, "description")
    """The caption or description that photo software shows."""
    ALT_TEXT = ("Iptc4xmpCore", _IPTC, "AltTextAccessibility")
    """A short text for people who cannot see the image."""
    EXTENDED_DESCRIPTION = ("Iptc4xmpCore", _IPTC, "ExtDescrAccessibility")
    """The details that the short text omits."""
    TITLE = ("dc", _DC, "title")


CAPTIONS: Final = (
    Property.DESCRIPTION,
    Property.ALT_TEXT,
    Property.EXTENDED_DESCRIPTION,
)
"""The properties that describe an image."""


class KeywordList(XmpName):
    """A property that holds a list of keywords."""

    KEYWORDS = ("dc", _DC, "subject", "")
    """The keywords that all photo software knows."""
    LIGHTROOM = ("lr", _LIGHTROOM, "hierarchicalSubject", "|")
    """Keywords in levels, as Lightroom writes them: `animals|cat`."""
    DIGIKAM = ("digiKam", _DIGIKAM, "TagsList", "/")
    """Keywords in levels, as digiKam writes them: `animals/cat`."""

    def __init__(
        self, prefix: str, namespace: str, local_name: str, separator: str
    ) -> None:
        """Store the names, and the text between levels; empty without levels."""
        super().__init__(prefix, namespace, local_name)
        self.separator = separator


class ImageTexts(NamedTuple):
    """Texts that describe an image, wherever they come from or go to."""

    texts: Mapping[Property, str] = MappingProxyType({})
    keywords: tuple[str, ...] = ()


NO_TEXTS: Final = ImageTexts()


class Place(StrEnum):
    """A place for a text, by the name that exiftool gives it.

    All are places for captions, except those for a title and for keywords.
    """

    XMP = "XMP-dc:Description"
    IPTC = "IPTC:Caption-Abstract"
    IPTC_TITLE = "IPTC:ObjectName"
    IPTC_KEYWORDS = "IPTC:Keywords"
    """A list; as one text, it has a line for each keyword."""
    EXIF_DESCRIPTION = "IFD0:ImageDescription"
    EXIF_COMMENT = "ExifIFD:UserComment"
    WINDOWS_TITLE = "IFD0:XPTitle"
    WINDOWS_COMMENT = "IFD0:XPComment"
    PNG_DESCRIPTION = "PNG:Description"

    @property
    def local_name(self) -> str:
        """The name without that of its directory."""
        return self.partition(":")[2]


FORMER_NAMES: Final[Mapping[str, str]] = {
    "CaptionModel": "Model",
    "CaptionDate": "Date",
}
"""The names that an older rwcap gave two marks. `exiftool -tagsfromfile` took them for
the camera model and the date of another image."""

UNREADABLE: Final = "\ufffd"
"""The character in place of bytes that are in no known encoding."""

WRITABLE: Final = (Place.IPTC, Place.EXIF_DESCRIPTION, Place.EXIF_COMMENT)
"""The places besides XMP whose caption is replaced, so that it agrees with XMP."""

PLACES: Final[Mapping[Property, tuple[Place, ...]]] = {
    Property.DESCRIPTION: WRITABLE,
    Property.TITLE: (Place.IPTC_TITLE,),
}
"""The places besides XMP for the text of a property."""

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


def provenance(
    texts: Mapping[Property, str], *, model: str, request: str, date: str
) -> dict[str, str]:
    """Return the properties which state that a model wrote `texts`.

    They include a digest of each text, so an edit by a person is detectable. There is
    no standard property for this. The DigitalSourceType of IPTC and its AI properties
    describe how an image was made (https://iptc.org/news/2025/11), not its texts.
    photoshop:CaptionWriter is the name of a person, and software shows it as such.

    Args:
        texts: The texts of the packet.
        model: The model that wrote them.
        request: The digest of the request in hexadecimal.
        date: The date and time in ISO 8601.

    Returns:
        Values by local name in `RWCAP_NAMESPACE`.
    """
    digests = {
        f"{key.local_name}Digest": text_digest(text) for key, text in texts.items()
    }
    return {"CaptionModel": model, "Request": request, "CaptionDate": date, **digests}


def edited(texts: Mapping[Property, str]) -> dict[str, str]:
    """Return the properties which state that a person wrote `texts`, with a digest.

    The values are by local name in `RWCAP_NAMESPACE`.
    """
    return {f"{key.local_name}Edited": text_digest(text) for key, text in texts.items()}


def text_digest(text: str) -> str:
    """Return the digest of a text for the properties above.

    All kinds of line ends count as the same, because programs change them: Adobe's
    write CR in IPTC (https://github.com/adobe/XMP-Toolkit-SDK, ReconcileIPTC.cpp).
    """
    return sha256(_LINE_END.sub("\n", text).encode()).hexdigest()


def xml_safe(text: str) -> str:
    """Return a text whose characters are all allowed in XML.

    Control characters are removed and non-characters become U+FFFD
    (https://www.w3.org/TR/xml/#charsets). White space at both ends is removed.
    """
    return _NON_CHARACTER.sub("\ufffd", strip_control(text)).strip()


def unusable_xmp(reason: str) -> InputError:
    """Return the error for a packet that cannot be read or changed."""
    return InputError(f"unusable XMP: {reason}", code="unreadableXmp")

"""The XMP properties that hold a text, and the provenance of that text.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf
"""

import re
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.text import strip_control

RWCAP_NAMESPACE: Final = "urn:x-rwcap:1/"
"""The namespace of the properties that state the provenance of a text."""

_DC: Final = "http://purl.org/dc/elements/1.1/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_NON_CHARACTER = re.compile("[\ufffe\uffff]")


class Property(Enum):
    """A property that holds a text in several languages.

    https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
    """

    DESCRIPTION = ("dc", _DC, "description")
    """The caption or description that photo software shows."""
    ALT_TEXT = ("Iptc4xmpCore", _IPTC, "AltTextAccessibility")
    """A short text for people who cannot see the image."""
    EXTENDED_DESCRIPTION = ("Iptc4xmpCore", _IPTC, "ExtDescrAccessibility")
    """The details that the short text omits."""

    def __init__(self, prefix: str, namespace: str, local_name: str) -> None:
        """Derive the names that are written and compared."""
        self.declaration = f'xmlns:{prefix}="{namespace}"'
        self.tag = f"{prefix}:{local_name}"
        self.expanded_name = f"{namespace} {local_name}"
        self.local_name = local_name


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
        f"{key.local_name}Digest": sha256(text.encode()).hexdigest()
        for key, text in texts.items()
    }
    return {"Model": model, "Request": request, "Date": date, **digests}


def xml_safe(text: str) -> str:
    """Return a text whose characters are all allowed in XML.

    Control characters are removed and non-characters become U+FFFD
    (https://www.w3.org/TR/xml/#charsets). White space at both ends is removed.
    """
    return _NON_CHARACTER.sub("\ufffd", strip_control(text)).strip()


def unusable_xmp(reason: str) -> InputError:
    """Return the error for a packet that cannot be read or changed."""
    return InputError(f"unusable XMP: {reason}", code="unreadableXmp")

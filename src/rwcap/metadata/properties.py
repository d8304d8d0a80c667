"""What can be said of a picture in XMP, and that a machine says it.

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
"""The namespace of what tells that a machine wrote a text, and which."""

_DC: Final = "http://purl.org/dc/elements/1.1/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


class Property(Enum):
    """The texts that a packet can have, each in several languages.

    https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
    """

    DESCRIPTION = ("dc", _DC, "description")
    """What photo software shows as caption or description."""
    ALT_TEXT = ("Iptc4xmpCore", _IPTC, "AltTextAccessibility")
    """Short, for those who cannot see the picture."""
    EXTENDED_DESCRIPTION = ("Iptc4xmpCore", _IPTC, "ExtDescrAccessibility")
    """Whatever the short one leaves out."""

    def __init__(self, prefix: str, namespace: str, local: str) -> None:
        """Name the property as it is written, and as it is compared."""
        self.declared = f'xmlns:{prefix}="{namespace}"'
        self.tag = f"{prefix}:{local}"
        self.expanded = f"{namespace} {local}"
        self.local = local


def provenance(
    texts: Mapping[Property, str], *, model: str, request: str, date: str
) -> dict[str, str]:
    """Return what tells that a machine wrote `texts`, and which, on what request.

    Of each text the digest: whoever changes the text makes it a person's. There is
    no standard field for it. IPTC's DigitalSourceType and its AI properties are
    about the making of the picture (https://iptc.org/news/2025/11), not of words
    about it; photoshop:CaptionWriter names a person, and programs show it as one.
    """
    digests = {
        f"{wanted.local}Digest": sha256(text.encode()).hexdigest()
        for wanted, text in texts.items()
    }
    return {"Model": model, "Request": request, "Date": date, **digests}


def xml_safe(text: str) -> str:
    """Return a text as a packet can hold it: what no XML can hold becomes U+FFFD.

    https://www.w3.org/TR/xml/#charsets
    """
    return _NO_CHARACTER.sub("\ufffd", strip_control(text)).strip()


def unusable_xmp(reason: str) -> InputError:
    """Return the refusal of XMP."""
    return InputError(f"its XMP cannot be used: {reason}", code="unreadableXmp")

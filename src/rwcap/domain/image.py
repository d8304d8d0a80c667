"""Images as the service takes them: bytes of a known format, or a reference."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rwcap.domain.errors import InputError
from rwcap.domain.format import identify
from rwcap.domain.picture import Picture, parse_picture
from rwcap.domain.text import is_web_url


@dataclass(frozen=True, slots=True)
class Reference:
    """An image that the service fetches: an http(s) URL or the UUID of an upload."""

    value: str


Image = Picture | Reference


class Parse(Protocol):
    """How a picture is made of the bytes of a file."""

    def __call__(self, data: bytes, /, *, name: str) -> Picture:
        """Return the picture, or raise `InputError` naming `name`."""


class SourceKind(Enum):
    """What the word that names an image is."""

    STDIN = "-"
    URL = "an http(s) URL"
    DATA_URI = "a data URI"
    UUID = "the UUID of an image stored at Runware"
    PATH = "a path"


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL = re.compile(r"https?:", re.IGNORECASE)
_DATA_URI = re.compile(r"data:([^,]*),(.*)", re.IGNORECASE | re.DOTALL)


def classify(source: str) -> SourceKind:
    """Return what `source` is by its shape alone.

    Whether a file of a UUID's name exists, and so comes first, only the reader
    of files can know.
    """
    if source == "-":
        return SourceKind.STDIN
    if _URL.match(source):
        return SourceKind.URL
    if source[:5].lower() == "data:":
        return SourceKind.DATA_URI
    if _UUID.fullmatch(source):
        return SourceKind.UUID
    return SourceKind.PATH


def label(source: str) -> str:
    """Return `source` short enough to show: a data URI without its payload."""
    if classify(source) is not SourceKind.DATA_URI:
        return source
    head, _, payload = source.partition(",")
    return f"{head[:60]},... ({len(payload)} characters)"


def parse_url(source: str) -> Reference:
    """Return the reference that an http(s) URL is.

    Raises `InputError` where it has no host or holds white space.
    """
    if not is_web_url(source):
        raise InputError(
            f"{source}: not a complete http(s) URL",
            code="invalidURL",
            hint="quote it, and write spaces in it as %20",
        )
    return Reference(source)


def parse_uuid(source: str) -> Reference:
    """Return the reference that the UUID of a stored image is."""
    return Reference(source.lower())


def parse_data_uri(source: str, parse: Parse = parse_picture) -> Picture:
    """Return the picture inside a base64 data URI.

    The media type it states is not believed: the bytes decide, as everywhere.
    Raises `InputError` where it holds no picture.
    """
    found = _DATA_URI.fullmatch(source)
    if not found or not found[1].lower().rstrip().endswith(";base64"):
        raise InputError(
            f"{label(source)}: not a base64 data URI",
            code="invalidDataURI",
            hint="it begins like this: data:image/jpeg;base64,/9j/4AAQ",
        )
    data = _from_base64(found[2].encode("ascii", "replace"))
    if data is None:
        raise InputError(
            f"{label(source)}: its base64 is damaged", code="invalidDataURI"
        )
    return parse(data, name=label(source))


def parse_stream(data: bytes, *, name: str, parse: Parse = parse_picture) -> Picture:
    """Return the picture in `data`: its bytes, their base64, or a data URI.

    Raises `InputError` where it is none of them.
    """
    if data[:100].lstrip()[:5].lower() == b"data:":
        return parse_data_uri(data.decode("ascii", "replace").strip(), parse)
    if identify(data) is None and (decoded := _from_base64(data)):
        return parse(decoded, name=name)
    return parse(data, name=name)


def _from_base64(text: bytes) -> bytes | None:
    """Return what base64, with or without line ends, stands for, if it is base64."""
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None

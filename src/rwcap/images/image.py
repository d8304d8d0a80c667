"""Images as the service takes them: bytes of a known format, or a reference."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from shlex import quote
from typing import Final, Protocol

from rwcap.core.errors import InputError
from rwcap.core.source import source_label
from rwcap.core.text import is_web_url
from rwcap.images.container import ImageInfo, RemovedMetadata
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.images.limits import MAX_ASPECT, MIN_SIDE

MAX_UPLOAD_BYTES: Final = 20 * 1024 * 1024
"""Bytes of the largest picture that is sent.

Runware documents no limit, but scales what it stores to 2048 pixels a side
(https://runware.ai/docs/en/utilities/image-upload), so more is only waiting:
20 MiB are 28 MB in base64, four minutes at 1 Mbit/s.
"""

STDIN_NAME: Final = "standard input"
"""How messages name the image that `-` stands for."""

_REMEDIES: Final = {
    "truncatedImage": "copy or download it again",
    "damagedImage": "magick {} repaired.png",
    "tooManyScans": "if you trust it, jpegtran {} > fewer-scans.jpg",
}


@dataclass(frozen=True)  # without slots, so that the digest is kept
class PreparedImage:
    """An image whose bytes we have."""

    format: Format
    """Of `data`."""
    data: bytes = field(repr=False)
    """What is sent, and nothing else is: a picture without metadata."""
    info: ImageInfo
    """Of the file as it was."""
    removed: RemovedMetadata = ()
    """What was taken out of a file whose parts we know, before anything was changed."""
    changes: tuple[str, ...] = ()
    """What was done to the file's picture to make `data` of it, in words."""
    encoded_size: tuple[int, int] | None = None
    """Width and height of `data` in pixels, where they may not be those of the file."""
    origin: bytes = field(default=b"", repr=False)
    """SHA-256 of what `data` was made of, where something has changed."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as it is sent."""
        return self.encoded_size or (self.info.width, self.info.height)

    @cached_property
    def digest(self) -> str:
        """By what it is known again, in hexadecimal.

        SHA-256 of the file without its metadata, which is what is sent: a new name,
        a retouched caption or a GPS position make no new picture, and a file that
        never had metadata has the digest of its bytes.

        Where the picture is changed before it is sent: SHA-256 of that digest (of
        all bytes, for formats that we do not take apart) and of the changes in
        words. What another version of a library makes of it is not a new picture;
        to be scaled to another size is.
        """
        if not self.changes:
            return sha256(self.data).hexdigest()
        return sha256(self.origin + ", ".join(self.changes).encode()).hexdigest()


def parse_image(data: bytes, *, name: str) -> PreparedImage:
    """Return the picture in the file `data`, its format told by the first bytes.

    Raises `InputError` naming `name` where the service would not take it, or the
    model could not look at it.
    """
    if not data:
        raise InputError(f"{name}: empty (0 bytes)", code="emptyImage")
    found = identify(data)
    if isinstance(found, Format):
        return _strip(found, data, name)
    if found is None:
        raise InputError(
            f"{name}: not an image (its first bytes are those of no image format)",
            code="notAnImage",
            hint="rwcap captions JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC",
        )
    raise InputError(
        f"{name}: {found}; the service takes JPEG, PNG and WebP",
        code="unsupportedFormat",
        hint=f"magick {shell_name(name)} converted.jpg",
    )


def _strip(found: Format, data: bytes, name: str) -> PreparedImage:
    container = CONTAINERS[found]
    try:
        parts = container.parse(data)
        facts = container.read_info(data, parts)
    except InputError as flaw:
        raise InputError(
            f"{name}: {flaw.message}",
            code=flaw.code,
            hint=_REMEDIES[flaw.code].format(shell_name(name)),
        ) from flaw
    check_dimensions(facts, name)
    stripped, removed = container.strip(data, parts)
    return PreparedImage(found, stripped, facts, removed)


def check_dimensions(facts: ImageInfo, name: str) -> None:
    """Raise `InputError` for a picture of a size that the model refuses."""
    short, long = sorted((facts.width, facts.height))
    size = f"{facts.width} by {facts.height} pixels"
    side = MIN_SIDE
    if short < side:
        raise InputError(
            f"{name}: {size}; the model needs {MIN_SIDE} on each side",
            code="imageTooSmall",
            hint=f"magick {shell_name(name)} -resize '{side}x{side}^' larger.png",
        )
    if long > MAX_ASPECT * short:
        piece = f"{10 * short}x{10 * short}"
        raise InputError(
            f"{name}: {size}; the model takes no side {MAX_ASPECT} times the other",
            code="imageTooNarrow",
            hint=f"magick {shell_name(name)} -crop {piece} piece-%d.png",
        )


def shell_name(name: str) -> str:
    """Return how a shell command names the image."""
    if name == STDIN_NAME:
        return "-"
    return quote(f"./{name}" if name.startswith("-") else name)


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image that the service fetches: an http(s) URL or the UUID of an upload."""

    value: str


Image = PreparedImage | RemoteImage


class ParseImage(Protocol):
    """How a picture is made of the bytes of a file."""

    def __call__(self, data: bytes, /, *, name: str) -> PreparedImage:
        """Return the picture, or raise `InputError` naming `name`."""


_DATA_URI = re.compile(r"data:([^,]*),(.*)", re.IGNORECASE | re.DOTALL)


def parse_url(source: str) -> RemoteImage:
    """Return the reference that an http(s) URL is.

    Raises `InputError` where it has no host or holds white space.
    """
    if not is_web_url(source):
        raise InputError(
            f"{source}: not a complete http(s) URL",
            code="invalidURL",
            hint="quote it, and write spaces in it as %20",
        )
    return RemoteImage(source)


def parse_uuid(source: str) -> RemoteImage:
    """Return the reference that the UUID of a stored image is."""
    return RemoteImage(source.lower())


def parse_data_uri(source: str, parse: ParseImage = parse_image) -> PreparedImage:
    """Return the picture inside a base64 data URI.

    The media type it states is not believed: the bytes decide, as everywhere.
    Raises `InputError` where it holds no picture.
    """
    found = _DATA_URI.fullmatch(source)
    if not found or not found[1].lower().rstrip().endswith(";base64"):
        raise InputError(
            f"{source_label(source)}: not a base64 data URI",
            code="invalidDataURI",
            hint="it begins like this: data:image/jpeg;base64,/9j/4AAQ",
        )
    data = _from_base64(found[2].encode("ascii", "replace"))
    if data is None:
        raise InputError(
            f"{source_label(source)}: its base64 is damaged", code="invalidDataURI"
        )
    return parse(data, name=source_label(source))


def parse_stream(
    data: bytes, *, name: str, parse: ParseImage = parse_image
) -> PreparedImage:
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

"""Images in the form the service accepts: bytes of a known format, or a reference."""

import base64
import binascii
import re
from hashlib import sha256
from shlex import quote
from typing import Final, NamedTuple, Protocol

from rwcap.core.errors import InputError
from rwcap.core.source import STDIN_NAME, source_label
from rwcap.core.text import is_web_url
from rwcap.images.container import ImageInfo, RemovedMetadata
from rwcap.images.formats import CONTAINERS, Format, identify
from rwcap.images.limits import MAX_ASPECT, MIN_SIDE

_HINTS: Final = {
    "truncatedImage": "copy or download it again",
    "damagedImage": "magick {} repaired.png",
    "tooManyScans": "if you trust the file: jpegtran {} > fewer-scans.jpg",
}


class PreparedImage(NamedTuple):
    """An image whose bytes are sent to the service."""

    format: Format
    """The format of `data`."""
    data: bytes
    """The bytes that are sent: an image without metadata."""
    info: ImageInfo
    """The properties of the original file."""
    digest: str
    """The identity of the image: 64 hexadecimal digits (see `file_digest`)."""
    removed: RemovedMetadata = ()
    """The metadata that was removed, for formats that are not converted."""
    changes: tuple[str, ...] = ()
    """The changes made to the original image."""
    encoded_size: tuple[int, int] | None = None
    """Width and height of `data` in pixels, if the image was encoded again."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the image that is sent."""
        return self.encoded_size or (self.info.width, self.info.height)

    @property
    def key(self) -> bytes:
        """The identity of the image in the ledger, 32 bytes: its digest."""
        return bytes.fromhex(self.digest)


class RemoteImage(NamedTuple):
    """An image that the service fetches."""

    value: str
    """An http(s) URL, or the UUID of an image stored at Runware."""

    @property
    def key(self) -> bytes:
        """The identity of the image in the ledger, 32 bytes: the digest of `value`."""
        return sha256(b"reference:" + self.value.encode()).digest()


Image = PreparedImage | RemoteImage


def file_digest(data: bytes) -> str:
    """Return the identity of an image that is sent unchanged: SHA-256 of `data`.

    `data` has no metadata, so a new file name, caption or GPS position does not
    change the identity. The identity of a file that never had metadata is the
    digest of the whole file.
    """
    return sha256(data).hexdigest()


def changed_digest(original: str, changes: tuple[str, ...]) -> str:
    """Return the identity of an image that is changed before it is sent.

    It depends on the original file and on the changes, not on the encoded bytes,
    which can differ between versions of Pillow.

    Args:
        original: SHA-256 of the original file in hexadecimal, without metadata for
            JPEG, PNG and WebP.
        changes: The changes, as `required_changes` returns them.
    """
    return sha256(bytes.fromhex(original) + ", ".join(changes).encode()).hexdigest()


def parse_image(data: bytes, *, name: str) -> PreparedImage:
    """Return the image in a JPEG, PNG or WebP file, without metadata.

    Args:
        data: The bytes of the file, which determine its format.
        name: The name of the image in messages.

    Raises:
        InputError: The service or the model would reject the image.
    """
    if not data:
        raise InputError(
            f"{name}: empty (0 bytes)",
            code="emptyImage",
            hint="copy or download the image again",
        )
    found = identify(data)
    if isinstance(found, Format):
        return _parse_format(found, data, name)
    if found is None:
        raise InputError(
            f"{name}: not an image (unknown file signature)",
            code="notAnImage",
            hint="supported formats: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC"
            " and camera raw",
        )
    raise InputError(
        f"{name}: unsupported format: {found}",
        code="unsupportedFormat",
        hint=f"magick {shell_name(name)} converted.jpg",
    )


def _parse_format(found: Format, data: bytes, name: str) -> PreparedImage:
    container = CONTAINERS[found]
    try:
        parts = container.parse(data)
        info = container.read_info(data, parts)
    except InputError as error:
        raise InputError(
            f"{name}: {error.message}",
            code=error.code,
            hint=_HINTS[error.code].format(shell_name(name)),
        ) from error
    check_dimensions(info, name)
    stripped, removed = container.strip(data, parts)
    return PreparedImage(found, stripped, info, file_digest(stripped), removed)


def check_dimensions(info: ImageInfo, name: str) -> None:
    """Raise `InputError` if the model does not accept the width and height."""
    short, long = sorted((info.width, info.height))
    size = f"{info.width} by {info.height} pixels"
    side = MIN_SIDE
    if short < side:
        raise InputError(
            f"{name}: {size}; each side must have at least {side} pixels",
            code="imageTooSmall",
            hint=f"magick {shell_name(name)} -resize '{side}x{side}^' larger.png",
        )
    if long > MAX_ASPECT * short:
        piece = f"{10 * short}x{10 * short}"
        raise InputError(
            f"{name}: {size};"
            f" the long side can be at most {MAX_ASPECT} times the short side",
            code="imageTooNarrow",
            hint=f"magick {shell_name(name)} -crop {piece} piece-%d.png",
        )


def shell_name(name: str) -> str:
    """Return the image as an argument of a shell command."""
    if name == STDIN_NAME:
        return "-"
    return quote(f"./{name}" if name.startswith("-") else name)


class ParseImage(Protocol):
    """A function that returns the image in a file."""

    def __call__(self, data: bytes, /, *, name: str) -> PreparedImage:
        """Return the image, or raise `InputError` with `name` in its message."""


_DATA_URI = re.compile(r"data:([^,]*),(.*)", re.IGNORECASE | re.DOTALL)


def parse_url(source: str) -> RemoteImage:
    """Return the image at an http(s) URL.

    Raises:
        InputError: The URL has no host or contains white space.
    """
    if not is_web_url(source):
        raise InputError(
            f"{source}: not a complete http(s) URL",
            code="invalidURL",
            hint="quote the URL, and write spaces as %20",
        )
    return RemoteImage(source)


def parse_uuid(source: str) -> RemoteImage:
    """Return the image that is stored at Runware under a UUID."""
    return RemoteImage(source.lower())


def parse_data_uri(source: str, parse: ParseImage = parse_image) -> PreparedImage:
    """Return the image in a base64 data URI.

    The bytes determine the format; the media type in the URI is ignored.

    Raises:
        InputError: The URI contains no image.
    """
    found = _DATA_URI.fullmatch(source)
    if not found or not found[1].lower().rstrip().endswith(";base64"):
        raise InputError(
            f"{source_label(source)}: not a base64 data URI",
            code="invalidDataURI",
            hint="a data URI begins like this: data:image/jpeg;base64,/9j/4AAQ",
        )
    data = _decode_base64(found[2].encode("ascii", "replace"))
    if data is None:
        raise InputError(
            f"{source_label(source)}: invalid base64", code="invalidDataURI"
        )
    return parse(data, name=source_label(source))


def parse_stream(
    data: bytes, *, name: str, parse: ParseImage = parse_image
) -> PreparedImage:
    """Return the image in `data`, which can be a file, its base64, or a data URI.

    Raises:
        InputError: `data` is none of these.
    """
    if data[:100].lstrip()[:5].lower() == b"data:":
        return parse_data_uri(data.decode("ascii", "replace").strip(), parse)
    if identify(data) is None and (decoded := _decode_base64(data)):
        return parse(decoded, name=name)
    return parse(data, name=name)


def _decode_base64(text: bytes) -> bytes | None:
    """Return the decoded bytes, or None if `text` is not base64."""
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None

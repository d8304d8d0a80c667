"""A source: its kind, its file, the caption requested for it, or why it is unusable."""

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.errors import TaskError


class SourceKind(Enum):
    """The kind of a source. The value describes it in messages."""

    STDIN = "-"
    URL = "an http(s) URL"
    DATA_URI = "a data URI"
    UUID = "the UUID of an image stored at Runware"
    OBJECT = "the URL of an object in storage"
    PATH = "a path"


STDIN_NAME: Final = "standard input"
"""The name of the source `-` in messages."""

RAW_SUFFIXES: Final = (
    *(".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".raf", ".rw2", ".pef", ".dng"),
    ".srw",
)
"""The suffixes of camera raw files, in lower case."""

OBJECT_SCHEMES: Final = MappingProxyType(
    {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "memory": None}
)
"""The scheme of the URLs of each object storage, and the package that it needs besides
fsspec."""

_JPEG_SUFFIXES: Final = (".jpg", ".JPG", ".jpeg", ".JPEG")

_UUID: Final = "(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID_LENGTH: Final = 36


def source_kind(source: str) -> SourceKind:
    """Return the kind of a source by its form alone.

    A file may have the form of a UUID. The caller checks whether such a file exists,
    because then the source is a path.
    """
    if source == "-":
        return SourceKind.STDIN
    if source[:6].lower().startswith(("http:", "https:")):
        return SourceKind.URL
    if source[:5].lower() == "data:":
        return SourceKind.DATA_URI
    if len(source) == _UUID_LENGTH and re.fullmatch(_UUID, source):
        return SourceKind.UUID
    return SourceKind.OBJECT if is_object(source) else SourceKind.PATH


def is_object(source: str) -> bool:
    """Return whether a source is the URL of an object or a folder in storage."""
    scheme, separator, _ = source.partition("://")
    return bool(separator) and scheme in OBJECT_SCHEMES


def local_name(source: str) -> str:
    """Return the path in a `file://` URL (RFC 8089); other sources as they are."""
    if not source.startswith(("file:///", "file://localhost/")):
        return source
    from urllib.parse import unquote

    path = source[source.index("/", len("file://")) :]
    return unquote(path, errors="surrogateescape")


def source_label(source: str) -> str:
    """Return a source for display. A data URI is shown without its data."""
    if source_kind(source) is not SourceKind.DATA_URI:
        return source
    head, _, payload = source.partition(",")
    return f"{head[:60]},... ({len(payload)} characters)"


class FileStamp(NamedTuple):
    """Size, time and inode of a file. A file with the same stamp is unchanged.

    For an object in storage, a digest of its version takes the place of the inode.

    rsync uses the same quick check:
    https://download.samba.org/pub/rsync/rsync.1#opt--checksum
    """

    size: int
    """Bytes."""
    mtime: int
    """Nanoseconds since 1970; 0 for an object."""
    inode: int
    preparation: str = ""
    """The cache key of the preparation, which changes the image that is sent."""


def paired_names(path: str) -> tuple[str, ...]:
    """Return the names of the JPEG that a camera writes beside a raw file."""
    stem, dot, suffix = path.rpartition(".")
    is_raw = f".{suffix.lower()}" in RAW_SUFFIXES
    return tuple(stem + each for each in _JPEG_SUFFIXES) if dot and is_raw else ()


def other_names(path: str) -> tuple[str, ...]:
    """Return the possible names of the other file of a pair: JPEG or raw file."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or f".{suffix}" not in _JPEG_SUFFIXES:
        return paired_names(path)
    return tuple(stem + name for raw in RAW_SUFFIXES for name in (raw, raw.upper()))


def are_pair(one: str, other: str) -> bool:
    """Return whether two paths are a raw file and its JPEG: one image."""
    return one in paired_names(other) or other in paired_names(one)


_NO_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})


class CaptionRequest(NamedTuple):
    """A requested caption: the source, its prompt and id, and its table columns."""

    source: str
    """A path, an http(s) URL or a UUID. In a path, bytes that are not UTF-8 are lone
    surrogates, as `os.fsdecode` returns them."""
    relative_path: str = ""
    """The path below the folder that the user named, with `/` between folders. The
    file name if the user named the file itself. Empty for a URL and a UUID."""
    prompt: str | None = None
    """The prompt of the table row."""
    id: str | None = None
    """The id of the table row."""
    columns: Mapping[str, str] = _NO_COLUMNS
    """All columns of the table row, for prompts and templates with `{column}`."""
    caption: str | None = None
    """The caption that the table row has already."""
    content: bytes | None = None
    """The bytes of the image, if the table contains the image itself. The source is
    the table and the number of the row then."""
    stamp: FileStamp | None = None
    """The stamp of an object, if it is known from the listing of its folder."""
    prompt_name: str | None = None
    """The name of the prompt in a trial of several prompts."""


class UnusableSource(NamedTuple):
    """A source that cannot be captioned, and the reason."""

    source: str
    error: TaskError
    id: str | None = None

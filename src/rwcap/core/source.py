"""Sources: paths, URLs and UUIDs that a user names."""

import re
from dataclasses import dataclass
from enum import Enum


class SourceKind(Enum):
    """What the word that names an image is."""

    STDIN = "-"
    URL = "an http(s) URL"
    DATA_URI = "a data URI"
    UUID = "the UUID of an image stored at Runware"
    PATH = "a path"


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL = re.compile(r"https?:", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is taken for unchanged, as rsync does, without reading it.

    https://download.samba.org/pub/rsync/rsync.1#opt--checksum
    """

    size: int
    """Bytes."""
    mtime: int
    """Nanoseconds since 1970."""
    inode: int
    prepared: str = ""
    """How it is prepared: prepared otherwise, it may be another image."""

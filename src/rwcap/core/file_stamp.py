"""Stamps of files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By what a file is taken for unchanged, as rsync does, without reading it.

    https://download.samba.org/pub/rsync/rsync.1#opt--checksum
    """

    size: int
    """Bytes."""
    mtime: int
    """Nanoseconds since 1970."""
    inode: int
    preparation: str = ""
    """How it is prepared: prepared otherwise, it may be another image."""

"""The stamp of a file: properties that show whether the file has changed."""

from typing import NamedTuple


class FileStamp(NamedTuple):
    """Size, time and inode of a file. A file with the same stamp is unchanged.

    rsync uses the same quick check:
    https://download.samba.org/pub/rsync/rsync.1#opt--checksum
    """

    size: int
    """Bytes."""
    mtime: int
    """Nanoseconds since 1970."""
    inode: int
    preparation: str = ""
    """The cache key of the preparation, which changes the image that is sent."""

"""The names of sources and folders in the ledger."""

import os
from typing import Final

from rwcap.core.source import SourceKind, is_object, source_kind

_SEPARATOR: Final = os.sep.encode()


def absolute_path(path: str) -> bytes:
    """Return a path independent of the working folder. The URL of an object is one."""
    if is_object(path):
        return os.fsencode(path)
    # A symbolic link is a file of its own, so it is not resolved.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100  # Path.resolve follows links


def canonical_source(source: str) -> bytes:
    """Return the name under which the ledger stores a source.

    A path becomes absolute, and a data URI becomes a digest.
    """
    kind = source_kind(source)
    if kind is SourceKind.PATH or os.path.lexists(source):
        return absolute_path(source)
    if kind is SourceKind.DATA_URI:
        from hashlib import sha256  # 2.5 ms, and a file needs none here

        return b"data:" + sha256(os.fsencode(source)).hexdigest().encode()
    return os.fsencode(source)


def folder_of(source: bytes) -> bytes:
    """Return the folder of a file or an object, the host of a URL, or another kind.

    Args:
        source: The name of the source in the ledger.
    """
    if os.path.isabs(source):  # noqa: PTH117  # called 100,000 times; Path is slower
        return source[: source.rfind(_SEPARATOR)] or _SEPARATOR  # as above
    match source_kind(os.fsdecode(source)):
        case SourceKind.OBJECT:
            return source.rpartition(b"/")[0]
        case SourceKind.URL:
            return b"/".join(source.split(b"/")[:3])
        case SourceKind.UUID:
            return b"(stored at Runware)"
        case _:
            return b"(standard input and data URIs)"

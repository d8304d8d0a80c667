"""Names of images as keys: two names of one file, and names with the same end."""

import os
import re
from functools import lru_cache
from unicodedata import normalize

from rwcap.core.source import SourceKind, source_kind


@lru_cache(1024)
def _real_folder(folder: str) -> str:
    try:
        return os.path.realpath(folder)
    except ValueError:  # no file can have this name
        return folder


def path_key(source: str) -> bytes:
    """Return what two names of one file have in common."""
    if source_kind(source) is not SourceKind.PATH:
        return name_bytes(source)
    folder, name = os.path.split(source)
    whole = os.path.abspath(folder)  # noqa: PTH100  # takes any text
    return name_bytes(f"{_real_folder(whole)}/{name}")


def name_bytes(name: str) -> bytes:
    """Return any name as bytes, which `name_of_bytes` turns back."""
    return name.encode("utf-8", "surrogatepass")


def name_of_bytes(blob: bytes) -> str:
    """Return the name that `name_bytes` has turned into bytes."""
    return blob.decode("utf-8", "surrogatepass")


def path_tail(source: str) -> bytes:
    """Return the parts of a path, the last first, each with a slash behind it.

    Names of a Mac have accents as characters of their own; spreadsheets do not.
    """
    bare = source
    if source_kind(source) is SourceKind.URL:
        bare = re.split("[?#]", source, maxsplit=1)[0]
    if "/" not in bare:
        bare = bare.replace("\\", "/")  # a path of Windows
    parts = [part for part in bare.split("/") if part not in {"", "."}]
    whole = (normalize("NFC", part) for part in reversed(parts))
    return b"".join(name_bytes(part) + b"/" for part in whole)

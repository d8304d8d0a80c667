"""Objects in storage, read and written with fsspec: the extra `remote`.

The packages of the storages retry what fails for a moment, find the credentials in the
environment, and raise exceptions of their own, which become errors of rwcap here.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO, Final, NamedTuple, Protocol
from uuid import uuid4

from rwcap.core.errors import (
    InputError,
    NoStorageError,
    RwcapError,
    StorageError,
    UsageError,
)
from rwcap.core.source import OBJECT_SCHEMES, FileStamp
from rwcap.core.text import one_line, shell_quote, short_name, truncate

# The packages log each retry with a traceback. Without a handler, Python prints that.
logging.getLogger().addHandler(logging.NullHandler())

_BLOCK_BYTES: Final = 4 * 1024 * 1024
"""The size of the parts in which an open object is read."""

_VERSION_KEYS: Final = ("ETag", "etag", "generation", "mtime", "created")
"""The properties by which storages tell one version of an object from another. The
first that an object has is used."""

_CREDENTIAL_HINTS: Final = {
    "s3": "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "gcloud auth application-default login",
    "az": "set AZURE_STORAGE_CONNECTION_STRING",
}

_SERVER_HINTS: Final = {"s3": "check the network, and AWS_ENDPOINT_URL if it is set"}

_URL_SECRETS: Final = r"(?<=//)[^\s/@]*@|\?[^\s\"']+"
"""User and password, or the query, of a URL in the message of a package."""


class _FileSystem(Protocol):
    """What is used of a file system of fsspec."""

    def info(self, path: str) -> Mapping[str, object]: ...
    def ls(self, path: str, *, detail: bool) -> list[Mapping[str, object]]: ...
    def cat_file(self, path: str, *, start: int, end: int) -> bytes: ...
    def pipe_file(self, path: str, value: bytes) -> None: ...
    def rm_file(self, path: str) -> None: ...
    def open(
        self, path: str, mode: str, *, block_size: int, cache_type: str
    ) -> BinaryIO: ...


class Entry(NamedTuple):
    """An object, or a folder: the beginning that names of objects share."""

    name: str
    """The last part of its path."""
    is_folder: bool
    stamp: FileStamp | None
    """The size and the version of the object; None if it has no version."""


def list_folder(url: str) -> list[Entry]:
    """Return what a folder contains, in the order of the names.

    A folder without a name is one more slash in the names of objects: `p//a.jpg`.

    Raises:
        InputError: There is no such folder.
        StorageError: The folder cannot be listed.
    """
    with storage_errors(url):
        system, path = _open_storage(url)
        found = system.ls(path, detail=True)
    entries = []
    for info in found:
        entry = _entry(info)
        if str(info["name"]).strip("/") != path.strip("/"):
            entries.append(entry)
        elif entry.is_folder and str(info["name"]) != path.rstrip("/"):
            entries.append(entry._replace(name=""))
        # Else an empty object, which keeps an empty folder visible.
    return sorted(entries, key=lambda entry: entry.name)


def find_entry(url: str) -> Entry:
    """Return the object or the folder under a URL.

    Raises:
        InputError: There is no such object and no such folder.
        StorageError: The storage cannot be read.
    """
    with storage_errors(url):
        system, path = _open_storage(url)
        return _entry(system.info(path))


def has_entry(url: str) -> bool:
    """Return whether there is an object or a folder under a URL.

    Raises:
        StorageError: The storage cannot be read.
    """
    try:
        find_entry(url)
    except InputError:
        return False
    return True


def read_object(url: str, limit: int) -> bytes:
    """Return the first `limit` bytes of an object.

    Raises:
        InputError: There is no such object, or it is a folder.
        StorageError: The object cannot be read.
    """
    with storage_errors(url):
        system, path = _open_storage(url)
        try:
            return system.cat_file(path, start=0, end=limit)
        except OSError:
            # No range of an empty object, or of a folder, can be read.
            entry = _entry(found := system.info(path))
            if entry.is_folder:
                message = f"{short_name(url)}: a folder, not an image"
                hint = f"rwcap batch {shell_quote(url)}"
                raise InputError(message, code="directory", hint=hint) from None
            if found["size"] == 0:
                return b""
            raise


def open_object(url: str) -> BinaryIO:
    """Open an object, to read parts of it, within `storage_errors`."""
    system, path = _open_storage(url)
    return system.open(path, "rb", block_size=_BLOCK_BYTES, cache_type="readahead")


def write_object(url: str, data: bytes) -> None:
    """Write an object. Nobody sees it before it is complete.

    Raises:
        InputError: There is no such bucket.
        StorageError: The object cannot be written.
    """
    with storage_errors(url):
        system, path = _open_storage(url)
        system.pipe_file(path, data)


def check_writable(folder: str) -> None:
    """Write an empty object to a folder, and remove it.

    Raises:
        InputError: There is no such bucket.
        StorageError: Objects cannot be written to the folder, or not removed.
    """
    with storage_errors(folder):
        system, path = _open_storage(folder)
        probe = f"{path.rstrip('/')}/.rwcap-{uuid4()}"
        system.pipe_file(probe, b"")
        system.rm_file(probe)


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn the exceptions of the packages into errors that name the URL.

    Raises:
        NoStorageError: The package for the storage is missing.
        InputError: The object or its bucket does not exist.
        StorageError: The storage refuses access or cannot be reached.
    """
    name = short_name(url)
    scheme = url.partition("://")[0]
    try:
        yield
    except RwcapError:
        raise
    except ImportError:
        raise NoStorageError(name, OBJECT_SCHEMES[scheme] or "fsspec") from None
    except FileNotFoundError:
        message = f"{name}: no such object, folder or bucket"
        raise InputError(message, code="fileNotFound") from None
    except Exception as error:  # noqa: BLE001  # each package has its own
        # The original exception is left out: its text may contain secrets.
        hint = None
        reason = _reason(error)
        said = f"{type(error).__name__} {reason}".lower()
        if isinstance(error, PermissionError) or "credential" in said:
            hint = _CREDENTIAL_HINTS.get(scheme)
        elif "connect" in said or "endpoint" in said:
            hint = _SERVER_HINTS.get(scheme, "check the network")
        message = f"{name}: {reason}"
        raise StorageError(message, code="storageUnreadable", hint=hint) from None


def _open_storage(url: str) -> tuple[_FileSystem, str]:
    """Return the file system of a URL, and the path in it."""
    from fsspec import filesystem  # type: ignore[import-untyped]  # has no types

    scheme, _, path = url.partition("://")
    if not path.partition("/")[0]:
        raise UsageError(f"{short_name(url)}: the bucket is not named")
    if "@" in path.partition("/")[0]:
        raise UsageError(
            f"{scheme}:// with a user or a password: not supported",
            hint=_CREDENTIAL_HINTS.get(scheme),
        )
    # Listings are used once, so they are not kept.
    system: _FileSystem = filesystem(scheme, use_listings_cache=False)
    return system, path


def _entry(info: Mapping[str, object]) -> Entry:
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    is_folder = info["type"] == "directory"
    return Entry(name, is_folder, None if is_folder else _stamp(info))


def _stamp(info: Mapping[str, object]) -> FileStamp | None:
    """Return the stamp of an object: its size, and its version instead of the inode."""
    version = next((info[key] for key in _VERSION_KEYS if info.get(key)), None)
    if isinstance(version, datetime):  # storage in memory lists a number instead
        version = version.timestamp()
    size = info.get("size")
    if version is None or not isinstance(size, int):
        return None
    digest = sha256(str(version).encode()).digest()
    return FileStamp(size, 0, int.from_bytes(digest[:8], signed=True))


def _reason(error: Exception) -> str:
    """Return the first line of a message, without secrets."""
    text = getattr(error, "strerror", None) or str(error)
    first = text.strip().partition("\n")[0]
    plain = truncate(one_line(re.sub(_URL_SECRETS, "", first)))
    return plain or type(error).__name__

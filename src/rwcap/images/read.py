"""Read images from files, standard input or data URIs; pass on references."""

import os
import stat
from collections.abc import Callable
from threading import Lock
from typing import BinaryIO, Final

from rwcap.core.errors import InputError
from rwcap.core.source import (
    STDIN_NAME,
    CaptionRequest,
    FileStamp,
    SourceKind,
    paired_names,
    source_kind,
)
from rwcap.core.text import short_name
from rwcap.images.image import (
    Image,
    PreparedImage,
    parse_data_uri,
    parse_stream,
    parse_url,
    parse_uuid,
    shell_name,
)
from rwcap.images.limits import DEFAULT_OPTIONS, Pairs, PrepareOptions
from rwcap.images.prepare import prepare

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""Maximum size of a file that is read.

Uncompressed scans and photographs have three or six bytes per pixel, so this is
89 or 45 megapixels.
"""

_NOT_FILES: Final[tuple[tuple[Callable[[int], bool], str, str, str], ...]] = (
    (stat.S_ISDIR, "directory", "a folder, not an image", "rwcap batch {0}"),
    (stat.S_ISFIFO, "pipe", "a pipe, not a file", "cat {0} | rwcap caption -"),
    (
        lambda mode: not stat.S_ISREG(mode),
        "notAFile",
        "not a file",
        "name an image file, or send its bytes: rwcap caption - < FILE",
    ),
)
"""Test of the file mode, error code, message, and hint."""


_OTHER_SCHEME: Final = "download it, and name the file; rwcap reads http(s) and storage"


def file_stamp(path: str, prepared: str = "") -> FileStamp | None:
    """Return the stamp of a file, or None if `path` is not a file.

    Args:
        path: A source; a URL or data URI has no stamp.
        prepared: The cache key of the preparation options.
    """
    if source_kind(path) not in {SourceKind.PATH, SourceKind.UUID}:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116  # called a million times; Path is slower
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino, prepared)


def file_hint(source: str) -> str | None:
    """Return how to name the file that has the name of a URL; None if there is none."""
    if not os.path.lexists(source):
        return None
    return f"{shell_name(f'./{source}')} names the file"


def read_file(path: str, wanted: int | None = None) -> bytes:
    """Return the bytes of a file.

    Args:
        path: The path of the file.
        wanted: The number of bytes that are read of a longer file; None for an image,
            which is useless in part.

    Raises:
        InputError: The file is missing, unreadable or too large, or not a file.
    """
    name = short_name(path)
    try:
        # With O_NONBLOCK, opening a pipe does not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        folder = os.path.dirname(path) or "."  # noqa: PTH120  # `Path` drops `./`
        hint = f"ls {shell_name(short_name(folder))} (shows the names there)"
        raise InputError(
            f"{name}: no such file",
            code="fileNotFound",
            hint=_OTHER_SCHEME if "://" in path else hint,
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{name}: {reason}",
            code="unreadable",
            hint=f"chmod u+r {shell_name(name)}, or run rwcap as its owner"
            if isinstance(error, PermissionError)
            else None,
        ) from error
    try:
        return _read_descriptor(descriptor, name, wanted)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}", code="unreadable") from error
    finally:
        os.close(descriptor)


def too_large_error(name: str) -> InputError:
    """Return the error for a file with more than `MAX_FILE_BYTES`."""
    return InputError(
        f"{name}: more than {MAX_FILE_BYTES:,} bytes",
        code="imageTooLarge",
        hint=f"magick {shell_name(name)} -resize '2048x2048>' small.jpg",
    )


def _read_descriptor(descriptor: int, name: str, wanted: int | None) -> bytes:
    status = os.fstat(descriptor)
    for matches, code, message, hint in _NOT_FILES:
        if matches(status.st_mode):
            raise InputError(
                f"{name}: {message}",
                code=code,
                hint=hint.format(shell_name(name)),
            )
    if wanted is not None:
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(wanted)
    data = b""
    if status.st_size <= MAX_FILE_BYTES:
        with open(descriptor, "rb", closefd=False) as file:
            # Reserve memory for the file, not for the largest file that is allowed.
            data = file.read(status.st_size + 1)
            if len(data) > status.st_size:  # it grew, or has no size, as in /proc
                data += file.read(MAX_FILE_BYTES + 1 - len(data))
    if status.st_size > MAX_FILE_BYTES or len(data) > MAX_FILE_BYTES:
        raise too_large_error(name)
    return data


class ImageReader:
    """Reads the image that a source names, and prepares it to be sent."""

    def __init__(
        self,
        stdin: Callable[[], BinaryIO],
        options: PrepareOptions = DEFAULT_OPTIONS,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Create a reader.

        Args:
            stdin: Returns standard input; called only for the source `-`.
            options: How images are prepared.
            notice: Called once, with a message, for the first animated image.
        """
        self._stdin = stdin
        self._options = options
        self._notice = notice
        self._noticed = Lock()

    def read(self, source: str) -> Image:
        """Return the image that `source` names.

        Only objects in storage are downloaded: the service fetches a URL or UUID.

        Raises:
            InputError: The image cannot be captioned.
            StorageError: The object cannot be read.
        """
        match source_kind(source):
            case SourceKind.STDIN:
                data = self._read_stdin()
                return parse_stream(data, name=STDIN_NAME, parse=self._prepare)
            case SourceKind.URL | SourceKind.DATA_URI as kind:
                try:
                    if kind is SourceKind.URL:
                        return parse_url(source)
                    return parse_data_uri(source, self._prepare)
                except InputError as error:
                    error.hint = file_hint(source) or error.hint
                    raise
            case SourceKind.UUID if not os.path.lexists(source):
                return parse_uuid(source)
            case SourceKind.OBJECT:
                from rwcap.storage.objects import read_object

                return self.parse(read_object(source, MAX_FILE_BYTES + 1), source)
            case _:
                path = source
                if self._options.pairs is Pairs.TOGETHER:
                    path = next(filter(os.path.isfile, paired_names(source)), source)
                return self._prepare(read_file(path), name=short_name(path))

    def parse(self, data: bytes, source: str) -> PreparedImage:
        """Return the image in these bytes. `source` names it in messages.

        Raises:
            InputError: The image cannot be captioned.
        """
        name = short_name(source)
        if len(data) > MAX_FILE_BYTES:
            raise too_large_error(name)
        return self._prepare(data, name=name)

    def stamp(self, request: CaptionRequest) -> FileStamp | None:
        """Return the stamp of an image with these options, or None if it has none.

        The image in a file or an object is the same as long as the stamp is.

        Raises:
            InputError: There is no such object.
            StorageError: The storage cannot be read.
        """
        prepared = self._options.cache_key
        if source_kind(request.source) is not SourceKind.OBJECT or request.content:
            return file_stamp(request.source, prepared)
        stamp = request.stamp
        if stamp is None:
            from rwcap.storage.objects import find_entry

            stamp = find_entry(request.source).stamp
        return stamp and stamp._replace(preparation=prepared)

    def _prepare(self, data: bytes, /, *, name: str) -> PreparedImage:
        image = prepare(data, name, self._options)
        if image.info.animated and self._noticed.acquire(blocking=False):
            self._notice(
                f"{name}: only the first frame of an animated image is captioned"
            )
        return image

    def _read_stdin(self) -> bytes:
        stream = self._stdin()
        if stream.isatty():
            raise InputError(
                "standard input is a terminal, not an image",
                code="noImage",
                hint="rwcap caption - < photo.jpg",
            )
        # Base64 is a third longer than the image, and can be wrapped in lines.
        limit = MAX_FILE_BYTES * 3 // 2
        try:
            data = stream.read(limit + 1) or b""
        except OSError as error:
            message = f"{STDIN_NAME}: {error.strerror}"
            raise InputError(message, code="unreadable") from error
        if len(data) > limit:
            raise too_large_error(STDIN_NAME)
        return data

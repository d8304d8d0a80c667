"""Read images: files, standard input, data URIs, or references."""

import os
import shlex
import stat
from collections.abc import Callable
from threading import Lock
from typing import BinaryIO, Final

from rwcap.core.errors import InputError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.source import SourceKind, source_kind
from rwcap.core.text import display_name, truncate
from rwcap.images.image import (
    STDIN_NAME,
    Image,
    PreparedImage,
    parse_data_uri,
    parse_stream,
    parse_url,
    parse_uuid,
    shell_name,
)
from rwcap.images.limits import DEFAULT_OPTIONS, PrepareOptions
from rwcap.images.prepare import prepare

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""Bytes of the largest file that is read.

Scans and photographs without compression have three bytes a pixel, or six: these
are 89 or 45 megapixels. Whatever is larger is seldom meant to be captioned.
"""

_NOT_FILES: Final[tuple[tuple[Callable[[int], bool], str, str, str | None], ...]] = (
    (stat.S_ISDIR, "directory", "a folder, not an image", "rwcap caption -- {0}/*.jpg"),
    (stat.S_ISFIFO, "pipe", "a pipe, not a file", "cat {0} | rwcap caption -"),
    (lambda mode: not stat.S_ISREG(mode), "notAFile", "not a file", None),
)


def file_stamp(path: str, prepared: str = "") -> FileStamp | None:
    """Return by what a file is taken for unchanged; None for what is no file."""
    if source_kind(path) not in {SourceKind.PATH, SourceKind.UUID}:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116  # a million times; a Path costs more
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino, prepared)


def read_file(path: str) -> bytes:
    """Return the bytes of a file; raises `InputError` where it has none for us."""
    shown = truncate(display_name(path))
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not wait.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise InputError(f"{shown}: no such file", code="fileNotFound") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{shown}: {reason}", code="unreadable") from error
    try:
        return _read_descriptor(descriptor, shown)
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}", code="unreadable") from error
    finally:
        os.close(descriptor)


def too_large_error(name: str) -> InputError:
    """Return the refusal of what has more bytes than are read."""
    return InputError(
        f"{name}: more than {MAX_FILE_BYTES:,} bytes",
        code="imageTooLarge",
        hint=f"magick {shell_name(name)} -resize '2048x2048>' small.jpg",
    )


def _read_descriptor(descriptor: int, shown: str) -> bytes:
    status = os.fstat(descriptor)
    for matches, code, complaint, way in _NOT_FILES:
        if matches(status.st_mode):
            hint = way and way.format(shlex.quote(shown))
            raise InputError(f"{shown}: {complaint}", code=code, hint=hint)
    with open(descriptor, "rb", closefd=False) as file:
        data = (
            file.read(MAX_FILE_BYTES + 1) if status.st_size <= MAX_FILE_BYTES else b""
        )
    if status.st_size > MAX_FILE_BYTES or len(data) > MAX_FILE_BYTES:
        raise too_large_error(shown)
    return data


class ImageReader:
    """Reads what the arguments of a command name, and prepares it to be sent."""

    def __init__(
        self,
        stdin: Callable[[], BinaryIO],
        preparation: PrepareOptions = DEFAULT_OPTIONS,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take standard input from `stdin`, called only when `-` is read.

        `notice` is told, once, that not all of a picture is looked at.
        """
        self._stdin = stdin
        self._preparation = preparation
        self._notice = notice
        self._noticed = Lock()

    def read(self, source: str) -> Image:
        """Return the image that `source` names.

        Nothing is downloaded: a URL or a UUID is handed to the service. Raises
        `InputError` for what cannot be captioned.
        """
        match source_kind(source):
            case SourceKind.STDIN:
                return parse_stream(
                    self._read_stdin(), name=STDIN_NAME, parse=self._prepare
                )
            case SourceKind.URL:
                return parse_url(source)
            case SourceKind.DATA_URI:
                return parse_data_uri(source, self._prepare)
            case SourceKind.UUID if not os.path.lexists(source):
                return parse_uuid(source)
            case _:
                return self._prepare(
                    read_file(source), name=truncate(display_name(source))
                )

    def stamp(self, path: str) -> FileStamp | None:
        """Return by what a file, so prepared, is taken for the same image.

        None for what is no file.
        """
        return file_stamp(path, self._preparation.cache_key)

    def _prepare(self, data: bytes, /, *, name: str) -> PreparedImage:
        picture = prepare(data, name, self._preparation)
        if picture.info.animated and self._noticed.acquire(blocking=False):
            self._notice(f"{name}: only the first frame is looked at, as of all others")
        return picture

    def _read_stdin(self) -> bytes:
        stream = self._stdin()
        if stream.isatty():
            raise InputError(
                "standard input is a terminal, not an image",
                code="noImage",
                hint="rwcap caption - < photo.jpg",
            )
        # Base64 is a third longer than the image, and may be wrapped in lines.
        limit = MAX_FILE_BYTES * 3 // 2
        try:
            data = stream.read(limit + 1) or b""
        except OSError as error:
            raise InputError(
                f"{STDIN_NAME}: {error.strerror}", code="unreadable"
            ) from error
        if len(data) > limit:
            raise too_large_error(STDIN_NAME)
        return data

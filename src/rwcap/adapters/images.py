"""Images from where people have them: files, standard input, or passed by name."""

import os
import shlex
import stat
from collections.abc import Callable
from typing import BinaryIO, Final

from rwcap.domain.claim import Stamp
from rwcap.domain.errors import InputError
from rwcap.domain.image import (
    Image,
    SourceKind,
    classify,
    parse_data_uri,
    parse_stream,
    parse_url,
    parse_uuid,
)
from rwcap.domain.picture import MAX_BYTES, STDIN, Picture, parse_picture, too_large
from rwcap.domain.text import name, short

_NOT_FILES: Final[tuple[tuple[Callable[[int], bool], str, str, str | None], ...]] = (
    (stat.S_ISDIR, "directory", "a folder, not an image", "rwcap caption -- {0}/*.jpg"),
    (stat.S_ISFIFO, "pipe", "a pipe, not a file", "cat {0} | rwcap caption -"),
    (lambda mode: not stat.S_ISREG(mode), "notAFile", "not a file", None),
)


class Reader:
    """Reads what the arguments of `rwcap caption` name."""

    def __init__(self, stdin: Callable[[], BinaryIO]) -> None:
        """Take standard input from `stdin`, called only when `-` is read."""
        self._stdin = stdin

    def read(self, source: str) -> Image:
        """Return the image that `source` names.

        Nothing is downloaded: a URL or a UUID is handed to the service. Raises
        `InputError` for what cannot be captioned.
        """
        match classify(source):
            case SourceKind.STDIN:
                return self._read_stdin()
            case SourceKind.URL:
                return parse_url(source)
            case SourceKind.DATA_URI:
                return parse_data_uri(source)
            case SourceKind.UUID if not os.path.lexists(source):
                return parse_uuid(source)
            case _:
                return _read_file(source)

    def _read_stdin(self) -> Picture:
        stream = self._stdin()
        if stream.isatty():
            raise InputError(
                "standard input is a terminal, not an image",
                code="noImage",
                hint="rwcap caption - < photo.jpg",
            )
        # Base64 is a third longer than the image, and may be wrapped in lines.
        limit = MAX_BYTES * 3 // 2
        try:
            data = stream.read(limit + 1) or b""
        except OSError as error:
            raise InputError(f"{STDIN}: {error.strerror}", code="unreadable") from error
        if len(data) > limit:
            raise too_large(STDIN)
        return parse_stream(data, name=STDIN)


def stamp(path: str) -> Stamp | None:
    """Return by what a file is taken for unchanged; None for what is no file."""
    if classify(path) not in {SourceKind.PATH, SourceKind.UUID}:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116  # a million times; a Path costs more
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def _read_file(path: str) -> Picture:
    shown = short(name(path))
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


def _read_descriptor(descriptor: int, shown: str) -> Picture:
    status = os.fstat(descriptor)
    for matches, code, complaint, way in _NOT_FILES:
        if matches(status.st_mode):
            hint = way and way.format(shlex.quote(shown))
            raise InputError(f"{shown}: {complaint}", code=code, hint=hint)
    if status.st_size > MAX_BYTES:
        raise too_large(shown)
    with open(descriptor, "rb", closefd=False) as file:
        return parse_picture(file.read(MAX_BYTES + 1), name=shown)

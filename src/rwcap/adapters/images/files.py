"""The bytes of a file, and by what it is taken for unchanged."""

import os
import shlex
import stat
from collections.abc import Callable
from typing import Final

from rwcap.domain.claim import Stamp
from rwcap.domain.errors import InputError
from rwcap.domain.image import SourceKind, classify
from rwcap.domain.picture import word
from rwcap.domain.text import name, short

MAX_READ: Final = 256 * 1024 * 1024
"""Bytes of the largest file that is read.

Scans and photographs without compression have three bytes a pixel, or six: these
are 89 or 45 megapixels. Whatever is larger is seldom meant to be captioned.
"""

_NOT_FILES: Final[tuple[tuple[Callable[[int], bool], str, str, str | None], ...]] = (
    (stat.S_ISDIR, "directory", "a folder, not an image", "rwcap caption -- {0}/*.jpg"),
    (stat.S_ISFIFO, "pipe", "a pipe, not a file", "cat {0} | rwcap caption -"),
    (lambda mode: not stat.S_ISREG(mode), "notAFile", "not a file", None),
)


def stamp(path: str, prepared: str = "") -> Stamp | None:
    """Return by what a file is taken for unchanged; None for what is no file."""
    if classify(path) not in {SourceKind.PATH, SourceKind.UUID}:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116  # a million times; a Path costs more
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino, prepared)


def read(path: str) -> bytes:
    """Return the bytes of a file; raises `InputError` where it has none for us."""
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


def too_large(name: str) -> InputError:
    """Return the refusal of what has more bytes than are read."""
    return InputError(
        f"{name}: more than {MAX_READ:,} bytes",
        code="imageTooLarge",
        hint=f"magick {word(name)} -resize '2048x2048>' small.jpg",
    )


def _read_descriptor(descriptor: int, shown: str) -> bytes:
    status = os.fstat(descriptor)
    for matches, code, complaint, way in _NOT_FILES:
        if matches(status.st_mode):
            hint = way and way.format(shlex.quote(shown))
            raise InputError(f"{shown}: {complaint}", code=code, hint=hint)
    with open(descriptor, "rb", closefd=False) as file:
        data = file.read(MAX_READ + 1) if status.st_size <= MAX_READ else b""
    if status.st_size > MAX_READ or len(data) > MAX_READ:
        raise too_large(shown)
    return data

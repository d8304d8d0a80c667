"""Images that words name: files, standard input, or passed on by name."""

import os
from collections.abc import Callable
from threading import Lock
from typing import BinaryIO

from rwcap.adapters.images import files
from rwcap.adapters.images.prepare import prepare
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
from rwcap.domain.picture import STDIN, Picture
from rwcap.domain.preparation import DEFAULT, Preparation
from rwcap.domain.text import name, short


class Reader:
    """Reads what the arguments of a command name, and prepares it to be sent."""

    def __init__(
        self,
        stdin: Callable[[], BinaryIO],
        preparation: Preparation = DEFAULT,
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
        match classify(source):
            case SourceKind.STDIN:
                return parse_stream(self._read_stdin(), name=STDIN, parse=self._prepare)
            case SourceKind.URL:
                return parse_url(source)
            case SourceKind.DATA_URI:
                return parse_data_uri(source, self._prepare)
            case SourceKind.UUID if not os.path.lexists(source):
                return parse_uuid(source)
            case _:
                return self._prepare(files.read(source), name=short(name(source)))

    def stamp(self, path: str) -> Stamp | None:
        """Return by what a file, so prepared, is taken for the same image.

        None for what is no file.
        """
        return files.stamp(path, self._preparation.mark)

    def _prepare(self, data: bytes, /, *, name: str) -> Picture:
        picture = prepare(data, name, self._preparation)
        if picture.facts.animated and self._noticed.acquire(blocking=False):
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
        limit = files.MAX_READ * 3 // 2
        try:
            data = stream.read(limit + 1) or b""
        except OSError as error:
            raise InputError(f"{STDIN}: {error.strerror}", code="unreadable") from error
        if len(data) > limit:
            raise files.too_large(STDIN)
        return data

"""Captions in text files beside their images."""

import os
import stat
from pathlib import Path
from typing import Final

from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import Record, is_sandbox_text
from rwcap.core.sidecar import MergeMode, sidecar_content
from rwcap.images.formats import identify
from rwcap.outputs.atomic import replace_file, write_error
from rwcap.outputs.paths import OutputPaths

_SMALL: Final = 4096
"""Bytes; a larger file is taken for text without a look at it."""


class TextFiles(OutputPaths):
    """Knows which captions are there, and writes them."""

    property_tag = ""

    def __init__(
        self,
        *,
        ext: str = ".txt",
        out_dir: str | None = None,
        mode: MergeMode = MergeMode.SKIP,
    ) -> None:
        """Name files with the suffix `ext`, beside the images or below `out_dir`.

        Raises `UsageError` for a suffix that is none.
        """
        super().__init__(ext=ext, out_dir=out_dir, mode=mode)

    def has_caption(self, path: str, *, include_sandbox: bool = True) -> bool:
        """Return whether a file with anything but white space in it is there.

        Text of the sandbox counts only with `include_sandbox`, as far as it is small.
        """
        try:
            status = os.stat(path)  # noqa: PTH116  # a million times; a Path costs more
        except (OSError, ValueError):
            return False
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return False
        if status.st_size >= _SMALL:
            return True
        try:
            with Path(path).open("rb") as file:
                text = file.read(_SMALL).strip()
        except OSError:
            # What cannot be read is somebody's, and not ours to replace.
            return True
        return bool(text) and (
            include_sandbox or not is_sandbox_text(text.decode(errors="replace"))
        )

    def write(
        self,
        path: str,
        caption: str,
        _record: Record | None = None,
        _stamp: FileStamp | None = None,
    ) -> bool:
        """Write a caption to `path`; return False where it is there already.

        Raises `NotWrittenError`.
        """
        try:
            self.make_folder(path)
            old = self._old(path)
            text = None if old is None else old.decode("utf-8", "surrogateescape")
            data = sidecar_content(caption, old=text, mode=self._mode).encode(
                "utf-8", "surrogateescape"
            )
            if data == old:
                return False
            replace_file(path, data)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise write_error(path, reason) from error
        return True

    def _old(self, path: str) -> bytes | None:
        """Return what the sidecar holds; None where there is none, or a link.

        Whoever made the link chose what it leads to. Its bytes copied into a data
        set could be anybody's secret, so they are not read.
        """
        try:
            mode = Path(path).lstat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            if self._mode in {MergeMode.APPEND, MergeMode.PREPEND}:
                raise write_error(
                    path,
                    f"a symbolic link; nothing can be {self._mode}ed to it",
                    hint="--mode overwrite puts a file in its place",
                )
            return None
        if not stat.S_ISREG(mode):
            raise write_error(path, "not a file")
        old = Path(path).read_bytes()
        if identify(old) is not None:
            raise write_error(path, "an image, not a text", hint="--ext .txt")
        return old

"""The paths of caption files: beside the image, or in an output folder."""

import os
import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError, UsageError
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest, SourceKind, source_kind, source_label
from rwcap.core.text import short_name
from rwcap.outputs.file_errors import write_error

# Characters that Windows forbids in names, control characters, and surrogates,
# which UTF-8 cannot encode.
_UNSAFE = re.compile('[\\\\/:*?"<>|\x00-\x1f\x7f-\x9f\ud800-\udfff]')

_NAMELESS: Final = {SourceKind.STDIN, SourceKind.DATA_URI}
"""Sources without a name for a caption file."""


class OutputPaths:
    """The paths of the caption files of one output."""

    is_whole_file = False
    renames_on_collision = False

    def __init__(
        self,
        *,
        ext: str,
        out_dir: str | None = None,
        mode: MergeMode = MergeMode.SKIP,
    ) -> None:
        """Use files with the extension `ext`, beside the images or in `out_dir`.

        Raises:
            UsageError: `ext` is not a file name extension.
        """
        bare = ext.removeprefix(".")
        if not bare or "/" in bare or os.sep in bare:
            raise UsageError(f"{ext!r} is not a file name extension", hint="--ext .txt")
        self._ext = f".{bare}"
        self._out_dir = out_dir
        self._mode = mode

    def file_of(self, path: str) -> str:
        """Return the path of the file with the caption."""
        return path

    def index_tag(self, _path: str) -> str:
        """Return no name: a caption file is looked for, not remembered."""
        return ""

    def path(self, request: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the path of the file for a caption.

        The extension replaces that of the image. With `full_name` it is added to the
        whole name of the image.

        Raises:
            InputError: There is no folder or no name for the file, or the path is
                that of the image itself.
        """
        base, has_extension = self._base(request)
        path = (_stem(base) if has_extension and not full_name else base) + self._ext
        if _same_name(path, request.source) and _same_file(path, request.source):
            raise InputError(
                f"{short_name(path)}: the caption would replace the image itself",
                code="sidecarIsImage",
                hint="--ext .txt",
            )
        return path

    def names(self, request: CaptionRequest) -> tuple[str, ...]:
        """Return both paths that the file for a caption can have."""
        short = OutputPaths.path(self, request)
        return short, OutputPaths.path(self, request, full_name=True)

    def _base(self, request: CaptionRequest) -> tuple[str, bool]:
        """Return the path without `ext`, and whether it has an extension to replace."""
        local = is_local_file(request)
        if not request.id and source_kind(request.source) in _NAMELESS:
            raise InputError(
                f"{short_name(source_label(request.source))}: not a file, so its"
                " caption file has no name",
                code="noPlace",
                hint="rwcap caption - > caption.txt",
            )
        if self._out_dir is None:
            if local:
                return request.source, True
            raise InputError(
                f"{short_name(source_label(request.source))}: not a local file,"
                " so no folder is known for its caption",
                code="noPlace",
                hint="--out-dir DIR",
            )
        if local or request.relative_path:
            relative = _normalized(request.relative_path or Path(request.source).name)
            return str(Path(self._out_dir, relative)), True
        remote, has_extension = _remote_name(request)
        safe = _UNSAFE.sub("_", remote)
        safe = "_" if safe in {"", ".", ".."} else safe
        return str(Path(self._out_dir, safe)), has_extension

    def make_folder(self, path: str) -> None:
        """Create the folders of a caption file in the output folder.

        Raises:
            OSError: A folder cannot be created.
            NotWrittenError: A symbolic link leads out of the output folder.
        """
        out_dir = self._out_dir
        if out_dir is None:
            return
        parent = Path(path).parent
        if not Path(os.path.realpath(parent)).is_relative_to(os.path.realpath(out_dir)):
            reason = f"a symbolic link leads out of {short_name(out_dir)}"
            raise write_error(path, reason)
        parent.mkdir(parents=True, exist_ok=True)


def file_key(path: str) -> str:
    """Return a text that is the same for two paths to one file.

    Where a folder ignores case (macOS, Windows, memory cards), A.txt and a.txt are one
    file, and so are the two forms of an accented letter in Unicode.
    """
    if not _ignores_case(os.path.dirname(os.path.abspath(path))):  # noqa: PTH100, PTH120  # faster
        return path
    from unicodedata import normalize

    return normalize("NFC", path).casefold()


@lru_cache(maxsize=256)
def _ignores_case(folder: str) -> bool:
    """Return whether a folder, or else the nearest one with files, ignores case.

    One of its files is looked for by its name in the other case.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            other = entry.name.swapcase()
            if entry.name.isascii() and other != entry.name:
                with suppress(OSError):
                    found = os.lstat(os.path.join(folder, other))  # noqa: PTH118  # faster
                    return os.path.samestat(found, entry.stat(follow_symlinks=False))
                return False
    parent = os.path.dirname(folder)  # noqa: PTH120  # faster
    return parent != folder and _ignores_case(parent)


def is_local_file(request: CaptionRequest) -> bool:
    """Return whether a source is a file, by the same rules as the reader of images."""
    source, kind = request.source, source_kind(request.source)
    if request.content is not None:
        return False
    return kind is SourceKind.PATH or (
        kind is SourceKind.UUID and os.path.lexists(source)
    )


def _stem(path: str) -> str:
    """Return a path without its extension; `.jpg` and `..jpg` have none."""
    stem, _, extension = os.path.split(path)[1].rpartition(".")
    return path[: -len(extension) - 1] if stem.strip(".") else path


def _normalized(relative: str) -> Path:
    """Return a relative path without `..`; raise `InputError` if it leads out."""
    path = Path(os.path.normpath(relative))
    if path.is_absolute() or path.parts[:1] in {(), (os.pardir,)}:
        raise InputError(
            f"{short_name(relative)}: leads out of the output folder",
            code="noPlace",
            hint="omit --out-dir to write captions beside the images",
        )
    return path


def _remote_name(request: CaptionRequest) -> tuple[str, bool]:
    """Return a name for an image that is not a file, and whether it has an extension.

    Only a name from a URL has an extension to replace. In an id, a host or a version,
    the part after the dot can be part of the name.
    """
    if request.id:
        return request.id, False
    match source_kind(request.source):
        case SourceKind.UUID:
            return request.source, False
        case SourceKind.OBJECT:
            return request.source.rpartition("/")[2], True
        case _:  # a URL
            address = re.split("[?#]", request.source, maxsplit=1)[0]
            authority, _, path = address.partition(":")[2].lstrip("/").partition("/")
            last = path.rstrip("/").rpartition("/")[2]
            # The host without user and password, which must not become a file name.
            return last or authority.rpartition("@")[2], bool(last)


def _same_name(path: str, source: str) -> bool:
    """Return whether two paths end in one name on systems that ignore case."""
    return os.path.split(path)[1].lower() == os.path.split(source)[1].lower()


def _same_file(path: str, source: str) -> bool:
    """Return whether two paths lead to one file."""
    try:
        return path == source or Path(path).samefile(source)
    except (OSError, ValueError):
        return False


def xmp_names(image: str) -> tuple[str, str]:
    """Return the possible names of the XMP file beside an image."""
    stem, _ = os.path.splitext(image)  # noqa: PTH122  # keeps `./`
    return stem + ".xmp", image + ".xmp"

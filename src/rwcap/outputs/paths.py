"""Where a caption belongs: beside its image, or in a folder of its own."""

import os
import re
from pathlib import Path

from rwcap.core.errors import InputError, UsageError
from rwcap.core.request import CaptionRequest
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import SourceKind, source_kind, source_label
from rwcap.core.text import display_name, truncate
from rwcap.outputs.atomic import write_error

# What Windows forbids in names, controls, and surrogates, which cannot be encoded.
_UNSAFE = re.compile('[\\\\/:*?"<>|\x00-\x1f\x7f-\x9f\ud800-\udfff]')


class OutputPaths:
    """Knows where the file of a caption belongs."""

    def __init__(
        self,
        *,
        ext: str,
        out_dir: str | None = None,
        mode: MergeMode = MergeMode.SKIP,
    ) -> None:
        """Name files with the suffix `ext`, beside the images or below `out_dir`.

        Raises `UsageError` for a suffix that is none.
        """
        bare = ext.removeprefix(".")
        if not bare or "/" in bare or os.sep in bare:
            raise UsageError(f"{ext!r}: no suffix of a file name", hint="--ext .txt")
        self._ext = f".{bare}"
        self._out_dir = out_dir
        self._mode = mode

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the file for a caption: the image's name with another suffix.

        With `full_name` the suffix is added to the image's own. Raises `InputError`
        where there is no such place, or where the image itself stands there.
        """
        place, has_suffix = self._place(wanted)
        path = (_stem(place) if has_suffix and not full_name else place) + self._ext
        if _is_alike(path, wanted.source) and _is_same(path, wanted.source):
            raise InputError(
                f"{short_name(path)}: the image itself, not a place for its caption",
                code="sidecarIsImage",
                hint="--ext .txt",
            )
        return path

    def _place(self, wanted: CaptionRequest) -> tuple[str, bool]:
        """Return the file's path but for `ext`, and whether it ends in a suffix."""
        local = is_local_file(wanted.source)
        if self._out_dir is None:
            if local:
                return wanted.source, True
            raise InputError(
                f"{short_name(wanted.source)}: no folder of its own for its caption",
                code="noPlace",
                hint="--out-dir DIR",
            )
        if local:
            below = _inside(wanted.relative_path or Path(wanted.source).name)
            return str(Path(self._out_dir, below)), True
        called, has_suffix = _remote_name(wanted)
        base = _UNSAFE.sub("_", called)
        base = "_" if base in {"", ".", ".."} else base
        return str(Path(self._out_dir, base)), has_suffix

    def make_folder(self, path: str) -> None:
        """Make the folders below that of captions, but none through a link out of it.

        Raises `OSError`, or `NotWrittenError` for the link.
        """
        out_dir = self._out_dir
        if out_dir is None:
            return
        parent = Path(path).parent
        if not Path(os.path.realpath(parent)).is_relative_to(os.path.realpath(out_dir)):
            raise write_error(
                path, f"a symbolic link leads out of {short_name(out_dir)}"
            )
        parent.mkdir(parents=True, exist_ok=True)


def is_local_file(source: str) -> bool:
    """Return whether a source is a file, as the reader of images sees it."""
    kind = source_kind(source)
    return kind is SourceKind.PATH or (
        kind is SourceKind.UUID and os.path.lexists(source)
    )


def _stem(path: str) -> str:
    """Return a path without its last suffix; a name that is only one keeps it."""
    stem, _, suffix = os.path.split(path)[1].rpartition(".")
    return path[: -len(suffix) - 1] if stem.strip(".") else path


def _inside(relative: str) -> Path:
    """Return a path without detours; raise `InputError` where it leads out."""
    below = Path(os.path.normpath(relative))
    if below.is_absolute() or below.parts[:1] in {(), (os.pardir,)}:
        raise InputError(
            f"{short_name(relative)}: leads out of the folder for captions",
            code="noPlace",
            hint="leave --out-dir away to write captions beside their images",
        )
    return below


def _remote_name(wanted: CaptionRequest) -> tuple[str, bool]:
    """Return what to call an image that is no file, and whether as a file.

    Only a name from a URL has a suffix to lose: what follows the dot in an id, a
    host or a version tells it from others.
    """
    if wanted.id:
        return wanted.id, False
    match source_kind(wanted.source):
        case SourceKind.UUID:
            return wanted.source, False
        case SourceKind.URL:
            address = re.split("[?#]", wanted.source, maxsplit=1)[0]
            authority, _, path = address.partition(":")[2].lstrip("/").partition("/")
            last = path.rstrip("/").rpartition("/")[2]
            # A password before the host is nobody's file name.
            return last or authority.rpartition("@")[2], bool(last)
        case _:
            raise InputError(
                f"{short_name(wanted.source)}: no name to write its caption under",
                code="noPlace",
                hint="give it an id in a manifest",
            )


def _is_alike(path: str, source: str) -> bool:
    """Return whether the last parts of two paths are one name to some systems."""
    return os.path.split(path)[1].lower() == os.path.split(source)[1].lower()


def _is_same(path: str, source: str) -> bool:
    """Return whether two names that are alike lead to one file."""
    try:
        return path == source or Path(path).samefile(source)
    except (OSError, ValueError):
        return False


def short_name(source: str) -> str:
    """Return an image or a file as messages name it."""
    return truncate(display_name(source_label(source)))

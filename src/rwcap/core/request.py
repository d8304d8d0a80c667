"""A requested caption, and a source that is unusable."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from rwcap.core.errors import InputError

_NO_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})


class CaptionRequest(NamedTuple):
    """A requested caption: the source, its prompt and id, and its table columns."""

    source: str
    """A path, an http(s) URL or a UUID. In a path, bytes that are not UTF-8 are lone
    surrogates, as `os.fsdecode` returns them."""
    relative_path: str = ""
    """The path below the folder that the user named, with `/` between folders. The
    file name if the user named the file itself. Empty for a URL and a UUID."""
    prompt: str | None = None
    """The prompt of the table row."""
    id: str | None = None
    """The id of the table row."""
    columns: Mapping[str, str] = _NO_COLUMNS
    """All columns of the table row, for prompts and templates with `{column}`."""


class UnusableSource(NamedTuple):
    """A source that cannot be captioned, and the reason."""

    source: str
    error: InputError
    id: str | None = None

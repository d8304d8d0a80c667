"""What somebody wants captioned, before anything is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rwcap.core.errors import InputError


@dataclass(frozen=True, slots=True)
class CaptionRequest:
    """One caption that is wanted."""

    source: str
    """A path, an http(s) URL or a UUID. A path that is not UTF-8 has its bytes as
    lone surrogates, as Python's `os.fsdecode` makes them."""
    relative_path: str = ""
    """Where a path lies below the folder that was named, with `/` between folders;
    the mere name of a file that was named itself. Empty for what is no path."""
    prompt: str | None = None
    """The prompt of this image alone, from its row of a manifest."""
    id: str | None = None
    """What the manifest calls this row."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The row's columns, for prompts with `{column}`."""


@dataclass(frozen=True, slots=True)
class UnusableSource:
    """Something among the sources that cannot be captioned, and why."""

    source: str
    error: InputError
    id: str | None = None

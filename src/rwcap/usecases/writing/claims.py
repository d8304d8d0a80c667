"""Which sources keep an output from others: those that are images."""

from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.source import CaptionRequest, SourceKind, source_kind
from rwcap.images.formats import RAW, ConvertibleFormat, Format, identify
from rwcap.images.read import read_file
from rwcap.usecases.context import Context

_HEAD_BYTES: Final = 2048
"""The part of a file that tells its format."""

_BROKEN: Final = frozenset({"truncatedImage", "damagedImage", "undecodableImage"})
"""The codes of errors of a file that only begins like an image."""


def begins_like_image(source: str) -> bool:
    """Return whether a file begins like an image of a format that can be captioned.

    Other sources, and files that cannot be read now, count as images.
    """
    if source_kind(source) is not SourceKind.PATH:
        return True
    try:
        found = identify(read_file(source, _HEAD_BYTES))
    except InputError:
        return True
    return isinstance(found, Format | ConvertibleFormat) or found == RAW


def has_claim(owner: str, context: Context) -> bool:
    """Return whether the source that was first keeps an output from other sources.

    A file that cannot be read as an image does not, unless it was read once: the
    text in the output may be its own.
    """
    if source_kind(owner) is not SourceKind.PATH:
        return True
    if context.ledger.files.has_been_read(owner):
        return True
    if not begins_like_image(owner):
        return False
    try:
        context.requested_image(CaptionRequest(owner))
    except InputError as error:
        return error.code not in _BROKEN
    return True

"""What carriers have in common: one packet, and an end of the file that may move."""

from collections.abc import Iterable, Sequence

from rwcap.domain.errors import InputError
from rwcap.domain.part import TRAILER, Part


def only(found: Iterable[Part]) -> Part | None:
    """Return the part with the packet; raise `InputError` where there are several."""
    parts = list(found)
    if len(parts) > 1:
        raise refused("more than one XMP packet", code="unreadableXmp")
    return parts[0] if parts else None


def check_end(data: bytes, parts: Sequence[Part]) -> None:
    """Raise `InputError` where something follows the picture that would be moved.

    An archive, for one, or a preview: who put it there may look for it by its place
    in the file. Padding is nothing.
    """
    trailer = parts[-1]
    if trailer.kind == TRAILER and trailer.holds(data).strip(b"\0\xff \r\n"):
        raise refused(
            f"{trailer.size:,} bytes after the end of the picture,"
            " which might not be found again",
            code="unknownTrailer",
        )


def refused(reason: str, *, code: str) -> InputError:
    """Return the refusal to put anything into a file."""
    return InputError(f"nothing can be embedded: {reason}", code=code)

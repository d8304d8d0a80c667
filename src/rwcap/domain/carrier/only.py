"""What carriers have in common: one packet, in the place of one that was there."""

from collections.abc import Iterable

from rwcap.domain.errors import InputError
from rwcap.domain.part import Part


def only(found: Iterable[Part]) -> Part | None:
    """Return the part with the packet; raise `InputError` where there are several."""
    parts = list(found)
    if len(parts) > 1:
        raise refused("more than one XMP packet", code="unreadableXmp")
    return parts[0] if parts else None


def refused(reason: str, *, code: str) -> InputError:
    """Return the refusal to put anything into a file."""
    return InputError(f"nothing can be embedded: {reason}", code=code)

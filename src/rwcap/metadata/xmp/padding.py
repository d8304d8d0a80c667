"""The padding of an XMP packet: white space before its trailer.

Software that does not know the format of the file around a packet can change the
packet as long as it keeps its length
(https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf,
section 7.3.2).
"""

import re
from typing import Final

_TRAILER: Final = b"<?xpacket end="
_MIN_PADDING: Final = 2
"""Bytes before the trailer of a packet that are not regarded as padding."""

_DESCRIPTION: Final = r"(\d{1,5})x(\d{1,5})"


def keep_length(old: bytes, new: bytes) -> bytes:
    """Return `new` with its padding changed so that it is as long as `old`.

    If the padding is too short, the packet grows.
    """
    start, end = _position(new)
    available = end - start
    if available < _MIN_PADDING:
        return new
    needed = max(_MIN_PADDING, available + len(old) - len(new))
    padding = b"\n" + b" " * (needed - 1)
    if needed <= available:
        padding = new[start:end][:needed]
    return new[:start] + padding + new[end:]


def describe_padding(packet: bytes) -> str:
    """Return the length of the padding and of its lines; empty for another form."""
    start, end = _position(packet)
    padding = packet[start:end]
    line = (padding[1:].partition(b"\n")[0] + b"\n") if b"\n" in padding else b""
    description = f"{len(padding)}x{len(line)}"
    is_regular = _padding(description) == padding and len(padding) >= _MIN_PADDING
    return description if is_regular else ""


def restore_padding(packet: bytes, description: str) -> bytes:
    """Return a packet with the padding that was described."""
    padding = _padding(description)
    start, end = _position(packet)
    if padding is None or end - start < _MIN_PADDING:
        return packet
    return packet[:start] + padding + packet[end:]


def _padding(description: str) -> bytes | None:
    """Return the padding of a description: lines of spaces, each after a line end."""
    found = re.fullmatch(_DESCRIPTION, description)
    if not found:
        return None
    length, line = map(int, found.groups())
    pattern = (b"\n" + b" " * (line - 1)) if line else b" "
    return (pattern * (length // len(pattern) + 1))[:length]


def _position(packet: bytes) -> tuple[int, int]:
    """Return start and end of the padding."""
    end = max(packet.rfind(_TRAILER), 0)
    return len(packet[:end].rstrip(b" \t\r\n")), end

"""Changes to a block of bytes that can be undone."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple


class Splice(NamedTuple):
    """A replacement of the bytes from `start` to `end`."""

    start: int
    end: int
    new: bytes


def apply(block: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the block after all splices, each applied to the result of the last."""
    for start, end, new in splices:
        block = block[:start] + new + block[end:]
    return block


def from_the_end(splices: Iterable[Splice]) -> list[Splice]:
    """Return splices of the original block in the order in which `apply` needs them."""
    return sorted(splices, reverse=True)


_MAX_TEXT: Final = 8_000
"""The maximum length of a text that describes how to undo changes."""

_ITEM = re.compile(r"(\d{1,9})-(\d{1,9}):([A-Za-z0-9+/]*={0,2})")


def undo_text(block: bytes, splices: Sequence[Splice], earlier: str = "") -> str:
    """Return a text that describes how to undo changes to a block.

    It begins with a digest of the changed block, so that a block that somebody has
    changed since is left alone.

    Args:
        block: The block before the changes.
        splices: The changes.
        earlier: The description of how to undo changes before these.
    """
    items: list[str] = []
    changed = block
    for start, end, new in splices:
        old = b64encode(changed[start:end]).decode()
        items.insert(0, f"{start}-{start + len(new)}:{old}")
        changed = apply(changed, [Splice(start, end, new)])
    digest, _, others = earlier.partition(" ")
    if others and digest == _digest(block):
        items.append(others)
    text = " ".join((_digest(changed), *items))
    return text if len(text) <= _MAX_TEXT else ""


def undo(block: bytes, text: str) -> bytes | None:
    """Return the block before changes; None if it has been changed since."""
    if len(text) > _MAX_TEXT:  # not written by `undo_text`; it could take minutes
        return None
    digest, *items = text.split(" ")
    found = [each for each in map(_ITEM.fullmatch, items) if each]
    if digest != _digest(block) or len(found) != len(items):
        return None
    try:
        splices = [
            Splice(int(each[1]), int(each[2]), b64decode(each[3])) for each in found
        ]
    except ValueError:
        return None
    return apply(block, splices)


def _digest(block: bytes) -> str:
    return sha256(block).hexdigest()[:32]

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


_MAX_TEXT: Final = 50_000
"""The maximum length of a text that describes how to undo changes.

The whole XMP packet of a JPEG has at most 65,502 bytes.
"""
_MAX_ITEMS: Final = 1_600
"""The maximum number of changes in such a text; more could take minutes."""

_ITEM = re.compile(r"(\d{1,9})-(\d{1,9}):([A-Za-z0-9+/]*={0,2})")


def undo_text(block: bytes, splices: Sequence[Splice], earlier: str = "") -> str:
    """Return a text that describes how to undo changes to a block; "" if too long.

    It begins with a digest of the changed block, so that a block that somebody has
    changed since is left alone. Earlier changes are undone, too: the text has bytes of
    the block before all changes, and none of those between.

    Args:
        block: The block before the changes.
        splices: The changes.
        earlier: The description of how to undo changes before these. If somebody has
            changed the block since, it stays as it is: it leads to texts of people,
            and the block has those of rwcap.
    """
    back: list[Splice] = []
    changed = block
    for start, end, new in splices:
        back.insert(0, Splice(start, start + len(new), changed[start:end]))
        changed = apply(changed, [Splice(start, end, new)])
    digest, others = _described(earlier)
    if others and digest != _digest(block):
        return earlier
    back += others
    items = [
        f"{start}-{end}:{b64encode(new).decode()}"
        for start, end, new in _combined(back, len(changed))
    ]
    text = " ".join((_digest(changed), *items))
    return text if len(text) <= _MAX_TEXT and len(items) <= _MAX_ITEMS else ""


def undo(block: bytes, text: str) -> bytes | None:
    """Return the block before changes; None if it has been changed since."""
    digest, splices = _described(text)
    return apply(block, splices) if digest == _digest(block) else None


def _described(text: str) -> tuple[str, list[Splice]]:
    """Return the digest and the splices of a description; nothing if it is none."""
    if len(text) > _MAX_TEXT:
        return "", []
    digest, *items = text.split(" ")
    if len(items) > _MAX_ITEMS:
        return "", []
    found = [each for each in map(_ITEM.fullmatch, items) if each]
    try:
        splices = [
            Splice(int(each[1]), int(each[2]), b64decode(each[3])) for each in found
        ]
    except ValueError:
        return "", []
    is_right = len(found) == len(items) and all(
        each.start <= each.end for each in splices
    )
    return (digest, splices) if is_right else ("", [])


def _combined(splices: Iterable[Splice], size: int) -> list[Splice]:
    """Return the splices that do at once what others do one after another.

    Args:
        splices: The splices, each of the result of the last.
        size: The size of the block to which the first one is applied.
    """
    pieces = _Pieces([], [range(size)])
    for start, end, new in splices:
        pieces.move_to(start)
        pieces.skip(end - start)
        pieces.before.append(new)
    found: list[Splice] = []
    at, added = 0, b""
    for piece in (*pieces.before, *reversed(pieces.after), range(size, size)):
        if isinstance(piece, bytes):
            added += piece
            continue
        if added or at < piece.start:
            found.append(Splice(at, piece.start, added))
        at, added = piece.stop, b""
    return from_the_end(found)


class _Pieces(NamedTuple):
    """Bytes of a block, as ranges, and new bytes, before and after a position.

    Changes are near each other, so few pieces are moved for each.
    """

    before: list[bytes | range]
    after: list[bytes | range]
    """The last one is next to the position."""

    def move_to(self, target: int) -> None:
        """Move the position."""
        at = sum(map(len, self.before))
        while at < target and self.after:
            piece = self.after.pop()
            if rest := piece[target - at :]:
                self.after.append(rest)
            self.before.append(piece[: target - at])
            at += len(self.before[-1])
        while at > target:
            piece = self.before.pop()
            at -= len(piece)
            keep = max(target - at, 0)
            self.after.append(piece[keep:])
            if keep:
                self.before.append(piece[:keep])
                at += keep

    def skip(self, count: int) -> None:
        """Take bytes out that are after the position."""
        while count and self.after:
            piece = self.after.pop()
            if rest := piece[count:]:
                self.after.append(rest)
            count -= min(count, len(piece))


def _digest(block: bytes) -> str:
    return sha256(block).hexdigest()[:32]

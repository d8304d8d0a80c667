"""The caption in an IPTC block (IIM) inside a Photoshop block: read it, replace it.

A Photoshop block is a sequence of resources; one of them contains IPTC. An IPTC block
is a sequence of datasets: a marker, two numbers, a size and the data.

https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/ (Image Resources)
https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
"""

from collections.abc import Iterable
from hashlib import md5
from typing import Final, NamedTuple

from rwcap.metadata.splices import Splice, apply, from_the_end
from rwcap.metadata.xmp_container import embedding_error

PREFIX: Final = b"Photoshop 3.0\0"
"""The prefix of a JPEG segment with resources."""

MAX_CAPTION_BYTES: Final = 2000
"""The maximum size of a caption (IIM 4.2, dataset 2:120)."""

_IPTC: Final = 0x0404
_DIGEST: Final = 0x0425
_CAPTION: Final = (2, 120)
_CHARACTER_SET: Final = (1, 90)
_UTF_8: Final = b"\x1b%G"
_MARKER: Final = 0x1C
_EXTENDED: Final = 0x8000
_HEADER_BYTES: Final = 5


class Resource(NamedTuple):
    """The position of a resource in a Photoshop block."""

    kind: int
    start: int
    """The position of its data, which follow their size."""
    end: int


class Dataset(NamedTuple):
    """The position of a dataset in an IPTC block."""

    name: tuple[int, int]
    at: int
    start: int
    """The position of its data."""
    end: int


def read_caption(block: bytes) -> str | None:
    """Return the caption in a Photoshop block, or None."""
    captions = read_texts(block, _CAPTION[1])
    return captions[0] if captions else None


def read_texts(block: bytes, number: int) -> list[str]:
    """Return the texts of a dataset 2:`number` in a Photoshop block.

    Blank texts and what follows damage are passed over.
    """
    resources, _ = _resources(block)
    if _IPTC not in resources:
        return []
    iptc = block[resources[_IPTC].start : resources[_IPTC].end]
    datasets, _ = _datasets(iptc)
    is_utf8 = _is_utf8(iptc, datasets)
    texts = [
        _decode(iptc[each.start : each.end], is_utf8=is_utf8).strip("\0 \t\r\n")
        for each in datasets
        if each.name == (2, number)
    ]
    return [text for text in texts if text]


def caption_splices(block: bytes, text: str) -> list[Splice]:
    """Return the changes that replace the caption; the block must have one.

    The digest by which programs notice changes of IPTC is corrected if it was correct.

    Raises:
        InputError: The block is damaged, or the text does not fit.
    """
    resources, is_whole = _resources(block)
    found = resources[_IPTC]
    iptc = block[found.start : found.end]
    datasets, is_readable = _datasets(iptc)
    captions = [each for each in datasets if each.name == _CAPTION]
    if not is_whole or not is_readable or len(captions) > 1:
        raise embedding_error("the IPTC block is damaged", code="damagedIptc")
    (caption,) = captions
    value, is_declared = _encode(iptc, datasets, caption, text)
    changes = [(caption.at, caption.end, _dataset(_CAPTION, value))]
    if is_declared:
        place = next(each.at for each in datasets if each.name > _CHARACTER_SET)
        changes.append((place, place, _dataset(_CHARACTER_SET, _UTF_8)))
    inner = from_the_end(Splice(*each) for each in changes)
    new = apply(iptc, inner)
    padding = len(iptc) % 2
    splices = [
        Splice(found.start - 4, found.start, len(new).to_bytes(4)),
        *(Splice(found.start + at, found.start + end, new) for at, end, new in inner),
        Splice(found.end, found.end + padding, bytes(len(new) % 2)),
    ]
    if _digest(block, resources) == _md5(iptc):
        digest = resources[_DIGEST]
        splices.append(Splice(digest.start, digest.end, _md5(new)))
    return from_the_end(
        each for each in splices if block[each.start : each.end] != each.new
    )


def _dataset(name: tuple[int, int], value: bytes) -> bytes:
    return bytes((_MARKER, *name)) + len(value).to_bytes(2) + value


def _resources(block: bytes) -> tuple[dict[int, Resource], bool]:
    """Return the first resource of each kind, and whether the block is undamaged."""
    found: dict[int, Resource] = {}
    at = 0
    while at + 12 <= len(block):
        name = block[at + 6]
        size = at + 7 + name + (name + 1) % 2
        start = size + 4
        end = start + int.from_bytes(block[size:start])
        if not block[at : at + 4].isalnum() or end > len(block):
            return found, False
        kind = int.from_bytes(block[at + 4 : at + 6])
        found.setdefault(kind, Resource(kind, start, end))
        at = end + (end - start) % 2
    return found, not block[at:].strip(b"\0")


def _datasets(iptc: bytes) -> tuple[list[Dataset], bool]:
    """Return the datasets up to damage, and whether the block is undamaged.

    It can be padded with zeros.
    """
    found: list[Dataset] = []
    at = 0
    while at < len(iptc):
        if iptc[at] != _MARKER:
            return found, not iptc[at:].strip(b"\0")
        header = iptc[at : at + _HEADER_BYTES]
        size = int.from_bytes(header[3:])
        start = at + _HEADER_BYTES
        if size & _EXTENDED:  # the size follows, in so many bytes
            length = min(size - _EXTENDED, 8)
            size = int.from_bytes(iptc[start : start + length])
            start += length
        end = start + size
        if len(header) < _HEADER_BYTES or end > len(iptc):
            return found, False
        found.append(Dataset((header[1], header[2]), at, start, end))
        at = end
    return found, True


def _digest(block: bytes, resources: dict[int, Resource]) -> bytes | None:
    found = resources.get(_DIGEST)
    return block[found.start : found.end] if found else None


def _md5(iptc: bytes) -> bytes:
    return md5(iptc, usedforsecurity=False).digest()


def _is_utf8(iptc: bytes, datasets: list[Dataset]) -> bool | None:
    """Return whether the block declares UTF-8; None if it declares nothing."""
    for each in datasets:
        if each.name == _CHARACTER_SET:
            return iptc[each.start : each.end] == _UTF_8
    return None


def _decode(value: bytes, *, is_utf8: bool | None) -> str:
    """Return a text; programs write UTF-8 without declaring it, too."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("utf-8" if is_utf8 else "cp1252", "replace")


def _encode(
    iptc: bytes, datasets: list[Dataset], caption: Dataset, text: str
) -> tuple[bytes, bool]:
    """Return the bytes of a text, and whether the block must declare UTF-8 for it.

    A declaration applies to all texts, so it is added only if the others are ASCII.

    Raises:
        InputError: The text does not fit.
    """
    texts = {
        each: iptc[each.start : each.end]
        for each in datasets
        if each.name[0] == _CAPTION[0]
    }
    others = b"".join(texts[each] for each in texts if each != caption)
    declared = _is_utf8(iptc, datasets)
    value, is_new = text.encode(), False
    if not declared and not text.isascii():
        is_new = declared is None and others.isascii()
        if not is_new and (declared is not None or not _is_valid_utf8(texts.values())):
            value = _latin_1(text)
    if len(value) > MAX_CAPTION_BYTES:
        raise embedding_error(
            f"the text has more than {MAX_CAPTION_BYTES:,} bytes, the maximum in IPTC",
            code="fullIptc",
        )
    return value, is_new


def _is_valid_utf8(texts: Iterable[bytes]) -> bool:
    try:
        return bool([text.decode() for text in texts])
    except UnicodeDecodeError:
        return False


def _latin_1(text: str) -> bytes:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError as error:
        raise embedding_error(
            "IPTC has no character set for the text", code="fullIptc"
        ) from error

"""Texts in an IPTC block (IIM) inside a Photoshop block: read and replaced.

A Photoshop block is a sequence of resources; one of them contains IPTC. An IPTC block
is a sequence of datasets: a marker, two numbers, a size and the data.

https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/ (Image Resources)
https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
"""

from collections.abc import Collection, Sequence
from hashlib import md5
from typing import Final, NamedTuple

from rwcap.core.keywords import runs_before
from rwcap.core.text import is_utf8, one_line
from rwcap.metadata.splices import Splice, apply, from_the_end
from rwcap.metadata.xmp_container import SECOND_CAPTION_HINT, embedding_error

PREFIX: Final = b"Photoshop 3.0\0"
"""The prefix of a JPEG segment with resources."""

TITLE: Final = 5
KEYWORDS: Final = 25
CAPTION: Final = 120
"""Datasets of record 2; only keywords can be repeated."""

MAX_BYTES: Final = {TITLE: 64, KEYWORDS: 64, CAPTION: 2000}
"""The maximum size of a text (IIM 4.2)."""

NO_CHARACTER_SET: Final = "noCharacterSet"
"""The code of the error for a text that the encoding of the others lacks."""

_IPTC: Final = 0x0404
_DIGEST: Final = 0x0425
_RECORD: Final = 2
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
    captions = read_texts(block, CAPTION)
    return captions[0] if captions else None


def has_texts(block: bytes) -> bool:
    """Return whether there are texts in a Photoshop block."""
    iptc = _iptc(block)
    return any(each.name[0] == _RECORD for each in _datasets(iptc)[0])


def read_texts(block: bytes, number: int) -> list[str]:
    """Return the texts of a dataset 2:`number` in a Photoshop block.

    Blank texts and what follows damage are passed over.
    """
    iptc = _iptc(block)
    datasets, _ = _datasets(iptc)
    return [text for text in _texts(iptc, datasets, number).values() if text]


def has_known_encoding(block: bytes, number: int) -> bool:
    """Return whether all texts of a dataset 2:`number` are UTF-8."""
    iptc = _iptc(block)
    return all(
        is_utf8(iptc[each.start : each.end])
        for each in _datasets(iptc)[0]
        if each.name == (_RECORD, number)
    )


def fits_keyword(text: str) -> bool:
    """Return whether a keyword is short enough for IPTC in any character set."""
    return len(text.encode()) <= MAX_BYTES[KEYWORDS]


def text_splices(block: bytes, number: int, texts: Sequence[str]) -> list[Splice]:
    """Return the changes after which a dataset 2:`number` has these texts alone.

    The block must have texts. Those that it has already keep their bytes. The digest
    by which programs notice changes of IPTC is corrected if it was correct.

    Raises:
        InputError: The block is damaged, or a text does not fit.
    """
    resources, is_whole = _resources(block)
    found = resources[_IPTC]
    iptc = block[found.start : found.end]
    datasets, is_readable = _datasets(iptc)
    there = [each for each in datasets if each.name == (_RECORD, number)]
    is_ambiguous = number != KEYWORDS and len(there) > 1
    if not is_whole or not is_readable or is_ambiguous:
        raise embedding_error("the IPTC block is damaged", code="damagedIptc")
    inner = _dataset_splices(iptc, datasets, number, texts)
    new_iptc = apply(iptc, inner)
    padding = found.end + len(iptc) % 2
    splices = [
        Splice(found.end, padding, bytes(len(new_iptc) % 2)),
        *(Splice(found.start + at, found.start + end, new) for at, end, new in inner),
        Splice(found.start - 4, found.start, len(new_iptc).to_bytes(4)),
    ]
    if _digest(block, resources) == _md5(iptc):
        digest = resources[_DIGEST]
        splices.append(Splice(digest.start, digest.end, _md5(new_iptc)))
    splices = [each for each in splices if block[each.start : each.end] != each.new]
    return sorted(splices, key=lambda each: each.start, reverse=True)


def _dataset_splices(
    iptc: bytes, datasets: list[Dataset], number: int, texts: Sequence[str]
) -> list[Splice]:
    """Return the changes of an IPTC block, in an order to apply."""
    name = (_RECORD, number)
    there, wanted = _texts(iptc, datasets, number), {*texts}
    kept = {text: each for each, text in reversed(there.items()) if text in wanted}
    if [each for each in texts if each in kept] != [
        text for text in there.values() if text in kept
    ]:
        kept = {}  # their order changes, too
    removed = {each for each, text in there.items() if text not in kept}
    new = [text for text in texts if text not in kept]
    values, is_declared = _encode(iptc, datasets, removed, new)
    written = {
        text: _dataset(name, _fitting(value, number))
        for text, value in zip(new, values, strict=True)
    }
    before = [each.end for each in there or datasets if each.name <= name]
    end = max(before, default=0)
    splices = [Splice(each.at, each.end, b"") for each in removed]
    for following, run in runs_before(texts, kept):
        at = kept[following].at if following else end
        splices.append(Splice(at, at, b"".join(written[text] for text in run)))
    if is_declared:
        at = next(each.at for each in datasets if each.name > _CHARACTER_SET)
        splices.append(Splice(at, at, _dataset(_CHARACTER_SET, _UTF_8)))
    return from_the_end(splices)


def _fitting(value: bytes, number: int) -> bytes:
    """Return the bytes of a text; raise `InputError` if they are too many."""
    if len(value) > MAX_BYTES[number]:
        raise embedding_error(
            f"the text has more than {MAX_BYTES[number]:,} bytes, the maximum in IPTC",
            code="fullIptc",
            hint=SECOND_CAPTION_HINT,
        )
    return value


def _dataset(name: tuple[int, int], value: bytes) -> bytes:
    return bytes((_MARKER, *name)) + len(value).to_bytes(2) + value


def _iptc(block: bytes) -> bytes:
    """Return the IPTC block in a Photoshop block; empty if there is none."""
    found = _resources(block)[0].get(_IPTC)
    return block[found.start : found.end] if found else b""


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


def _texts(iptc: bytes, datasets: list[Dataset], number: int) -> dict[Dataset, str]:
    """Return the texts of a dataset 2:`number`; a title or a keyword is one line."""
    is_utf8 = _is_utf8(iptc, datasets)
    texts = {
        each: _decode(iptc[each.start : each.end], is_utf8=is_utf8).strip("\0 \t\r\n")
        for each in datasets
        if each.name == (_RECORD, number)
    }
    if number == CAPTION:
        return texts
    return {each: one_line(text) for each, text in texts.items()}


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
    iptc: bytes,
    datasets: list[Dataset],
    replaced: Collection[Dataset],
    texts: Sequence[str],
) -> tuple[list[bytes], bool]:
    """Return the bytes of texts, and whether the block must declare UTF-8 for them.

    A declaration applies to all texts, so it is added only if the others are ASCII.

    Raises:
        InputError: The block has no character set for a text.
    """
    there = {
        each: iptc[each.start : each.end]
        for each in datasets
        if each.name[0] == _RECORD
    }
    others = b"".join(there[each] for each in there if each not in replaced)
    declared = _is_utf8(iptc, datasets)
    values = [text.encode() for text in texts]
    if declared or all(value.isascii() for value in values):
        return values, False
    if declared is None and others.isascii():
        return values, True
    if declared is None and there and all(map(is_utf8, there.values())):
        return values, False
    return [_latin_1(text) for text in texts], False


def _latin_1(text: str) -> bytes:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError as error:
        raise embedding_error(
            "IPTC has no character set for the text",
            code=NO_CHARACTER_SET,
            hint="--write metadata writes it to an XMP file beside the image, free of"
            " charge",
        ) from error

"""A picture as it is sent: told by its bytes, without metadata, fit for the model."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from shlex import quote
from typing import Final

from rwcap.domain.container import CONTAINERS
from rwcap.domain.errors import InputError
from rwcap.domain.format import Format, identify
from rwcap.domain.part import Facts, Removed

MAX_BYTES: Final = 20 * 1024 * 1024
"""Bytes of the largest image that is sent.

Runware documents no limit, but scales what it stores to 2048 pixels a side
(https://runware.ai/docs/en/utilities/image-upload), so more is only waiting:
20 MiB are 28 MB in base64, four minutes at 1 Mbit/s.
"""

MIN_SIDE: Final = 28
"""Pixels. The model looks at squares of 28, and refuses less than one, ...

https://github.com/huggingface/transformers/blob/v4.52.4/src/transformers/models/qwen2_vl/image_processing_qwen2_vl.py#L55
"""

MAX_ASPECT: Final = 200
"""... and a long side of more than so many times the short one (as above)."""

STDIN: Final = "standard input"
"""How messages name the image that `-` stands for."""

_REMEDIES: Final = {
    "truncatedImage": "copy or download it again",
    "damagedImage": "magick {} repaired.png",
}


@dataclass(frozen=True)  # without slots, so that the digest is kept
class Picture:
    """An image whose bytes we have."""

    format: Format
    data: bytes = field(repr=False)
    """The file without its metadata: what is sent, and nothing else is."""
    facts: Facts
    """Of the file as it was."""
    removed: Removed = ()

    @cached_property
    def digest(self) -> str:
        """By what it is known again, in hexadecimal: SHA-256 of `data`.

        So a new name, a retouched caption or a GPS position make no new picture;
        a file that never had metadata has the digest of its bytes. To be turned
        makes another picture of the same bytes: how, is added to them (nothing
        but the end of a picture can end `data`, so none has it there already).
        """
        digest = sha256(self.data)
        if self.facts.orientation != 1:
            digest.update(b"orientation %d" % self.facts.orientation)
        return digest.hexdigest()


def parse_picture(data: bytes, *, name: str) -> Picture:
    """Return the picture in the file `data`, its format told by the first bytes.

    Raises `InputError` naming `name` where the service would not take it, or the
    model could not look at it.
    """
    if not data:
        raise InputError(f"{name}: empty (0 bytes)", code="emptyImage")
    if len(data) > MAX_BYTES:
        raise too_large(name)
    found = identify(data)
    if isinstance(found, Format):
        return _strip(found, data, name)
    if found is None:
        raise InputError(
            f"{name}: not an image (its first bytes are those of no image format)",
            code="notAnImage",
            hint="rwcap captions JPEG, PNG and WebP",
        )
    raise InputError(
        f"{name}: {found}; the service takes JPEG, PNG and WebP",
        code="unsupportedFormat",
        hint=f"magick {_word(name)} converted.jpg",
    )


def _strip(found: Format, data: bytes, name: str) -> Picture:
    container = CONTAINERS[found]
    try:
        parts = container.walk(data)
        facts = container.facts(data, parts)
    except InputError as flaw:
        raise InputError(
            f"{name}: {flaw.message}",
            code=flaw.code,
            hint=_REMEDIES[flaw.code].format(_word(name)),
        ) from flaw
    _measure(facts, name)
    stripped, removed = container.strip(data, parts)
    return Picture(found, stripped, facts, removed)


def _measure(facts: Facts, name: str) -> None:
    """Raise `InputError` for a picture of a size that the model refuses."""
    short, long = sorted((facts.width, facts.height))
    size = f"{facts.width} by {facts.height} pixels"
    if short < MIN_SIDE:
        raise InputError(
            f"{name}: {size}; the model needs {MIN_SIDE} on each side",
            code="imageTooSmall",
            hint=f"magick {_word(name)} -resize '{MIN_SIDE}x{MIN_SIDE}^' larger.png",
        )
    if long > MAX_ASPECT * short:
        piece = f"{10 * short}x{10 * short}"
        raise InputError(
            f"{name}: {size}; the model takes no side {MAX_ASPECT} times the other",
            code="imageTooNarrow",
            hint=f"magick {_word(name)} -crop {piece} piece-%d.png",
        )


def too_large(name: str) -> InputError:
    """Return the refusal of an image above the limit."""
    return InputError(
        f"{name}: more than {MAX_BYTES:,} bytes",
        code="imageTooLarge",
        hint=f"magick {_word(name)} -resize '2048x2048>' small.jpg",
    )


def _word(name: str) -> str:
    """Return how a shell command names the image."""
    if name == STDIN:
        return "-"
    return quote(f"./{name}" if name.startswith("-") else name)

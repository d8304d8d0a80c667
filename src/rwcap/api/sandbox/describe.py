"""Captions of the sandbox: true sentences about measurable facts."""

from rwcap.api.sandbox.fields import fields_reply
from rwcap.core.fields_prompt import field_lines
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.core.source import SourceKind, source_kind
from rwcap.images.container import ImageInfo
from rwcap.images.formats import Format
from rwcap.images.image import Image, PreparedImage, RemoteImage

_WORDS_PER_SENTENCE = 8
_NAMES = {Format.JPEG: "JPEG", Format.PNG: "PNG", Format.WEBP: "WebP"}


def describe(image: Image, prompt: str | None) -> str:
    """Return the caption.

    Like the model, it writes more for a longer prompt, and the length sets the price:
    one sentence, and one more for every eight words of the prompt. A prompt that asks
    for fields gets them as JSON.
    """
    if isinstance(image, RemoteImage):
        sentences, facts = _describe_reference(image), _UNKNOWN
    else:
        sentences, facts = _describe_image(image), _facts(image)
    if lines := field_lines(prompt):
        return fields_reply(lines, sentences, facts, image.key)
    words = len(prompt.split()) if prompt else 0
    if words:
        sentences.append(
            f"The prompt that came with it has {words} word{'s' * (words > 1)}."
        )
    count = 1 + words // _WORDS_PER_SENTENCE
    return " ".join([SANDBOX_PREFIX, *sentences[:count]])


def _describe_reference(reference: RemoteImage) -> list[str]:
    where = (
        "at a URL" if source_kind(reference.value) is SourceKind.URL else "at Runware"
    )
    return [
        f"An image stored {where}; the sandbox fetches nothing, so it measured nothing."
    ]


def _describe_image(image: PreparedImage) -> list[str]:
    width, height = image.info.width, image.info.height
    size = len(image.data)
    shape = _shape(width, height)
    kind = _NAMES[image.format]
    pixels = width * height
    longer, shorter = max(width, height), min(width, height)
    header = f"A {kind} image in {shape} format, {width} by {height} pixels"
    density = f"{8 * size / pixels:.2f} bits for every single pixel"
    print_size = f"{width / 118.11:.1f} cm wide and {height / 118.11:.1f} cm high"
    return [
        f"{header}, in {_colours(image.info)}.",
        f"It holds {pixels:,} pixels in {size:,} bytes, which makes {density}.",
        f"Its longer side is {longer / shorter:.2f} times as long as its shorter one.",
        f"Printed with 300 pixels to the inch, it would be {print_size}.",
        _CAVEAT,
    ]


_CAVEAT = (
    "This caption says nothing about what the image shows, because only the header of"
    " the file was read, and no pixel data."
)


_UNKNOWN: tuple[str, ...] = (
    *("remote image", "not fetched", "not measured"),
    *("unknown size", "unknown format", "unknown colour"),
)


def _facts(image: PreparedImage) -> tuple[str, ...]:
    """Return what was measured, as keywords."""
    width, height = image.info.width, image.info.height
    return (
        f"{_NAMES[image.format]} image",
        f"{_shape(width, height)} format",
        f"{width} by {height} pixels",
        _colours(image.info),
        f"{len(image.data)} bytes",
        f"{width * height / 1e6:.2f} megapixels",
    )


def _colours(facts: ImageInfo) -> str:
    """Return the kind of colours in words."""
    if facts.cmyk:
        return "four printing inks"
    shades = "shades of grey" if facts.greyscale else "colour"
    return f"{shades} and transparency" if facts.alpha else shades


def _shape(width: int, height: int) -> str:
    if width == height:
        return "square"
    return "landscape" if width > height else "portrait"

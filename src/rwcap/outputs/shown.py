"""What an image says already: its captions in all places, and who wrote them."""

import os
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from rwcap.images.formats import Format, identify
from rwcap.images.read import read_file
from rwcap.metadata.embed import parse_unchanged, read_texts
from rwcap.metadata.marks import is_ours, read_marks
from rwcap.metadata.packet import read_text
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import PRECEDENCE, Property

_XMP: Final = ".xmp"


class ShownText(NamedTuple):
    """A caption in one place."""

    place: str
    """The name that exiftool gives the place; for an XMP file with its path."""
    author: str
    """`person`, `camera`, or the model that wrote the text."""
    text: str


def shown_texts(path: str, placeholders: Collection[str] = ()) -> list[ShownText]:
    """Return the captions of an image, in itself and in its XMP files.

    Args:
        path: The path of the image.
        placeholders: Texts of cameras besides the known ones.

    Raises:
        InputError: The image or an XMP file cannot be read.
    """
    data = read_file(path)
    found = list(_in_image(data)) if isinstance(identify(data), Format) else []
    for file in (os.path.splitext(path)[0] + _XMP, path + _XMP):  # noqa: PTH122  # keeps `./`
        if os.path.exists(file):  # noqa: PTH110  # as above
            packet = read_file(file)
            found += [
                each._replace(place=f"{file}:{each.place}")
                for each in _in_packet(packet)
            ]
    return [
        each._replace(author="camera")
        if each.author == "person" and is_placeholder(each.text, placeholders)
        else each
        for each in found
    ]


def _in_image(data: bytes) -> Iterator[ShownText]:
    """Yield the captions in an image, first those that count first."""
    image = parse_unchanged(data)
    if image.packet:
        yield from _in_packet(image.packet)
    marks = read_marks(image.packet) if image.packet else {}
    texts = read_texts(image)
    for place in PRECEDENCE[1:]:
        if place in texts:
            text = texts[place]
            ours = is_ours(text, Property.DESCRIPTION, marks)
            yield ShownText(place, marks.get("Model", "") if ours else "person", text)


def _in_packet(packet: bytes) -> Iterator[ShownText]:
    """Yield the texts in an XMP packet."""
    marks = read_marks(packet)
    for key in Property:
        if text := read_text(packet, key):
            ours = is_ours(text, key, marks)
            author = marks.get("Model", "") if ours else "person"
            yield ShownText(f"XMP-{key.tag}", author, text)

"""What an image says already: its captions in all places, and who wrote them."""

import os
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from rwcap.images.formats import Format, identify
from rwcap.images.read import read_file
from rwcap.metadata.embed import EmbeddableImage, parse_unchanged, read_texts
from rwcap.metadata.marks import is_ours, read_marks
from rwcap.metadata.packet import read_text
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import PRECEDENCE, Property
from rwcap.outputs.file_errors import named_errors

_XMP: Final = ".xmp"


class ImageFiles(NamedTuple):
    """An image and the XMP files beside it."""

    path: str
    image: EmbeddableImage | None
    """None if the format cannot contain XMP."""
    packets: dict[str, bytes]
    """The packets of the XMP files by path."""


class ShownText(NamedTuple):
    """A caption in one place."""

    place: str
    """The name that exiftool gives the place; for an XMP file with its path."""
    author: str
    """`person`, `camera`, or the model that wrote the text."""
    text: str


def read_image_files(path: str) -> ImageFiles:
    """Return an image and the XMP files beside it, each read once.

    Raises:
        InputError: A file cannot be read.
    """
    data = read_file(path)
    with named_errors(path):
        image = parse_unchanged(data) if isinstance(identify(data), Format) else None
    beside = (os.path.splitext(path)[0] + _XMP, path + _XMP)  # noqa: PTH122  # keeps `./`
    packets = {file: read_file(file) for file in beside if os.path.exists(file)}  # noqa: PTH110  # as above
    return ImageFiles(path, image, packets)


def shown_texts(
    files: ImageFiles, placeholders: Collection[str] = ()
) -> list[ShownText]:
    """Return the captions of an image, in itself and in its XMP files.

    Args:
        files: The image and its XMP files.
        placeholders: Texts of cameras besides the known ones.

    Raises:
        InputError: The image or an XMP file cannot be read.
    """
    found: list[ShownText] = []
    if files.image:
        with named_errors(files.path):
            found += _in_image(files.image)
    for file, packet in files.packets.items():
        with named_errors(file):
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


def _in_image(image: EmbeddableImage) -> Iterator[ShownText]:
    """Yield the captions in an image, first those that count first."""
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

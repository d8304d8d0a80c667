"""The captions that an image already has, in all places, and who wrote them."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.keywords import new_keywords
from rwcap.core.text import one_line
from rwcap.images.read import read_file
from rwcap.metadata import iptc
from rwcap.metadata.file_texts import FileTexts, read_file_texts
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import (
    PRECEDENCE,
    ImageTexts,
    KeywordList,
    Place,
    Property,
    XmpName,
)
from rwcap.metadata.provenance import is_ours, model_of, read_marks
from rwcap.metadata.removal import original_image, original_packet
from rwcap.metadata.xmp.keywords import IPTC_LIST, lines, our_keywords
from rwcap.metadata.xmp.packet import read_items, read_text
from rwcap.metadata.xmp.xml_parser import MAX_XML_BYTES
from rwcap.outputs.file_errors import named_errors
from rwcap.outputs.paths import xmp_names


class ImageFiles(NamedTuple):
    """An image and the XMP files beside it."""

    path: str
    image: FileTexts
    packets: dict[str, bytes]
    """The packets of the XMP files by path."""


class ShownText(NamedTuple):
    """A caption, a title or keywords in one place."""

    place: str
    """The name that exiftool gives the place; for an XMP file with its path."""
    author: str
    """`person`, `camera`, or the model that wrote the text."""
    text: str
    kind: XmpName = Property.DESCRIPTION
    """The property with the same meaning."""

    @property
    def line(self) -> str:
        """Return the text on one line, with commas between keywords."""
        is_list = isinstance(self.kind, KeywordList)
        return ", ".join(lines(self.text)) if is_list else one_line(self.text)


def read_image_files(path: str) -> ImageFiles:
    """Return an image and the XMP files beside it, each read once.

    Raises:
        InputError: A file cannot be read.
    """
    data = read_file(path)
    with named_errors(path):
        image = read_file_texts(data)
    return ImageFiles(path, image, _read_beside(path))


def read_original_files(path: str) -> ImageFiles:
    """Return the same as it was before rwcap wrote to it, where that is known.

    Raises:
        InputError: A file cannot be read.
    """
    data = read_file(path)
    with named_errors(path):
        image = read_file_texts(original_image(data))
    packets = {
        file: original_packet(packet) for file, packet in _read_beside(path).items()
    }
    left = {file: packet for file, packet in packets.items() if packet}
    return ImageFiles(path, image, left)


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
    with named_errors(files.path):
        found = list(_in_image(files.image))
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


def read_caption(
    path: str, wanted: Property, placeholders: Collection[str] = ()
) -> str | None:
    """Return the caption in an image, in the first place that has one, or None.

    Args:
        path: The path of the image, whose XMP files do not count.
        wanted: The property that the caption is.
        placeholders: Texts of cameras, which are no captions, besides the known ones.

    Raises:
        InputError: The image cannot be read.
    """
    data = read_file(path)
    with named_errors(path):
        files = ImageFiles(path, read_file_texts(data), {})
    for shown in shown_texts(files, placeholders):
        if shown.kind is wanted and shown.author != "camera":
            return shown.text
    return None


def has_own_caption(
    path: str, wanted: Property, placeholders: Collection[str] = ()
) -> bool:
    """Return whether rwcap wrote the captions in a file, and nobody has changed one.

    Args:
        path: The path of an image, whose XMP files do not count, or of an XMP file.
        wanted: The property that the caption is.
        placeholders: Texts of cameras, which are no captions, besides the known ones.

    Raises:
        InputError: The file cannot be read.
    """
    is_xmp = path.endswith(".xmp")
    data = _read_xmp(path) if is_xmp else read_file(path)
    with named_errors(path):
        if is_xmp:
            shown = list(_in_packet(data))
        else:
            shown = shown_texts(ImageFiles(path, read_file_texts(data), {}))
    texts = [
        each
        for each in shown
        if each.kind is wanted and not is_placeholder(each.text, placeholders)
    ]
    return bool(texts) and not any(each.author == "person" for each in texts)


def words_of_people(
    path: str,
    others: Iterable[str],
    placeholders: Collection[str],
    *,
    but: Collection[str],
) -> ImageTexts:
    """Return what people wrote about an image: the first text of each kind.

    Those in the image come first. What cannot be read is passed over: the reader of
    images reports it.

    Args:
        path: The path of the image.
        others: Other files of the same image. Their XMP files count, too.
        placeholders: Texts of cameras besides the known ones.
        but: The XMP files of the image that do not count: the one that is written.
    """
    words: dict[Property, str] = {}
    keywords: list[str] = []
    for number, each in enumerate((path, *others)):
        with suppress(InputError):
            files = read_image_files(each)
            if not number:
                packets = files.packets.items()
                left = {name: packet for name, packet in packets if name not in but}
                files = files._replace(packets=left)
            for shown in shown_texts(files, placeholders):
                if shown.author != "person":
                    continue
                if isinstance(shown.kind, Property):
                    words.setdefault(shown.kind, shown.text)
                else:
                    keywords += lines(shown.text)
    return ImageTexts(words, new_keywords(keywords))


def _read_beside(path: str) -> dict[str, bytes]:
    """Return the packets of the XMP files beside an image by path."""
    return {file: _read_xmp(file) for file in filter(os.path.exists, xmp_names(path))}


def _read_xmp(path: str) -> bytes:
    """Return the bytes of an XMP file, and not much more if it is too large."""
    return read_file(path, MAX_XML_BYTES + 1)


def _in_image(image: FileTexts) -> Iterator[ShownText]:
    """Yield the texts in an image, first those that count first."""
    if image.packet:
        yield from _in_packet(image.packet)
    marks = read_marks(image.packet) if image.packet else {}
    for place in PRECEDENCE[1:]:
        if place in image.captions:
            yield _shown(place, Property.DESCRIPTION, image.captions[place], marks)
    for title in iptc.read_texts(image.photoshop, iptc.TITLE)[:1]:
        yield _shown(Place.IPTC_TITLE, Property.TITLE, title, marks)
    keywords = iptc.read_texts(image.photoshop, iptc.KEYWORDS)
    yield from _keywords(Place.IPTC_KEYWORDS, keywords, marks, IPTC_LIST)


def _in_packet(packet: bytes) -> Iterator[ShownText]:
    """Yield the texts in an XMP packet."""
    marks = read_marks(packet)
    for key in Property:
        if text := read_text(packet, key):
            yield _shown(f"XMP-{key.tag}", key, text, marks)
    name = KeywordList.KEYWORDS
    keywords = read_items(packet, name)
    yield from _keywords(f"XMP-{name.tag}", keywords, marks, name.local_name)


def _shown(place: str, key: Property, text: str, marks: Mapping[str, str]) -> ShownText:
    author = model_of(marks) if is_ours(text, key, marks) else "person"
    return ShownText(place, author, text, key)


def _keywords(
    place: str, keywords: Iterable[str], marks: Mapping[str, str], name: str
) -> Iterator[ShownText]:
    """Yield the keywords of people in a list, and those of a model."""
    ours = {*our_keywords(marks, name)}
    for author in ("person", model_of(marks)):
        found = [each for each in keywords if (each in ours) == (author != "person")]
        if found:
            yield ShownText(place, author, "\n".join(found), KeywordList.KEYWORDS)

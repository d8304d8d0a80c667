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
from rwcap.metadata.provenance import Authorship, present_marks
from rwcap.metadata.removal import original_image, original_packet
from rwcap.metadata.xmp.keywords import IPTC_LIST, lines
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
    marks: Mapping[str, Mapping[str, str]]
    """The marks of rwcap in each of these files, by path, as they are now."""

    def author(self, file: str) -> Authorship:
        """Return what rwcap has written to one of the files, and to the others."""
        others = [marks for path, marks in self.marks.items() if path != file]
        return Authorship(self.marks.get(file, {}), others)


class ShownText(NamedTuple):
    """A caption, a title or keywords in one place."""

    place: str
    """The name that exiftool gives the place; for an XMP file with its path."""
    author: str
    """`person`, `camera`, or the model that wrote the text."""
    text: str
    kind: XmpName = Property.DESCRIPTION
    """The property with the same meaning."""
    file: str = ""
    """The image or XMP file that has the text."""
    is_correction: bool = False
    """Whether the text is that of a person, written by rwcap."""

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
    return _with_marks(path, read_file(path), _read_beside(path))


def read_original_files(path: str) -> ImageFiles:
    """Return the same as it was before rwcap wrote to it, where that is known.

    Raises:
        InputError: A file cannot be read.
    """
    data = read_file(path)
    files = _with_marks(path, data, _read_beside(path))
    with named_errors(path):
        image = read_file_texts(original_image(data))
    packets = {file: original_packet(packet) for file, packet in files.packets.items()}
    left = {file: packet for file, packet in packets.items() if packet}
    return files._replace(image=image, packets=left)


def _with_marks(path: str, data: bytes, packets: dict[str, bytes]) -> ImageFiles:
    """Return an image with its XMP files, and the marks in all of them.

    Raises:
        InputError: A file cannot be read.
    """
    with named_errors(path):
        image = read_file_texts(data)
    marks: dict[str, Mapping[str, str]] = {}
    for file, packet in {path: image.packet, **packets}.items():
        with named_errors(file):
            marks[file] = present_marks(packet)
    return ImageFiles(path, image, packets, marks)


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
        author = files.author(files.path)
        found = [
            each._replace(file=files.path) for each in _in_image(files.image, author)
        ]
    for file, packet in files.packets.items():
        with named_errors(file):
            found += [
                each._replace(place=f"{file}:{each.place}", file=file)
                for each in _in_packet(packet, files.author(file))
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
    files = _with_marks(path, read_file(path), {})
    for shown in shown_texts(files, placeholders):
        if shown.kind is wanted and shown.author != "camera":
            return shown.text
    return None


def has_own_caption(
    path: str,
    wanted: Property,
    placeholders: Collection[str] = (),
    *,
    counts_corrections: bool = False,
) -> bool:
    """Return whether rwcap wrote the captions in a file, and nobody has changed one.

    Args:
        path: The path of an image, whose XMP files do not count, or of an XMP file.
        wanted: The property that the caption is.
        placeholders: Texts of cameras, which are no captions, besides the known ones.
        counts_corrections: Whether corrections that rwcap wrote count as its captions.

    Raises:
        InputError: The file cannot be read.
    """
    is_xmp = path.endswith(".xmp")
    if is_xmp:
        with named_errors(path):
            packet = _read_xmp(path)
            shown = list(_in_packet(packet, Authorship(present_marks(packet))))
    else:
        shown = shown_texts(_with_marks(path, read_file(path), {}))
    texts = [
        each
        for each in shown
        if each.kind is wanted and not is_placeholder(each.text, placeholders)
    ]
    return bool(texts) and all(
        each.author != "person" or (counts_corrections and each.is_correction)
        for each in texts
    )


def words_of_people(
    path: str,
    others: Iterable[str],
    placeholders: Collection[str],
    *,
    but: Collection[str],
    corrected: Collection[str] = (),
) -> ImageTexts:
    """Return what people wrote about an image: the first text of each kind.

    Those in the image come first. What cannot be read is passed over: the reader of
    images reports it.

    Args:
        path: The path of the image.
        others: Other files of the same image. Their XMP files count, too.
        placeholders: Texts of cameras besides the known ones.
        but: The XMP files of the image that do not count: the one that is written.
        corrected: The files in which corrections that rwcap wrote do not count.
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
                is_corrected = shown.is_correction and shown.file in corrected
                if shown.author != "person" or is_corrected:
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


def _in_image(image: FileTexts, author: Authorship) -> Iterator[ShownText]:
    """Yield the texts in an image, first those that count first."""
    if image.packet:
        yield from _in_packet(image.packet, author)
    for place in PRECEDENCE[1:]:
        if place in image.captions:
            yield _shown(place, Property.DESCRIPTION, image.captions[place], author)
    for title in iptc.read_texts(image.photoshop, iptc.TITLE)[:1]:
        yield _shown(Place.IPTC_TITLE, Property.TITLE, title, author)
    keywords = iptc.read_texts(image.photoshop, iptc.KEYWORDS)
    ours = author.keywords(IPTC_LIST, keywords)
    yield from _keywords(Place.IPTC_KEYWORDS, keywords, ours)


def _in_packet(packet: bytes, author: Authorship) -> Iterator[ShownText]:
    """Yield the texts in an XMP packet."""
    for key in Property:
        if text := read_text(packet, key):
            yield _shown(f"XMP-{key.tag}", key, text, author)
    name = KeywordList.KEYWORDS
    keywords = read_items(packet, name)
    ours = author.keywords(name.local_name, keywords)
    yield from _keywords(f"XMP-{name.tag}", keywords, ours)


def _shown(place: str, key: Property, text: str, author: Authorship) -> ShownText:
    model = author.model(text, key)
    return ShownText(
        place,
        "person" if model is None else model,
        text,
        key,
        is_correction=author.is_correction(text, key),
    )


def _keywords(
    place: str, keywords: Iterable[str], ours: Mapping[str, str]
) -> Iterator[ShownText]:
    """Yield the keywords of people in a list, and those of each model."""
    by_author: dict[str, list[str]] = {"person": []}
    for keyword in keywords:
        by_author.setdefault(ours.get(keyword, "person"), []).append(keyword)
    for author, found in by_author.items():
        if found:
            yield ShownText(place, author, "\n".join(found), KeywordList.KEYWORDS)

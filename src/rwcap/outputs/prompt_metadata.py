"""Facts about an image for its prompt, from its metadata and the files beside it."""

import os
from typing import Final

from rwcap.core.text import one_line, truncate
from rwcap.images.read import read_file
from rwcap.metadata.descriptive import MAX_CHARS, read_facts, read_older_facts
from rwcap.metadata.placeholders import is_placeholder
from rwcap.metadata.properties import CAPTIONS
from rwcap.metadata.provenance import replaced_texts
from rwcap.outputs.existing_captions import read_original_files, shown_texts
from rwcap.outputs.file_errors import named_errors

_SIDECAR_BYTES: Final = 65_536
"""The part of a text file that is read."""


def image_facts(path: str) -> dict[str, str]:
    """Return the facts about an image by name, from XMP or else from older metadata.

    `description` is the first caption that a person wrote. What rwcap has written is
    left out, and what it has replaced is not, so that captions of rwcap do not change
    the next prompt: it would be bought as another one. `sidecar` is the text file
    beside the image, unless it is a symbolic link.

    Args:
        path: The path of the image.

    Raises:
        InputError: A file cannot be read.
    """
    files = read_original_files(path)
    packets = dict(files.packets)
    if files.image.packet:
        packets = {path: files.image.packet} | packets
    facts: dict[str, str] = {}
    for file, packet in packets.items():
        with named_errors(file):
            facts = read_facts(packet, files.author(file)) | facts
    image = files.image
    author = files.author(path)
    facts = read_older_facts(image.exif, image.photoshop, author) | facts
    for shown in shown_texts(files):
        if shown.author == "person" and shown.kind in CAPTIONS:
            facts.setdefault("description", _short(shown.text))
    # Exif or IPTC can be gone since rwcap has replaced a text there.
    for key, text in replaced_texts(files.marks[path]).items():
        if not is_placeholder(text, ()):
            facts.setdefault(key.local_name, _short(text))
    text_file = sidecar_path(path)
    # A link can lead to private data, which must not get into a prompt.
    if os.path.isfile(text_file) and not os.path.islink(text_file):  # noqa: PTH113, PTH114  # as above
        text = read_file(text_file, _SIDECAR_BYTES).decode(errors="replace")
        facts["sidecar"] = _short(text)
    return facts


def sidecar_path(path: str) -> str:
    """Return the path of the text file beside an image."""
    return os.path.splitext(path)[0] + ".txt"  # noqa: PTH122  # keeps `./`


def _short(text: str) -> str:
    return truncate(one_line(text), MAX_CHARS)

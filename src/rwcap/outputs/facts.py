"""What the files of an image say of it: its metadata, and files beside it."""

import os
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.text import one_line, short_name, truncate
from rwcap.images.formats import Format, identify
from rwcap.images.read import read_file
from rwcap.metadata.embed import parse_unchanged
from rwcap.metadata.facts import MAX_CHARS, read_facts
from rwcap.outputs.shown import shown_texts

_SIDECAR_BYTES: Final = 65_536
"""The part of a text file that is read."""


def image_facts(path: str) -> dict[str, str]:
    """Return the facts of an image by name: those of `read_facts`, and two texts.

    `description` is the first caption that a person wrote, so that a caption of rwcap
    does not change the next prompt. `sidecar` is the text file beside the image.

    Args:
        path: The path of the image.

    Raises:
        InputError: A file cannot be read.
    """
    try:
        return _facts(path)
    except InputError as error:
        name = short_name(path)
        if error.message.startswith(name):
            raise
        raise InputError(
            f"{name}: {error.message}", code=error.code, hint=error.hint
        ) from error


def _facts(path: str) -> dict[str, str]:
    data = read_file(path)
    image = parse_unchanged(data) if isinstance(identify(data), Format) else None
    packets = [image.packet] if image and image.packet else []
    stem = os.path.splitext(path)[0]  # noqa: PTH122  # keeps `./`
    packets += [read_file(file) for file in _existing(f"{stem}.xmp", f"{path}.xmp")]
    facts: dict[str, str] = {}
    for packet in packets:
        facts = read_facts(packet) | facts
    for shown in shown_texts(path):
        if shown.author == "person":
            facts.setdefault("description", _short(shown.text))
    for file in _existing(f"{stem}.txt"):
        facts["sidecar"] = _short(
            read_file(file)[:_SIDECAR_BYTES].decode(errors="replace")
        )
    return facts


def _existing(*paths: str) -> list[str]:
    return [path for path in paths if os.path.exists(path)]  # noqa: PTH110  # faster


def _short(text: str) -> str:
    return truncate(one_line(text), MAX_CHARS)

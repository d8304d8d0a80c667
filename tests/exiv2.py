"""Metadata of image files and XMP files, read and written by Exiv2.

Exiv2 shares no code with rwcap or Pillow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pyexiv2 import ImageData  # type: ignore[import-untyped]  # it has no types

Value: TypeAlias = str | list[str] | dict[str, str]
"""One text, a list of them, or texts by language, such as `x-default`."""

TEXTS = {
    "Description": "Xmp.dc.description",
    "AltTextAccessibility": "Xmp.iptc.AltTextAccessibility",
    "ExtDescrAccessibility": "Xmp.iptc.ExtDescrAccessibility",
}
"""The properties of XMP that hold captions, and Exiv2's keys for them."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The metadata of one file, by Exiv2's keys, such as `Exif.Image.Make`."""

    exif: Mapping[str, str] = field(default_factory=dict)
    iptc: Mapping[str, Value] = field(default_factory=dict)
    xmp: Mapping[str, Value] = field(default_factory=dict)
    comment: str = ""
    profile: bytes = b""
    thumbnail: bytes = b""

    @property
    def texts(self) -> dict[str, str]:
        """Captions by the name of their property, in the default language."""
        found: dict[str, str] = {}
        for name, key in TEXTS.items():
            if key in self.xmp:
                value = self.xmp[key]
                assert isinstance(value, dict), f"{key} is no language alternative"
                found[name] = value["x-default"]
        return found


NOTHING = Metadata()


def metadata(data: bytes) -> Metadata:
    """Return the metadata of an image file or XMP file.

    Raises:
        RuntimeError: Exiv2 finds an error in the file.

    """
    with ImageData(data) as file:
        return Metadata(
            exif=file.read_exif(),
            iptc=file.read_iptc(),
            xmp={key: _by_language(value) for key, value in file.read_xmp().items()},
            comment=file.read_comment(),
            profile=file.read_icc(),
            thumbnail=file.read_thumbnail(),
        )


def with_metadata(data: bytes, added: Metadata) -> bytes:
    """Return an image file to which Exiv2 has added metadata; it adds no profile."""
    with ImageData(data) as file:
        file.modify_exif(dict(added.exif))
        file.modify_xmp(dict(added.xmp))
        if added.iptc:
            file.modify_iptc(dict(added.iptc))
        if added.comment:
            file.modify_comment(added.comment)
        if added.thumbnail:
            file.modify_thumbnail(added.thumbnail)
        return bytes(file.get_bytes())


def without_metadata(data: bytes) -> bytes:
    """Return an image file from which Exiv2 has removed all metadata that it knows."""
    with ImageData(data) as file:
        file.clear_exif()
        file.clear_iptc()
        file.clear_xmp()
        file.clear_comment()
        file.clear_icc()
        return bytes(file.get_bytes())


def without_xmp(data: bytes) -> bytes:
    """Return an image file from which Exiv2 has removed XMP alone."""
    with ImageData(data) as file:
        file.clear_xmp()
        return bytes(file.get_bytes())


def _by_language(value: Value) -> Value:
    """Return texts by the name of the language alone, without Exiv2's `lang="…"`."""
    if not isinstance(value, dict):
        return value
    return {key.removeprefix('lang="').rstrip('"'): each for key, each in value.items()}


def only_xmp(data: bytes) -> bytes:
    """Return an image file without Exif and IPTC."""
    with ImageData(data) as file:
        file.clear_exif()
        file.clear_iptc()
        return bytes(file.get_bytes())

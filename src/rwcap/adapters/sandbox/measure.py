"""Size and colours of a picture, read from its header."""

from dataclasses import dataclass

from rwcap.domain.format import Format
from rwcap.domain.picture import Picture


@dataclass(frozen=True, slots=True)
class Measures:
    """What a header says of a picture."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    colours: str
    """How a pixel is coloured, in words."""


def measure(picture: Picture) -> Measures | None:
    """Return what the header says, or None where it is cut off or damaged."""
    reader = {
        Format.JPEG: _jpeg,
        Format.PNG: _png,
        Format.WEBP: _webp,
    }[picture.format]
    measures = reader(picture.data)
    return measures if measures and measures.width and measures.height else None


_JPEG_COLOURS = {1: "shades of grey", 3: "colour", 4: "four printing inks"}
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_NOT_A_FRAME = frozenset({0xC4, 0xC8, 0xCC})


def _jpeg(data: bytes) -> Measures | None:
    """Walk the segments to the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:  # noqa: PLR2004  # a marker
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_A_FRAME:  # noqa: PLR2004  # frames
            return Measures(
                height=int.from_bytes(data[at + 5 : at + 7]),
                width=int.from_bytes(data[at + 7 : at + 9]),
                colours=_JPEG_COLOURS.get(data[at + 9], "colour"),
            )
        if marker == 0xFF:  # noqa: PLR2004  # a fill byte
            at += 1
        elif marker in _NO_LENGTH:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None


_PNG_COLOURS = {
    0: "shades of grey",
    2: "colour",
    3: "colours from a palette",
    4: "shades of grey and transparency",
    6: "colour and transparency",
}


def _png(data: bytes) -> Measures | None:
    """Read IHDR, the first chunk (https://www.w3.org/TR/png-3/#11IHDR)."""
    if len(data) < 33 or data[12:16] != b"IHDR":  # noqa: PLR2004  # its end
        return None
    return Measures(
        width=int.from_bytes(data[16:20]),
        height=int.from_bytes(data[20:24]),
        colours=_PNG_COLOURS.get(data[25], "colour"),
    )


def _webp(data: bytes) -> Measures | None:
    """Read the first chunk (https://developers.google.com/speed/webp/docs/riff_container)."""
    body = data[20:30]
    if len(body) < 10:  # noqa: PLR2004  # as much as each of the three needs
        return None
    match data[12:16]:
        case b"VP8 " if body[3:6] == b"\x9d\x01\x2a":
            return Measures(
                width=int.from_bytes(body[6:8], "little") & 0x3FFF,
                height=int.from_bytes(body[8:10], "little") & 0x3FFF,
                colours="colour",
            )
        case b"VP8L" if body[0] == 0x2F:  # noqa: PLR2004  # its signature
            bits = int.from_bytes(body[1:5], "little")
            return Measures(
                width=(bits & 0x3FFF) + 1,
                height=(bits >> 14 & 0x3FFF) + 1,
                colours=_webp_colours(alpha=bool(bits >> 28 & 1)),
            )
        case b"VP8X":
            return Measures(
                width=int.from_bytes(body[4:7], "little") + 1,
                height=int.from_bytes(body[7:10], "little") + 1,
                colours=_webp_colours(alpha=bool(body[0] & 0x10)),
            )
        case _:
            return None


def _webp_colours(*, alpha: bool) -> str:
    return "colour and transparency" if alpha else "colour"

"""Colour profiles, assembled byte by byte (ICC.1:2022)."""

from typing import Final, TypeAlias

Primaries: TypeAlias = tuple[tuple[float, float, float], ...]

SRGB: Final[Primaries] = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (0.14307, 0.06061, 0.71410),
)
"""Red, green and blue, adapted to D50."""
DISPLAY_P3: Final[Primaries] = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
ADOBE_RGB: Final[Primaries] = (
    (0.60974, 0.31111, 0.01947),
    (0.20528, 0.62567, 0.06087),
    (0.14919, 0.06322, 0.74457),
)


def _fixed(number: float) -> bytes:
    return round(number * 65536).to_bytes(4, signed=True)


def table(entries: int) -> bytes:
    """Return a curve with this number of entries: 0 is linear, 1 is gamma 2.2."""
    points = (
        [0x0233]
        if entries == 1
        else [round(65535 * (at / (entries - 1)) ** 2.2) for at in range(entries)]
    )
    data = b"".join(point.to_bytes(2) for point in points)
    return b"curv" + bytes(4) + entries.to_bytes(4) + data


GAMMA: Final = (
    b"para"
    + bytes(4)
    + b"\0\3\0\0"
    + b"".join(map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
)
"""The curve of sRGB, as a formula."""


def matrix(primaries: Primaries = SRGB, curve: bytes = GAMMA) -> bytes:
    """Return a display profile with these primaries and one curve for all."""
    colours = [b"XYZ " + bytes(4) + b"".join(map(_fixed, each)) for each in primaries]
    white = b"XYZ " + bytes(4) + b"".join(map(_fixed, (0.9642, 1.0, 0.82491)))
    curve += bytes(-len(curve) % 4)
    text = b"mluc" + bytes(4) + bytes(4) + b"\0\0\0\x0c"
    data = [text, white, *colours, curve]
    names = [b"desc", b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC"]
    start = 128 + 4 + 12 * (len(names) + 2)
    places = [start + sum(map(len, data[:at])) for at in range(len(data))]
    tags = [
        name + place.to_bytes(4) + len(piece).to_bytes(4)
        for name, place, piece in zip(names, places, data, strict=True)
    ]
    tags += [other + tags[-1][4:] for other in (b"gTRC", b"bTRC")]
    body = len(tags).to_bytes(4) + b"".join(tags) + b"".join(data)
    header = (
        (128 + len(body)).to_bytes(4)
        + b"none"
        + b"\4\x30\0\0"
        + b"mntrRGB XYZ "
        + bytes(12)
        + b"acsp"
        + bytes(28)
        + white[8:]
    )
    return header.ljust(128, b"\0") + body

"""Colour profiles: whether one says that colours are those of sRGB.

ICC.1:2022 (https://www.color.org/specification/ICC.1-2022-05.pdf).
"""

from typing import Final

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of a profile that was compressed. With the tables of a printer in it, it may have
two million; a bomb has more."""

_HEADER: Final = 128
_ENTRY: Final = 12  # bytes: signature, offset, size

_SRGB: Final = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
"""Red, green and blue of IEC 61966-2-1, adapted to D50 as all profiles are
(https://www.color.org/srgb.pdf)."""

_TOLERANCE: Final = 0.01
"""Profiles differ in the third decimal; Display P3 in the first."""


def is_srgb(profile: bytes) -> bool:
    """Return whether a picture looks the same without its profile.

    Decoders that know nothing of profiles take all numbers for sRGB.
    """
    tags = {
        profile[at : at + 4]: _slice(profile, at + 4)
        for at in range(_HEADER + 4, min(_end(profile), len(profile)), _ENTRY)
    }
    return _is_curved(tags.get(b"rTRC", b"")) and all(
        _is_near(tags.get(name, b""), colour) for name, colour in _SRGB.items()
    )


def _end(profile: bytes) -> int:
    """Return where the table of tags ends: at most 100, as no profile has."""
    count = int.from_bytes(profile[_HEADER : _HEADER + 4])
    return _HEADER + 4 + min(count, 100) * _ENTRY


def _slice(profile: bytes, at: int) -> bytes:
    """Return the first 20 bytes of what offset and size at `at` point to."""
    offset = int.from_bytes(profile[at : at + 4])
    return profile[offset : offset + 20]


def _is_curved(curve: bytes) -> bool:
    """Return whether it is a table or a formula, not a bare exponent or a line."""
    return curve[:4] == b"para" or (
        curve[:4] == b"curv" and int.from_bytes(curve[8:12]) > 1
    )


def _is_near(tag: bytes, colour: tuple[float, ...]) -> bool:
    """Return whether a tag is about this colour, in 65536ths."""
    numbers = (int.from_bytes(tag[at : at + 4], signed=True) for at in (8, 12, 16))
    return tag[:4] == b"XYZ " and all(
        abs(number / 65536 - wanted) < _TOLERANCE
        for number, wanted in zip(numbers, colour, strict=True)
    )

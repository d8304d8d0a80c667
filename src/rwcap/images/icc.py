"""Colour profiles: whether a profile describes sRGB.

ICC.1:2022 (https://www.color.org/specification/ICC.1-2022-05.pdf).
"""

from typing import Final

MAX_PROFILE_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of a decompressed profile.

A profile with the tables of a printer can have two million bytes; a decompression
bomb has more.
"""

_HEADER_BYTES: Final = 128
_ENTRY_BYTES: Final = 12  # signature, offset, size
_MAX_TAGS: Final = 100

_SRGB: Final = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
"""Red, green and blue of IEC 61966-2-1, adapted to D50 as in all profiles.

https://www.color.org/srgb.pdf
"""

_TOLERANCE: Final = 0.01
"""Profiles of sRGB differ in the third decimal; Display P3 differs in the first."""


def is_srgb(profile: bytes) -> bool:
    """Return whether an image looks the same without this profile.

    A decoder without colour management treats all values as sRGB.
    """
    tags = {
        profile[at : at + 4]: _tag_data(profile, at + 4)
        for at in range(
            _HEADER_BYTES + 4, min(_table_end(profile), len(profile)), _ENTRY_BYTES
        )
    }
    return _is_srgb_curve(tags.get(b"rTRC", b"")) and all(
        _is_near(tags.get(name, b""), colour) for name, colour in _SRGB.items()
    )


def _table_end(profile: bytes) -> int:
    """Return the end of the tag table, which is read up to `_MAX_TAGS` entries."""
    entries = int.from_bytes(profile[_HEADER_BYTES : _HEADER_BYTES + 4])
    return _HEADER_BYTES + 4 + min(entries, _MAX_TAGS) * _ENTRY_BYTES


def _tag_data(profile: bytes, at: int) -> bytes:
    """Return the first 20 bytes of the tag whose offset is stored at `at`."""
    offset = int.from_bytes(profile[at : at + 4])
    return profile[offset : offset + 20]


def _is_srgb_curve(curve: bytes) -> bool:
    """Return whether a curve is a formula or a table.

    A table of no entries is linear, and one of a single entry is a bare exponent.
    """
    return curve[:4] == b"para" or (
        curve[:4] == b"curv" and int.from_bytes(curve[8:12]) > 1
    )


def _is_near(tag: bytes, colour: tuple[float, ...]) -> bool:
    """Return whether a tag contains this colour; its numbers are 65536ths."""
    numbers = (int.from_bytes(tag[at : at + 4], signed=True) for at in (8, 12, 16))
    return tag[:4] == b"XYZ " and all(
        abs(number / 65536 - expected) < _TOLERANCE
        for number, expected in zip(numbers, colour, strict=True)
    )

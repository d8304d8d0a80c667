"""Tests of camera raw files, whose preview is captioned."""

import struct
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from rwcap.core.errors import InputError
from rwcap.images.formats import RAW, identify
from rwcap.images.limits import PrepareMode, PrepareOptions
from rwcap.images.prepare import prepare
from rwcap.images.raw import MIN_SIDE, find_preview, is_raw
from tests.corpus import saved
from tests.draw import harbour
from tests.images.containers import drawn, segment, tiff

SMALL = drawn("JPEG")
LARGE = saved(harbour(), "JPEG")
SENSOR = bytes(range(256)) * 40 + b"\xff\xd8\xff\xe1 no JPEG " + bytes(3000)
LOSSLESS = LARGE.replace(b"\xff\xc0", b"\xff\xc3", 1)
"""The sensor data of some cameras have the structure of a larger JPEG."""


def directory(*entries: tuple[int, int, int], order: str = "<") -> bytes:
    """Return a TIFF header and directory: tag, type and value of each entry."""
    packed = b"".join(
        struct.pack(f"{order}HHI", tag, kind, 1)
        + struct.pack(
            f"{order}HH" if kind == 3 else f"{order}I", value, *[0] * (kind == 3)
        )
        for tag, kind, value in entries
    )
    head = b"II*\0" if order == "<" else b"MM\0*"
    count = struct.pack(f"{order}H", len(entries))
    return head + struct.pack(f"{order}I", 8) + count + packed + bytes(4)


def raw(head: bytes, *previews: bytes) -> bytes:
    """Return a raw file with previews and sensor data."""
    return head + SENSOR + b"".join(each + bytes(5) for each in previews) + SENSOR


TURNED = (0x0112, 3, 6)
NIKON, SONY = directory((254, 4, 1), TURNED), directory((254, 4, 1), TURNED, order=">")
RAWS = {
    "NEF": raw(NIKON, SMALL, LARGE),
    "ARW": raw(SONY, LARGE, SMALL),
    "PEF": raw(directory((259, 3, 65535), TURNED, order=">"), LARGE),
    "DNG": raw(directory(TURNED, (50706, 4, 1)), LOSSLESS, LARGE),
    "CR2": raw(b"II*\0\x10\0\0\0CR\2\0" + bytes(4) + NIKON[8:], LARGE, LOSSLESS),
    "ORF": raw(b"IIRO" + NIKON[4:], LARGE),
    "RW2": raw(b"IIU\0" + NIKON[4:], LARGE),
    "RAF": raw(
        b"FUJIFILMCCD-RAW 0201" + bytes(80),
        LARGE[:2] + segment(0xE1, b"Exif\0\0" + tiff(6)) + LARGE[2:],
    ),
    "CR3": raw(b"\0\0\0\x18ftypcrx " + bytes(30) + b"CMT1" + NIKON, SMALL, LARGE),
}


@pytest.mark.parametrize("name", RAWS)
def test_the_largest_preview_is_sent_upright(name: str) -> None:
    """Turned as the raw file or the preview says."""
    image = prepare(RAWS[name], "x", PrepareOptions())

    assert identify(RAWS[name]) == RAW
    assert image.changes == ("orientation 6",)
    with Image.open(BytesIO(image.data)) as sent:
        assert sent.size == (320, 480)


def test_the_preview_is_the_same_image_as_the_jpeg() -> None:
    """It costs nothing if that has been bought."""
    data = raw(directory((254, 4, 1)), LARGE)

    assert (
        prepare(data, "x", PrepareOptions()).digest
        == prepare(LARGE, "x", PrepareOptions()).digest
    )
    with pytest.raises(InputError, match="with --prepare never, rwcap cannot rotate"):
        prepare(RAWS["NEF"], "x", PrepareOptions(mode=PrepareMode.NEVER))


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (raw(NIKON), ""),
        (raw(NIKON, SMALL), "(40 by 30 pixels)"),
        (raw(NIKON, LARGE[:-9], LOSSLESS), ""),
        (raw(NIKON, saved(harbour().convert("CMYK"), "JPEG")), ""),
        (raw(NIKON, *[b"\xff\xd8\xff\xe0\0\0"] * 100, LARGE), ""),
    ],
    ids=["none", "small", "broken", "inks", "too many"],
)
def test_a_raw_file_without_a_usable_preview_is_refused(data: bytes, size: str) -> None:
    """At once, before it costs anything."""
    with pytest.raises(InputError, match=r"x\.nef: camera raw without") as caught:
        prepare(data, "x.nef", PrepareOptions())

    assert caught.value.code == "noPreview"
    assert size in caught.value.message
    assert MIN_SIDE > 40


@pytest.mark.parametrize(
    "data",
    [
        *(saved(harbour(), "TIFF"), b"II*\0", b"MM\0*\xff\xff\xff\xff", b"", LARGE),
        directory((254, 4, 0), (259, 3, 1)),
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_other_files_are_not_raw(data: bytes) -> None:
    """A TIFF of a scanner, and damaged headers."""
    assert not is_raw(data)


@given(st.sampled_from(sorted(RAWS)), st.integers(0, 40_000), st.binary(max_size=6))
@example("PEF", RAWS["PEF"].index(b"\xff\xd8\xff\xe0"), b"damage")
@example("PEF", 0, b"")
def test_a_damaged_raw_file_is_prepared_or_refused(
    name: str, at: int, noise: bytes
) -> None:
    """No other exception is raised."""
    data = RAWS[name][:at] + noise + RAWS[name][at + len(noise) :]
    try:
        preview, orientation = find_preview(data, "x")
    except InputError:
        return
    assert preview[:2] == b"\xff\xd8"
    assert 1 <= orientation <= 8

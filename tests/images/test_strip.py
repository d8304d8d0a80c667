"""Tests of removing metadata from JPEG, PNG and WebP without changing pixels."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from rwcap.core.errors import InputError
from rwcap.images.container import ImageInfo, RemovedMetadata
from rwcap.images.formats import CONTAINERS, Format
from tests.exiftool import exiftool
from tests.exiv2 import NOTHING, Metadata, metadata, with_metadata, without_metadata
from tests.images.containers import (
    animated,
    drawn,
    png_chunk,
    riff_chunk,
    segment,
    webp,
)

BUILT: dict[Format, Callable[[bytes, bytes], bytes]] = {
    Format.JPEG: lambda kind, held: segment(kind[0], held),
    Format.PNG: png_chunk,
    Format.WEBP: riff_chunk,
}
HEADERS = {Format.JPEG: 2, Format.PNG: 33, Format.WEBP: 12}
SAMPLES = [
    *[(Format.JPEG, drawn("JPEG", mode)) for mode in ("RGB", "L", "CMYK")],
    (Format.JPEG, drawn("JPEG", progressive=True, restart_marker_blocks=2)),
    *[(Format.PNG, drawn("PNG", mode)) for mode in ("RGB", "RGBA", "P", "I;16", "1")],
    (Format.PNG, animated("PNG")),
    *[(Format.WEBP, drawn("WEBP", mode, quality=60)) for mode in ("RGB", "RGBA")],
    (Format.WEBP, drawn("WEBP", "RGBA", lossless=True)),
    (Format.WEBP, animated("WEBP")),
]


def strip(kind: Format, data: bytes) -> tuple[bytes, RemovedMetadata]:
    """Return the file without metadata, and the removed metadata."""
    container = CONTAINERS[kind]
    return container.strip(data, container.parse(data))


def inspect(kind: Format, data: bytes) -> ImageInfo | InputError:
    """Return the properties of any bytes, or the error.

    The result of stripping does not change when it is stripped again.
    """
    container = CONTAINERS[kind]
    try:
        parts = container.parse(data)
        info = container.read_info(data, parts)
    except InputError as error:
        return error
    stripped, removed = container.strip(data, parts)

    assert b"".join(data[part.start : part.end] for part in parts) == data
    assert all(
        part.start <= part.payload_start <= part.payload_end <= part.end
        for part in parts
    )
    added_bytes = len(stripped) + sum(count for _, count in removed) - len(data)
    assert added_bytes in ({0, 18} if kind is Format.JPEG else {0})  # the JFIF segment
    assert strip(kind, stripped) == (stripped, ())
    return info


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return size and pixels of each frame."""
    with Image.open(BytesIO(data)) as image:
        found = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            found.append((image.size, image.convert("RGBA").tobytes()))
        return found


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_every_truncation_is_detected(kind: Format, data: bytes) -> None:
    """The whole file does not change."""
    errors = [inspect(kind, data[:length]) for length in range(12, len(data))]

    assert {getattr(each, "code", "taken") for each in errors} == {"truncatedImage"}
    assert strip(kind, data) == (data, ())


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
)
def test_a_damaged_file_is_stripped_or_rejected(
    sample: tuple[Format, bytes], damages: list[tuple[float, bytes]]
) -> None:
    """No other exception is raised."""
    kind, data = sample
    damaged = bytearray(data)
    for place, noise in damages:
        at = round(place * len(damaged))
        damaged[at : at + len(noise)] = noise

    inspect(kind, bytes(damaged))


CHUNKS = st.tuples(
    st.sampled_from(
        [
            b"tEXt",
            b"eXIf",
            b"EXIF",
            b"XMP ",
            b"VP8X",
            b"ANIM",
            b"acTL",
            b"\xe1",
            b"\xfe",
        ]
    )
    | st.binary(min_size=4, max_size=4),
    st.binary(max_size=80),
)


@given(st.sampled_from(SAMPLES), st.lists(CHUNKS, max_size=5), st.binary(max_size=9))
def test_files_with_any_segments_are_stripped_or_rejected(
    sample: tuple[Format, bytes], added: list[tuple[bytes, bytes]], trailer: bytes
) -> None:
    """After the header, and after the end."""
    kind, data = sample
    built = b"".join(BUILT[kind](*each) for each in added)
    at = HEADERS[kind]
    if kind is Format.WEBP:
        inspect(kind, webp(built, data[at:]) + trailer)
        inspect(kind, webp(data[at:], built) + trailer)
    else:
        inspect(kind, data[:at] + built + data[at:] + trailer)


@given(
    st.sampled_from(Format),
    st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"]),
    st.binary(max_size=200),
)
def test_any_bytes_are_stripped_or_rejected(
    kind: Format, head: bytes, rest: bytes
) -> None:
    """As if they had each of the formats."""
    inspect(kind, head + rest)


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        (Format.JPEG, b"\xff"),
        (Format.JPEG, b"\xff\0"),
        (Format.JPEG, b"\xff\xd0"),
        (Format.JPEG, b"\0"),
        (Format.JPEG, b"\xff\xfe\0\2"),
        (Format.PNG, png_chunk(b"prVt", b"")),
        (Format.WEBP, riff_chunk(b"XMP ", b"")),
    ],
)
def test_the_time_for_a_hostile_file_is_linear_in_its_size(
    kind: Format, unit: bytes
) -> None:
    """A repeated pattern could make a search start again and again."""
    sample = next(data for each, data in SAMPLES if each is kind)
    at = HEADERS[kind]

    def seconds(size: int) -> float:
        row = unit * (size // len(unit))
        data = sample[:at] + row + sample[at:]
        if kind is Format.WEBP:
            data = webp(row, sample[at:])
        started = process_time()
        inspect(kind, data)
        return process_time() - started

    assert seconds(4_000_000) < 5


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
@pytest.mark.promises("pixels")
def test_hundreds_of_segments_do_not_change_a_pixel(kind: Format, data: bytes) -> None:
    """Pillow decodes the same pixels from the full and the stripped file."""
    at = HEADERS[kind]
    if kind is Format.WEBP:
        extended = data[at : at + 4] == b"VP8X"
        side = b"".join((n - 1).to_bytes(3, "little") for n in (40, 30))
        flags = 0x10 if b"ALPH" in data[:40] or data[at : at + 4] == b"VP8L" else 0
        head = b"" if extended else riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + side)
        full = webp(head, data[at:], riff_chunk(b"XMP ", b"<x/>"))
    else:
        name = b"\xfe" if kind is Format.JPEG else b"tEXt"
        full = data[:at] + BUILT[kind](name, b"Comment\0Hello") * 300 + data[at:]

    stripped, _ = strip(kind, full)

    assert stripped == data
    assert pixels(stripped) == pixels(full)


TAGS = (
    "-GPSLatitude=48.2",
    "-GPSLatitudeRef=N",
    "-GPSLongitude=16.4",
    "-GPSLongitudeRef=E",
    "-EXIF:Make=Camera",
    "-EXIF:Orientation#=6",
    "-XMP-dc:Description=Hello",
    "-XMP-dc:Creator=Somebody",
    "-Comment=Hello",
)
MORE = {
    "JPEG": ("-IPTC:Caption-Abstract=Hello", "-Photoshop:PhotoshopQuality=5"),
    "PNG": ("-PNG:Author=Somebody", "-PNG:ModifyDate=2026:01:01 00:00:00"),
    "WEBP": (),
}
GROUPS = {"JPEG": ("IFD1", "IPTC"), "PNG": (), "WEBP": ()}
HARMLESS = {
    "ExifTool",
    "File",
    "Composite",
    "JFIF",
    "RIFF",
    "PNG",
}


EXIF = {
    "Exif.GPSInfo.GPSLatitude": "48/1 12/1 0/1",
    "Exif.GPSInfo.GPSLatitudeRef": "N",
    "Exif.Image.Make": "Camera",
    "Exif.Image.Orientation": "6",
}
SOME = Metadata(exif=EXIF, xmp={"Xmp.dc.creator": ["Somebody"]})
"""Metadata that all formats can have."""

MORE_OF_IT = replace(SOME, iptc={"Iptc.Application2.City": "Vienna"}, comment="Hello")
"""Metadata that JPEG and PNG can have."""


def with_all_metadata(kind: Format) -> tuple[bytes, Metadata]:
    """Return an image with all metadata of its format, and a list of some of them."""
    data = drawn(kind.upper())
    if kind is Format.PNG:
        texts = png_chunk(b"tEXt", b"Author\0Ada") + png_chunk(b"tIME", bytes(7))
        data = data[:33] + texts + data[33:]
    added = SOME if kind is Format.WEBP else MORE_OF_IT
    added = replace(added, thumbnail=drawn("JPEG"))
    return with_metadata(data, added), added


def saved(kind: Format, **options: object) -> bytes:
    """Return an image, written by Pillow with these options."""
    file = BytesIO()
    with Image.open(BytesIO(drawn(kind.upper()))) as image:
        image.save(file, kind.upper(), **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG])
def test_editing_metadata_does_not_change_the_result(kind: Format) -> None:
    """Neither do the density and an sRGB profile."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    before = saved(kind, icc_profile=profile, dpi=(72, 72))
    density = {"Exif.Image.XResolution": "300/1", "Exif.Image.YResolution": "300/1"}
    edited = with_metadata(before, replace(MORE_OF_IT, exif={**EXIF, **density}))
    cleared = without_metadata(edited)

    assert metadata(before).profile == profile
    assert metadata(edited).exif.items() >= density.items()
    assert metadata(cleared) == NOTHING
    for other in (before, edited, cleared, saved(kind, dpi=(300, 300))):
        assert strip(kind, other)[0] == saved(kind)


def test_removing_jfif_does_not_change_the_result() -> None:
    """Some programs remove it with the metadata."""
    whole = drawn("JPEG")

    assert whole[2:11] == b"\xff\xe0\0\x10JFIF\0"
    assert strip(Format.JPEG, whole[:2] + whole[20:])[0] == whole


@pytest.mark.parametrize("kind", Format)
@pytest.mark.promises("pixels")
def test_no_metadata_is_left(kind: Format) -> None:
    """No position, camera, caption, comment or thumbnail."""
    data, added = with_all_metadata(kind)
    before = metadata(data)

    stripped, removed = strip(kind, data)
    info = inspect(kind, data)

    assert before.exif.items() >= EXIF.items()
    assert replace(before, exif=EXIF) == added
    assert isinstance(info, ImageInfo)
    assert info.orientation == 6
    assert metadata(stripped) == NOTHING
    assert stripped == drawn(kind.upper())
    assert pixels(stripped) == pixels(data)
    assert {"Exif", "XMP"} <= {word for word, _ in removed}


@pytest.mark.program("exiftool")
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.promises("pixels")
def test_exiftool_finds_no_metadata(name: str, tmp_path: Path) -> None:
    """It also finds metadata that Exiv2 cannot write."""
    kind = Format(name.lower())
    path = tmp_path / f"full.{kind}"
    thumbnail = tmp_path / "thumbnail.jpg"
    thumbnail.write_bytes(drawn("JPEG"))
    path.write_bytes(drawn(name))
    written = [*TAGS, *MORE[name], f"-ThumbnailImage<={thumbnail}"]
    exiftool("-overwrite_original", *written, path)
    before = set(exiftool("-G1", "-s", "-a", path).replace("[", "]").split("]")[1::2])

    full = path.read_bytes()
    stripped, removed = strip(kind, full)
    path.write_bytes(stripped)
    after = exiftool("-G0", "-s", "-a", path)
    info = inspect(kind, full)

    assert {"GPS", "IFD0", "XMP-dc", *GROUPS[name]} <= {
        group.strip() for group in before
    }
    assert isinstance(info, ImageInfo)
    assert info.orientation == 6
    assert stripped == drawn(name)
    assert pixels(stripped) == pixels(full)
    assert {"Exif", "XMP"} <= {word for word, _ in removed}
    assert set(after.replace("[", "]").split("]")[1::2]) <= HARMLESS
    assert not [word for word in ("GPS", "Comment", "Thumb", "Make") if word in after]

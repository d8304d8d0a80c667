"""Files of all three formats without their metadata: same pixels, nothing else."""

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
    """Return the file without metadata, and what that was."""
    container = CONTAINERS[kind]
    return container.strip(data, container.parse(data))


def look(kind: Format, data: bytes) -> ImageInfo | InputError:
    """Return what is said of any bytes; they are stripped, too, if they can be.

    What was stripped is the same when stripped again.
    """
    container = CONTAINERS[kind]
    try:
        parts = container.parse(data)
        facts = container.read_info(data, parts)
    except InputError as refusal:
        return refusal
    stripped, removed = container.strip(data, parts)

    assert b"".join(data[part.start : part.end] for part in parts) == data
    assert all(
        part.start <= part.payload_start <= part.payload_end <= part.end
        for part in parts
    )
    put_in = len(stripped) + sum(count for _, count in removed) - len(data)
    assert put_in in ({0, 18} if kind is Format.JPEG else {0})  # the header of JFIF
    assert strip(kind, stripped) == (stripped, ())
    return facts


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return size and pixels of each frame."""
    with Image.open(BytesIO(data)) as image:
        found = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            found.append((image.size, image.convert("RGBA").tobytes()))
        return found


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_no_end_can_be_missing_unnoticed(kind: Format, data: bytes) -> None:
    """Cut anywhere, a file is refused as such; whole, it is taken as it is."""
    refusals = [look(kind, data[:length]) for length in range(12, len(data))]

    assert {getattr(each, "code", "taken") for each in refusals} == {"truncatedImage"}
    assert strip(kind, data) == (data, ())


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
)
def test_damage_anywhere_is_refused_or_survived(
    sample: tuple[Format, bytes], damages: list[tuple[float, bytes]]
) -> None:
    """Nothing is raised but our own refusal."""
    kind, data = sample
    spoilt = bytearray(data)
    for place, noise in damages:
        at = round(place * len(spoilt))
        spoilt[at : at + len(noise)] = noise

    look(kind, bytes(spoilt))


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
def test_files_with_any_segments_are_refused_or_stripped(
    sample: tuple[Format, bytes], added: list[tuple[bytes, bytes]], trailer: bytes
) -> None:
    """Behind the header, and behind the end."""
    kind, data = sample
    built = b"".join(BUILT[kind](*each) for each in added)
    at = HEADERS[kind]
    if kind is Format.WEBP:
        look(kind, webp(built, data[at:]) + trailer)
        look(kind, webp(data[at:], built) + trailer)
    else:
        look(kind, data[:at] + built + data[at:] + trailer)


@given(
    st.sampled_from(Format),
    st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"]),
    st.binary(max_size=200),
)
def test_any_bytes_are_refused_or_stripped(
    kind: Format, head: bytes, rest: bytes
) -> None:
    """Taken for whatever format."""
    look(kind, head + rest)


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
def test_hostile_files_take_time_as_they_are_long(kind: Format, unit: bytes) -> None:
    """Rows of one thing, which a careless search would begin over and over."""
    sample = next(data for each, data in SAMPLES if each is kind)
    at = HEADERS[kind]

    def seconds(size: int) -> float:
        row = unit * (size // len(unit))
        data = sample[:at] + row + sample[at:]
        if kind is Format.WEBP:
            data = webp(row, sample[at:])
        started = process_time()
        look(kind, data)
        return process_time() - started

    assert seconds(4_000_000) < 5


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_hundreds_of_segments_do_not_change_a_pixel(kind: Format, data: bytes) -> None:
    """Before and after, Pillow sees the same; the file is what it was at first."""
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


def full(kind: Format) -> tuple[bytes, Metadata]:
    """Return a picture with metadata of all kinds that its format has, and these."""
    data = drawn(kind.upper())
    if kind is Format.PNG:
        texts = png_chunk(b"tEXt", b"Author\0Ada") + png_chunk(b"tIME", bytes(7))
        data = data[:33] + texts + data[33:]
    added = SOME if kind is Format.WEBP else MORE_OF_IT
    added = replace(added, thumbnail=drawn("JPEG"))
    return with_metadata(data, added), added


def saved(kind: Format, **options: object) -> bytes:
    """Return a picture, as Pillow writes it with these options."""
    file = BytesIO()
    with Image.open(BytesIO(drawn(kind.upper()))) as image:
        image.save(file, kind.upper(), **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG])
def test_edits_of_metadata_make_no_new_picture(kind: Format) -> None:
    """Density goes with them, and so does a profile that says sRGB."""
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


def test_a_header_of_jfif_more_or_less_makes_no_new_picture() -> None:
    """Some programs remove it with the metadata."""
    whole = drawn("JPEG")

    assert whole[2:11] == b"\xff\xe0\0\x10JFIF\0"
    assert strip(Format.JPEG, whole[:2] + whole[20:])[0] == whole


@pytest.mark.parametrize("kind", Format)
def test_no_metadata_is_left(kind: Format) -> None:
    """No position, camera, caption, comment or thumbnail of a file that had all."""
    data, added = full(kind)
    before = metadata(data)

    stripped, removed = strip(kind, data)
    facts = look(kind, data)

    assert before.exif.items() >= EXIF.items()
    assert replace(before, exif=EXIF) == added
    assert isinstance(facts, ImageInfo)
    assert facts.orientation == 6
    assert metadata(stripped) == NOTHING
    assert stripped == drawn(kind.upper())
    assert pixels(stripped) == pixels(data)
    assert {"Exif", "XMP"} <= {word for word, _ in removed}


@pytest.mark.program("exiftool")
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_exiftool_finds_nothing_any_more(name: str, tmp_path: Path) -> None:
    """Not even metadata that Exiv2 cannot write."""
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
    facts = look(kind, full)

    assert {"GPS", "IFD0", "XMP-dc", *GROUPS[name]} <= {
        group.strip() for group in before
    }
    assert isinstance(facts, ImageInfo)
    assert facts.orientation == 6
    assert stripped == drawn(name)
    assert pixels(stripped) == pixels(full)
    assert {"Exif", "XMP"} <= {word for word, _ in removed}
    assert set(after.replace("[", "]").split("]")[1::2]) <= HARMLESS
    assert not [word for word in ("GPS", "Comment", "Thumb", "Make") if word in after]
